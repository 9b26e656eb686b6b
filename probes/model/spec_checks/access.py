"""Findings about security groups: flows that the documented rules stop, and rules that do nothing."""

from collections.abc import Iterator

from probes.model.spec import FlowSpec, SecurityGroupSpec, SgRuleSpec, Spec
from probes.model.spec.ports import ports_of, shown
from probes.model.spec_checks.allowed_ports import Admission, admission, network_of
from probes.model.spec_checks.finding import Finding

# FSx for Lustre User Guide, "File system access control with Amazon VPC": 988 and 1018-1023, between servers
# themselves and between servers and clients in both directions.
LUSTRE_PORTS = ports_of((988, "1018-1023"))


def references_across_regions(spec: Spec) -> Iterator[Finding]:
    """C06: a rule that names a security group admits nothing from another Region."""
    for flow, end, found in _flow_ends(spec):
        if found.by_reference and not found.refused and flow.scope != "same-region":
            peer = flow.source if end.endswith("ingress") else flow.destination
            yield Finding(
                id="C06",
                severity="S1",
                requirements=(flow.requirement,),
                where=end,
                expected=f"a rule by CIDR for {_ports(flow, found.by_reference)}: {flow.id} crosses Regions",
                observed=f"a rule that names the security group of {peer}, good within a Region only",
                hint=f"add a rule for the other regions' {spec.roles[peer].tier} subnets",
            )


def flows_without_rule(spec: Spec) -> Iterator[Finding]:
    """C08: a flow needs a rule at both of its ends."""
    for flow, end, found in _flow_ends(spec):
        if found.refused:
            yield Finding(
                id="C08",
                severity="S2",
                requirements=tuple(dict.fromkeys((flow.requirement, "SG-GPU-I4"))),
                where=end,
                expected=f"a rule for {_ports(flow, found.refused)}, which the flow {flow.id} needs",
                observed="no rule, and nothing beyond the listed rules is allowed",
                hint="document a security group for tests, or open a window for as long as one runs",
            )


def _flow_ends(spec: Spec) -> Iterator[tuple[FlowSpec, str, Admission]]:
    for flow in spec.flows:
        for role, peer, side in (
            (flow.source, flow.destination, "egress"),
            (flow.destination, flow.source, "ingress"),
        ):
            group = spec.security_groups.get(role)
            if group is not None and not (side == "egress" and _endpoint_rule(group, spec, peer)):
                end = f"security_groups.{role}.{side}"
                yield flow, end, admission(spec, flow, getattr(group, side), peer)


def _endpoint_rule(group: SecurityGroupSpec, spec: Spec, peer: str) -> bool:
    """Whether the peer is the VPC endpoints, which rules call by that word and the document gives no group."""
    return peer not in spec.security_groups and any(rule.peer == "vpc-endpoints" for rule in group.egress)


def _ports(flow: FlowSpec, ports: frozenset[int]) -> str:
    return f"{flow.protocol} {shown(ports)}" if flow.ports else flow.protocol


def lustre_ports(spec: Spec) -> Iterator[Finding]:
    """C07: Lustre servers talk to each other and back to their clients, on ports that the document lacks."""
    needs = (
        ("fsx", "gpu", "SG-FSX-I4", "clients use them too"),
        ("fsx", "fsx", "SG-FSX-I3", "file servers talk to each other; FSx refuses to be created without it"),
        ("gpu", "fsx", "SG-GPU-I5", "file servers open connections back to their clients"),
    )
    for role, peer, requirement, why in needs:
        group = spec.security_groups.get(role)
        missing = LUSTRE_PORTS - _admitted(spec, group, peer) if group and peer in spec.roles else frozenset()
        if missing:
            yield Finding(
                id="C07",
                severity="S2",
                requirements=(requirement,),
                where=f"security_groups.{role}.ingress",
                expected=f"tcp {shown(LUSTRE_PORTS)} from {peer}: {why}",
                observed=f"tcp {shown(missing)} not admitted",
                hint=f"add an inbound rule for tcp {shown(missing)} from the security group of {peer}",
            )


def _admitted(spec: Spec, group: SecurityGroupSpec, peer: str) -> frozenset[int]:
    everywhere = FlowSpec(
        id="lustre",
        requirement="",
        source=peer,
        destination=peer,
        scope="any",
        protocol="tcp",
        ports=tuple(sorted(LUSTRE_PORTS)),
        sentence="",
    )
    found = admission(spec, everywhere, group.ingress, peer)
    return found.by_address | found.by_reference


def peers_without_group(spec: Spec) -> Iterator[Finding]:
    """C13: a rule can name a role only if the document gives that role a security group or an address."""
    for role, group in spec.security_groups.items():
        unknown = [r for r in group.ingress if r.peer in spec.roles and r.peer not in spec.security_groups]
        for peer in dict.fromkeys(rule.peer for rule in unknown):
            yield Finding(
                id="C13",
                severity="S3",
                requirements=tuple(rule.requirement for rule in unknown if rule.peer == peer),
                where=f"security_groups.{role}.ingress",
                expected=f"a security group or subnets of {peer}, for the rules that admit it",
                observed=f"neither: no security group, subnet or target type of {peer} is given",
                hint="an NLB has a security group only if created with one; else admit its subnets' CIDRs",
            )


def redundant_rules(spec: Spec) -> Iterator[Finding]:
    """C30: a rule that another one contains protects nothing."""
    for role, group in spec.security_groups.items():
        wide = [rule for rule in group.egress if _contains_base(spec, rule)]
        for rule in group.egress:
            if wide and rule not in wide and _inside_base(spec, rule):
                yield Finding(
                    id="C30",
                    severity="S4",
                    requirements=(rule.requirement,),
                    where=f"security_groups.{role}.egress",
                    expected="rules that each allow something of their own",
                    observed=f"{rule.requirement} to {rule.peer} lies within {wide[0].requirement}",
                    hint=f"narrow {wide[0].requirement}, or drop {rule.requirement}",
                )


def _contains_base(spec: Spec, rule: SgRuleSpec) -> bool:
    network = network_of(rule.peer)
    return rule.protocol == "all" and network is not None and spec.base_cidr.subnet_of(network)


def _inside_base(spec: Spec, rule: SgRuleSpec) -> bool:
    """Whether every peer lies in the VPCs; a gateway endpoint's addresses do not."""
    if rule.peer == "vpc-endpoints":
        typed = {s: e.endpoint_type for e in spec.vpc_endpoints for s in e.services}
        return all(typed.get(service) == "Interface" for service in rule.services)
    return rule.peer in spec.roles
