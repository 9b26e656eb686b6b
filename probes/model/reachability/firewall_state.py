"""Whose connections the firewalls see in both directions, for all endpoints at once.

Which packets cross a firewall is told by closing it: they are those that are delivered no more.
https://docs.aws.amazon.com/network-firewall/latest/developerguide/asymmetric-routing.html
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from probes.model.network.packets import TCP
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.header_classes import HeaderClassPair
from probes.model.reachability.matrix import DeliveryMatrix, MatrixRows

Row = Callable[[MatrixRows], int]
"""Some destinations of some sender."""


class _Directions(NamedTuple):
    """What one network delivers, by class of headers: packets and replies."""

    routed: list[MatrixRows]
    reply: list[MatrixRows]


class FirewallState:
    """Which pairs keep all firewalls on their way content.

    `sure` takes what was not seen as letting nothing through, `possible` as letting everything through; both have
    the same classes.
    """

    def __init__(self, sure: CompiledNetwork, possible: CompiledNetwork) -> None:
        self._sure = sure
        self._possible = possible
        self._keys = sure.transits.firewalls.keys

    @cached_property
    def _open(self) -> _Directions:
        return _directions(self._possible)

    @cached_property
    def _closed(self) -> list[tuple[_Directions, _Directions]]:
        """For each firewall, and for all together, what is surely, and what is possibly, delivered without."""
        each = [[key] for key in self._keys] + ([self._keys] if len(self._keys) > 1 else [])
        return [
            (_directions(self._sure.without(keys)), _directions(self._possible.without(keys)))
            for keys in each
        ]

    def symmetric(self, pair: HeaderClassPair, row: Row) -> int:
        """The destinations with which a firewall surely sees both directions, or surely the same ways of both."""
        found = -1
        for without, perhaps_without in self._closed:
            there = self._crossing(pair.forward, "routed", row, without, perhaps_without)
            back = self._crossing(pair.reply, "reply", row, without, perhaps_without)
            either = ~(there[0] | there[1] | back[0] | back[1])
            found &= there[0] & back[0] | there[1] & back[1] | either
        return found

    def perhaps_symmetric(self, pair: HeaderClassPair, row: Row) -> int:
        """The destinations with which no firewall surely sees one direction only of a TCP connection."""
        found = -1
        if any(part.protocol != (TCP, TCP) for part in self._sure.header_classes.classes[pair.forward]):
            return found
        for without, perhaps_without in self._closed:
            there = self._crossing(pair.forward, "routed", row, without, perhaps_without)
            back = self._crossing(pair.reply, "reply", row, without, perhaps_without)
            found &= ~(there[0] & back[1] | there[1] & back[0])
        return found

    def _crossing(
        self, index: int, direction: str, row: Row, without: _Directions, perhaps_without: _Directions
    ) -> tuple[int, int]:
        """The destinations whose packets surely cross a firewall, and those whose packets surely do not."""
        opened, perhaps, surely = (
            row(getattr(each, direction)[index]) for each in (self._open, perhaps_without, without)
        )
        return opened & ~perhaps, surely


def _directions(compiled: CompiledNetwork) -> _Directions:
    matrix, count = DeliveryMatrix(compiled), range(len(compiled.header_classes))
    return _Directions([matrix.routed(n) for n in count], [matrix.reply(n) for n in count])
