"""What routing divides addresses and headers by: every CIDR and every header range of a route or network ACL."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from probes.model.network.firewalls import has_firewalls
from probes.model.network.index import Network
from probes.model.network.packets import NAT_PROTOCOLS, NOT_INTERNET, TCP
from probes.model.reachability.address_classes import Block, block_of
from probes.model.reachability.header_classes import HeaderMatch, of_nacl_entry, of_protocol
from probes.model.state import TgwRoute


def acl_matches(network: Network) -> set[HeaderMatch]:
    """The headers that network-ACL entries name, and those that NAT gateways and firewalls tell apart."""
    carried = {of_protocol(protocol) for protocol in NAT_PROTOCOLS} if network.state.nat_gateways else set()
    carried |= {of_protocol(TCP)} if has_firewalls(network) else set()
    return carried | {of_nacl_entry(entry) for acl in network.state.network_acls for entry in acl.entries}


def blocks(network: Network, routes: list[list[tuple[TgwRoute, Block]]]) -> set[Block]:
    """Every CIDR of a route, network-ACL entry, subnet or VPC, and those that are not on the Internet."""
    found = {block for table in routes for _, block in table}
    found.update(map(block_of, NOT_INTERNET))
    found.update(block_of(cidr) for cidr in _cidrs(network))
    return found


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
