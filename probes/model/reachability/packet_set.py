"""Exact sets of packets in a canonical form: equal sets are equal values.

A set is an interval decision diagram: for each header field in turn, disjoint intervals of its values in
ascending order, each with the diagram of the remaining fields. Neighbours with equal diagrams are merged.
"""

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address
from itertools import pairwise
from typing import TypeAlias

import msgspec

from probes.model.network.packets import ICMP, PORTED, Packet
from probes.model.reachability.intervals import Interval

Box: TypeAlias = tuple[Interval, Interval, Interval, Interval, Interval, Interval, Interval]
Diagram: TypeAlias = tuple[tuple[int, int, "Diagram"], ...] | None

_FIELDS = 7
_EMPTY: Diagram = ()
_ALL: Diagram = None  # after the last field: everything

ADDRESSES: Interval = (0, 2**32 - 1)
PORTS: Interval = (0, 2**16 - 1)
BYTES: Interval = (0, 2**8 - 1)
NONE: Interval = (0, 0)


class PacketSet(msgspec.Struct, frozen=True):
    """A set of packets over protocol, addresses, ports, ICMP type and code; fields a protocol lacks are 0."""

    diagram: Diagram = _EMPTY

    def __or__(self, other: "PacketSet") -> "PacketSet":
        return PacketSet(_combine(self.diagram, other.diagram, 0, lambda one, two: one or two))

    def __and__(self, other: "PacketSet") -> "PacketSet":
        return PacketSet(_combine(self.diagram, other.diagram, 0, lambda one, two: one and two))

    def __sub__(self, other: "PacketSet") -> "PacketSet":
        return PacketSet(_combine(self.diagram, other.diagram, 0, lambda one, two: one and not two))

    def __bool__(self) -> bool:
        return self.diagram != _EMPTY

    def __contains__(self, packet: Packet) -> bool:
        diagram = self.diagram
        for value in _values(packet):
            child = next((c for low, high, c in diagram or () if low <= value <= high), _EMPTY)
            if child == _EMPTY and child is not None:
                return False
            diagram = child
        return True

    def example(self) -> Packet:
        """The smallest packet of the set; ValueError when it is empty."""
        if not self:
            raise ValueError("an empty set of packets has no example")
        values: list[int] = []
        diagram = self.diagram
        while diagram is not None:
            low, _, diagram = diagram[0]
            values.append(low)
        return _packet(values)

    def boxes(self) -> tuple[Box, ...]:
        """The set as disjoint boxes, one interval a field, in ascending order."""
        return tuple(_boxes(self.diagram, ()))


def box(  # noqa: PLR0913 - one argument a header field
    *,
    protocol: Interval,
    source: Interval = ADDRESSES,
    destination: Interval = ADDRESSES,
    source_port: Interval = PORTS,
    destination_port: Interval = PORTS,
    icmp_type: Interval = BYTES,
    icmp_code: Interval = BYTES,
) -> PacketSet:
    """Every packet whose fields lie in these intervals.

    Ports are judged for TCP and UDP only, type and code for ICMP only.
    """
    found = PacketSet()
    for low, high in split_protocols(protocol):
        ported, icmp = low in PORTED, low == ICMP
        ports = (source_port, destination_port) if ported else (NONE, NONE)
        what = (icmp_type, icmp_code) if icmp else (NONE, NONE)
        found |= PacketSet(_nest(((low, high), source, destination, *ports, *what)))
    return found


def everything() -> PacketSet:
    """Every packet."""
    return box(protocol=BYTES)


def union_of(sets: Iterable[PacketSet]) -> PacketSet:
    """The packets that are in any of these sets. Neighbours are united first, so that no set is read often."""
    found = list(sets)
    while len(found) > 1:
        odd = found[-1:] if len(found) % 2 else []
        found = [one | other for one, other in zip(found[::2], found[1::2], strict=False)] + odd
    return found[0] if found else PacketSet()


def first_packet(packets: Box) -> Packet:
    """The smallest packet of a box."""
    return _packet([low for low, _ in packets])


def split_protocols(protocol: Interval) -> list[Interval]:
    """An interval of IP protocols cut so that ICMP, TCP and UDP stand alone."""
    edges = sorted({protocol[0], protocol[1] + 1, *(edge for p in (ICMP, *PORTED) for edge in (p, p + 1))})
    inside = [edge for edge in edges if protocol[0] <= edge <= protocol[1] + 1]
    return [(low, high - 1) for low, high in pairwise(inside)]


def _nest(intervals: Box) -> Diagram:
    diagram: Diagram = _ALL
    for low, high in reversed(intervals):
        diagram = ((low, high, diagram),)
    return diagram


def _values(packet: Packet) -> tuple[int, ...]:
    ported, icmp = packet.protocol in PORTED, packet.protocol == ICMP
    return (
        packet.protocol,
        int(packet.source),
        int(packet.destination),
        packet.source_port if ported else 0,
        packet.destination_port if ported else 0,
        packet.icmp_type if icmp else 0,
        packet.icmp_code if icmp else 0,
    )


def _packet(values: list[int]) -> Packet:
    return Packet(
        protocol=values[0],
        source=IPv4Address(values[1]),
        destination=IPv4Address(values[2]),
        source_port=values[3],
        destination_port=values[4],
        icmp_type=values[5],
        icmp_code=values[6],
    )


def _boxes(diagram: Diagram, prefix: tuple[Interval, ...]) -> list[Box]:
    if diagram is None:
        return [prefix]  # type: ignore[list-item]  # seven intervals deep
    return [found for low, high, child in diagram for found in _boxes(child, (*prefix, (low, high)))]


def _combine(one: Diagram, two: Diagram, depth: int, keep: Callable[[bool, bool], bool]) -> Diagram:
    if depth == _FIELDS:
        return _ALL if keep(one is None, two is None) else _EMPTY
    if one == _EMPTY and two == _EMPTY:
        return _EMPTY
    if two == _EMPTY:
        return one if keep(True, False) else _EMPTY  # noqa: FBT003 - which side holds the packet
    if one == _EMPTY:
        return two if keep(False, True) else _EMPTY  # noqa: FBT003 - as above
    merged: list[tuple[int, int, Diagram]] = []
    for low, high, left, right in _overlay(one or (), two or ()):
        child = _combine(left, right, depth + 1, keep)
        if child == _EMPTY and child is not None:
            continue
        if merged and merged[-1][1] + 1 == low and merged[-1][2] == child:
            merged[-1] = (merged[-1][0], high, child)
        else:
            merged.append((low, high, child))
    return tuple(merged)


_Node: TypeAlias = tuple[tuple[int, int, Diagram], ...]


def _overlay(one: _Node, two: _Node) -> list[tuple[int, int, Diagram, Diagram]]:
    edges = sorted({edge for low, high, _ in (*one, *two) for edge in (low, high + 1)})
    found: list[tuple[int, int, Diagram, Diagram]] = []
    i = j = 0
    for low, after in pairwise(edges):
        while i < len(one) and one[i][1] < low:
            i += 1
        while j < len(two) and two[j][1] < low:
            j += 1
        left = one[i][2] if i < len(one) and one[i][0] <= low else _EMPTY
        right = two[j][2] if j < len(two) and two[j][0] <= low else _EMPTY
        found.append((low, after - 1, left, right))
    return found
