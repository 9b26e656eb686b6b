"""Which packets are wrongly lost: each with an example of the pairs that share what decides against it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

import msgspec

from probes.model.intent.drop_causes import GROUP_IN, GROUP_OUT, DropCauses, Lost
from probes.model.intent.example_addresses import host_of
from probes.model.intent.flow_headers import Sample, samples
from probes.model.intent.path_causes import DropCause
from probes.model.network.endpoints import Endpoint
from probes.model.network.firewalls import has_firewalls
from probes.model.network.packets import TCP, Packet
from probes.model.network.sg_references import RuleDirection
from probes.model.reachability.address_classes import bits, union
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox, HeaderClassPair
from probes.model.reachability.header_sets import HeaderSet
from probes.model.reachability.intervals import Interval
from probes.model.reachability.security_groups import GroupSet


class Loss(msgspec.Struct, frozen=True):
    """A packet that should arrive, with its reply, and does not."""

    packet: Packet
    source: Endpoint
    destination: Endpoint


class Group(NamedTuple):
    """Every pair of a source and another endpoint that is a destination."""

    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]

    def __len__(self) -> int:
        return len(self.sources) * len(self.destinations) - len({*self.sources} & {*self.destinations})


def losses(
    reachability: Reachability, groups: Iterable[Group], wanted: Iterable[HeaderBox]
) -> Iterator[tuple[Loss, int]]:
    """The pairs that lose some packet with these headers: one packet for each cause, and how many pairs it has."""
    search, causes, refusals = Search(reachability, groups, wanted), DropCauses(reachability), _Tally()
    counts: Counter[DropCause] = Counter()
    first: dict[DropCause, Lost] = {}
    for lost in search.lost():
        for cause, destinations in causes.refusing(refusals.add(causes.refused(lost))):
            first.setdefault(cause, lost._replace(destinations=destinations))
        for cause, destinations in causes.of(lost):
            counts[cause] += destinations.bit_count()
            first.setdefault(cause, lost._replace(destinations=destinations))
    for cause, receivers in causes.receivers.items():
        counts[cause] += refusals.total(receivers)
    for cause, lost in first.items():
        yield search.loss(cause, lost), counts[cause]


class _Tally:
    """How many of many sets each number is in, counted in binary: a set of bits for each digit."""

    def __init__(self) -> None:
        self._digits: list[int] = []
        self._seen = 0

    def add(self, numbers: int) -> int:
        """Count a set; gives those of it that no set had before."""
        carry = numbers
        for place, digit in enumerate(self._digits):
            self._digits[place], carry = digit ^ carry, digit & carry
        if carry:
            self._digits.append(carry)
        new = numbers & ~self._seen
        self._seen |= new
        return new

    def total(self, numbers: int) -> int:
        """How often these numbers were counted, all together."""
        return sum((digit & numbers).bit_count() << place for place, digit in enumerate(self._digits))


class _Ends:
    """The sets of security groups at one end of a flow, with the ranges of the endpoints that have them."""

    def __init__(self) -> None:
        self.members: dict[GroupSet, int] = {}

    def add(self, groups: GroupSet, ranges: int) -> None:
        """Another endpoint."""
        self.members[groups] = self.members.get(groups, 0) | ranges

    @cached_property
    def all(self) -> int:
        """The ranges of all of them."""
        return union(self.members.values())


class _Refusals:
    """For each sender the receivers whose security groups refuse its packets, out of what each set accepts."""

    def __init__(self, senders: int) -> None:
        self.senders = senders
        self._refusing: dict[int, int] = {}
        self._accepting: dict[int, int] = {}
        self._unless_accepting = 0

    def add(self, receivers: int, accepted: int) -> None:
        """Some receivers, and the senders from which they accept packets."""
        refused = self.senders & ~accepted
        if 2 * refused.bit_count() <= self.senders.bit_count():
            found, each = self._refusing, bits(refused)
        else:
            found, each = self._accepting, bits(self.senders & accepted)
            self._unless_accepting |= receivers
        for sender in each:
            found[sender] = found.get(sender, 0) | receivers

    def of(self, sender: int) -> int:
        """The receivers that refuse a sender's packets."""
        unless = self._unless_accepting & ~self._accepting.get(sender, 0)
        return self._refusing.get(sender, 0) | unless


