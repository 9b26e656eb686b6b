"""Which losses one resource decides, told from sets alone, so that one packet of each is traced."""

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from probes.model.forwarding.oracle import as_far_as_known
from probes.model.intent.example_addresses import host_of
from probes.model.intent.flow_headers import Sample
from probes.model.intent.path_causes import DropCause, PathCauses
from probes.model.network.endpoints import Endpoint
from probes.model.network.firewalls import has_firewalls
from probes.model.reachability.address_classes import bits
from probes.model.reachability.address_ranges import AddressRange
from probes.model.reachability.analysis import Reachability

GROUP_OUT, GROUP_IN = "group out", "group in"
Shares = list[tuple[DropCause, int]]


class Lost(NamedTuple):
    """Packets of one sample that are lost from one range of addresses to others, or whose replies are.

    `let_out` are the ranges to which the sender's security groups let the packets go, `refused` those whose
    groups refuse them.
    """

    sample: Sample
    sender: int
    destinations: int
    let_out: int
    refused: int


class DropCauses:
    """Follows lost packets as far as the sets of an analysis show them, in the order of the network.

    Losses with one cause are decided by one resource; one resource may have several causes.
    """

    def __init__(self, reachability: Reachability) -> None:
        self.reachability = reachability
        self._endpoints = reachability.compiled.endpoints
        self._ranges = reachability.compiled.ranges
        self._paths = PathCauses(reachability.compiled)
        self._on_the_way: dict[tuple[bool, int, int, int], Shares] = {}
        self._traced: dict[tuple[int, int, int, int], DropCause] = {}

    def refused(self, lost: Lost) -> int:
        """The ranges that get the packets and whose security groups refuse them."""
        return self._arrived(lost) & lost.refused

    def refusing(self, refused: int) -> Iterator[tuple[DropCause, int]]:
        """Ranges whose security groups refuse packets, by cause."""
        for cause, receivers in self.receivers.items() if refused else ():
            if refused & receivers:
                yield cause, refused & receivers

    def of(self, lost: Lost) -> Iterator[tuple[DropCause, int]]:
        """The other ranges to which the packets are lost, or the replies, by cause."""
        pair, (_, _, number, sender) = lost.sample.pair, self._ranges[lost.sender]
        kept = lost.destinations & ~lost.let_out
        if kept:
            yield (GROUP_OUT, *_groups(self._endpoints[number])), kept
        arrived = self._arrived(lost)
        on_the_way = lost.destinations & lost.let_out & ~arrived
        if has_firewalls(self.reachability.network):
            yield from self._followed(lost, on_the_way | arrived & ~lost.refused)
            return
        yield from self._lost_on_the_way(pair.forward, sender, on_the_way, reply=False)
        yield from self._lost_on_the_way(pair.reply, sender, arrived & ~lost.refused, reply=True)

    def _arrived(self, lost: Lost) -> int:
        sender = self._ranges[lost.sender].address_class
        reached = self._ranges.in_classes(self.reachability.routed[lost.sample.pair.forward].inside[sender])
        return lost.destinations & lost.let_out & reached

    def _followed(self, lost: Lost, ranges: int) -> Iterator[tuple[DropCause, int]]:
        """Losses by the hop that decides about one packet of each class: sets do not tell what firewalls do."""
        shares: dict[DropCause, int] = {}
        here = self._ranges[lost.sender]
        for number in bits(ranges):
            there = self._ranges[number]
            key = *lost.sample.pair[:2], here.address_class, there.address_class
            if key not in self._traced:
                self._traced[key] = self._hop(lost.sample, here, there)
            cause = self._traced[key]
            shares[cause] = shares.get(cause, 0) | 1 << number
        yield from shares.items()

    def _hop(self, sample: Sample, here: AddressRange, there: AddressRange) -> DropCause:
        packet = sample.packet(host_of((here.low, here.high)), host_of((there.low, there.high)))
        ends = self._endpoints[here.endpoint], self._endpoints[there.endpoint]
        trip = as_far_as_known(self.reachability.network, packet, *ends)
        hop = trip.dropped_by
        return "followed", hop and (hop.stage, hop.resource_id), trip.reply is not None, trip.unknown

    @cached_property
    def receivers(self) -> dict[DropCause, int]:
        """The ranges of all endpoints by what refuses packets to them: their security groups."""
        found: dict[DropCause, int] = {}
        for endpoint, ranges in zip(self._endpoints, self._ranges.of_endpoint, strict=True):
            cause = GROUP_IN, *_groups(endpoint)
            found[cause] = found.get(cause, 0) | ranges
        return found

    def _lost_on_the_way(
        self, index: int, sender: int, lost: int, *, reply: bool
    ) -> Iterator[tuple[DropCause, int]]:
        if not lost:
            return
        key = reply, index, sender, self._ranges.classes_of(lost)
        found = self._on_the_way.get(key)
        if found is None:
            follow = self._paths.back if reply else self._paths.forward
            found = self._on_the_way[key] = list(follow(*key[1:]))
        for cause, addresses in found:
            if addresses:
                yield cause, lost & self._ranges.in_classes(addresses)


def _groups(endpoint: Endpoint) -> DropCause:
    return endpoint.region, endpoint.vpc_id, endpoint.group_ids
