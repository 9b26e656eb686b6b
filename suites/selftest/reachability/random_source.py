"""What the parts of a drawn network have in common: its size, its CIDRs and which parts may be faulty."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network
from typing import TypeVar

from suites.selftest.reachability.networks import ANY, BASE, address, vpc_block

T = TypeVar("T")

SERVICE = IPv4Network("52.94.0.0/22")
PUBLIC = IPv4Network("8.8.8.0/24")
TENANT = IPv4Network("10.34.0.0/16")
PORTS = (0, 22, 79, 80, 81, 443, 1023, 1024, 40000, 65535)
TIERS = range(4)
FAULTS = ("groups", "acls", "vpc routes", "tgw routes", "associations", "zones", "states")
THEMES = {"nat": {"acls"}, "references": {"groups"}, "acls": {"acls"}}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A network of `count` Regions being drawn. CIDRs of its rules and routes come from `blocks`.

    Its theme is what it has more of than other networks: "nat", "references" between groups, "acls" of
    subnets that hosts share with attachments, or nothing. `pick` draws a number below another: by hypothesis,
    which can simplify, or at random, which is faster.
    """

    pick: Callable[[int], int]
    count: int
    blocks: tuple[IPv4Network, ...]
    faults: frozenset[str]
    theme: str

    def one(self, choices: Sequence[T]) -> T:
        """One of these."""
        return choices[self.pick(len(choices))]

    def mostly(self, theme: str, choices: Sequence[T]) -> T:
        """One of these, but nearly always the first in a network of this theme."""
        return choices[0] if self.theme == theme and self.pick(8) else self.one(choices)

    def some(self, part: str, most: int) -> range:
        """How many extra things a part gets: none unless it may be faulty."""
        return range(self.pick(most + 1) if part in self.faults else 0)

    def well(self, part: str) -> bool:
        """Whether to leave something as it should be: always, or mostly when its part may be faulty."""
        return part not in self.faults or self.one((True, True, False))


def drawing(pick: Callable[[int], int]) -> Drawing:
    """A network of one to three Regions of which up to four parts are faulty."""
    count = (1, 2, 2, 3, 3)[pick(5)]
    theme = ("", "", "", "nat", "references", "acls")[pick(6)]
    most = 4 if not theme else 1
    faults = {FAULTS[pick(len(FAULTS))] for _ in range(1 + pick(most))} | THEMES.get(theme, set())
    return Drawing(pick, count, _blocks(count), frozenset(faults), theme)


@cache
def _blocks(count: int) -> tuple[IPv4Network, ...]:
    whole = [vpc_block(index) for index in range(count)]
    tiers = [
        IPv4Network((int(address(index, tier, 0)), 24 if tier < 2 else 28))
        for index in range(count)
        for tier in TIERS
    ]
    halves = [IPv4Network((int(net.network_address), net.prefixlen + 1)) for net in (*whole, *tiers)]
    hosts = [IPv4Network(address(index, tier, 10)) for index in range(count) for tier in (0, 1)]
    return (ANY, BASE, IPv4Network("10.66.0.0/18"), *whole, *tiers, *halves, *hosts, PUBLIC, TENANT)
