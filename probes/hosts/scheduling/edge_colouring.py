"""Colouring conflicting items with fewer colours, by tabu search (Hertz and de Werra, 1987) within fixed effort."""

import random
from collections import defaultdict
from collections.abc import Hashable, Sequence
from collections.abc import Set as AbstractSet

_MOVES = 20_000
_TENURE_SHARE = 0.6  # of the conflicts: Galinier and Hao, 1999
_TENURE_SPREAD = 10


def with_fewer_rounds(
    needs: Sequence[AbstractSet[Hashable]], colours: Sequence[int], *, at_least: int
) -> list[int]:
    """A colouring with as few colours as the search finds, from one that is valid already; never more.

    Two items conflict when they share a need. The random choices come from a fixed seed.
    """
    best = list(colours)
    while max(best, default=-1) + 1 > at_least:
        fewer = _Search(needs, best, max(best)).solve()
        if fewer is None:
            break
        best = fewer
    return best


class _Search:
    """The state of one search: a colouring with conflicts, and for each item and colour how many there would be."""

    def __init__(self, needs: Sequence[AbstractSet[Hashable]], start: Sequence[int], limit: int) -> None:
        self._random = random.Random(0)  # noqa: S311 -- repeatability is what is wanted
        self._limit = limit
        self._neighbours = _neighbours(needs)
        self._colours = [colour if colour < limit else self._random.randrange(limit) for colour in start]
        self._clashes = [[0] * limit for _ in start]
        for item, neighbours in enumerate(self._neighbours):
            for other in neighbours:
                self._clashes[item][self._colours[other]] += 1
        self._tabu_until: dict[tuple[int, int], int] = {}
        self._clashing = {item for item in range(len(start)) if self._clashes[item][self._colours[item]]}
        self._fewest = len(self._clashing)

    def solve(self) -> list[int] | None:
        """A colouring without conflicts, or None when the effort is spent."""
        for move in range(_MOVES):
            if not self._clashing:
                return self._colours
            self._recolour(*self._choose(move), move)
        return None

    def _choose(self, move: int) -> tuple[int, int]:
        ranked: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for item in sorted(self._clashing):
            row, own = self._clashes[item], self._colours[item]
            for colour, clashes in enumerate(row):
                gain = clashes - row[own]
                if colour != own and self._allowed(item, colour, move, gain):
                    ranked[gain].append((item, colour))
        if not ranked:
            return self._random.choice(sorted(self._clashing)), self._random.randrange(self._limit)
        return self._random.choice(ranked[min(ranked)])

    def _allowed(self, item: int, colour: int, move: int, gain: int) -> bool:
        free = self._tabu_until.get((item, colour), 0) <= move
        return free or len(self._clashing) + gain < self._fewest

    def _recolour(self, item: int, colour: int, move: int) -> None:
        old, self._colours[item] = self._colours[item], colour
        tenure = int(_TENURE_SHARE * len(self._clashing)) + self._random.randrange(_TENURE_SPREAD)
        self._tabu_until[item, old] = move + 1 + tenure
        for other in self._neighbours[item]:
            self._clashes[other][old] -= 1
            self._clashes[other][colour] += 1
        for touched in (item, *self._neighbours[item]):
            clashing = self._clashes[touched][self._colours[touched]] > 0
            (self._clashing.add if clashing else self._clashing.discard)(touched)
        self._fewest = min(self._fewest, len(self._clashing))


def _neighbours(needs: Sequence[AbstractSet[Hashable]]) -> list[list[int]]:
    users: dict[Hashable, list[int]] = defaultdict(list)
    for item, wanted in enumerate(needs):
        for need in wanted:
            users[need].append(item)
    return [
        sorted({other for need in wanted for other in users[need]} - {item})
        for item, wanted in enumerate(needs)
    ]
