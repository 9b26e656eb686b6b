"""
What the parts of a drawn network have in common: its size, its CIDRs and which parts may be faulty.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from hypothesis import strategies as st

from probes.model.endpoints import Endpoint
from probes.model.packets import Packet
from suites.selftest.networks import ANY, BASE, address, vpc_block

T = TypeVar("T")

SERVICE = IPv4Network("52.94.0.0/22")
PUBLIC = IPv4Network("8.8.8.0/24")
PORTS = (0, 22, 79, 80, 81, 443, 1023, 1024, 40000, 65535)
TIERS = range(4)
FAULTS = ("groups", "acls", "vpc routes", "tgw routes", "associations", "zones", "states")


@dataclass(frozen=True, slots=True)
class Drawing:
    """
    A network of `count` Regions being drawn. CIDRs of its rules and routes come from `blocks`.
    """

    draw: st.DrawFn
    count: int
    blocks: tuple[IPv4Network, ...]
    faults: frozenset[str]

    def one(self, choices: Sequence[T]) -> T:
        """
        One of these.
        """
        return self.draw(st.sampled_from(choices))

    def some(self, part: str, most: int) -> range:
        """
        How many extra things a part gets: none unless it may be faulty.
        """
        return range(self.draw(st.integers(0, most)) if part in self.faults else 0)

    def well(self, part: str) -> bool:
        """
        Whether to leave something as it should be: always, or mostly when its part may be faulty.
        """
        return part not in self.faults or self.one((True, True, False))


@st.composite
def drawings(draw: st.DrawFn) -> Drawing:
    """
    A network of one to three Regions of which up to four parts are faulty.
    """
    count = draw(st.integers(1, 3))
    faults = draw(st.frozensets(st.sampled_from(FAULTS), max_size=4))
    return Drawing(draw, count, _blocks(count), faults)


def _blocks(count: int) -> tuple[IPv4Network, ...]:
    whole = [vpc_block(index) for index in range(count)]
    tiers = [
        IPv4Network((int(address(index, tier, 0)), 24 if tier < 2 else 28))
        for index in range(count)
        for tier in TIERS
    ]
    halves = [IPv4Network((int(net.network_address), net.prefixlen + 1)) for net in (*whole, *tiers)]
    hosts = [IPv4Network(address(index, tier, 10)) for index in range(count) for tier in (0, 1)]
    return (ANY, BASE, IPv4Network("10.66.0.0/18"), *whole, *tiers, *halves, *hosts, PUBLIC)


@st.composite
def packets(draw: st.DrawFn, source: Endpoint, destination: Endpoint) -> Packet:
    """
    A packet between two endpoints, near the values at which rules change their minds.
    """
    protocol = draw(st.sampled_from((0, 1, 6, 17, 47)))
    ported, icmp = protocol in (6, 17), protocol == 1
    port = st.sampled_from(PORTS)
    return Packet(
        source=_address_of(draw, source),
        destination=_address_of(draw, destination),
        protocol=protocol,
        source_port=draw(port) if ported else 0,
        destination_port=draw(port) if ported else 0,
        icmp_type=draw(st.sampled_from((0, 3, 8, 13))) if icmp else 0,
        icmp_code=draw(st.sampled_from((0, 4))) if icmp else 0,
    )


def _address_of(draw: st.DrawFn, endpoint: Endpoint) -> IPv4Address:
    network = draw(st.sampled_from(endpoint.networks))
    size = network.num_addresses
    places = {0, max(size // 2 - 1, 0), size // 2, size - 1, *({10, 11} if size > 11 else ())}
    return network[draw(st.sampled_from(sorted(places)))]
