"""The addresses of the endpoints as ranges, and which of them a CIDR touches or covers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from probes.model.reachability.address_classes import Block, bits, interval_of, union
from probes.model.reachability.intervals import Intervals, united, without


class AddressRange(NamedTuple):
    """Successive addresses of one endpoint that are in one address class."""

    low: int
    high: int
    endpoint: int
    address_class: int


class AddressRanges:
    """Every range of the endpoints of an analysis, in ascending order.

    A set of ranges is an integer with a bit for each, so that those inside a CIDR are successive bits.
    """

    def __init__(self, ranges: Iterable[AddressRange], endpoints: int, address_classes: int) -> None:
        self._ranges = sorted(ranges)
        self._lows = [each.low for each in self._ranges]
        self.all = (1 << len(self._ranges)) - 1
        self.of_endpoint = _grouped((each.endpoint for each in self._ranges), endpoints)
        self.of_class = _grouped((each.address_class for each in self._ranges), address_classes)
        wide = [(each.low, each.high, n) for n, each in enumerate(self._ranges) if each.low < each.high]
        self._wide = wide
        self._widest = max((high - low for low, high, _ in wide), default=0)
        self._spans: dict[Block, tuple[int, int, tuple[int, ...]]] = {}
        self._in_classes: dict[int, int] = {}
        self._classes: dict[int, int] = {}
        self._several = [own for own in self.of_endpoint if own.bit_count() > 1]

    def __getitem__(self, number: int) -> AddressRange:
        return self._ranges[number]

    def __len__(self) -> int:
        return len(self._ranges)

    def touched(self, block: Block) -> int:
        """The ranges that have an address in a CIDR."""
        start, end, partly = self._span(block)
        found = (1 << end) - (1 << start)
        for number in partly:
            found |= 1 << number
        return found

    def covered(self, block: Block) -> int:
        """The ranges all of whose addresses are in a CIDR."""
        start, end, partly = self._span(block)
        found = (1 << end) - (1 << start)
        for number in partly:
            found &= ~(1 << number)
        return found

    def partly(self, block: Block) -> tuple[int, ...]:
        """The ranges that a CIDR touches and does not cover, by number."""
        return self._span(block)[2]

    def in_classes(self, address_classes: int) -> int:
        """The ranges that are in some of these address classes."""
        found = self._in_classes.get(address_classes)
        if found is None:
            others = ((1 << len(self.of_class)) - 1) & ~address_classes
            if others.bit_count() < address_classes.bit_count():  # as in a mesh, where little is out of reach
                found = self.all & ~union(self.of_class[each] for each in bits(others))
            else:
                found = union(self.of_class[each] for each in bits(address_classes))
            self._in_classes[address_classes] = found
        return found

    def classes_of(self, ranges: int) -> int:
        """The address classes of some ranges."""
        found = self._classes.get(ranges)
        if found is None:
            found = union(1 << number for number, own in enumerate(self.of_class) if own & ranges)
            self._classes[ranges] = found
        return found

    def one_of_each_endpoint(self, ranges: int) -> tuple[int, int]:
        """The first of some ranges of each endpoint, and all ranges of those endpoints."""
        whole = ranges
        for several in self._several:
            if ranges & several:
                own = ranges & several
                ranges, whole = ranges & ~several | (own & -own), whole | several
        return ranges, whole

    def not_covered(self, number: int, blocks: Iterable[Block]) -> Intervals:
        """The addresses of a range that are in none of these CIDRs."""
        return without((self._ranges[number][:2],), united(map(interval_of, blocks)))

    def _span(self, block: Block) -> tuple[int, int, tuple[int, ...]]:
        """Which bits begin inside a CIDR, and which ranges it divides."""
        found = self._spans.get(block)
        if found is None:
            low, high = interval_of(block)
            start, end = bisect_left(self._lows, low), bisect_right(self._lows, high)
            found = self._spans[block] = start, end, tuple(self._divided(low, high))
        return found

    def _divided(self, low: int, high: int) -> Iterator[int]:
        for number in range(
            bisect_left(self._wide, (low - self._widest,)), bisect_left(self._wide, (high + 1,))
        ):
            first, last, index = self._wide[number]
            if first <= high and last >= low and not low <= first <= last <= high:
                yield index


def _grouped(keys: Iterable[int], count: int) -> list[int]:
    """For each key the set of the positions at which it stands."""
    found = [0] * count
    for number, key in enumerate(keys):
        found[key] |= 1 << number
    return found
