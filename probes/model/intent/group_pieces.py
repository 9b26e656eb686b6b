"""What the security groups of one endpoint let through from or to addresses that no endpoint has.

The addresses are divided by the rules of these groups alone: what other groups name makes no difference.
"""

from collections.abc import Iterator
from typing import NamedTuple

from probes.model.network.endpoints import Endpoint
from probes.model.network.sg_references import RuleDirection
from probes.model.reachability.address_classes import interval_of
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_sets import HeaderSet
from probes.model.reachability.intervals import Interval, united
from probes.model.reachability.security_groups import GroupSet, SecurityGroups


class Piece(NamedTuple):
    """Addresses that no rule divides. `sure` is let through, whatever was not seen; `perhaps` holds it too."""

    addresses: Interval
    sure: HeaderSet
    perhaps: HeaderSet


class GroupPieces:
    """Answers for the endpoints of one analysis."""

    def __init__(self, reachability: Reachability) -> None:
        compiled = reachability.compiled
        self._sure = compiled.groups
        self._perhaps = SecurityGroups(
            reachability.network, reachability.endpoints, compiled.ranges, optimistic=True
        )
        self._named: dict[GroupSet, list[tuple[Interval, HeaderSet]]] = {}
        self._found: dict[tuple[GroupSet, GroupSet, Interval], list[Piece]] = {}

    def of(self, end: Endpoint, direction: RuleDirection, addresses: Interval) -> list[Piece]:
        """Some addresses of the other end, divided by the rules of an endpoint's groups."""
        both = self._sure.of(end, direction), self._perhaps.of(end, direction)
        key = *both, addresses
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = list(self._divided(*both, addresses))
        return found

    def _divided(self, sure: GroupSet, perhaps: GroupSet, addresses: Interval) -> Iterator[Piece]:
        low, high = addresses
        rules, possible = self._about(sure, addresses), self._about(perhaps, addresses)
        edges = {edge for (first, last), _ in (*rules, *possible) for edge in (first, last + 1)}
        starts = sorted({low, *(edge for edge in edges if low < edge <= high)})
        for start, after in zip(starts, [*starts[1:], high + 1], strict=True):
            yield Piece((start, after - 1), _let_through(rules, start), _let_through(possible, start))

    def _about(self, groups: GroupSet, addresses: Interval) -> list[tuple[Interval, HeaderSet]]:
        named = self._named.get(groups)
        if named is None:
            named = self._named[groups] = [
                (interval_of(block), rule.headers) for rule in groups.rules for block in rule.peers.blocks
            ]
        low, high = addresses
        return [(own, headers) for own, headers in named if own[0] <= high and low <= own[1]]


def _let_through(rules: list[tuple[Interval, HeaderSet]], address: int) -> HeaderSet:
    return united(
        interval for (low, high), headers in rules if low <= address <= high for interval in headers
    )
