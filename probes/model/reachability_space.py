"""
The atoms of an analysis: addresses that no rule, route or endpoint tells apart, as the bits of integers.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from probes.model.endpoints import Endpoint
from probes.model.packets import NOT_INTERNET

Block = tuple[int, int]
OUTSIDE = -1


def block_of(network: IPv4Network) -> Block:
    """
    A CIDR as (first address, prefix length): cheaper to hash than the object.
    """
    return int(network.network_address), network.prefixlen


class Atom(NamedTuple):
    """
    The addresses `low` to `high` of one endpoint; `endpoint` is OUTSIDE for the Internet and AWS services.
    """

    low: int
    high: int
    endpoint: int


class Space:
    """
    Every atom of the endpoints and of the outside, in ascending order of addresses.

    A set of atoms is an integer with a bit for each. A CIDR is then one run of bits.
    """

    def __init__(self, endpoints: Sequence[Endpoint], blocks: Iterable[Block]) -> None:
        self.endpoints = endpoints
        owned = [(block_of(net), index) for index, e in enumerate(endpoints) for net in e.networks]
        private = [block_of(network) for network in NOT_INTERNET]
        edges = {0, 1 << 32}
        for low, length in {*blocks, *private, *(block for block, _ in owned)}:
            edges.add(low)
            edges.add(low + (1 << (32 - length)))
        self._edges = sorted(edges)
        self.atoms = self._atoms(owned, private)
        lows = [atom.low for atom in self.atoms]
        self._bit_at = {edge: bisect_left(lows, edge) for edge in self._edges}
        self.all = (1 << len(self.atoms)) - 1
        self.of_endpoint = [0] * len(endpoints)
        self.outside = 0
        for bit, atom in enumerate(self.atoms):
            if atom.endpoint == OUTSIDE:
                self.outside |= 1 << bit
            else:
                self.of_endpoint[atom.endpoint] |= 1 << bit
        self._masks: dict[Block, int] = {}

    def mask(self, block: Block) -> int:
        """
        The atoms inside a CIDR that was among the blocks.
        """
        found = self._masks.get(block)
        if found is None:
            low, length = block
            found = (1 << self._bit_at[low + (1 << (32 - length))]) - (1 << self._bit_at[low])
            self._masks[block] = found
        return found

    def at(self, address: IPv4Address) -> int:
        """
        The atoms that hold an address.
        """
        edge = self._edges[bisect_right(self._edges, int(address)) - 1]
        after = self._edges[bisect_right(self._edges, int(address))]
        return (1 << self._bit_at[after]) - (1 << self._bit_at[edge])

    def _atoms(self, owned: list[tuple[Block, int]], private: list[Block]) -> list[Atom]:
        edges = self._edges
        index_of = {edge: index for index, edge in enumerate(edges)}
        atoms: list[Atom] = []
        for (low, length), endpoint in owned:
            first, after = index_of[low], index_of[low + (1 << (32 - length))]
            atoms += [Atom(edges[i], edges[i + 1] - 1, endpoint) for i in range(first, after)]
        hidden = {
            index
            for low, length in private
            for index in range(index_of[low], index_of[low + (1 << (32 - length))])
        }
        atoms += [Atom(edges[i], edges[i + 1] - 1, OUTSIDE) for i in range(len(edges) - 1) if i not in hidden]
        atoms.sort()
        return atoms


def bits(mask: int) -> list[int]:
    """
    The positions of the bits of a mask, ascending.
    """
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found
