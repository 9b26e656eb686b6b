"""Classes of packet headers that no network ACL tells apart, for packets and for their replies."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from probes.model.network.packets import ICMP, ICMP_REPLIES, PORTED, Packet, protocol_number
from probes.model.reachability.header_sets import ALL_HEADERS, HeaderSet, header_set
from probes.model.reachability.intervals import Interval
from probes.model.reachability.packet_set import BYTES, NONE, PORTS
from probes.model.state import NaclEntry, SgRule

HeaderBox: TypeAlias = tuple[Interval, Interval, Interval, Interval, Interval]
"""Protocol, source port, destination port, ICMP type, ICMP code."""


def meet(one: HeaderBox, other: HeaderBox) -> HeaderBox | None:
    """The headers that are in both boxes."""
    met = [(max(a[0], b[0]), min(a[1], b[1])) for a, b in zip(one, other, strict=True)]
    return (met[0], met[1], met[2], met[3], met[4]) if all(low <= high for low, high in met) else None


class HeaderMatch(NamedTuple):
    """What a rule says about headers: protocols, and ports or ICMP types (`first`) and ICMP codes (`second`)."""

    protocol: Interval
    first: Interval
    second: Interval


EVERY_HEADER = HeaderMatch(BYTES, PORTS, BYTES)


def of_sg_rule(rule: SgRule) -> HeaderMatch:
    """The headers that a security-group rule covers."""
    return _match(rule.protocol, (rule.from_port, rule.to_port), (rule.from_port, rule.to_port))


def of_nacl_entry(entry: NaclEntry) -> HeaderMatch:
    """The headers that a network-ACL entry covers."""
    return _match(entry.protocol, (entry.from_port, entry.to_port), (entry.icmp_type, entry.icmp_code))


@lru_cache(maxsize=4096)
def headers_of(match: HeaderMatch) -> HeaderSet:
    """The same headers as positions."""
    if match.protocol == BYTES:
        return ALL_HEADERS
    return header_set(match.protocol, match.first, match.first, match.second)


def of_protocol(protocol: int) -> HeaderMatch:
    """Every header of a protocol."""
    return HeaderMatch((protocol, protocol), BYTES if protocol == ICMP else PORTS, BYTES)


def of_port(protocol: int, port: int) -> HeaderMatch:
    """The headers for one destination port."""
    return HeaderMatch((protocol, protocol), (port, port), BYTES)


@lru_cache(maxsize=4096)
def _match(
    protocol: str, ports: tuple[int | None, int | None], icmp: tuple[int | None, int | None]
) -> HeaderMatch:
    number = protocol_number(protocol)
    if number is None:
        return EVERY_HEADER
    if number in PORTED:
        low, high = ports
        covered = PORTS if low is None else (low, low if high is None else high)
        return HeaderMatch((number, number), covered, BYTES)
    if number == ICMP:
        return HeaderMatch((number, number), _one(icmp[0]), _one(icmp[1]))
    return HeaderMatch((number, number), PORTS, BYTES)


def _one(value: int | None) -> Interval:
    return BYTES if value is None else (value, value)


class HeaderClasses:
    """The classes of headers that some matches tell apart.

    `classes` lists the parts of each class; `masks` gives, for each match, its classes as bits.
    """

    def __init__(self, matches: Iterable[HeaderMatch]) -> None:
        ordered = sorted({EVERY_HEADER, *matches})
        by_matches: dict[tuple[HeaderMatch, ...], list[HeaderMatch]] = {}
        for part in _parts(ordered):
            by_matches.setdefault(tuple(match for match in ordered if _covers(match, part)), []).append(part)
        self.classes = list(by_matches.values())
        self.masks = dict.fromkeys(ordered, 0)
        for index, covering in enumerate(by_matches):
            for match in covering:
                self.masks[match] |= 1 << index

    def of(self, packet: Packet) -> int:
        """The class of a packet's headers."""
        first = packet.destination_port if packet.protocol in PORTED else packet.icmp_type
        for index, parts in enumerate(self.classes):
            for part in parts:
                if part.protocol[0] <= packet.protocol <= part.protocol[1] and (
                    packet.protocol not in (ICMP, *PORTED)
                    or (part.first[0] <= first <= part.first[1] and _code_in(packet, part))
                ):
                    return index
        raise ValueError(f"no class holds {packet}")

    def __len__(self) -> int:
        return len(self.classes)


