"""The rival model for binary decision diagrams (CUDD through dd): one set for all pairs."""

from typing import Any

from dd import cudd

from suites.selftest.benchmarks.rival_model import FORBIDDEN, MUST, Cidr, Host, Model, Rule

WIDTHS = {"s": 32, "d": 32, "p": 8, "t": 16}


class Sets:
    """Sets of packets as diagrams over source, destination, protocol and destination port."""

    def __init__(self) -> None:
        self.bdd: Any = cudd.BDD()
        for field in ("s", "d", "p", "t"):
            for bit in range(WIDTHS[field]):
                self.bdd.declare(f"{field}{bit}")
        self._inside: dict[tuple[str, Cidr], Any] = {}

    def inside(self, field: str, cidr: Cidr) -> Any:  # noqa: ANN401 - dd has no types
        """The packets whose address is in a CIDR."""
        key = (field, cidr)
        if key not in self._inside:
            low, length = cidr
            cube = {f"{field}{bit}": bool(low >> (31 - bit) & 1) for bit in range(length)}
            self._inside[key] = self.bdd.cube(cube)
        return self._inside[key]

    def equals(self, field: str, value: int) -> Any:  # noqa: ANN401 - as above
        """The packets whose field has a value."""
        width = WIDTHS[field]
        return self.bdd.cube({f"{field}{bit}": bool(value >> (width - 1 - bit) & 1) for bit in range(width)})

    def at_most(self, field: str, value: int) -> Any:  # noqa: ANN401 - as above
        """The packets whose field is at most a value."""
        width, found = WIDTHS[field], self.bdd.true
        for bit in reversed(range(width)):
            variable = self.bdd.var(f"{field}{bit}")
            found = (~variable | found) if value >> (width - 1 - bit) & 1 else (~variable & found)
        return found

    def union(self, parts: list[Any]) -> Any:  # noqa: ANN401 - as above
        """The union of sets."""
        found = self.bdd.false
        for part in parts:
            found |= part
        return found

    def rules(self, rules: tuple[Rule, ...] | None, peer: str) -> Any:  # noqa: ANN401 - as above
        """The packets that some rule allows."""
        return self.bdd.true if rules is None else self.union([self._rule(rule, peer) for rule in rules])

    def _rule(self, rule: Rule, peer: str) -> Any:  # noqa: ANN401 - as above
        found = self.union([self.inside(peer, cidr) for cidr in rule.peers])
        if rule.protocol is not None:
            found &= self.equals("p", rule.protocol)
        if rule.ports != (0, 65535):
            found &= self.at_most("t", rule.ports[1])
            if rule.ports[0]:
                found &= ~self.at_most("t", rule.ports[0] - 1)
        return found


def all_pairs(model: Model) -> bool:
    """Whether every pair delivers what it must and nothing forbidden."""
    sets = Sets()
    regions = range(len(model.tables))
    homes = [[host for host in model.hosts if host.region == region] for region in regions]
    arrives = [sets.union([sets.inside("d", host.cidr) for host in homes[region]]) for region in regions]
    delivered = sets.bdd.false
    into = sets.union([_accepted(sets, host) for host in model.hosts])
    for here in regions:
        reached = arrives[here] | _routed(sets, model, here, arrives)
        out = sets.union([sets.inside("s", h.cidr) & sets.rules(h.egress, "d") for h in homes[here]])
        delivered |= out & reached & into
    gpus = [host.cidr for host in model.hosts if host.role == "gpu"]
    both = sets.union([sets.inside("s", c) for c in gpus]) & sets.union([sets.inside("d", c) for c in gpus])
    must = both & sets.equals("p", MUST[0])
    forbidden = both & sets.equals("p", FORBIDDEN[0]) & sets.equals("t", FORBIDDEN[1])
    return bool((must & ~delivered) | (forbidden & delivered) == sets.bdd.false)


def _accepted(sets: Sets, host: Host) -> Any:  # noqa: ANN401 - as above
    return sets.inside("d", host.cidr) & sets.rules(host.ingress, "s")


def _routed(sets: Sets, model: Model, here: int, arrives: list[Any]) -> Any:  # noqa: ANN401 - as above
    left, found = sets.bdd.true, sets.bdd.false
    for cidr, lead in model.tables[here]:
        inside = sets.inside("d", cidr)
        found |= left & inside & arrives[lead]
        left &= ~inside
    return found
