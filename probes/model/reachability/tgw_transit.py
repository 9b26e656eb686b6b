"""What a Transit Gateway delivers, for all packets of a class of headers that enter it alike."""

from collections.abc import Callable

import msgspec

from probes.model.errors import UnobservableError
from probes.model.network.index import SideKey
from probes.model.reachability.firewall_ways import FirewallWays
from probes.model.reachability.locations import Location
from probes.model.reachability.network_acls import Masks
from probes.model.reachability.tgw_egress import TgwEgress, TgwTransit
from probes.model.reachability.tgw_forwarding import TgwForwardingGraph, side_of
from probes.model.reachability.vpc_routing import TgwWay, Ways
from probes.model.state import Subnet, TgwAttachment


class LocationContext(msgspec.Struct):
    """One location of endpoints with everything that decides about their packets but their security groups.

    `neighbours` are the endpoints' addresses in the same subnet, `own` all of its addresses; `public` as an
    Internet gateway sees it.
    """

    location: Location
    subnet: Subnet
    addresses: int
    neighbours: int
    own: int
    public: bool
    ways: Ways
    acl_out: Masks
    acl_in: Masks


class TgwTransits:
    """The part of every way beyond its first hop, solved once for each class of ACL headers."""

    def __init__(self, graph: TgwForwardingGraph, tgw_egress: TgwEgress, firewalls: FirewallWays) -> None:
        self.graph = graph
        self.tgw_egress = tgw_egress
        self.firewalls = firewalls
        self._vpc_sides = [side for side in graph.network.vpc_sides.values() if side.state == "available"]
        self._sides_in: dict[str, list[TgwAttachment]] = {}
        for side in self._vpc_sides:
            self._sides_in.setdefault(side.region, []).append(side)
        self._prepared: set[int] = set()
        self._solved: dict[tuple[int, ...], list[int]] = {}
        self._default: dict[int, tuple[dict[SideKey, int], list[int]]] = {}
        self._found: dict[tuple[int, int], TgwTransit] = {}
        self._alike: dict[tuple[int, int, int], TgwTransit] = {}

    def leaving(self, ways: Ways, subnet: Subnet, index: int) -> list[TgwTransit]:
        """What the ways of a subnet into Transit Gateways and firewalls lead to in one class of headers."""
        found = [self.of(way, index) for way in ways.tgw]
        if ways.firewall:
            self._prepare(index)
            found += [self.firewalls.transit(*way, subnet, index) for way in ways.firewall]
        return found

    def _prepare(self, index: int) -> None:
        """Make known what the firewalls pass on in a class of headers."""
        if index not in self._prepared:
            self._prepared.add(index)
            self.firewalls.solve(index, self._as_far_as_known)

    def _as_far_as_known(self) -> Callable[[TgwWay, int], TgwTransit]:
        found = TgwTransits(self.graph, self.tgw_egress, self.firewalls)
        found._prepared = self._prepared
        return found.of

    def of(self, way: TgwWay, index: int) -> TgwTransit:
        """What one way into a TGW leads to in one class of headers."""
        self._prepare(index)
        key = (id(way), index)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._cross(way, index)
        return found

    def _cross(self, way: TgwWay, index: int) -> TgwTransit:
        tgw_egress = self.tgw_egress
        admitted = tgw_egress.acls.of(way.entry, egress=False)[index]
        try:
            table = self.graph.table_entered(way.side)
        except UnobservableError:
            return TgwTransit(admitted, 0, 0, way.destinations, ())
        if table is None:
            return TgwTransit(admitted, 0, 0, 0, ())
        reach = self._reach(way, index)[table]
        key = (reach, way.destinations, admitted)
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = tgw_egress.by_disposition(
                reach & (way.destinations * tgw_egress.all_dispositions), admitted
            )
        return found

    def _reach(self, way: TgwWay, index: int) -> list[int]:
        seeds, reach = self._by_default(index)
        region = way.side.region
        changed = {
            side_of(side): seed
            for side in self._sides_in.get(region, ())
            if way.destinations & self.tgw_egress.forwarded_destinations(side)
            if (seed := self.tgw_egress.of(side, way.entry, index)) != seeds[side_of(side)]
        }
        return self._solve({**seeds, **changed}) if changed else reach

    def after(self, table: int, index: int, region: str) -> int:
        """What a TGW route table leads to, by disposition, for packets that come from outside the network.

        `region` is where they came in without a zone, so that which subnet they come out through there may
        be uncertain; empty when they came over a peering.
        """
        self._prepare(index)
        seeds, reach = self._by_default(index)
        unsure = {
            side_of(side): self.tgw_egress.from_any_subnet(side, index)
            for side in self._sides_in.get(region, ())
        }
        return (self._solve({**seeds, **unsure}) if unsure else reach)[table]

    def _by_default(self, index: int) -> tuple[dict[SideKey, int], list[int]]:
        found = self._default.get(index)
        if found is None:
            seeds = {side_of(side): self.tgw_egress.of(side, None, index) for side in self._vpc_sides}
            found = self._default[index] = seeds, self._solve(seeds)
        return found

    def _solve(self, seeds: dict[SideKey, int]) -> list[int]:
        key = tuple(seeds.values())
        found = self._solved.get(key)
        if found is None:
            found = self._solved[key] = self.graph.solve(seeds)
        return found
