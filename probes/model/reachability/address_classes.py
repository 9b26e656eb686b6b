"""Classes of addresses that no route and no network ACL tells apart, as the bits of integers."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, reduce
from ipaddress import IPv4Address, IPv4Network
from operator import or_
from typing import NamedTuple, TypeAlias

from probes.model.network.packets import NOT_INTERNET
from probes.model.reachability.intervals import Interval

Block: TypeAlias = tuple[int, int]
EVERYWHERE: Block = (0, 0)


def block_of(network: IPv4Network) -> Block:
    """A CIDR as (first address, prefix length): cheaper to hash than the object."""
    return int(network.network_address), network.prefixlen


def interval_of(block: Block) -> Interval:
    """The first and the last address of a block."""
    low, length = block
    return low, low + (1 << (32 - length)) - 1


class AddressClass(NamedTuple):
    """The addresses at one place whose smallest block, of those that tell addresses apart, is the same.

    `block` and `place` are indexes into `AddressClasses.blocks` and `places`.
    """

    block: int
    place: int


class AddressClasses:
    """Every address class of some places, in ascending order of their blocks.

    A place is a set of addresses, given as intervals: a location of endpoints, an external source, and last what
    is outside the network. A set of address classes is an integer with a bit for each. CIDRs are nested or
    disjoint, so the smallest one around an address says which of them hold it.
    """

    def __init__(
        self,
        locations: Sequence[Iterable[Interval]],
        blocks: Iterable[Block],
        *,
        external: Sequence[Iterable[Interval]] = (),
        outside: Iterable[Interval] = (),
    ) -> None:
        places = [*locations, *external, outside]
        self.blocks = sorted({EVERYWHERE, *blocks})
        intervals = list(map(interval_of, self.blocks))
        self._edges = sorted({edge for low, high in intervals for edge in (low, high + 1)})
        self._smallest = self._smallest_blocks(intervals)
        found = {(block, place) for place, own in enumerate(places) for block, _, _ in self._pieces(own)}
        self._classes = [AddressClass(*each) for each in sorted(found)]
        self._index_of = {each: number for number, each in enumerate(self._classes)}
        self._blocks_of_classes = [each.block for each in self._classes]
        self.all = (1 << len(self)) - 1
        self.of_place = [0] * len(places)
        for number, each in enumerate(self._classes):
            self.of_place[each.place] |= 1 << number
        self.inside = union(self.of_place[: len(locations)])
        self.of_external = self.of_place[len(locations) : -1]
        self.outside = self.of_place[-1]
        self._masks: dict[Block, int] = {}

    def __len__(self) -> int:
        return len(self._classes)

    def __getitem__(self, number: int) -> AddressClass:
        return self._classes[number]

    def mask(self, block: Block) -> int:
        """The classes inside a CIDR that was among the blocks: those of its own block and of all within it."""
        found = self._masks.get(block)
        if found is None:
            first = bisect_left(self.blocks, block)
            if self.blocks[first] != block:
                raise ValueError(f"{block} is not among the blocks that tell addresses apart")
            after = bisect_left(self.blocks, (interval_of(block)[1] + 1, 0), first)
            start, end = (bisect_left(self._blocks_of_classes, edge) for edge in (first, after))
            found = self._masks[block] = (1 << end) - (1 << start)
        return found

    def at(self, place: int, address: IPv4Address) -> int | None:
        """The class of an address of a place; None when the place holds no such address."""
        return self._index_of.get(AddressClass(self._smallest[self._cell(int(address))], place))

    def divided(self, place: int, intervals: Iterable[Interval]) -> Iterator[tuple[int, int, int]]:
        """Some addresses of a place in ascending pieces of one class each: first, last, class."""
        for block, low, high in self._pieces(intervals):
            yield low, high, self._index_of[AddressClass(block, place)]

    def _smallest_blocks(self, intervals: list[Interval]) -> list[int]:
        """For each cell between two edges the smallest block around it. Outer blocks come first."""
        found = [0] * (len(self._edges) - 1)
        for number, (low, high) in enumerate(intervals):
            start = bisect_left(self._edges, low)
            end = bisect_left(self._edges, high + 1, start)
            found[start:end] = [number] * (end - start)
        return found

    def _cell(self, address: int) -> int:
        return bisect_right(self._edges, address) - 1

    def _pieces(self, intervals: Iterable[Interval]) -> Iterator[tuple[int, int, int]]:
        for low, high in intervals:
            start = low
            for cell in range(self._cell(low), self._cell(high) + 1):
                block, end = self._smallest[cell], min(self._edges[cell + 1] - 1, high)
                if end == high or self._smallest[cell + 1] != block:
                    yield block, start, end
                    start = end + 1


def the_internet() -> tuple[Interval, ...]:
    """Every address for which an Internet gateway carries traffic."""
    found, start = [], 0
    for low, high in sorted(interval_of(block_of(network)) for network in NOT_INTERNET):
        if start < low:
            found.append((start, low - 1))
        start = high + 1
    return (*found, (start, interval_of(EVERYWHERE)[1]))


def union(masks: Iterable[int]) -> int:
    """The union of sets."""
    return reduce(or_, masks, 0)


@lru_cache(maxsize=8192)
def bits(mask: int) -> tuple[int, ...]:
    """The positions of the bits of a mask, ascending."""
    if mask.bit_count() * 8 > mask.bit_length():
        return tuple(index for index, digit in enumerate(reversed(bin(mask))) if digit == "1")
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return tuple(found)
