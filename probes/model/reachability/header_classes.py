"""Classes of packet headers: two headers that no rule tells apart are one class."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from probes.model.network.packets import ICMP, ICMP_REPLIES, PORTED, Packet, protocol_number
from probes.model.reachability.packet_set import BYTES, NONE, PORTS, Interval
from probes.model.state import NaclEntry, SgRule


class HeaderMatch(NamedTuple):
    """What a rule says about headers: protocols, and ports or ICMP types (`first`) and ICMP codes (`second`)."""

    protocol: Interval
    first: Interval
    second: Interval


class HeaderClass(NamedTuple):
    """Headers that no rule tells apart: as `HeaderMatch`, where `first` is the destination port of TCP and UDP."""

    protocol: Interval
    first: Interval
    second: Interval


def of_sg_rule(rule: SgRule) -> HeaderMatch:
    """The headers that a security-group rule covers."""
    return _spec(rule.protocol, (rule.from_port, rule.to_port), (rule.from_port, rule.to_port))


def of_nacl_entry(entry: NaclEntry) -> HeaderMatch:
    """The headers that a network-ACL entry covers."""
    return _spec(entry.protocol, (entry.from_port, entry.to_port), (entry.icmp_type, entry.icmp_code))


@lru_cache(maxsize=4096)
def _spec(
    protocol: str, ports: tuple[int | None, int | None], icmp: tuple[int | None, int | None]
) -> HeaderMatch:
    number = protocol_number(protocol)
    if number is None:
        return HeaderMatch(BYTES, PORTS, BYTES)
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
    """The classes of headers that a set of rules can tell apart.

    `classes` lists the heads of each class; `masks` gives, for each rule's headers, its classes as bits.
    """

    def __init__(self, specs: Iterable[HeaderMatch], *, cut_replies: bool = False) -> None:
        self.specs = frozenset(specs)
        heads = _heads(self.specs, cut_replies=cut_replies)
        by_signature: dict[tuple[HeaderMatch, ...], list[HeaderClass]] = {}
        ordered = sorted(self.specs)
        for head in heads:
            signature = tuple(spec for spec in ordered if _covers(spec, head))
            by_signature.setdefault(signature, []).append(head)
        self.classes = list(by_signature.values())
        self.signatures = [frozenset(signature) for signature in by_signature]
        self.masks = dict.fromkeys(ordered, 0)
        for index, signature in enumerate(by_signature):
            for spec in signature:
                self.masks[spec] |= 1 << index

    def of(self, packet: Packet) -> int:
        """The class of a packet's headers."""
        first = packet.destination_port if packet.protocol in PORTED else packet.icmp_type
        for index, heads in enumerate(self.classes):
            for head in heads:
                if head.protocol[0] <= packet.protocol <= head.protocol[1] and (
                    packet.protocol not in (ICMP, *PORTED)
                    or (head.first[0] <= first <= head.first[1] and _code_in(packet, head))
                ):
                    return index
        raise ValueError(f"no class holds {packet}")

    def within(self, coarser: "HeaderClasses") -> list[int]:
        """For each class the class of a coarser division, by fewer rules, that holds it."""
        index_of = {signature: index for index, signature in enumerate(coarser.signatures)}
        return [index_of[signature & coarser.specs] for signature in self.signatures]

    def __len__(self) -> int:
        return len(self.classes)


class HeaderClassPair(NamedTuple):
    """Packets of one forward class whose replies are of one reply class, with the boxes of their headers.

    A box is (protocol, source port, destination port, ICMP type, ICMP code).
    """

    forward: int
    reply: int
    boxes: tuple[tuple[Interval, Interval, Interval, Interval, Interval], ...]


