"""What an analysis has to cut at: every CIDR and every header range that some rule or route names."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.reachability.address_classes import Block, block_of
from probes.model.reachability.header_classes import HeaderMatch, of_nacl_entry, of_sg_rule
from probes.model.state import PrefixListRef, SgRule, TgwRoute


def rules_in_use(network: Network, endpoints: Iterable[Endpoint]) -> list[tuple[str, SgRule]]:
    """The rules of every security group that an endpoint has, with their Region."""
    keys = {(endpoint.region, group_id) for endpoint in endpoints for group_id in endpoint.group_ids or ()}
    groups = [network.security_groups[key] for key in keys if key in network.security_groups]
    return [(group.region, rule) for group in groups for rule in (*group.ingress, *group.egress)]


def acl_specs(network: Network) -> set[HeaderMatch]:
    """The headers that network-ACL entries name."""
    every = HeaderMatch((0, 255), (0, 65535), (0, 255))
    return {every, *(of_nacl_entry(entry) for acl in network.state.network_acls for entry in acl.entries)}


def group_specs(rules: Iterable[tuple[str, SgRule]]) -> set[HeaderMatch]:
    """The headers that security-group rules name."""
    return {of_sg_rule(rule) for _, rule in rules}


def blocks(
    network: Network, rules: Iterable[tuple[str, SgRule]], routes: list[list[tuple[TgwRoute, Block]]]
) -> set[Block]:
    """Every CIDR that some rule, route, subnet or VPC names."""
    found = {(0, 0)}
    found.update(block for table in routes for _, block in table)
    for cidr in _cidrs(network):
        found.add(block_of(cidr))
    for region, rule in rules:
        found.update(_of_peer(network, region, rule))
    return found


def translated_blocks(endpoints: Iterable[Endpoint]) -> set[Block]:
    """The addresses that an Internet gateway translates, of endpoints of which it does not translate all."""
    return {
        block_of(network)
        for endpoint in endpoints
        if endpoint.public != endpoint.networks
        for network in endpoint.public
    }


def _cidrs(network: Network) -> Iterator[IPv4Network]:
    state = network.state
    for vpc in state.vpcs:
        yield from vpc.cidrs
    for subnet in state.subnets:
        if subnet.cidr is not None:
            yield subnet.cidr
    for acl in state.network_acls:
        yield from (entry.cidr for entry in acl.entries if isinstance(entry.cidr, IPv4Network))
    for table in state.vpc_route_tables:
        for route in table.routes:
            if isinstance(route.destination, str):
                yield from network.prefix_list_cidrs(table.region, route.destination) or ()
            elif isinstance(route.destination, IPv4Network):
                yield route.destination


def _of_peer(network: Network, region: str, rule: SgRule) -> Iterator[Block]:
    match rule.peer:
        case IPv4Network():
            yield block_of(rule.peer)
        case PrefixListRef():
            for cidr in network.prefix_list_cidrs(region, rule.peer.prefix_list_id) or ():
                yield block_of(cidr)