class HeaderClassPair(NamedTuple):
    """Packets of one class whose replies are of one class, with the boxes of the packets' headers."""

    forward: int
    reply: int
    boxes: tuple[HeaderBox, ...]


def class_pairs(classes: HeaderClasses) -> list[HeaderClassPair]:
    """Every pair of classes that some packet and its reply have, with those packets' headers.

    The destination port decides a packet's class, the source port its reply's; the ICMP type decides both.
    """
    found: dict[tuple[int, int], list[HeaderBox]] = {}
    parts = [(index, part) for index, parts in enumerate(classes.classes) for part in parts]
    for index, part in parts:
        for reply_index, answer in parts:
            for box in _joined(part, answer):
                found.setdefault((index, reply_index), []).append(box)
    return [HeaderClassPair(*key, tuple(boxes)) for key, boxes in found.items()]


def _joined(part: HeaderMatch, answer: HeaderMatch) -> list[HeaderBox]:
    protocol = _meet(part.protocol, answer.protocol)
    if protocol is None:
        return []
    if protocol[0] in PORTED:
        return [(protocol, answer.first, part.first, NONE, NONE)]
    if protocol[0] != ICMP:
        return [(protocol, NONE, NONE, NONE, NONE)]
    codes = _meet(part.second, answer.second)
    types = _meet(_asked_by(answer.first), part.first)
    return [(protocol, NONE, NONE, types, codes)] if types is not None and codes is not None else []


def _asked_by(answers: Interval) -> Interval:
    """The ICMP types whose replies have a type in this interval, which holds either one mapped type or none."""
    if answers[0] == answers[1] and answers[0] in ICMP_REPLIES:
        asked = ICMP_REPLIES[answers[0]]
        return asked, asked
    return answers


def _code_in(packet: Packet, part: HeaderMatch) -> bool:
    return packet.protocol != ICMP or part.second[0] <= packet.icmp_code <= part.second[1]


def _meet(one: Interval, two: Interval) -> Interval | None:
    low, high = max(one[0], two[0]), min(one[1], two[1])
    return (low, high) if low <= high else None


def _parts(matches: list[HeaderMatch]) -> Iterator[HeaderMatch]:
    """All headers in parts that no match divides, nor which ICMP type answers which."""
    edges = {0, 256, *(edge for p in (ICMP, *PORTED) for edge in (p, p + 1))}
    edges |= {edge for match in matches for edge in (match.protocol[0], match.protocol[1] + 1)}
    for protocol in _intervals(edges):
        own = [match for match in matches if match.protocol == protocol]
        if protocol[0] in PORTED:
            ports = {0, 2**16, *(e for m in own for e in (m.first[0], m.first[1] + 1))}
            yield from (HeaderMatch(protocol, interval, NONE) for interval in _intervals(ports))
        elif protocol[0] == ICMP:
            yield from _icmp_parts(protocol, own, answers=len(matches) > 1)
        else:
            yield HeaderMatch(protocol, NONE, NONE)


def _icmp_parts(protocol: Interval, own: list[HeaderMatch], *, answers: bool) -> Iterator[HeaderMatch]:
    types = {0, 256, *(e for m in own for e in (m.first[0], m.first[1] + 1))}
    if answers:
        types |= {edge for kind in ICMP_REPLIES for edge in (kind, kind + 1)}
    codes = {0, 256, *(e for m in own for e in (m.second[0], m.second[1] + 1))}
    for kind in _intervals(types):
        yield from (HeaderMatch(protocol, kind, code) for code in _intervals(codes))


def _intervals(edges: Iterable[int]) -> list[Interval]:
    ordered = sorted(edges)
    return [(low, high - 1) for low, high in pairwise(ordered)]


def _covers(match: HeaderMatch, part: HeaderMatch) -> bool:
    if not match.protocol[0] <= part.protocol[0] <= match.protocol[1]:
        return False
    if part.protocol[0] in PORTED:
        return match.first[0] <= part.first[0] <= match.first[1]
    if part.protocol[0] == ICMP and match.protocol != BYTES:
        return (
            match.first[0] <= part.first[0] <= match.first[1]
            and match.second[0] <= part.second[0] <= match.second[1]
        )
    return True
