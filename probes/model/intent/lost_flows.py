"""Which packets are wrongly lost: each with an example of the pairs that share what decides against it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import NamedTuple

import msgspec

from probes.model.intent.drop_causes import Decider, Deciders
from probes.model.intent.flow_headers import Sample
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import Atom, bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.tgw_transit import End


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
    """The pairs that lose some packet of these classes: one packet for each decider, and how many pairs it has."""
    classes, deciders = list(wanted), Deciders(reachability)
    ends = {end.endpoint: end for end in reachability.setup.ends}
    counts: Counter[Decider] = Counter()
    first: dict[Decider, tuple[Sample, int, int]] = {}
    for source, destinations in _destinations(groups, ends):
        for decider, sample, atom, lost in _lost(deciders, classes, ends[source], destinations):
            counts[decider] += lost.bit_count()
            first.setdefault(decider, (sample, atom, bits(lost)[0]))
    for decider, where in first.items():
        yield _loss(reachability, *where), counts[decider]


def _destinations(groups: Iterable[Group], ends: Mapping[Endpoint, End]) -> Iterable[tuple[Endpoint, int]]:
    """All destinations of each source as one mask: most groups have theirs in common."""
    masks: dict[int, int] = {}
    found: dict[Endpoint, int] = {}
    for sources, destinations in groups:
        if id(destinations) not in masks:
            masks[id(destinations)] = sum({ends[end].atoms for end in destinations})
        for source in sources:
            found[source] = found.get(source, 0) | masks[id(destinations)]
    return found.items()


def _lost(
    deciders: Deciders, classes: list[Sample], source: End, destinations: int
) -> Iterator[tuple[Decider, Sample, int, int]]:
    """The destinations that lose something, by decider and first packet, each by one of its atoms."""
    left = destinations & ~source.atoms
    for sample in classes:
        there = deciders.reachability.forward[sample.forward].inside
        back = deciders.reachability.reply[sample.reply].inside
        for atom in source.bits:
            lost = left & ~(there[atom] & back[atom])
            if lost:
                lost, whole = deciders.one_atom_each(lost)
                left &= ~whole
                for decider, part in deciders.of(sample, source, atom, lost):
                    yield decider, sample, atom, part


def _loss(reachability: Reachability, sample: Sample, here: int, there: int) -> Loss:
    atoms = reachability.setup.space.atoms
    packet = sample.packet(host_of(atoms[here]), host_of(atoms[there]))
    source, destination = (reachability.endpoints[atoms[atom].endpoint] for atom in (here, there))
    return Loss(packet, source, destination)


def host_of(atom: Atom) -> IPv4Address:
    """An address of an atom, not one of the first four of a subnet, which AWS keeps, if it has others."""
    low, high = max(atom.ranges, key=lambda span: span[1] - span[0])
    return IPv4Address(min(low + 10, high))


def atoms_of(reachability: Reachability) -> dict[Endpoint, int]:
    """The atoms of each endpoint."""
    return dict(zip(reachability.endpoints, reachability.setup.space.of_endpoint, strict=True))
