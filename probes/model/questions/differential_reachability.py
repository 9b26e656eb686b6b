"""What changes between two networks: which traffic one delivers and the other does not."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from probes.model.forwarding.oracle import round_trip
from probes.model.intent.flow_headers import Headers, Sample, canonical
from probes.model.intent.lost_flows import host_of
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability, default_endpoints


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic between two endpoints that only one of two networks delivers, with its replies.

    `headers` are its classes of headers; `trace` shows the example where it is lost.
    """

    change: Literal["gained", "lost"]
    source: str
    destination: str
    headers: tuple[Headers, ...]
    example: Packet
    trace: tuple[str, ...]


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Endpoints that only one network has, and the changes between those that both have."""

    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changes: tuple[Change, ...]


def difference(before: Network, after: Network) -> Comparison:
    """What `after` delivers and `before` does not, and the other way round, between every two endpoints.

    Endpoints are the same if they are of one kind, in one Region and have the same addresses. What a source
    could not see counts as not delivered.
    """
    old, new = _by_place(before), _by_place(after)
    both = [place for place in old if place in new]
    ends = [old[place] for place in both], [new[place] for place in both]
    first = Reachability(before, ends[0], refine_with=(after, ends[1]))
    second = Reachability(after, ends[1], refine_with=(before, ends[0]))
    return Comparison(
        only_before=tuple(old[place].label for place in old if place not in new),
        only_after=tuple(new[place].label for place in new if place not in old),
        changes=(*_changes("lost", first, second), *_changes("gained", second, first)),
    )


def _by_place(network: Network) -> dict[tuple[object, ...], Endpoint]:
    return {(end.kind, end.region, end.networks): end for end in default_endpoints(network)}


def _changes(change: Literal["gained", "lost"], has: Reachability, lacks: Reachability) -> Iterator[Change]:
    found: dict[tuple[int, int], list[Sample]] = {}
    where: dict[tuple[int, int], tuple[int, int]] = {}
    addresses = has.compiled.address_classes
    theirs = _answer(lacks)
    for key, row in _answer(has).items():
        index, address_class = key
        for target in bits(row & ~theirs.get(key, 0)):
            pair = addresses[address_class].endpoint, addresses[target].endpoint
            combination = has.combinations[index]
            found.setdefault(pair, []).extend(
                Sample(combination.forward, combination.reply, headers) for headers in combination.boxes
            )
            where.setdefault(pair, (address_class, target))
    for pair, classes in found.items():
        yield _change(change, (has, lacks), pair, classes, where[pair])


def _answer(reachability: Reachability) -> dict[tuple[int, int], int]:
    return {(row.combination, row.source): row.delivered for row in reachability.rows()}


def _change(
    change: Literal["gained", "lost"],
    sides: tuple[Reachability, Reachability],
    pair: tuple[int, int],
    classes: list[Sample],
    where: tuple[int, int],
) -> Change:
    has, lacks = sides
    addresses = has.compiled.address_classes
    usual = min(classes, key=lambda sample: (sample.headers[0][0] != 6, sample.headers))  # noqa: PLR2004 - TCP
    packet = usual.packet(host_of(addresses[where[0]]), host_of(addresses[where[1]]))
    trip = round_trip(lacks.network, packet, lacks.endpoints[pair[0]], lacks.endpoints[pair[1]])
    return Change(
        change=change,
        source=has.endpoints[pair[0]].label,
        destination=has.endpoints[pair[1]].label,
        headers=canonical(sample.headers for sample in classes),
        example=packet,
        trace=trip.lines,
    )
