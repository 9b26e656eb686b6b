"""Which pairs of endpoints lose traffic from one network to another, and with which headers."""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from probes.model.intent.flow_headers import boxes_from_any_port, canonical
from probes.model.network.sg_references import RuleDirection
from probes.model.reachability.address_classes import Block, bits, interval_of, union
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox, meet
from probes.model.reachability.header_sets import HeaderSet
from probes.model.reachability.intervals import Interval, common, united, without
from probes.model.reachability.security_groups import GroupSet

Headers: TypeAlias = tuple[HeaderBox, ...]


class Example(NamedTuple):
    """Addresses between which traffic is lost."""

    source: Interval
    destination: Interval


class ChangedPairs:
    """What one analysis delivers and another one with the same classes does not, endpoint by endpoint.

    Only pairs are looked at between which a route, a network ACL or a rule of one of the two has changed.
    """

    def __init__(self, has: Reachability, lacks: Reachability) -> None:
        self.has = has
        self.lacks = lacks
        self.ranges = has.compiled.ranges
        self._rules = _Rules()
        self._withdrawals: dict[tuple[GroupSet, GroupSet], int] = {}
        self._answering: dict[tuple[int, int], tuple[int, int]] = {}
        self._lost: dict[tuple[HeaderSet, HeaderSet, tuple[int, int]], Headers] = {}
        self._canonical: dict[frozenset[HeaderBox], Headers] = {}

    def of(self, source: int) -> dict[Headers, dict[int, Example]]:
        """By the headers that are lost, the destinations of a source, by number, each with an example."""
        lost: dict[int, set[HeaderBox]] = {}
        examples: dict[int, Example] = {}
        for sender in bits(self.ranges.of_endpoint[source]):
            for receiver in bits(self._doubtful(source, sender)):
                destination = self.ranges[receiver].endpoint
                for example, headers in self._between(sender, receiver):
                    lost.setdefault(destination, set()).update(headers)
                    examples.setdefault(destination, example)
        found: dict[Headers, dict[int, Example]] = {}
        for destination in sorted(lost):
            headers = self._in_canonical_form(frozenset(lost[destination]))
            found.setdefault(headers, {})[destination] = examples[destination]
        return found

    def _in_canonical_form(self, boxes: frozenset[HeaderBox]) -> Headers:
        if boxes not in self._canonical:
            self._canonical[boxes] = canonical(boxes)
        return self._canonical[boxes]

    def _doubtful(self, source: int, sender: int) -> int:
        """The ranges to which something that has changed may matter for packets of a sender."""
        reached = changed = 0
        address_class = self.ranges[sender].address_class
        for pair in self.has.class_pairs:
            there = self.has.answered(pair, address_class)
            reached |= there
            changed |= there & ~self.lacks.answered(pair, address_class)
        found = self.ranges.in_classes(changed) | self._withdrawn(source, "egress")
        found |= union(own for peers, own in self._withdrawn_ingress.items() if peers >> sender & 1)
        return found & self.ranges.in_classes(reached)

    @cached_property
    def _withdrawn_ingress(self) -> dict[int, int]:
        """By ranges which some inbound rule no longer names, the endpoints whose rule that was."""
        found: dict[int, int] = {}
        for number, own in enumerate(self.ranges.of_endpoint):
            peers = self._withdrawn(number, "ingress")
            found[peers] = found.get(peers, 0) | own
        return found

    def _withdrawn(self, number: int, direction: RuleDirection) -> int:
        """The ranges named by rules of an endpoint that the other network does not have."""
        key = self._groups(self.has, number, direction), self._groups(self.lacks, number, direction)
        found = self._withdrawals.get(key)
        if found is None:
            kept = {(rule.headers, rule.peers) for rule in key[1].rules}
            gone = (rule.peers for rule in key[0].rules if (rule.headers, rule.peers) not in kept)
            found = self._withdrawals[key] = union(map(self.has.compiled.groups.touched, gone))
        return found

    def _groups(self, reachability: Reachability, number: int, direction: RuleDirection) -> GroupSet:
        return reachability.compiled.groups.of(reachability.endpoints[number], direction)

    def _between(self, sender: int, receiver: int) -> Iterator[tuple[Example, Headers]]:
        """What is lost between two ranges, in pieces that no rule of either end divides."""
        source, destination = self.ranges[sender].endpoint, self.ranges[receiver].endpoint
        answering = self._answers(self.ranges[sender].address_class, self.ranges[receiver].address_class)
        for here in self._pieces(sender, destination, "ingress"):
            for there in self._pieces(receiver, source, "egress"):
                had, has = (
                    common(
                        self._rules.headers(self._groups(each, source, "egress"), receiver, there[0]),
                        self._rules.headers(self._groups(each, destination, "ingress"), sender, here[0]),
                    )
                    for each in (self.has, self.lacks)
                )
                headers = self._lost_headers(had, has, answering)
                if headers:
                    yield Example(here, there), headers

    def _answers(self, sender: int, receiver: int) -> tuple[int, int]:
        """The pairs of header classes, as bits, that each of the two networks delivers between address classes."""
        found = self._answering.get((sender, receiver))
        if found is None:
            had, has = (
                union(
                    1 << number
                    for number, pair in enumerate(each.class_pairs)
                    if each.answered(pair, sender) >> receiver & 1
                )
                for each in (self.has, self.lacks)
            )
            found = self._answering[sender, receiver] = had, has
        return found

    def _lost_headers(self, had: HeaderSet, has: HeaderSet, answering: tuple[int, int]) -> Headers:
        key = had, has, answering
        found = self._lost.get(key)
        if found is None:
            withdrawn = without(had, has)
            found = self._lost[key] = tuple(
                both
                for number in bits(answering[0])
                for headers in boxes_from_any_port(withdrawn if answering[1] >> number & 1 else had)
                for own in self.has.class_pairs[number].boxes
                if (both := meet(own, headers))
            )
        return found

    def _pieces(self, number: int, other: int, direction: RuleDirection) -> Iterator[Interval]:
        """The addresses of a range in pieces that no rule of another endpoint divides, before or after."""
        low, high, _, _ = self.ranges[number]
        edges = {low}
        for each in (self.has, self.lacks) if low < high else ():
            for rule in self._groups(each, other, direction).rules:
                for block in rule.peers.blocks:
                    first, last = interval_of(block)
                    edges.update(edge for edge in (first, last + 1) if low < edge <= high)
        ordered = [*sorted(edges), high + 1]
        return ((start, end - 1) for start, end in pairwise(ordered))


