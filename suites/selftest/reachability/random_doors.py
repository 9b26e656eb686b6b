"""Ways into a drawn network from networks that are not observed, and routes back to them."""

from typing import Any

from msgspec.structs import replace

from probes.model.state import (
    RouteTargetKind,
    State,
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    VpcPeering,
    VpcRoute,
    VpcRouteTable,
)
from suites.selftest.reachability.networks import region_name
from suites.selftest.reachability.random_source import TENANT, Drawing

DOOR = "door"


def with_doors(drawing: Drawing, state: State) -> State:
    """The network with an attachment, a VPC peering or a VPN gateway of a stranger, in one of its Regions."""
    kind = drawing.one(("vpn", "vpc", "peering", "peering", "VPC peering", "VPN gateway"))
    r = region_name(drawing.pick(drawing.count))
    changes: dict[str, Any] = {}
    target = RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{r}"
    if kind == "VPC peering":
        changes["vpc_peerings"] = (*state.vpc_peerings, _vpc_peering(r))
        target = RouteTargetKind.VPC_PEERING, DOOR
    elif kind == "VPN gateway":
        target = RouteTargetKind.VPN_GATEWAY, DOOR
    else:
        changes["tgw_attachments"] = (*state.tgw_attachments, _attachment(drawing, r, kind))
        associated = f"tgw-rtb-{r}-{drawing.one('abb')}"
        changes["tgw_route_tables"] = tuple(
            _tgw_table(drawing, t, r, associated) for t in state.tgw_route_tables
        )
    changes["vpc_route_tables"] = tuple(_vpc_table(drawing, t, r, target) for t in state.vpc_route_tables)
    return replace(state, **changes)


def _vpc_peering(r: str) -> VpcPeering:
    return VpcPeering(
        region=r,
        id=DOOR,
        status="active",
        requester_vpc_id="vpc-stranger",
        requester_region=r,
        accepter_vpc_id=f"vpc-{r}",
        accepter_region=r,
    )


def _attachment(drawing: Drawing, r: str, kind: str) -> TgwAttachment:
    far = kind == "peering"
    return TgwAttachment(
        region=r,
        id=DOOR,
        transit_gateway_id=f"tgw-{r}",
        resource_type=kind,
        resource_id="stranger",
        state=drawing.one(("available", "available", "available", "pending")),
        peer_transit_gateway_id="tgw-stranger" if far else "",
        peer_region=drawing.one(("rx", r)) if far else "",
    )


def _tgw_table(drawing: Drawing, table: TgwRouteTable, r: str, associated: str) -> TgwRouteTable:
    if table.id == associated:
        table = replace(table, associations=(*table.associations, DOOR))
    others = [side for other in table.routes if other.state == "active" for side in other.attachment_ids] or [
        DOOR
    ]
    way_back = DOOR if table.region == r else drawing.one(others)
    route = TgwRoute(
        destination=drawing.one((TENANT, TENANT, next(TENANT.subnets()))),
        type="static",
        state="active",
        attachment_ids=(way_back,),
    )
    return replace(table, routes=(*table.routes, route)) if drawing.one((True, True, False)) else table


def _vpc_table(
    drawing: Drawing, table: VpcRouteTable, r: str, target: tuple[RouteTargetKind, str]
) -> VpcRouteTable:
    here = table.region == r
    kind, target_id = target if here else (RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{table.region}")
    route = VpcRoute(
        destination=TENANT,
        target=kind,
        target_id=target_id,
        state="blackhole" if drawing.one((True, False, False)) else "active",
    )
    return replace(table, routes=(*table.routes, route)) if drawing.one((True, True, True, False)) else table
