"""Which documented flows a live run tries, and in which directions."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from itertools import product

from probes.model.spec import FlowSpec, Spec
from probes.model.spec.access import INTERNET, Rule
from probes.model.spec.ports import port_range, port_ranges, ports_of
from probes.model.spec.topology import attached_vpcs, instance_roles, measuring_role, table_of, vpc_at

Pair = tuple[str, str]
SSH_PORT = 22


def tried_ports(spec: Spec, flow: FlowSpec) -> tuple[int, ...]:
    """The TCP port that stands for each documented range; none for what iperf3 measures anyway."""
    ports = tuple(port_range(ports)[0] for ports in flow.tcp or ())
    return () if ports == (spec.live.iperf3_port,) else ports


def tried_directions(spec: Spec, flow: FlowSpec, pairs: Iterable[Pair]) -> Iterator[Pair]:
    """The Regions (AWS names) from which and to which a run over these Region pairs tries a flow.

    Both are one Region for a flow within it.
    """
    wanted = {frozenset(pair) for pair in pairs}
    regions = sorted({region for pair in wanted for region in pair})
    for one, other in product(regions, regions):
        scopes = ("same-region", "same-vpc", "other-vpc", "any") if one == other else _BETWEEN_REGIONS
        asked = one == other or frozenset((one, other)) in wanted
        if (
            asked
            and flow.scope in scopes
            and _has(spec, flow.sources, one)
            and _has(spec, flow.destinations, other)
        ):
            yield one, other


def is_judged(spec: Spec, flow: FlowSpec) -> bool:
    """Whether a shell can be had where the flow starts: AWS's own interfaces have none."""
    named = [end for end in flow.sources if end in spec.roles]
    own = instance_roles(spec)
    return bool(tried_ports(spec, flow)) and all(role in own for role in named)


def always_tried(spec: Spec) -> tuple[int, ...]:
    """The ports that are open on nearly every host that measures: SSH's, and iperf3's during a test."""
    return SSH_PORT, spec.live.iperf3_port


def undocumented_udp_ports(spec: Spec, source_region: str, listening: Iterable[int]) -> tuple[int, ...]:
    """Of the UDP ports on which a host listens, those that no rule opens to measuring hosts of another Region."""
    role = spec.roles.get(measuring_role(spec))
    rules = role.rules("ingress") if role else None
    if rules is None:
        return ()
    opened = [
        rule for rule in rules if rule.protocol in ("udp", "all") and _admits(spec, rule, source_region)
    ]
    return tuple(port for port in listening if not any(port in ports_of(rule.ports) for rule in opened))


def undocumented_ports(spec: Spec, source_region: str, listening: Iterable[int] = ()) -> tuple[int, ...]:
    """The TCP ports that no rule opens to the measuring hosts of another Region; none without documented rules.

    They are SSH's, iperf3's, the first of each range that a rule opens to somebody else, and those on which the
    destination listens.
    """
    role = spec.roles.get(measuring_role(spec))
    rules = role.rules("ingress") if role else None
    if rules is None:
        return ()
    tcp = [rule for rule in rules if rule.protocol in ("tcp", "all")]
    opened = [rule for rule in tcp if _admits(spec, rule, source_region)]
    documented = (first for rule in tcp if rule.ports for first, _ in port_ranges(rule.ports))
    tried = dict.fromkeys((*always_tried(spec), *documented, *listening))
    return tuple(port for port in tried if not any(port in ports_of(rule.ports) for rule in opened))


def _admits(spec: Spec, rule: Rule, region: str) -> bool:
    """Whether a rule may mean the measuring hosts of a Region: by role, by VPC, or by an address of theirs."""
    role = measuring_role(spec)
    vpcs = [vpc for vpc in spec.vpcs_in(region) if role not in spec.roles or vpc in spec.vpcs_with(role)]
    if rule.peer in (role, INTERNET, *vpcs):
        return True
    try:
        peer = IPv4Network(rule.peer)
    except ValueError:  # another role, endpoints, a prefix list
        return False
    return any(peer.overlaps(cidr) for vpc in vpcs for cidr in spec.vpcs[vpc].cidrs)


def has_listener(spec: Spec, flow: FlowSpec) -> bool:
    """Whether the document says that something listens where the flow ends."""
    return any(end in spec.roles and spec.roles[end].listens for end in flow.destinations)


def is_end(spec: Spec, end: str, *, role: str, region: str, address: str) -> bool:
    """Whether a host is one that an end of a flow names: a role, a VPC, a Transit Gateway route table."""
    if end in spec.roles:
        return role == end
    try:
        vpc = vpc_at(spec, region, address)
    except KeyError:
        return False
    return end in _names_of(spec, vpc)


def _has(spec: Spec, ends: tuple[str, ...], region: str) -> bool:
    """Whether a Region can hold a host that one of these ends names."""
    vpcs = spec.vpcs_in(region)
    roles = {end for end in ends if end in spec.roles}
    return any(vpc in spec.vpcs_with(role) for vpc in vpcs for role in roles) or any(
        _names_of(spec, vpc) & set(ends) for vpc in vpcs
    )


def _names_of(spec: Spec, vpc: str) -> set[str]:
    """A VPC's own name, and those of the route tables that its attachments are associated with."""
    tables = {
        table_of(spec, gateway, vpc)
        for gateway in spec.transit_gateways
        if vpc in attached_vpcs(spec, gateway)
    }
    return {vpc, *(table for table in tables if table)}


_BETWEEN_REGIONS = ("cross-region", "other-vpc", "any")
