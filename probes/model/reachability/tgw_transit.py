"""All sources at once: for each class of headers and each source atom, the atoms it gets to."""

import msgspec

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Side
from probes.model.reachability.filters import Component, Masks
from probes.model.reachability.tgw_egress import EXEMPT, NORMAL, UNKNOWN, Exits, NatKey
from probes.model.reachability.tgw_forwarding import TgwMesh, side_of
from probes.model.reachability.vpc_routing import TgwWay, Ways
from probes.model.state import Subnet, TgwAttachment


class Crossing(msgspec.Struct, frozen=True):
    """What comes out of the TGW for one way into it; `admitted` are the sources that the way lets in.

    Destinations are judged by their subnet's ACL, exempt from it, or unknown; outside atoms by NAT gateway.
    """

    admitted: int
    normal: int
    exempt: int
    unknown: int
    nat: tuple[tuple[NatKey, bool, int], ...]


class End(msgspec.Struct):
    """One endpoint with everything that decides about its packets; `public` as an Internet gateway sees it."""

    endpoint: Endpoint
    subnet: Subnet
    atoms: int
    bits: tuple[int, ...]
    shared: int
    own: int
    public: bool
    ways: Ways
    acl_out: Masks
    acl_in: Masks
    egress: tuple[Component, ...]
    ingress: tuple[Component, ...]


class Crossings:
    """The TGW part of every way, solved once for each class of ACL headers."""

    def __init__(self, mesh: TgwMesh, exits: Exits) -> None:
        self.mesh = mesh
        self.exits = exits
        self._vpc_sides = [side for side in mesh.network.vpc_sides.values() if side.state == "available"]
        self._sides_in: dict[str, list[TgwAttachment]] = {}
        for side in self._vpc_sides:
            self._sides_in.setdefault(side.region, []).append(side)
        self._solved: dict[tuple[int, ...], list[int]] = {}
        self._default: dict[int, tuple[dict[Side, int], list[int]]] = {}
        self._found: dict[tuple[int, int], Crossing] = {}
        self._alike: dict[tuple[int, int, int], Crossing] = {}

    def of(self, way: TgwWay, index: int) -> Crossing:
        """What one way into a TGW leads to in one class of headers."""
        key = (id(way), index)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._cross(way, index)
        return found

    def _cross(self, way: TgwWay, index: int) -> Crossing:
        exits = self.exits
        admitted = exits.acl_masks(way.entry, egress=False)[index]
        try:
            table = self.mesh.table_entered(way.side)
        except UnobservableError:
            return Crossing(admitted, 0, 0, way.destinations, ())
        if table is None:
            return Crossing(admitted, 0, 0, 0, ())
        reach = self._reach(way, index)[table]
        key = (reach, way.destinations, admitted)
        found = self._alike.get(key)
        if found is None:
            found = self._alike[key] = self._in_lanes(reach & (way.destinations * exits.spread), admitted)
        return found

    def _in_lanes(self, wide: int, admitted: int) -> Crossing:
        exits = self.exits
        nat = tuple(
            (key, judged, lane)
            for key in exits.nats
            for judged in (True, False)
            if (lane := exits.lane(wide, exits.nat_lane(key, judged=judged)))
        )
        return Crossing(
            admitted, exits.lane(wide, NORMAL), exits.lane(wide, EXEMPT), exits.lane(wide, UNKNOWN), nat
        )

    def _reach(self, way: TgwWay, index: int) -> list[int]:
        seeds, reach = self._by_default(index)
        region = way.side.region
        changed = {
            side_of(side): seed
            for side in self._sides_in.get(region, ())
            if way.destinations & self.exits.led_on(side)
            if (seed := self.exits.of(side, way.entry, index)) != seeds[side_of(side)]
        }
        return self._solve({**seeds, **changed}) if changed else reach

    def after(self, table: int, index: int, region: str) -> int:
        """What a TGW route table leads to, in lanes, for packets that come from outside the network.

        `region` is where they came in without a zone, so that which subnet they come out through there may
        be uncertain; empty when they came over a peering.
        """
        seeds, reach = self._by_default(index)
        unsure = {
            side_of(side): self.exits.whichever(side, seeds[side_of(side)])
            for side in self._sides_in.get(region, ())
        }
        return (self._solve({**seeds, **unsure}) if unsure else reach)[table]

    def _by_default(self, index: int) -> tuple[dict[Side, int], list[int]]:
        found = self._default.get(index)
        if found is None:
            seeds = {side_of(side): self.exits.of(side, None, index) for side in self._vpc_sides}
            found = self._default[index] = seeds, self._solve(seeds)
        return found

    def _solve(self, seeds: dict[Side, int]) -> list[int]:
        key = tuple(seeds.values())
        found = self._solved.get(key)
        if found is None:
            found = self._solved[key] = self.mesh.solve(seeds)
        return found
