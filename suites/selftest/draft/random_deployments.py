"""Drawn networks as AWS could show them: everything has a name, and what was asked for is there."""

from ipaddress import IPv4Network
from random import Random
from typing import Any

from msgspec.structs import replace

from probes.model.state import (
    Resource,
    RouteTargetKind,
    State,
    TgwRoute,
    TgwRouteTable,
    VpcRoute,
)
from suites.selftest.reachability.random_networks import random_state

Sides = dict[tuple[str, str | None, str], tuple[IPv4Network, ...]]
"""What the VPC behind an attachment may propagate."""
_IN_SERVICE = {
    "tgw_attachments": {"state": "available"},
    "vpc_endpoints": {"state": "available"},
    "vpc_peerings": {"status": "active"},
    "nat_gateways": {"state": "available"},
}


def deployment(random: Random) -> State:
    """A network that is not being changed.

    A Transit Gateway learns the CIDRs of VPCs alone, no route names what is not there, and the attachments of
    one VPC have the same appliance mode.
    """
    state = random_state(random)
    changed: dict[str, Any] = {}
    for kind in State.__struct_fields__:
        items = getattr(state, kind)
        if any(isinstance(item, Resource) for item in items[:1]):
            fields = _IN_SERVICE.get(kind, {})
            changed[kind] = tuple(replace(item, tags={"Name": item.id}, **fields) for item in items)
    state = replace(state, **changed)
    cidrs = {(vpc.region, vpc.id): vpc.cidrs for vpc in state.vpcs}
    sides = {
        (side.region, side.transit_gateway_id, side.id): cidrs.get((side.region, side.resource_id or ""), ())
        for side in state.tgw_attachments
    }
    gateways = {(gateway.region, gateway.id) for gateway in state.transit_gateways}
    return replace(
        state,
        tgw_attachments=tuple(replace(side, appliance_mode=False) for side in state.tgw_attachments),
        tgw_route_tables=tuple(_learned_from_vpcs(table, sides) for table in state.tgw_route_tables),
        vpc_route_tables=tuple(
            replace(table, routes=tuple(r for r in table.routes if _is_near(table.region, r, gateways)))
            for table in state.vpc_route_tables
        ),
        internet_gateways=tuple(
            replace(each, vpc_ids=(each.id.replace("igw", "vpc", 1),)) for each in state.internet_gateways
        ),
    )


def _is_near(region: str, route: VpcRoute, gateways: set[tuple[str, str]]) -> bool:
    return route.target is not RouteTargetKind.TRANSIT_GATEWAY or (region, route.target_id or "") in gateways


def _learned_from_vpcs(table: TgwRouteTable, sides: Sides) -> TgwRouteTable:
    """AWS holds one static, one prefix list's and one propagated route of each destination."""
    found: dict[tuple[object, ...], TgwRoute] = {}
    for route in table.routes:
        if _is_held(table, route, sides):
            settled = replace(route, state="active" if route.state == "pending" else route.state)
            found.setdefault((settled.destination, settled.type, bool(settled.prefix_list_id)), settled)
    return replace(table, routes=tuple(found.values()))


def _is_held(table: TgwRouteTable, route: TgwRoute, sides: Sides) -> bool:
    """Whether the table may hold a route: to its own gateway's attachments, propagated by the VPC that has it."""
    near = [sides.get((table.region, table.transit_gateway_id, each)) for each in route.attachment_ids]
    return all(
        cidrs is not None
        and (route.type == "static" or (each in table.propagations and route.destination in cidrs))
        for each, cidrs in zip(route.attachment_ids, near, strict=True)
    )
