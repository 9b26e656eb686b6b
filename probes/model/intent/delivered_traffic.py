"""Packets that get from some endpoints to others with headers in question: one for each group that lets some in.

A rule matters only to senders among its peers and to receivers that have its group. So the search goes from the
rules that let in some of the headers to the senders that have a rule for the same headers and for a receiver.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from probes.model.intent.example_addresses import host_of
from probes.model.intent.flow_headers import Sample, samples
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import Block, bits, interval_of, union
from probes.model.reachability.address_ranges import AddressRange
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox, HeaderClassPair
from probes.model.reachability.header_index import HeaderIndex
from probes.model.reachability.header_sets import HeaderSet
from probes.model.reachability.intervals import Interval, common
from probes.model.reachability.matrix import Members, add, transposed
from probes.model.reachability.security_groups import GroupRule, GroupRules, Peers


class Witness(NamedTuple):
    """A packet that is delivered, and the rule that lets it in."""

    packet: Packet
    source: Endpoint
    destination: Endpoint
    rule: GroupRule


class Admission(NamedTuple):
    """Some receivers with one group, and the rules of that group for headers in question, in their order."""

    rules: list[tuple[HeaderSet, GroupRule]]
    receivers: int


class Receivers:
    """Some endpoints, or those `among` some ranges, by the security groups that let packets in to them."""

    def __init__(self, reachability: Reachability, endpoints: Iterable[Endpoint], *, among: int = -1) -> None:
        compiled = reachability.compiled
        self._receivers: dict[int, int] = {}
        self._rules: dict[int, GroupRules] = {}
        for endpoint in endpoints:
            own = compiled.ranges.of_endpoint[compiled.number_of[endpoint]] & among
            for rules in compiled.groups.of(endpoint, "ingress").groups if own else ():
                self._rules[id(rules)] = rules
                add(self._receivers, id(rules), own)
        self.ranges = union(self._receivers.values())

    def admitting(self, headers: HeaderSet) -> Iterator[Admission]:
        """The groups that let in some of these headers."""
        for rules, receivers in zip(self._rules.values(), self._receivers.values(), strict=True):
            found = [(both, rule) for rule in rules if (both := common(rule.headers, headers))]
            if found:
                yield Admission(sorted(found, key=lambda each: each[0]), receivers)


class Senders:
    """Some endpoints, or those `among` some ranges, by the peers to which their security groups let packets out."""

    def __init__(self, reachability: Reachability, endpoints: Iterable[Endpoint], *, among: int = -1) -> None:
        compiled = reachability.compiled
        holders: dict[Peers, dict[HeaderSet, int]] = {}
        self.ranges = 0
        for endpoint in endpoints:
            own = compiled.ranges.of_endpoint[compiled.number_of[endpoint]] & among
            self.ranges |= own
            for rule in compiled.groups.of(endpoint, "egress").rules if own else ():
                add(holders.setdefault(rule.peers, {}), rule.headers, own)
        self._indexes = {peers: HeaderIndex(rules.items()) for peers, rules in holders.items()}
        self._by_members = [peers for peers in holders if peers.members]
        self._by_block: dict[Block, list[Peers]] = {}
        for peers in holders:
            for block in peers.blocks:
                self._by_block.setdefault(block, []).append(peers)
        self._blocks = sorted(self._by_block)
        self._lengths = sorted({length for _, length in self._blocks})
        self._towards: dict[int, list[Peers]] = {}

    def towards(self, receiver: AddressRange, number: int) -> Iterator[tuple[Peers, HeaderIndex]]:
        """The peers among which a receiver is, and who has a rule for them."""
        found = self._towards.get(number)
        if found is None:
            named = [peers for block in self._around(receiver) for peers in self._by_block[block]]
            found = self._towards[number] = [
                *named,
                *(p for p in self._by_members if p.members >> number & 1),
            ]
        return ((peers, self._indexes[peers]) for peers in found)

    def _around(self, receiver: AddressRange) -> Iterator[Block]:
        """The CIDRs that have an address of a receiver: they hold its first one, or begin inside it."""
        for length in self._lengths:
            block = receiver.low >> (32 - length) << (32 - length), length
            if block in self._by_block:
                yield block
        start = bisect_left(self._blocks, (receiver.low + 1, 0))
        yield from self._blocks[start : bisect_left(self._blocks, (receiver.high + 1, 0), start)]


class DeliveredTraffic:
    """Searches one analysis for packets that are delivered and, when `replied`, whose replies come back."""

    def __init__(self, reachability: Reachability, *, replied: bool = True) -> None:
        self.reachability = reachability
        self.replied = replied
        self.compiled = reachability.compiled
        self.ranges = reachability.compiled.ranges
        self._answering: dict[HeaderClassPair, list[int]] = {}

    def between(
        self, senders: Senders, receivers: Receivers, headers: Iterable[HeaderBox]
    ) -> Iterator[Witness]:
        """What some endpoints send others with some of these headers."""
        found = set[int]()
        for sample in samples(self.reachability, headers):
            for admission in receivers.admitting(sample.headers):
                group = id(admission.rules[0][1].group)
                witness = None if group in found else self._sent(sample, senders, admission)
                if witness is not None:
                    found.add(group)
                    yield witness

    def _sent(self, sample: Sample, senders: Senders, admission: Admission) -> Witness | None:
        for headers, rule in admission.rules:
            sending = self.compiled.groups.touched(rule.peers) & senders.ranges
            for number in bits(admission.receivers) if sending else ():
                receiver = self.ranges[number]
                own = self.ranges.of_endpoint[receiver.endpoint]
                answered = self._answered_by(sample.pair, receiver.address_class) & sending & ~own
                for peers, index in senders.towards(receiver, number) if answered else ():
                    if index.holders(headers) & answered:
                        position, sender = _first(index, headers, answered)
                        return self._witness(sample.at(position), rule, (sender, number), peers)
        return None

    def _answered_by(self, pair: HeaderClassPair, receiver: int) -> int:
        """The ranges whose packets get to an address class, security groups aside."""
        columns = self._answering.get(pair)
        if columns is None:
            rows: Members = {}
            for sender in bits(self.compiled.address_classes.inside):
                add(rows, self._reached(pair, sender), 1 << sender)
            columns = self._answering[pair] = transposed(rows, len(self.compiled.address_classes))
        return self.ranges.in_classes(columns[receiver])

    def _reached(self, pair: HeaderClassPair, sender: int) -> int:
        if self.replied:
            return self.reachability.answered(pair, sender)
        return self.reachability.routed[pair.forward].inside[sender]

    def _witness(self, sample: Sample, rule: GroupRule, ends: tuple[int, int], peers: Peers) -> Witness:
        here, there = (self.ranges[number] for number in ends)
        source = self._among(rule.peers, ends[0])
        destination = self._among(peers, ends[1])
        packet = sample.packet(host_of(source), host_of(destination))
        return Witness(
            packet, self.compiled.endpoints[here.endpoint], self.compiled.endpoints[there.endpoint], rule
        )

    def _among(self, peers: Peers, number: int) -> Interval:
        """Addresses of a range that are among some peers."""
        low, high, _, _ = self.ranges[number]
        if peers.members >> number & 1:
            return low, high
        return max(
            (_overlap((low, high), block) for block in peers.blocks), key=lambda each: each[1] - each[0]
        )

    def arriving(
        self, source: Endpoint, receivers: Receivers, headers: Iterable[HeaderBox]
    ) -> Iterator[Witness]:
        """What an external source sends endpoints with some of these headers."""
        found = set[int]()
        for sample in samples(self.reachability, headers):
            reached = {
                sender: self.ranges.in_classes(classes) & receivers.ranges
                for sender, classes in self.reachability.admitted(source, sample.pair).items()
            }
            pieces = [each for each in self.compiled.divided(source) if reached.get(each[2])]
            for admission in receivers.admitting(sample.headers) if pieces else ():
                group = id(admission.rules[0][1].group)
                witness = None if group in found else self._let_in(sample, source, admission, pieces, reached)
                if witness is not None:
                    found.add(group)
                    yield witness

    def _let_in(
        self,
        sample: Sample,
        source: Endpoint,
        admission: Admission,
        pieces: list[tuple[int, int, int]],
        reached: dict[int, int],
    ) -> Witness | None:
        for headers, rule in admission.rules:
            for block in rule.peers.blocks:
                low, high = interval_of(block)
                start = max(bisect_right(pieces, (low, 1 << 32, 0)) - 1, 0)
                for first, last, sender in pieces[start : bisect_right(pieces, (high, 1 << 32, 0))]:
                    numbers = bits(reached[sender] & admission.receivers)
                    if last >= low and numbers:
                        receiver = self.ranges[numbers[0]]
                        packet = sample.at(headers[0][0]).packet(
                            host_of((max(first, low), min(last, high))), host_of(receiver[:2])
                        )
                        return Witness(packet, source, self.compiled.endpoints[receiver.endpoint], rule)
        return None


def _first(index: HeaderIndex, headers: HeaderSet, wanted: int) -> tuple[int, int]:
    """The first of some headers for which one of the wanted has a rule, and who that is."""
    for own, holders in index.rules:
        both = common(own, headers)
        if both and holders & wanted:
            return both[0][0], bits(holders & wanted)[0]
    raise ValueError("nobody has a rule for these headers")


def _overlap(interval: Interval, block: Block) -> Interval:
    low, high = interval_of(block)
    return max(interval[0], low), min(interval[1], high)
