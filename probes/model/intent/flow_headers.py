"""What a flow's headers are, and which classes of an analysis hold some of them."""

from collections.abc import Iterable
from ipaddress import IPv4Address
from itertools import pairwise
from typing import NamedTuple

from probes.model.network.packets import ICMP, PORTED, PROTOCOL_NAMES, PROTOCOL_NUMBERS, Packet
from probes.model.network.sg_references import RuleDirection
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox, HeaderClassPair, meet
from probes.model.reachability.header_sets import HeaderSet, boxes_of, cut, edges_of, header_set
from probes.model.reachability.intervals import Interval, united
from probes.model.reachability.packet_set import BYTES, NONE, PORTS, PacketSet, box, union_of
from probes.model.spec import FlowSpec, Kind

# RFC 6335: clients send from registered or dynamic ports.
EPHEMERAL: Interval = (1024, 65535)
ECHO: Interval = (8, 8)
DIRECTIONS: tuple[RuleDirection, ...] = ("ingress", "egress")


class Sample(NamedTuple):
    """Headers of a flow in one pair of header classes, as boxes and as a set; `example` is the usual one."""

    pair: HeaderClassPair
    boxes: tuple[HeaderBox, ...]
    headers: HeaderSet
    example: HeaderBox

    def packet(self, source: IPv4Address, destination: IPv4Address) -> Packet:
        """The example between two addresses."""
        return packet_of(self.example, source, destination)

    def divided(self, others: Iterable[HeaderSet]) -> list["Sample"]:
        """The same headers in ascending parts of which each other set has all or none."""
        edges = edges_of(others)
        return [self._part(part) for part in cut(self.headers, edges)] if edges else [self]

    def at(self, position: int) -> "Sample":
        """The one of these headers that stands at a position."""
        return self._part(((position, position),))

    def _part(self, headers: HeaderSet) -> "Sample":
        own = boxes_from_any_port(headers)
        boxes = [both for one in own for each in self.boxes if (both := meet(one, each))]
        return _sample(self.pair, boxes)


def packet_of(headers: HeaderBox, source: IPv4Address, destination: IPv4Address) -> Packet:
    """The packet with the smallest of these headers between two addresses."""
    protocol, source_port, destination_port, icmp_type, icmp_code = headers
    return Packet(
        source=source,
        destination=destination,
        protocol=protocol[0],
        source_port=source_port[0],
        destination_port=destination_port[0],
        icmp_type=icmp_type[0],
        icmp_code=icmp_code[0],
    )


def port_intervals(ports: Iterable[int | str]) -> list[Interval]:
    """Ports of the spec, single or "low-high", as intervals; all ports when none is named."""
    found: list[Interval] = []
    for port in ports:
        low, _, high = str(port).partition("-")
        found.append((int(low), int(high or low)))
    return found or [PORTS]


def of_flow(flow: FlowSpec) -> list[HeaderBox]:
    """The headers of a documented flow: clients use ephemeral ports, and ICMP means an echo request."""
    return [headers for kind in flow.kinds() for headers in _of_kind(kind)]


def _of_kind(kind: Kind) -> list[HeaderBox]:
    if kind.protocol == "all":
        return everything()
    if kind.protocol == "icmp":
        return [((ICMP, ICMP), NONE, NONE, ECHO, NONE)]
    number = PROTOCOL_NUMBERS[kind.protocol]
    return [((number, number), EPHEMERAL, ports, NONE, NONE) for ports in port_intervals(kind.ports)]


def everything() -> list[HeaderBox]:
    """Every header."""
    ported: list[HeaderBox] = [((number, number), PORTS, PORTS, NONE, NONE) for number in PORTED]
    edges = (0, ICMP, ICMP + 1, *(edge for number in PORTED for edge in (number, number + 1)), 256)
    named = {ICMP, *PORTED}
    rest: list[HeaderBox] = [
        ((low, high - 1), NONE, NONE, NONE, NONE)
        for low, high in pairwise(edges)
        if low < high and low not in named
    ]
    return [*ported, ((ICMP, ICMP), NONE, NONE, BYTES, BYTES), *rest]