class _Named(NamedTuple):
    """The rules of a set of groups by the CIDRs that they name, of which there are few lengths, and by members."""

    by_block: dict[Block, list[HeaderSet]]
    lengths: list[int]
    by_members: list[tuple[int, HeaderSet]]


class _Rules:
    """The headers that sets of security groups let through to or from one address."""

    def __init__(self) -> None:
        self._found: dict[tuple[GroupSet, int, int], HeaderSet] = {}
        self._named: dict[GroupSet, _Named] = {}

    def headers(self, groups: GroupSet, other: int, address: int) -> HeaderSet:
        """What some groups let through when the other end is this address of a range."""
        key = groups, other, address
        found = self._found.get(key)
        if found is None:
            named = self._named_by(groups)
            allowed = [headers for members, headers in named.by_members if members >> other & 1]
            for length in named.lengths:
                allowed += named.by_block.get((address >> (32 - length) << (32 - length), length), ())
            found = self._found[key] = united(interval for headers in allowed for interval in headers)
        return found

    def _named_by(self, groups: GroupSet) -> _Named:
        found = self._named.get(groups)
        if found is None:
            by_block: dict[Block, list[HeaderSet]] = {}
            for rule in groups.rules:
                for block in rule.peers.blocks:
                    by_block.setdefault(block, []).append(rule.headers)
            members = [(rule.peers.members, rule.headers) for rule in groups.rules if rule.peers.members]
            found = self._named[groups] = _Named(
                by_block, sorted({length for _, length in by_block}), members
            )
        return found
