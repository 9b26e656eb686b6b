"""Rules and routes that decide about no packet: shadowed by others, or redundant beside them."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network

from probes.model.conformance.verdict import Violation
from probes.model.forwarding.filters import describe_rule
from probes.model.forwarding.route_selection import tgw_route_rank, vpc_route_rank
from probes.model.network.index import Network
from probes.model.network.packets import ICMP, PORTED
from probes.model.reachability.header_classes import HeaderMatch, of_nacl_entry, of_sg_rule
from probes.model.reachability.packet_set import PacketSet, box
from probes.model.state import (
    GroupRef,
    NaclEntry,
    NetworkAcl,
    PrefixListRef,
    SecurityGroup,
    SgRule,
    TgwRoute,
    VpcRoute,
)
from probes.model.state.base import ANYWHERE


def shadowed(network: Network) -> tuple[Violation, ...]:
    """Every network-ACL entry, security-group rule and route that could be removed without changing anything."""
    found: list[Violation] = []
    for acl in network.state.network_acls:
        found += _acl_findings(acl)
    for group in network.state.security_groups:
        found += _group_findings(network, group)
    for table in network.state.vpc_route_tables:
        found += _route_findings(
            table.label,
            [(r, _vpc_destinations(network, table.region, r), vpc_route_rank(r)) for r in table.routes],
        )
    for tgw_table in network.state.tgw_route_tables:
        live = [route for route in tgw_table.routes if route.state in ("active", "blackhole")]
        found += _route_findings(
            tgw_table.label,
            [(r, _tgw_destinations(r), tgw_route_rank(network, tgw_table, r)) for r in live],
        )
    return tuple(found)


def _acl_findings(acl: NetworkAcl) -> Iterator[Violation]:
    for egress in (False, True):
        earlier: list[tuple[NaclEntry, PacketSet]] = []
        for entry in sorted(acl.entries, key=lambda entry: entry.number):
            if entry.egress != egress or not isinstance(entry.cidr, IPv4Network):
                continue
            packets = _packets(of_nacl_entry(entry), entry.cidr)
            covering = _covering(packets, earlier)
            if covering is not None:
                yield Violation(
                    resource=acl.label,
                    expected="every entry decides about some packet",
                    observed=f"{_side(egress)} entry {entry.number} ({entry.action} {entry.cidr}) "
                    f"is shadowed by {', '.join(str(other.number) for other in covering)}",
                    hint="remove the entry, or give it a lower number if it was meant to decide",
                )
            earlier.append((entry, packets))


def _group_findings(network: Network, group: SecurityGroup) -> Iterator[Violation]:
    for direction, rules in (("ingress", group.ingress), ("egress", group.egress)):
        kept: list[tuple[SgRule, list[tuple[str, PacketSet]]]] = [
            (rule, _peers(network, group.region, rule)) for rule in rules
        ]
        for rule, parts in list(kept):
            others = [(other, each) for other, each in kept if other is not rule]
            if parts and all(_part_covered(part, others) for part in parts):
                kept = others
                yield Violation(
                    resource=group.label,
                    expected="every rule allows something that no other rule allows",
                    observed=f"{direction} {describe_rule(rule)} is covered by the other rules",
                    hint="remove the rule, or narrow the wider ones",
                )


def _route_findings(
    label: str, rows: Sequence[tuple[VpcRoute | TgwRoute, tuple[IPv4Network, ...], int]]
) -> Iterator[Violation]:
    best: dict[IPv4Network, tuple[int, int]] = {}
    for number, (_, destinations, rank) in enumerate(rows):
        for destination in destinations:
            best[destination] = max(best.get(destination, (-1, 0)), (rank, -number))
    covered = _covered_by_longer(best)
    for number, (route, destinations, rank) in enumerate(rows):
        if destinations and all(best[d] != (rank, -number) or d in covered for d in destinations):
            yield Violation(
                resource=label,
                expected="every route is the longest match of some destination",
                observed=f"{route.destination} is never used: other routes win for all of it",
                hint="remove the route, or the more specific ones that hide it",
            )


def _covered_by_longer(networks: Iterable[IPv4Network]) -> set[IPv4Network]:
    """The prefixes that longer ones fill completely. Sorted, each prefix stands before those inside it."""
    covered: set[IPv4Network] = set()
    open_prefixes: list[tuple[IPv4Network, int, int]] = []  # prefix, last address, addresses filled

    def close() -> None:
        network, _, filled = open_prefixes.pop()
        if filled == network.num_addresses:
            covered.add(network)
        if open_prefixes:
            outer, last, outer_filled = open_prefixes[-1]
            open_prefixes[-1] = (outer, last, outer_filled + network.num_addresses)

    for network in sorted(networks):
        while open_prefixes and open_prefixes[-1][1] < int(network.network_address):
            close()
        open_prefixes.append((network, int(network.broadcast_address), 0))
    while open_prefixes:
        close()
    return covered


def _packets(spec: HeaderMatch, cidr: IPv4Network) -> PacketSet:
    ported, icmp = spec.protocol[0] in PORTED, spec.protocol[0] == ICMP
    return box(
        protocol=spec.protocol,
        source=(int(cidr.network_address), int(cidr.broadcast_address)),
        destination=(0, 0),
        source_port=(0, 0),
        destination_port=spec.first if ported else (0, 65535),
        icmp_type=spec.first if icmp else (0, 255),
        icmp_code=spec.second if icmp else (0, 255),
    )


def _covering(packets: PacketSet, earlier: list[tuple[NaclEntry, PacketSet]]) -> list[NaclEntry] | None:
    used = []
    for entry, others in earlier:
        if packets & others:
            packets -= others
            used.append(entry)
        if not packets:
            return used
    return None


def _peers(network: Network, region: str, rule: SgRule) -> list[tuple[str, PacketSet]]:
    spec = of_sg_rule(rule)
    match rule.peer:
        case IPv4Network():
            return [("", _packets(spec, rule.peer))]
        case GroupRef():
            return [(rule.peer.group_id, _packets(spec, cidr)) for cidr in _homes(network, region, rule.peer)]
        case PrefixListRef():
            cidrs = network.prefix_list_cidrs(region, rule.peer.prefix_list_id)
            return [("", _packets(spec, cidr)) for cidr in cidrs or ()]
    return []


def _homes(network: Network, region: str, peer: GroupRef) -> tuple[IPv4Network, ...]:
    """Where members of a group can have addresses: in the VPC of the group, anywhere if that is not known."""
    group = network.security_groups.get((region, peer.group_id))
    vpc = network.vpcs.get((region, (group.vpc_id if group else peer.vpc_id) or ""))
    return vpc.cidrs if vpc else (ANYWHERE,)


def _part_covered(
    part: tuple[str, PacketSet], others: list[tuple[SgRule, list[tuple[str, PacketSet]]]]
) -> bool:
    peer, packets = part
    for _, parts in others:
        for other_peer, covering in parts:
            if other_peer in ("", peer) and packets & covering:
                packets -= covering
                if not packets:
                    return True
    return False


def _vpc_destinations(network: Network, region: str, route: VpcRoute) -> tuple[IPv4Network, ...]:
    if isinstance(route.destination, str):
        return network.prefix_list_cidrs(region, route.destination) or ()
    return (route.destination,) if isinstance(route.destination, IPv4Network) else ()


def _tgw_destinations(route: TgwRoute) -> tuple[IPv4Network, ...]:
    return (route.destination,) if isinstance(route.destination, IPv4Network) else ()


def _side(egress: bool) -> str:  # noqa: FBT001 - the entry's own field
    return "outbound" if egress else "inbound"
