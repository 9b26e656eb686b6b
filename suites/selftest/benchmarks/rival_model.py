"""What the rivals are asked: the same network, reduced to what favours them most.

Subnets, TGW routes by longest prefix, security groups. No zones, no network ACLs, no reply: less than our
side computes, so the ratios are lower bounds.
"""

from ipaddress import IPv4Network
from typing import NamedTuple

from probes.model.network.packets import ICMP, TCP, protocol_number
from probes.model.state import GroupRef, SgRule, State, Subnet

Cidr = tuple[int, int]
ROLE_OF_TIER = {"public": "router", "private": "gpu", "fsx": "fsx"}
MUST = (ICMP, 0)  # GPUs ping each other
FORBIDDEN = (TCP, 22)  # nobody listens for SSH


class Rule(NamedTuple):
    """One rule: protocol (None is all), destination ports, the other end's CIDRs."""

    protocol: int | None
    ports: tuple[int, int]
    peers: tuple[Cidr, ...]


class Host(NamedTuple):
    """A subnet and the rules of its hosts; None judges nothing."""

    cidr: Cidr
    region: int
    role: str
    ingress: tuple[Rule, ...] | None
    egress: tuple[Rule, ...] | None


class Model(NamedTuple):
    """The hosts of every Region, and its TGW table: CIDR to Region, longest prefix first."""

    hosts: tuple[Host, ...]
    tables: tuple[tuple[tuple[Cidr, int], ...], ...]


def cidr_of(network: IPv4Network) -> Cidr:
    """First address and prefix length."""
    return int(network.network_address), network.prefixlen


def role_of(subnet: Subnet) -> str:
    """The role of a built subnet, from the tier in its name."""
    return ROLE_OF_TIER.get(subnet.name.split("-")[0], "")


def group_of(state: State) -> dict[tuple[str, str], str]:
    """The security group of each (region, role)."""
    return {(g.region, g.group_name.split("-")[0]): g.id for g in state.security_groups}


def hosts_model(state: State) -> Model:
    """The reduced network of the interfaces that have security groups, every rule by CIDR."""
    number = {region: index for index, region in enumerate(state.regions)}
    groups = {(g.region, g.id): g for g in state.security_groups}
    members: dict[tuple[str, str], list[Cidr]] = {}
    for interface in state.network_interfaces:
        for group_id in interface.group_ids:
            members.setdefault((interface.region, group_id), []).append((int(interface.private_ips[0]), 32))
    hosts = []
    for interface in state.network_interfaces:
        own = [groups[interface.region, group_id] for group_id in interface.group_ids]
        ingress = tuple(_rule(rule, members, interface.region) for group in own for rule in group.ingress)
        egress = tuple(_rule(rule, members, interface.region) for group in own for rule in group.egress)
        role = "gpu" if any(group.group_name.startswith("gpu") for group in own) else ""
        cidr = int(interface.private_ips[0]), 32
        if own:
            hosts.append(Host(cidr, number[interface.region], role, ingress, egress))
    return Model(tuple(hosts), tuple(_table(state, region, number) for region in state.regions))


def model_of(state: State) -> Model:
    """The reduced network."""
    number = {region: index for index, region in enumerate(state.regions)}
    groups = {(g.region, g.id): g for g in state.security_groups}
    group_ids = group_of(state)
    members: dict[tuple[str, str], list[Cidr]] = {}
    for subnet in state.subnets:
        key = (subnet.region, group_ids.get((subnet.region, role_of(subnet)), ""))
        members.setdefault(key, []).append(cidr_of(subnet.cidr)) if subnet.cidr else None
    hosts = []
    for subnet in state.subnets:
        group = groups.get((subnet.region, group_ids.get((subnet.region, role_of(subnet)), "")))
        if subnet.cidr is None:
            continue
        sides = [
            tuple(_rule(rule, members, subnet.region) for rule in rules)
            for rules in ((group.ingress, group.egress) if group else ())
        ]
        ingress, egress = sides or (None, None)
        hosts.append(Host(cidr_of(subnet.cidr), number[subnet.region], role_of(subnet), ingress, egress))
    return Model(tuple(hosts), tuple(_table(state, region, number) for region in state.regions))


def _rule(rule: SgRule, members: dict[tuple[str, str], list[Cidr]], region: str) -> Rule:
    number = protocol_number(rule.protocol)
    low, high = (
        (0, 65535) if number == ICMP or rule.from_port is None else (rule.from_port, rule.to_port or 0)
    )
    if isinstance(rule.peer, IPv4Network):
        return Rule(number, (low, high), (cidr_of(rule.peer),))
    group = rule.peer.group_id if isinstance(rule.peer, GroupRef) else ""
    return Rule(number, (low, high), tuple(members.get((region, group), ())))


def _table(state: State, region: str, number: dict[str, int]) -> tuple[tuple[Cidr, int], ...]:
    table = next(t for t in state.tgw_route_tables if t.region == region)
    leads = {
        side.id: number[side.peer_region or region] for side in state.tgw_attachments if side.region == region
    }
    routes = [
        (cidr_of(route.destination), leads[route.attachment_ids[0]])
        for route in table.routes
        if isinstance(route.destination, IPv4Network) and route.attachment_ids
    ]
    return tuple(sorted(routes, key=lambda route: -route[0][1]))
