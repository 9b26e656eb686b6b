"""What a flow's headers are, and which classes of an analysis hold some of them."""

from collections.abc import Iterable
from ipaddress import IPv4Address
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from probes.model.network.packets import ICMP, PORTED, PROTOCOL_NAMES, PROTOCOL_NUMBERS, Packet
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.packet_set import BYTES, NONE, PORTS, Interval, PacketSet, box
from probes.model.spec import FlowSpec, Kind

Headers: TypeAlias = tuple[Interval, Interval, Interval, Interval, Interval]

# RFC 6335: clients send from registered or dynamic ports.
EPHEMERAL: Interval = (1024, 65535)
ECHO: Interval = (8, 8)


class Sample(NamedTuple):
    """One class of an analysis that holds headers of a flow, and the smallest of those headers."""

    forward: int
    reply: int
    headers: Headers

    def packet(self, source: IPv4Address, destination: IPv4Address) -> Packet:
        """The class's packet between two addresses."""
        protocol, source_port, destination_port, icmp_type, icmp_code = self.headers
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


def of_flow(flow: FlowSpec) -> list[Headers]:
    """The headers of a documented flow: clients use ephemeral ports, and ICMP means an echo request."""
    return [headers for kind in flow.kinds() for headers in _of_kind(kind)]


def _of_kind(kind: Kind) -> list[Headers]:
    if kind.protocol == "all":
        return everything()
    if kind.protocol == "icmp":
        return [((ICMP, ICMP), NONE, NONE, ECHO, NONE)]
    number = PROTOCOL_NUMBERS[kind.protocol]
    return [((number, number), EPHEMERAL, ports, NONE, NONE) for ports in port_intervals(kind.ports)]


def everything() -> list[Headers]:
    """Every header."""
    ported: list[Headers] = [((number, number), PORTS, PORTS, NONE, NONE) for number in PORTED]
    edges = (0, ICMP, ICMP + 1, *(edge for number in PORTED for edge in (number, number + 1)), 256)
    named = {ICMP, *PORTED}
    rest: list[Headers] = [
        ((low, high - 1), NONE, NONE, NONE, NONE)
        for low, high in pairwise(edges)
        if low < high and low not in named
    ]
    return [*ported, ((ICMP, ICMP), NONE, NONE, BYTES, BYTES), *rest]


def of_protocol(protocol: str, ports: Iterable[int | str]) -> list[Headers]:
    """Every header of a protocol of the spec (tcp, udp, icmp, all) to these ports, from any port."""
    if protocol == "all":
        return everything()
    number = PROTOCOL_NUMBERS[protocol]
    if number == ICMP:
        return [((ICMP, ICMP), NONE, NONE, BYTES, BYTES)]
    return [((number, number), PORTS, interval, NONE, NONE) for interval in port_intervals(ports)]


def header_set(boxes: Iterable[Headers]) -> PacketSet:
    """Headers as a set of packets whose addresses play no part."""
    found = PacketSet()
    for protocol, source_port, destination_port, icmp_type, icmp_code in boxes:
        found |= box(
            protocol=protocol,
            source=NONE,
            destination=NONE,
            source_port=source_port,
            destination_port=destination_port,
            icmp_type=icmp_type,
            icmp_code=icmp_code,
        )
    return found


def canonical(boxes: Iterable[Headers]) -> tuple[Headers, ...]:
    """The same headers in their canonical form."""
    return tuple((protocol, *rest) for protocol, _, _, *rest in header_set(boxes).boxes())  # type: ignore[misc]  # five fields


def words(headers: Headers) -> str:
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


def summary(headers: Iterable[Headers]) -> str:
    """A set of headers for people, told by what it lacks if that is shorter."""
    own, everything_else = header_set(headers), header_set(everything())
    listed = _listed(own)
    lacking = _listed(everything_else - own)
    if not lacking:
        return "all traffic"
    return "; ".join(listed) if len(listed) <= len(lacking) else f"all traffic but {'; '.join(lacking)}"


def _listed(headers: PacketSet) -> list[str]:
    return [words((box[0], *box[3:])) for box in headers.boxes()]


def _span(interval: Interval) -> str:
    return str(interval[0]) if interval[0] == interval[1] else f"{interval[0]}-{interval[1]}"


def samples(reachability: Reachability, wanted: Iterable[Headers]) -> list[Sample]:
    """One sample for each class of the analysis that holds some of these headers."""
    boxes = list(wanted)
    found: list[Sample] = []
    for combination in reachability.combinations:
        met = [
            both for own in combination.boxes for other in boxes if (both := _meet(own, other)) is not None
        ]
        if met:
            found.append(Sample(combination.forward, combination.reply, min(met, key=_usual)))
    return found


def _usual(headers: Headers) -> tuple[int, Headers]:
    familiar = {6: 0, ICMP: 1, 17: 2}
    return familiar.get(headers[0][0], 3), headers


def _meet(one: Headers, two: Headers) -> Headers | None:
    met = [(max(a[0], b[0]), min(a[1], b[1])) for a, b in zip(one, two, strict=True)]
    return (met[0], met[1], met[2], met[3], met[4]) if all(low <= high for low, high in met) else None
