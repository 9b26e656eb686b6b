"""Who has a rule for some headers, found without reading all rules."""

from bisect import bisect_right
from collections.abc import Iterable

from probes.model.reachability.header_sets import HeaderSet


class HeaderIndex:
    """A segment tree over headers: each node has the holders of rules that cover it, and of any rule inside it."""

    def __init__(self, rules: Iterable[tuple[HeaderSet, int]]) -> None:
        self.rules = sorted(rules)
        intervals = [(low, high, holders) for headers, holders in self.rules for low, high in headers]
        self._edges = sorted({edge for low, high, _ in intervals for edge in (low, high + 1)})
        self._leaves = 1 << max(len(self._edges) - 2, 0).bit_length()
        self._covering = [0] * (2 * self._leaves)
        place = {edge: number for number, edge in enumerate(self._edges)}
        for low, high, holders in intervals:
            for node in self._nodes(place[low], place[high + 1]):
                self._covering[node] |= holders
        self._any = self._covering[:]
        for node in range(self._leaves - 1, 0, -1):
            self._any[node] |= self._any[2 * node] | self._any[2 * node + 1]

    def holders(self, headers: HeaderSet) -> int:
        """Who has a rule for at least one of these headers."""
        found = 0
        for low, high in headers:
            start = max(bisect_right(self._edges, low) - 1, 0)
            end = min(bisect_right(self._edges, high), len(self._edges) - 1)
            if start < end:
                found |= self._within(start, end)
        return found

    def _within(self, start: int, end: int) -> int:
        found = 0
        for node in self._nodes(start, end):
            found |= self._any[node]
        for leaf in (start + self._leaves, end - 1 + self._leaves):
            for depth in range(leaf.bit_length()):
                found |= self._covering[leaf >> depth]
        return found

    def _nodes(self, start: int, end: int) -> list[int]:
        """The fewest nodes that together are the segments from one edge to another."""
        found = []
        low, high = start + self._leaves, end + self._leaves
        while low < high:
            if low & 1:
                found.append(low)
                low += 1
            if high & 1:
                high -= 1
                found.append(high)
            low >>= 1
            high >>= 1
        return found
