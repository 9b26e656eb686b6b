"""Which packets are wrongly lost: each with an example of the pairs that share what decides against it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import NamedTuple

import msgspec

from probes.model.intent.drop_causes import DropCause, DropCauses
from probes.model.intent.flow_headers import Sample
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import AddressClass, bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.tgw_transit import EndpointContext


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
    reachability: Reachability, groups: Iterable[Group], wanted: Iterable[Sample]
) -> Iterator[tuple[Loss, int]]:
    """The pairs that lose some packet of these classes: one packet for each cause, and how many pairs it has."""
    classes, causes = list(wanted), DropCauses(reachability)
    ends = {end.endpoint: end for end in reachability.compiled.ends}
    counts: Counter[DropCause] = Counter()
    first: dict[DropCause, tuple[Sample, int, int]] = {}
    for source, destinations in _destinations(groups, ends):
        for cause, sample, address_class, lost in _lost(causes, classes, ends[source], destinations):
            counts[cause] += lost.bit_count()
            first.setdefault(cause, (sample, address_class, bits(lost)[0]))
    for cause, where in first.items():
        yield _loss(reachability, *where), counts[cause]


def _destinations(
    groups: Iterable[Group], ends: Mapping[Endpoint, EndpointContext]
) -> Iterable[tuple[Endpoint, int]]:
    """All destinations of each source as one mask: most groups have theirs in common."""
    masks: dict[int, int] = {}
    found: dict[Endpoint, int] = {}
    for sources, destinations in groups:
        if id(destinations) not in masks:
            masks[id(destinations)] = sum({ends[end].addresses for end in destinations})
        for source in sources:
            found[source] = found.get(source, 0) | masks[id(destinations)]
    return found.items()


def _lost(
    causes: DropCauses, classes: list[Sample], source: EndpointContext, destinations: int
) -> Iterator[tuple[DropCause, Sample, int, int]]:
    """The destinations that lose something, by cause and first packet, each by one of its addresses."""
    left = destinations & ~source.addresses
    for sample in classes:
        there = causes.reachability.forward[sample.forward].inside
        back = causes.reachability.reply[sample.reply].inside
        for address_class in source.bits:
            lost = left & ~(there[address_class] & back[address_class])
            if lost:
                lost, whole = causes.one_class_each(lost)
                left &= ~whole
                for cause, part in causes.of(sample, source, address_class, lost):
                    yield cause, sample, address_class, part


def _loss(reachability: Reachability, sample: Sample, here: int, there: int) -> Loss:
    addresses = reachability.compiled.address_classes
    packet = sample.packet(host_of(addresses[here]), host_of(addresses[there]))
    source, destination = (
        reachability.endpoints[addresses[address_class].endpoint] for address_class in (here, there)
    )
    return Loss(packet, source, destination)


def host_of(address_class: AddressClass) -> IPv4Address:
    """An address of an address class, not one of the first four of a subnet, which AWS keeps, if it has others."""
    low, high = max(address_class.ranges, key=lambda span: span[1] - span[0])
    return IPv4Address(min(low + 10, high))


def addresses_of(reachability: Reachability) -> dict[Endpoint, int]:
    """The addresses of each endpoint."""
    return dict(zip(reachability.endpoints, reachability.compiled.address_classes.of_endpoint, strict=True))
