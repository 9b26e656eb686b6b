"""Addresses, and packets to them, that stand for all others: nothing in a state tells those between two apart."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network

import msgspec

from probes.model.intent.flow_headers import divided_samples, of_flow
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import NOT_INTERNET, Packet
from probes.model.spec import FlowSpec
from probes.model.state import State

_DECIDING = (
    "vpcs",
    "subnets",
    "vpc_route_tables",
    "security_groups",
    "network_acls",
    "prefix_lists",
    "network_interfaces",
    "tgw_route_tables",
)
_RESERVED = 10  # past the addresses that AWS keeps for itself at the start of a subnet
_LAST = 2**32


class AddressSamples:
    """One address from each range that nothing in a state divides."""

    def __init__(self, state: State) -> None:
        self._state = state

    def within(self, networks: Iterable[IPv4Network]) -> Iterator[IPv4Address]:
        """Samples of these networks."""
        for network in networks:
            yield from self._between(int(network.network_address), int(network.broadcast_address))

    def _between(self, low: int, high: int) -> Iterator[IPv4Address]:
        inside = self._edges[bisect_left(self._edges, low + 1) : bisect_left(self._edges, high + 1)]
        starts = [low, *inside]
        for start, after in zip(starts, [*inside, high + 1], strict=True):
            yield IPv4Address(min(start + _RESERVED, after - 1))

    @cached_property
    def _edges(self) -> list[int]:
        """Where some range that the state names begins, or the first address after it."""
        edges: set[int] = set()
        for network in (*NOT_INTERNET, *self._named()):
            edges |= {int(network.network_address), int(network.broadcast_address) + 1}
        return sorted(edge for edge in edges if edge < _LAST)

    def _named(self) -> Iterator[IPv4Network]:
        for kind in _DECIDING:
            yield from _networks(getattr(self._state, kind))


def packets_within(
    roles: Roles, flow: FlowSpec, sources: Iterable[Endpoint], destinations: Iterable[IPv4Network]
) -> Iterator[tuple[Packet, Endpoint]]:
    """Every source with the addresses of these networks in an observed VPC, whose own groups judge them too."""
    vpcs = [cidr for vpc in roles.network.state.vpcs for cidr in vpc.cidrs]
    inside = [
        max(cidr, named, key=_length) for named in destinations for cidr in vpcs if cidr.overlaps(named)
    ]
    if not inside:
        return
    addresses, wanted = (
        AddressSamples(roles.network.state),
        divided_samples(roles.reachability, of_flow(flow)),
    )
    there = list(addresses.within(dict.fromkeys(inside)))
    for source in sources:
        for here in addresses.within(source.networks):
            for destination in there:
                for sample in wanted:
                    yield sample.packet(here, destination), source


def _networks(value: object) -> Iterator[IPv4Network]:
    if isinstance(value, IPv4Network):
        yield value
    elif isinstance(value, IPv4Address):
        yield IPv4Network(value)
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _networks(getattr(value, field))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _networks(item)
    elif isinstance(value, dict):
        yield from _networks(list(value.values()))


def _length(network: IPv4Network) -> int:
    return network.prefixlen