class Search:
    """Looks for losses: first for pairs that may lose some header of the flow, then for which header."""

    def __init__(
        self, reachability: Reachability, groups: Iterable[Group], wanted: Iterable[HeaderBox]
    ) -> None:
        self.reachability = reachability
        self.compiled = reachability.compiled
        self.ranges = self.compiled.ranges
        self.samples = self._ordered(samples(reachability, wanted))
        self.sources, self.destinations = _Ends(), _Ends()
        self.wanted = self._wanted(groups)
        self._leaving: dict[tuple[GroupSet, HeaderSet], int] = {}
        self._refusals: dict[HeaderSet, _Refusals] = {}
        self._parts: dict[HeaderClassPair, list[Sample]] = {}

    def _ordered(self, found: Iterable[Sample]) -> list[Sample]:
        """TCP first where there are firewalls: what they do with half of another conversation is not known."""
        listed = list(found)
        if has_firewalls(self.reachability.network):
            listed.sort(key=lambda sample: sample.example[0] != (TCP, TCP))
        return listed

    def _wanted(self, groups: Iterable[Group]) -> dict[int, int]:
        """The ranges that each source should reach, by its number: most sources have theirs in common."""
        number_of, of_endpoint, rules = self.compiled.number_of, self.ranges.of_endpoint, self.compiled.groups
        found: dict[int, int] = {}
        for sources, destinations in groups:
            ranges = union(of_endpoint[number_of[each]] for each in destinations)
            for each in destinations:
                self.destinations.add(rules.of(each, "ingress"), of_endpoint[number_of[each]])
            for each in sources:
                number = number_of[each]
                self.sources.add(rules.of(each, "egress"), of_endpoint[number])
                found[number] = found.get(number, 0) | ranges
        return found

    def lost(self) -> Iterator[Lost]:
        """What each source loses, each destination with the first packet that it loses."""
        for source, wanted in self.wanted.items():
            yield from self._lost(source, wanted & ~self.ranges.of_endpoint[source])

    def _lost(self, source: int, left: int) -> Iterator[Lost]:
        senders = bits(self.ranges.of_endpoint[source])
        for sample in self.samples:
            if not any(self.lost_by(sample, sender, left).destinations for sender in senders):
                continue
            for part in self.divided(sample):
                for sender in senders:
                    lost = self.lost_by(part, sender, left)
                    if lost.destinations:
                        first, whole = self.ranges.one_of_each_endpoint(lost.destinations)
                        left &= ~whole
                        yield lost._replace(destinations=first)
                if not left:
                    return

    def lost_by(self, sample: Sample, sender: int, wanted: int) -> Lost:
        """The destinations that may lose some of these headers; exact where no rule of a group divides them."""
        _, _, number, address_class = self.ranges[sender]
        groups = self.compiled.groups.of(self.compiled.endpoints[number], "egress")
        let_out = self._let_out(groups, sample.headers)
        refused = self._refusals_of(sample.headers).of(sender)
        carried = self.ranges.in_classes(self.reachability.answered(sample.pair, address_class))
        return Lost(sample, sender, wanted & ~(let_out & carried & ~refused), let_out, refused)

    def _let_out(self, groups: GroupSet, headers: HeaderSet) -> int:
        found = self._leaving.get((groups, headers))
        if found is None:
            found = self._leaving[groups, headers] = self.compiled.groups.covered(groups, headers)
        return found

    def _refusals_of(self, headers: HeaderSet) -> _Refusals:
        found = self._refusals.get(headers)
        if found is None:
            found = self._refusals[headers] = _Refusals(self.sources.all)
            accepting: dict[int, int] = {}
            for groups, members in self.destinations.members.items():
                accepted = self.compiled.groups.covered(groups, headers)
                accepting[accepted] = accepting.get(accepted, 0) | members
            for accepted, members in accepting.items():
                found.add(members, accepted)
        return found

    def divided(self, sample: Sample) -> list[Sample]:
        """The sample in parts that no rule divides of those groups that do not let all of it through."""
        found = self._parts.get(sample.pair)
        if found is None:
            ends = (self.sources, self.destinations), (self.destinations, self.sources)
            rules = (
                rule.headers
                for own, others in ends
                for groups in own.members
                if others.all & ~self.compiled.groups.covered(groups, sample.headers)
                for rule in groups.rules
            )
            found = self._parts[sample.pair] = sample.divided(rules)
        return found

    def loss(self, cause: DropCause, lost: Lost) -> Loss:
        """The example of a loss."""
        receiver = bits(lost.destinations)[0]
        here, there = (
            self.compiled.endpoints[self.ranges[each].endpoint] for each in (lost.sender, receiver)
        )
        sending, receiving = (self.ranges[each][:2] for each in (lost.sender, receiver))
        if cause[0] == GROUP_OUT:
            receiving = self._refused(here, "egress", receiver, lost.sample.headers)
        elif cause[0] == GROUP_IN:
            sending = self._refused(there, "ingress", lost.sender, lost.sample.headers)
        return Loss(lost.sample.packet(host_of(sending), host_of(receiving)), here, there)

    def _refused(self, end: Endpoint, direction: RuleDirection, other: int, headers: HeaderSet) -> Interval:
        """Addresses of a range with which the groups of the other end refuse some headers."""
        groups = self.compiled.groups.of(end, direction)
        found = self.ranges.not_covered(other, self.compiled.groups.blocks(groups, headers))
        return max(found, key=lambda interval: interval[1] - interval[0])
