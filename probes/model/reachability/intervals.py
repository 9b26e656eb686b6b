"""Sets of whole numbers as ascending intervals that neither overlap nor meet: equal sets are equal values."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Interval: TypeAlias = tuple[int, int]
Intervals: TypeAlias = tuple[Interval, ...]


def united(intervals: Iterable[Interval]) -> Intervals:
    """The numbers that are in any of these intervals."""
    found: list[Interval] = []
    for low, high in sorted(intervals):
        if found and low <= found[-1][1] + 1:
            if high > found[-1][1]:
                found[-1] = found[-1][0], high
        else:
            found.append((low, high))
    return tuple(found)


def common(one: Intervals, other: Intervals) -> Intervals:
    """The numbers that are in both sets."""
    return tuple(_common(one, other))


def _common(one: Intervals, other: Intervals) -> Iterator[Interval]:
    i = j = 0
    while i < len(one) and j < len(other):
        low, high = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if low <= high:
            yield low, high
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1


def without(one: Intervals, other: Intervals) -> Intervals:
    """The numbers that are in the first set only."""
    return tuple(each for interval in one for each in _gaps(interval, other))


def _gaps(interval: Interval, taken: Intervals) -> Iterator[Interval]:
    start, last = interval
    for low, high in taken:
        if low > last:
            break
        if start < low:
            yield start, low - 1
        start = max(start, high + 1)
    if start <= last:
        yield start, last
