"""In which order to measure, so that no measurement disturbs another.

Latency, MTU and ports cost next to nothing and run everywhere at once, before any throughput. Throughput
tests run in rounds: within a round no host and no peering serves two tests.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from types import MappingProxyType
from typing import TypeAlias

import msgspec

from probes.hosts.scheduling.edge_colouring import with_fewer_rounds
from probes.model.errors import InputError

Resource: TypeAlias = tuple[str, str]


class PairTest(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One throughput test between two hosts over one peering; with `reverse` the server sends.

    `beside` are further pairs of client and server that load the peering at the same time.
    """

    client: str
    server: str
    peering: str
    reverse: bool = False
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """All pairs of client and server."""
        return ((self.client, self.server), *self.beside)

    @property
    def resources(self) -> frozenset[Resource]:
        """What the test needs for itself alone."""
        hosts = {("host", name) for pair in self.pairs for name in pair}
        return frozenset({*hosts, ("peering", self.peering)})


def both_directions(
    pairs: Iterable[tuple[str, str, str]],
    beside: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({}),
) -> tuple[PairTest, ...]:
    """The tests of each (host, host, peering), one per direction, with the further pairs of each peering."""
    return tuple(
        PairTest(
            client=client, server=server, peering=peering, reverse=reverse, beside=beside.get(peering, ())
        )
        for client, server, peering in pairs
        for reverse in (False, True)
    )


def lower_bound(tests: Sequence[PairTest]) -> int:
    """No plan has fewer rounds.

    The busiest host or peering serves one test a round; a round holds at most one test per two hosts and one
    per peering.
    """
    if not tests:
        return 0
    load = Counter(resource for test in tests for resource in test.resources)
    kinds = Counter(kind for kind, _ in load)
    return max(*load.values(), -(-len(tests) // min(kinds["host"] // 2, kinds["peering"])))


def plan_rounds(tests: Sequence[PairTest]) -> tuple[tuple[PairTest, ...], ...]:
    """Rounds that hold every test exactly once; the fewest possible wherever `lower_bound` is reached.

    This is edge colouring with the peering as a third end. A greedy plan is improved by a bounded search
    until it meets the lower bound: it does for two to four regions with up to four hosts each (a selftest
    proves it), and stays within one or two rounds of it for larger meshes. The same tests in any order give
    the same plan.
    """
    ordered = sorted(tests)
    has_one_twice = any(len({*chain(*test.pairs)}) < 2 * len(test.pairs) for test in ordered)
    if len(set(ordered)) != len(ordered) or has_one_twice:
        raise InputError("a throughput test is planned twice, or from a host to itself")
    needs = [test.resources for test in ordered]
    colours = with_fewer_rounds(needs, _greedy(needs), at_least=lower_bound(ordered))
    rounds: list[list[PairTest]] = [[] for _ in range(max(colours, default=-1) + 1)]
    for test, colour in zip(ordered, colours, strict=True):
        rounds[colour].append(test)
    return tuple(tuple(members) for members in rounds)


def _greedy(needs: Sequence[frozenset[Resource]]) -> list[int]:
    """Fill one round after the other with the tests whose resources have the most work left."""
    colours = [-1] * len(needs)
    left = set(range(len(needs)))
    colour = 0
    while left:
        for index in _one_round(needs, left):
            colours[index] = colour
            left.remove(index)
        colour += 1
    return colours


def _one_round(needs: Sequence[frozenset[Resource]], left: set[int]) -> list[int]:
    load = Counter(resource for index in left for resource in needs[index])
    candidates = sorted(left)
    chosen: list[int] = []
    while candidates:
        options = Counter(resource for index in candidates for resource in needs[index])
        best = max(
            candidates,
            key=lambda index: (
                max(load[resource] for resource in needs[index]),
                sum(load[resource] - options[resource] for resource in needs[index]),
            ),
        )
        chosen.append(best)
        candidates = [index for index in candidates if needs[index].isdisjoint(needs[best])]
    return chosen
