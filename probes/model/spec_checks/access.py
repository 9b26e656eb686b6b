"""Findings about security groups: flows that the documented rules stop, and rules that do nothing."""

from collections.abc import Iterator
from typing import NamedTuple

from probes.model.spec import DIRECTIONS, ENDPOINTS, FlowSpec, Kind, Rule, Spec
from probes.model.spec.ports import PortRanges, port_ranges, shown
from probes.model.spec_checks.allowed_ports import Admission, admission, networks_of
from probes.model.spec_checks.finding import Finding

# FSx for Lustre User Guide, "File system access control with Amazon VPC": 988 and 1018-1023, between servers
# themselves and between servers and clients in both directions
# (https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html).
LUSTRE = Kind("tcp", (988, "1018-1023"))


class FlowEnd(NamedTuple):
    """One end of a flow between two roles: where its rules stand, and what they let pass."""

    flow: FlowSpec
    kind: Kind
    where: str
    peer: str
    admission: Admission


def references_across_regions(spec: Spec) -> Iterator[Finding]:
    """C06: a rule that names a security group admits nothing from another Region."""
    for end in _flow_ends(spec):
        found = end.admission
        if found.by_reference and not found.refused and _crosses_regions(spec, end.flow):
            yield Finding(
                id="C06",
                severity="S1",
                where=end.where,
                expected=f"a rule by CIDR for {_ports(end.kind, found.by_reference)}: "
                f"{end.flow.name} crosses Regions",
                observed=f"a rule that names the security group of {end.peer}, good within a Region only",
                hint=f"add a rule for the other Regions' {spec.roles[end.peer].tier} subnets",
            )


def flows_without_rule(spec: Spec) -> Iterator[Finding]:
    """C08: a flow needs a rule at both of its ends."""
    for end in _flow_ends(spec):
        if end.admission.refused:
            yield Finding(
                id="C08",
                severity="S2",
                where=end.where,
                expected=f"a rule for {_ports(end.kind, end.admission.refused)}, "
                f"which the flow {end.flow.name} needs",
                observed="no rule, and nothing beyond the listed rules is allowed",
                hint="document a security group for tests, or open a window for as long as one runs",
            )


def _crosses_regions(spec: Spec, flow: FlowSpec) -> bool:
    if flow.scope in ("same-region", "same-vpc"):
        return False
    ends = [end for end in (*flow.sources, *flow.destinations) if end in spec.roles]
    return len({spec.region_of(vpc) for end in ends for vpc in spec.vpcs_with(end)}) > 1


def _flow_ends(spec: Spec) -> Iterator[FlowEnd]:
    for flow in spec.flows:
        for source in flow.sources if flow.expect == "delivered" else ():
            for destination in flow.destinations:
                yield from _ends_of(spec, flow, source, destination)


def _ends_of(spec: Spec, flow: FlowSpec, source: str, destination: str) -> Iterator[FlowEnd]:
    if source not in spec.roles or destination not in spec.roles:
        return
    for role, peer, side in ((source, destination, DIRECTIONS[1]), (destination, source, DIRECTIONS[0])):
        rules = spec.roles[role].rules(side)
        if rules is None or _names_endpoints(spec, rules, peer):
            continue
        documented = [rule for rule in rules if not rule.derived]
        for kind in flow.kinds():
            yield FlowEnd(flow, kind, f"roles.{role}.{side}", peer, admission(spec, kind, documented, peer))


def _names_endpoints(spec: Spec, rules: tuple[Rule, ...], peer: str) -> bool:
    """Whether the peer is the VPC endpoints, which rules call by that word."""
    named = {endpoint.role for endpoint in spec.vpc_endpoints}
    return peer in named and any(rule.peer == ENDPOINTS for rule in rules)


def _ports(kind: Kind, ports: PortRanges) -> str:
    return f"{kind.protocol} {shown(ports)}" if kind.ports else kind.protocol


def lustre_ports(spec: Spec) -> Iterator[Finding]:
    """C07: Lustre servers talk to each other and back to their clients, on ports that the document lacks."""
    if spec.fsx is None:
        return
    servers, clients = spec.fsx.role, spec.fsx.clients
    needs = (
        (servers, clients, "clients use them too"),
        (servers, servers, "file servers talk to each other; FSx refuses to be created without it"),
        (clients, servers, "file servers open connections back to their clients"),
    )
    for role, peer, why in needs:
        rules = spec.roles[role].rules("ingress") if role and peer else None
        missing = _refused(spec, rules, peer) if rules is not None else ()
        if missing:
            yield Finding(
                id="C07",
                severity="S2",
                where=f"roles.{role}.ingress",
                expected=f"tcp {shown(port_ranges(LUSTRE.ports))} from {peer}: {why}",
                observed=f"tcp {shown(missing)} not admitted",
                hint=f"add an inbound rule for tcp {shown(missing)} from the security group of {peer}",
            )


def _refused(spec: Spec, rules: tuple[Rule, ...], peer: str) -> PortRanges:
    documented = [rule for rule in rules if not rule.derived]
    return admission(spec, LUSTRE, documented, peer).refused


def peers_without_group(spec: Spec) -> Iterator[Finding]:
    """C13: a rule can name a role only if the document gives that role a security group or an address."""
    for name, role in spec.roles.items():
        rules = role.rules("ingress") or ()
        unknown = [r.peer for r in rules if r.peer in spec.roles and not spec.roles[r.peer].has_table]
        for peer in dict.fromkeys(unknown):
            yield Finding(
                id="C13",
                severity="S3",
                where=f"roles.{name}.ingress",
                expected=f"a security group or subnets of {peer}, for the rules that admit it",
                observed=f"neither: no security group, subnet or target type of {peer} is given",
                hint="an NLB has a security group only if created with one; else admit its subnets' CIDRs",
            )


def redundant_rules(spec: Spec) -> Iterator[Finding]:
    """C30: a rule that another one contains protects nothing."""
    for name, role in spec.roles.items():
        rules = role.rules("egress") or ()
        wide = [rule for rule in rules if _contains_everybody(spec, rule)]
        for rule in rules:
            if wide and rule not in wide and _inside(spec, rule):
                yield Finding(
                    id="C30",
                    severity="S4",
                    where=f"roles.{name}.egress",
                    expected="rules that each allow something of their own",
                    observed=f"{rule.kind} to {rule.peer} lies within {wide[0].kind} to {wide[0].peer}",
                    hint=f"narrow {wide[0].kind} to {wide[0].peer}, or drop {rule.kind} to {rule.peer}",
                )


def _contains_everybody(spec: Spec, rule: Rule) -> bool:
    networks = networks_of(spec, rule.peer) if rule.protocol == "all" else ()
    return bool(networks) and all(
        any(cidr.subnet_of(network) for network in networks)
        for vpc in spec.vpcs.values()
        for cidr in vpc.cidrs
    )


def _inside(spec: Spec, rule: Rule) -> bool:
    """Whether every peer lies in the VPCs; a gateway endpoint's addresses do not."""
    if rule.peer == ENDPOINTS:
        typed = {s: e.endpoint_type for e in spec.vpc_endpoints for s in e.services}
        return all(typed.get(service) == "Interface" for service in rule.services)
    return rule.peer in spec.roles
