"""The Transit Gateways of a draft: their route tables, and who is joined to them."""

from typing import Any

from probes.model.draft.names import exactly, region_alias, short_name, unique
from probes.model.draft.vpcs import DraftedVpcs
from probes.model.spec.topology import BLACKHOLE
from probes.model.state import State, TgwAttachment, TgwRoute, TgwRouteTable, TransitGateway

_GONE = ("deleted", "deleting", "failed", "rejected")
_TYPES = ("vpn", "direct-connect-gateway", "connect", "vpc", "peering")
_DEFAULT_TABLE = "main"


class DraftedGateways:
    """The Transit Gateways of a state, with the names that a draft gives to them and to their attachments."""

    def __init__(self, state: State, vpcs: DraftedVpcs) -> None:
        self.state = state
        self.vpcs = vpcs
        self.notes: list[str] = []
        self.names = self._named()

    def _named(self) -> dict[tuple[str, str], str]:
        living = [gateway for gateway in self.state.transit_gateways if gateway.state not in _GONE]
        taken = {one.name for one in self.vpcs.all}
        found: dict[tuple[str, str], str] = {}
        for gateway in living:
            alone = sum(other.region == gateway.region for other in living) == 1
            alias = region_alias(gateway.region)
            name = alias if alone else unique(short_name(gateway), {*taken, *found.values()})
            found[gateway.region, gateway.id] = name
        return found

    def section(self) -> dict[str, Any]:
        """The `transit_gateways` of the spec."""
        return {
            self.names[gateway.region, gateway.id]: self._gateway(gateway)
            for gateway in self.state.transit_gateways
            if (gateway.region, gateway.id) in self.names
        }

    def _gateway(self, gateway: TransitGateway) -> dict[str, Any]:
        alias, name = region_alias(gateway.region), self.names[gateway.region, gateway.id]
        found: dict[str, Any] = {}
        if name != alias:
            found |= {"region": alias, "find": {"name": exactly(gateway.name)} if gateway.name else {}}
        if gateway.asn is not None:
            found["asn"] = gateway.asn
        called = self.attachment_names(gateway)
        others = {
            called[side.id]: _elsewhere(side) for side in self._sides(gateway) if self._leads_elsewhere(side)
        }
        if others:
            found["attachments"] = others
        found["route_tables"] = self._tables(gateway, called)
        return {key: value for key, value in found.items() if value or value == 0}

    def _sides(self, gateway: TransitGateway) -> list[TgwAttachment]:
        return [
            side
            for side in self.state.tgw_attachments
            if (side.region, side.transit_gateway_id) == (gateway.region, gateway.id)
            and side.state not in _GONE
            and side.resource_type in _TYPES
        ]

    def _leads_elsewhere(self, side: TgwAttachment) -> bool:
        if side.resource_type == "vpc":
            return (side.region, side.resource_id or "") not in self.vpcs.by_id
        return side.resource_type != "peering" or self._peer(side) is None

    def _peer(self, side: TgwAttachment) -> str | None:
        return self.names.get((side.peer_region, side.peer_transit_gateway_id or ""))

    def attachment_names(self, gateway: TransitGateway) -> dict[str, str]:
        """What the spec calls each attachment of a gateway, by ID."""
        found: dict[str, str] = {}
        for side in self._sides(gateway):
            vpc = self.vpcs.by_id.get((side.region, side.resource_id or ""))
            if side.resource_type == "vpc" and vpc is not None:
                found[side.id] = vpc.name
            elif side.resource_type == "peering" and self._peer(side) is not None:
                found[side.id] = self._peer(side) or ""
            else:
                taken = {*found.values(), *self.names.values(), *(one.name for one in self.vpcs.all)}
                found[side.id] = unique(short_name(side), taken)
        return found

    def _tables(self, gateway: TransitGateway, called: dict[str, str]) -> dict[str, Any]:
        tables = [
            table
            for table in self.state.tgw_route_tables
            if (table.region, table.transit_gateway_id) == (gateway.region, gateway.id)
            and table.state not in _GONE
        ]
        found: dict[str, Any] = {}
        shared = (region_alias(gateway.region),)
        for table in tables:
            name = _DEFAULT_TABLE if len(tables) == 1 else unique(short_name(table, shared), found)
            found[name] = self._table(table, called)
            if len(tables) > 1 and table.name:
                found[name]["find"] = {"name": exactly(table.name)}
        return found

    def _table(self, table: TgwRouteTable, called: dict[str, str]) -> dict[str, Any]:
        found = {
            "associated": sorted(called[side] for side in table.associations if side in called),
            "propagated": sorted(called[side] for side in table.propagations if side in called),
            "routes": {
                str(route.destination): via
                for route in sorted(table.routes, key=_priority)
                if route.type == "static" or route.state == BLACKHOLE
                for via in [_via(route, called)]
                if via and route.destination.version == 4  # noqa: PLR2004  # the model judges IPv4 only
            },
        }
        return {key: value for key, value in found.items() if value}

    def peerings(self) -> list[dict[str, Any]]:
        """The `peerings` of the spec."""
        pairs = {
            tuple(sorted((self.names[side.region, side.transit_gateway_id or ""], peer)))
            for side in self.state.tgw_attachments
            if side.resource_type == "peering"
            and side.state not in _GONE
            and (side.region, side.transit_gateway_id or "") in self.names
            for peer in [self._peer(side)]
            if peer is not None
        }
        return [{"between": list(pair)} for pair in sorted(pairs)]


def _elsewhere(side: TgwAttachment) -> dict[str, Any]:
    found: dict[str, Any] = {"type": side.resource_type}
    if side.name:
        found["find"] = {"name": exactly(side.name)}
    return found


def _priority(route: TgwRoute) -> tuple[bool, bool]:
    """Of routes with one destination the last one wins.

    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
    """
    return route.type == "static", not route.prefix_list_id


def _via(route: TgwRoute, called: dict[str, str]) -> str:
    if route.state == BLACKHOLE or not route.attachment_ids:
        return BLACKHOLE
    return called.get(route.attachment_ids[0], "")
