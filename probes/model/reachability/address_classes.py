"""Classes of addresses that no rule, route or endpoint tells apart, as the bits of integers."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network
from itertools import accumulate
from operator import xor
from typing import NamedTuple

from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import NOT_INTERNET

Block = tuple[int, int]
OUTSIDE = -1


def block_of(network: IPv4Network) -> Block:
    """A CIDR as (first address, prefix length): cheaper to hash than the object."""
    return int(network.network_address), network.prefixlen


class AddressClass(NamedTuple):
    """The addresses of one endpoint that no CIDR tells apart, as ranges in ascending order.

    `endpoint` is OUTSIDE for the Internet and AWS services.
    """

    ranges: tuple[tuple[int, int], ...]
    endpoint: int


class AddressClasses:
    """Every address class of the endpoints and of the outside, in the order of their first addresses.

    A set of address classes is an integer with a bit for each. `block_masks` has for each the blocks that cover it.
    `external_sources` only send: their classes, numbered after those of the endpoints, are never destinations.
    """

    block_masks: list[int]

    def __init__(
        self,
        endpoints: Sequence[Endpoint],
        blocks: Iterable[Block],
        external_sources: Sequence[Endpoint] = (),
    ) -> None:
        self.endpoints = endpoints
        self.external_sources = external_sources
        owned = [
            (block_of(net), index)
            for index, e in enumerate((*endpoints, *external_sources))
            for net in e.networks
        ]
        private = [block_of(network) for network in NOT_INTERNET]
        told_apart = sorted({*blocks, *private})
        edges = {0, 1 << 32}
        for low, length in {*told_apart, *(block for block, _ in owned)}:
            edges.add(low)
            edges.add(low + (1 << (32 - length)))
        self._edges = sorted(edges)
        self._index_of = {edge: index for index, edge in enumerate(self._edges)}
        self._at_cell = [0] * (len(self._edges) - 1)
        self.of_endpoint = [0] * len(endpoints)
        self.of_external_source = [0] * len(external_sources)
        self.outside = 0
        self._classes = self._divide(self._owners(owned, private), self._block_masks(told_apart))
        self.all = (1 << len(self)) - 1
        self.inside = self.all & ~self.outside & ~sum(self.of_external_source)
        self._masks: dict[Block, int] = {}

    def __len__(self) -> int:
        return len(self._classes)

    def __getitem__(self, number: int) -> AddressClass:
        return self._classes[number]

    def mask(self, block: Block) -> int:
        """The addresses inside a CIDR that was among the blocks."""
        found = self._masks.get(block)
        if found is None:
            found = 0
            for addresses in self._at_cell[self._cells(block)]:
                found |= addresses
            self._masks[block] = found
        return found

    def at(self, address: IPv4Address) -> int:
        """The addresses that hold an address."""
        return self._at_cell[bisect_right(self._edges, int(address)) - 1]

    def _cells(self, block: Block) -> slice:
        low, length = block
        return slice(self._index_of[low], self._index_of[low + (1 << (32 - length))])

    def _block_masks(self, blocks: Iterable[Block]) -> list[int]:
        """For each cell between two edges the blocks that cover it, as bits."""
        toggles = [0] * len(self._edges)
        for number, block in enumerate(blocks):
            cells = self._cells(block)
            toggles[cells.start] ^= 1 << number
            toggles[cells.stop] ^= 1 << number
        return list(accumulate(toggles[:-1], xor))

    def _owners(self, owned: list[tuple[Block, int]], private: list[Block]) -> list[list[int]]:
        owners: list[list[int]] = [[] for _ in self._at_cell]
        for block, endpoint in owned:
            for found in owners[self._cells(block)]:
                found.append(endpoint)
        hidden = {cell for block in private for cell in range(len(owners))[self._cells(block)]}
        for cell, found in enumerate(owners):
            if cell not in hidden:
                found.append(OUTSIDE)
        return owners

    def _divide(self, owners: list[list[int]], signatures: list[int]) -> list[AddressClass]:
        found: dict[tuple[int, int], int] = {}
        ranges: list[list[tuple[int, int]]] = []
        for cell, (ends, signature) in enumerate(zip(owners, signatures, strict=True)):
            for endpoint in ends:
                address_class = found.setdefault((endpoint, signature), len(found))
                if address_class == len(ranges):
                    ranges.append([])
                    self._own(endpoint, address_class)
                ranges[address_class].append((self._edges[cell], self._edges[cell + 1] - 1))
                self._at_cell[cell] |= 1 << address_class
        self.block_masks = [signature for _, signature in found]
        return [AddressClass(tuple(r), endpoint) for (endpoint, _), r in zip(found, ranges, strict=True)]

    def _own(self, endpoint: int, address_class: int) -> None:
        if endpoint == OUTSIDE:
            self.outside |= 1 << address_class
        elif endpoint < len(self.of_endpoint):
            self.of_endpoint[endpoint] |= 1 << address_class
        else:
            self.of_external_source[endpoint - len(self.of_endpoint)] |= 1 << address_class


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
