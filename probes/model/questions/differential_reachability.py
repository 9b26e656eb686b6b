"""What changes between two networks: which traffic one delivers and the other does not."""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.example_addresses import host_of
from probes.model.intent.flow_headers import canonical, packet_of
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.questions.changed_pairs import ChangedPairs, Example, Headers
from probes.model.reachability.analysis import Reachability, default_endpoints
from probes.model.reachability.header_classes import HeaderBox


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """Traffic that only one of two networks delivers, with its replies, from every source to every destination.

    `headers` are those that change; `trace` shows the example where it is lost.
    """

    change: Literal["gained", "lost"]
    sources: tuple[str, ...]
    destinations: tuple[str, ...]
    headers: tuple[HeaderBox, ...]
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
    could not see counts as not delivered. Sources of which the same changes to the same destinations are told
    together.
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


class _Alike(NamedTuple):
    """Sources, by number, that lose the same headers to the same destinations; an example of the first source."""

    sources: list[int]
    destinations: tuple[int, ...]
    headers: Headers
    example: Example


def _changes(change: Literal["gained", "lost"], has: Reachability, lacks: Reachability) -> Iterator[Change]:
    found: dict[tuple[tuple[int, ...], Headers], _Alike] = {}
    pairs = ChangedPairs(has, lacks)
    for source in range(len(has.endpoints)):
        for headers, changed in pairs.of(source).items():
            destinations = tuple(changed)
            alike = _Alike([], destinations, headers, changed[destinations[0]])
            found.setdefault((destinations, headers), alike).sources.append(source)
    for alike in found.values():
        yield _change(change, (has, lacks), alike)


def _change(
    change: Literal["gained", "lost"], sides: tuple[Reachability, Reachability], alike: _Alike
) -> Change:
    has, lacks = sides
    usual = min(alike.headers, key=lambda headers: (headers[0][0] != 6, headers))  # noqa: PLR2004 - TCP
    packet = packet_of(usual, host_of(alike.example.source), host_of(alike.example.destination))
    here, there = alike.sources[0], alike.destinations[0]
    return Change(
        change=change,
        sources=_labels(has, alike.sources),
        destinations=_labels(has, alike.destinations),
        headers=canonical(alike.headers),
        example=packet,
        trace=_trace(lacks.network, packet, lacks.endpoints[here], lacks.endpoints[there]),
    )


def _trace(network: Network, packet: Packet, source: Endpoint, destination: Endpoint) -> tuple[str, ...]:
    """Where a packet is lost; or why that cannot be known, which counts as lost."""
    try:
        return round_trip(network, packet, source, destination).lines
    except UnobservableError as error:
        return (f"{packet} from {source.label}", f"could not tell: {error}")


def _labels(reachability: Reachability, numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(reachability.endpoints[number].label for number in numbers)