def combinations(forward: HeaderClasses, reply: HeaderClasses) -> list[HeaderClassPair]:
    """Every pair of forward and reply class that some packet has, with those packets' headers.

    The destination port decides the forward class, the source port the reply's; the ICMP type decides both.
    """
    found: dict[tuple[int, int], list[tuple[Interval, Interval, Interval, Interval, Interval]]] = {}
    replies = [(index, head) for index, heads in enumerate(reply.classes) for head in heads]
    for index, heads in enumerate(forward.classes):
        for head in heads:
            for reply_index, answer in replies:
                for box in _joined(head, answer):
                    found.setdefault((index, reply_index), []).append(box)
    return [HeaderClassPair(*key, tuple(boxes)) for key, boxes in found.items()]


def _joined(
    head: HeaderClass, answer: HeaderClass
) -> list[tuple[Interval, Interval, Interval, Interval, Interval]]:
    protocol = _meet(head.protocol, answer.protocol)
    if protocol is None:
        return []
    if protocol[0] in PORTED:
        return [(protocol, answer.first, head.first, NONE, NONE)]
    if protocol[0] != ICMP:
        return [(protocol, NONE, NONE, NONE, NONE)]
    codes = _meet(head.second, answer.second)
    types = _meet(_asked_by(answer.first), head.first)
    return [(protocol, NONE, NONE, types, codes)] if types is not None and codes is not None else []


def _asked_by(answers: Interval) -> Interval:
    """The ICMP types whose replies have a type in this interval, which holds either one mapped type or none."""
    if answers[0] == answers[1] and answers[0] in ICMP_REPLIES:
        asked = ICMP_REPLIES[answers[0]]
        return asked, asked
    return answers


def _code_in(packet: Packet, head: HeaderClass) -> bool:
    return packet.protocol != ICMP or head.second[0] <= packet.icmp_code <= head.second[1]


def _meet(one: Interval, two: Interval) -> Interval | None:
    low, high = max(one[0], two[0]), min(one[1], two[1])
    return (low, high) if low <= high else None


def _heads(specs: frozenset[HeaderMatch], *, cut_replies: bool) -> list[HeaderClass]:
    edges = {0, 256, *(edge for p in (ICMP, *PORTED) for edge in (p, p + 1))}
    edges |= {edge for spec in specs for edge in (spec.protocol[0], spec.protocol[1] + 1)}
    heads: list[HeaderClass] = []
    for protocol in _intervals(edges):
        own = [spec for spec in specs if spec.protocol == protocol]
        if protocol[0] in PORTED:
            ports = {0, 2**16, *(e for s in own for e in (s.first[0], s.first[1] + 1))}
            heads += [HeaderClass(protocol, interval, NONE) for interval in _intervals(ports)]
        elif protocol[0] == ICMP:
            heads += _icmp_heads(protocol, own, cut_replies=cut_replies)
        else:
            heads.append(HeaderClass(protocol, NONE, NONE))
    return heads


def _icmp_heads(protocol: Interval, own: list[HeaderMatch], *, cut_replies: bool) -> list[HeaderClass]:
    types = {0, 256, *(e for s in own for e in (s.first[0], s.first[1] + 1))}
    if cut_replies:
        types |= {edge for kind in ICMP_REPLIES for edge in (kind, kind + 1)}
    codes = {0, 256, *(e for s in own for e in (s.second[0], s.second[1] + 1))}
    return [HeaderClass(protocol, kind, code) for kind in _intervals(types) for code in _intervals(codes)]


def _intervals(edges: Iterable[int]) -> list[Interval]:
    ordered = sorted(edges)
    return [(low, high - 1) for low, high in pairwise(ordered)]


def _covers(spec: HeaderMatch, head: HeaderClass) -> bool:
    if not spec.protocol[0] <= head.protocol[0] <= spec.protocol[1]:
        return False
    if head.protocol[0] in PORTED:
        return spec.first[0] <= head.first[0] <= spec.first[1]
    if head.protocol[0] == ICMP and spec.protocol != BYTES:
        return (
            spec.first[0] <= head.first[0] <= spec.first[1]
            and spec.second[0] <= head.second[0] <= spec.second[1]
        )
    return True
