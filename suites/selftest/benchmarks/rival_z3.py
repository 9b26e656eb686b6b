"""The rival model for Z3: one query per pair of subnets, or one for all of them."""

from collections.abc import Iterable

import z3

from suites.selftest.benchmarks.rival_model import FORBIDDEN, MUST, Cidr, Host, Model, Rule

SOURCE, DESTINATION = z3.BitVecs("source destination", 32)
TRUE, FALSE = z3.And(), z3.Or()
PROTOCOL, PORT = z3.BitVec("protocol", 8), z3.BitVec("port", 16)


def _inside(address: z3.BitVecRef, cidr: Cidr) -> z3.BoolRef:
    low, length = cidr
    if length == 0:
        return TRUE
    return z3.Extract(31, 32 - length, address) == z3.BitVecVal(low >> (32 - length), length)


def _rules(rules: tuple[Rule, ...] | None, peer: z3.BitVecRef) -> z3.BoolRef:
    if rules is None:
        return TRUE
    return z3.Or([_rule(rule, peer) for rule in rules])


def _rule(rule: Rule, peer: z3.BitVecRef) -> z3.BoolRef:
    parts = [z3.Or([_inside(peer, cidr) for cidr in rule.peers])]
    if rule.protocol is not None:
        parts.append(rule.protocol == PROTOCOL)
    if rule.ports != (0, 65535):
        parts += [z3.UGE(PORT, rule.ports[0]), z3.ULE(PORT, rule.ports[1])]
    return z3.And(parts)


def _routed(table: Iterable[tuple[Cidr, int]], region: int) -> z3.BoolRef:
    found = FALSE
    for cidr, lead in reversed(list(table)):
        found = z3.If(_inside(DESTINATION, cidr), z3.BoolVal(lead == region), found)
    return found


def _wrong(model: Model, source: Host, destination: Host) -> z3.BoolRef:
    reached = (
        TRUE
        if source.region == destination.region
        else _routed(model.tables[source.region], destination.region)
    )
    delivered = z3.And(reached, _rules(source.egress, DESTINATION), _rules(destination.ingress, SOURCE))
    return _judged(delivered, z3.BoolVal(source.role == destination.role == "gpu"))


def _judged(delivered: z3.BoolRef, gpus: z3.BoolRef) -> z3.BoolRef:
    must = z3.And(gpus, MUST[0] == PROTOCOL)
    forbidden = z3.And(gpus, FORBIDDEN[0] == PROTOCOL, FORBIDDEN[1] == PORT)
    return z3.Or(z3.And(must, z3.Not(delivered)), z3.And(forbidden, delivered))


def pair(model: Model, source: Host, destination: Host) -> bool:
    """Whether the pair delivers what it must and nothing forbidden."""
    solver = z3.SolverFor("QF_BV")
    solver.add(_inside(SOURCE, source.cidr), _inside(DESTINATION, destination.cidr))
    solver.add(_wrong(model, source, destination))
    return bool(solver.check() == z3.unsat)


def all_pairs(model: Model) -> bool:
    """The same for every pair, asked at once."""
    solver = z3.SolverFor("QF_BV")
    regions = range(len(model.tables))
    homes = [[host for host in model.hosts if host.region == region] for region in regions]
    arrives = [z3.Or(*[_inside(DESTINATION, host.cidr) for host in homes[r]]) for r in regions]
    reached = z3.Or(
        [
            z3.And(
                z3.Or([_inside(SOURCE, host.cidr) for host in homes[here]]),
                z3.Or([z3.And(arrives[there], TRUE if here == there
                              else _routed(model.tables[here], there)) for there in regions]),
            )
            for here in regions
        ]
    )  # fmt: skip
    out = z3.Or(
        [z3.And(_inside(SOURCE, host.cidr), _rules(host.egress, DESTINATION)) for host in model.hosts]
    )
    into = z3.Or(
        [z3.And(_inside(DESTINATION, host.cidr), _rules(host.ingress, SOURCE)) for host in model.hosts]
    )
    gpus = [host.cidr for host in model.hosts if host.role == "gpu"]
    both = z3.And(z3.Or([_inside(SOURCE, c) for c in gpus]), z3.Or([_inside(DESTINATION, c) for c in gpus]))
    solver.add(_judged(z3.And(reached, out, into), both))
    return bool(solver.check() == z3.unsat)