def of_protocol(protocol: str, ports: Iterable[int | str]) -> list[HeaderBox]:
    """Every header of a protocol of the spec (tcp, udp, icmp, all) to these ports, from any port."""
    if protocol == "all":
        return everything()
    number = PROTOCOL_NUMBERS[protocol]
    if number == ICMP:
        return [((ICMP, ICMP), NONE, NONE, BYTES, BYTES)]
    return [((number, number), PORTS, interval, NONE, NONE) for interval in port_intervals(ports)]


def header_set_of(boxes: Iterable[HeaderBox]) -> HeaderSet:
    """Headers as a set in which source ports play no part."""
    return united(
        interval
        for protocol, _, ports, icmp_type, icmp_code in boxes
        for interval in header_set(protocol, ports, icmp_type, icmp_code)
    )


def boxes_from_any_port(headers: HeaderSet) -> list[HeaderBox]:
    """A set of headers as boxes."""
    return [
        (protocol, PORTS if protocol[0] in PORTED else NONE, ports, icmp_type, icmp_code)
        for protocol, ports, icmp_type, icmp_code in boxes_of(headers)
    ]


def canonical(boxes: Iterable[HeaderBox]) -> tuple[HeaderBox, ...]:
    """The same headers in their canonical form."""
    return tuple((protocol, *rest) for protocol, _, _, *rest in _packets(boxes).boxes())  # type: ignore[misc]  # five fields


def _packets(boxes: Iterable[HeaderBox]) -> PacketSet:
    """Headers as packets whose addresses play no part."""
    return union_of(
        box(
            protocol=protocol,
            source=NONE,
            destination=NONE,
            source_port=source_port,
            destination_port=destination_port,
            icmp_type=icmp_type,
            icmp_code=icmp_code,
        )
        for protocol, source_port, destination_port, icmp_type, icmp_code in boxes
    )


def words(headers: HeaderBox) -> str:
    """Headers for people: "tcp 443 from 1024-65535", "icmp type 8"."""
    protocol, source_port, destination_port, icmp_type, icmp_code = headers
    name = PROTOCOL_NAMES.get(protocol[0]) if protocol[0] == protocol[1] else None
    text = name or f"protocol {_span(protocol)}"
    if protocol[0] in PORTED:
        text += "" if destination_port == PORTS else f" {_span(destination_port)}"
        text += "" if source_port == PORTS else f" from {_span(source_port)}"
    if protocol[0] == ICMP:
        text += "" if icmp_type == BYTES else f" type {_span(icmp_type)}"
        text += "" if icmp_code == BYTES else f" code {_span(icmp_code)}"
    return text


def summary(headers: Iterable[HeaderBox]) -> str:
    """A set of headers for people, told by what it lacks if that is shorter."""
    own, everything_else = _packets(headers), _packets(everything())
    listed = _listed(own)
    lacking = _listed(everything_else - own)
    if not lacking:
        return "all traffic"
    return "; ".join(listed) if len(listed) <= len(lacking) else f"all traffic but {'; '.join(lacking)}"


def _listed(headers: PacketSet) -> list[str]:
    return [words((box[0], *box[3:])) for box in headers.boxes()]


def _span(interval: Interval) -> str:
    return str(interval[0]) if interval[0] == interval[1] else f"{interval[0]}-{interval[1]}"


def samples(reachability: Reachability, wanted: Iterable[HeaderBox]) -> list[Sample]:
    """One sample for each pair of header classes that holds some of these headers."""
    boxes = list(wanted)
    met = (
        (pair, [both for own in pair.boxes for other in boxes if (both := meet(own, other)) is not None])
        for pair in reachability.class_pairs
    )
    return [_sample(pair, found) for pair, found in met if found]


def divided_samples(reachability: Reachability, wanted: Iterable[HeaderBox]) -> list[Sample]:
    """Samples of these headers that no rule of any endpoint of the analysis divides."""
    groups = reachability.compiled.groups
    sets = {groups.of(end, direction) for end in reachability.endpoints for direction in DIRECTIONS}
    rules = {rule.headers for each in sets for rule in each.rules}
    return [part for sample in samples(reachability, wanted) for part in sample.divided(rules)]


def _sample(pair: HeaderClassPair, boxes: list[HeaderBox]) -> Sample:
    return Sample(pair, tuple(boxes), header_set_of(boxes), min(boxes, key=_usual))


def _usual(headers: HeaderBox) -> tuple[int, HeaderBox]:
    familiar = {6: 0, ICMP: 1, 17: 2}
    return familiar.get(headers[0][0], 3), headers
