"""Sets of packets behave as sets, compared with brute force on a small universe."""

from ipaddress import IPv4Address
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model.network.packets import Packet
from probes.model.reachability.intervals import Interval
from probes.model.reachability.packet_set import PacketSet, box, everything

HIGH = 3
EDGES = st.tuples(st.integers(0, HIGH), st.integers(0, HIGH)).map(lambda pair: (min(pair), max(pair)))
PROTOCOLS = (0, 1, 6)


def universe() -> list[Packet]:
    values = range(HIGH + 1)
    found = []
    for protocol, source, destination in product(PROTOCOLS, values, values):
        for first, second in product(values, values) if protocol else [(0, 0)]:
            ports = (first, second) if protocol == 6 else (0, 0)
            icmp = (first, second) if protocol == 1 else (0, 0)
            found.append(_packet(protocol, source, destination, ports, icmp))
    return found


def _packet(protocol: int, source: int, destination: int, ports: Interval, icmp: Interval) -> Packet:
    return Packet(
        protocol=protocol,
        source=IPv4Address(source),
        destination=IPv4Address(destination),
        source_port=ports[0],
        destination_port=ports[1],
        icmp_type=icmp[0],
        icmp_code=icmp[1],
    )


UNIVERSE = universe()
ALL = frozenset(UNIVERSE)
BOXES = st.builds(
    lambda protocol, source, destination, one, two: box(
        protocol=(protocol, protocol),
        source=source,
        destination=destination,
        source_port=one,
        destination_port=two,
        icmp_type=one,
        icmp_code=two,
    ),
    st.sampled_from(PROTOCOLS),
    EDGES,
    EDGES,
    EDGES,
    EDGES,
)


def _union(parts: list[PacketSet]) -> PacketSet:
    whole = PacketSet()
    for part in parts:
        whole |= part
    return whole


SETS = st.lists(BOXES, max_size=4).map(_union)


def members(packets: PacketSet) -> frozenset[Packet]:
    return frozenset(packet for packet in UNIVERSE if packet in packets)


@given(SETS, SETS)
def test_set_operations_agree_with_brute_force(one: PacketSet, two: PacketSet) -> None:
    assert members(one | two) == members(one) | members(two)
    assert members(one & two) == members(one) & members(two)
    assert members(one - two) == members(one) - members(two)


@given(SETS, SETS)
def test_equal_sets_have_one_form(one: PacketSet, two: PacketSet) -> None:
    assert (one == two) == (members(one) == members(two))
    assert (one | two) == (two | (one - two))
    assert (one - two) | (one & two) == one


@given(SETS)
def test_a_set_is_empty_or_gives_a_packet_of_it(packets: PacketSet) -> None:
    if packets:
        assert packets.example() in packets
        assert packets.example() == min(members(packets), key=_order)
    else:
        assert members(packets) == frozenset()
        with pytest.raises(ValueError, match="empty"):
            packets.example()


@given(SETS)
def test_the_boxes_of_a_set_are_disjoint_and_cover_it(packets: PacketSet) -> None:
    boxes = packets.boxes()
    counted = sum(_size(found) for found in boxes)

    assert counted == len(members(packets))


def test_everything_holds_a_packet_of_each_kind() -> None:
    assert members(everything()) == ALL
    assert not everything() - everything()


def _order(packet: Packet) -> tuple[int, ...]:
    return (
        packet.protocol,
        int(packet.source),
        int(packet.destination),
        packet.source_port,
        packet.destination_port,
        packet.icmp_type,
        packet.icmp_code,
    )


def _size(intervals: tuple[Interval, ...]) -> int:
    size = 1
    for low, high in intervals:
        size *= high - low + 1
    return size
