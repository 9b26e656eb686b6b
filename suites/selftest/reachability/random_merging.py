"""Two VPCs in one Region, made of two drawn Regions: peered inside it, or attached to one Transit Gateway."""

from typing import Any

from msgspec.structs import replace

from probes.model.state import RouteTargetKind, State, TgwAttachment, TgwRoute, VpcRouteTable
from suites.selftest.reachability.networks import vpc_block

KINDS = (
    "vpcs",
    "subnets",
    "prefix_lists",
    "security_groups",
    "network_acls",
    "network_interfaces",
    "vpc_route_tables",
    "internet_gateways",
    "nat_gateways",
    "vpc_endpoints",
    "vpc_peerings",
    "transit_gateways",
    "tgw_attachments",
    "tgw_route_tables",
)
SECOND = "att-r1-shared"


def in_one_region(state: State, *, shared: bool) -> State:
    """The network with what was in r1 moved to r0; `shared` also attaches the moved VPC to r0's own TGW."""
    moved: dict[str, Any] = {kind: tuple(map(_moved, getattr(state, kind))) for kind in KINDS}
    merged = replace(state, regions=tuple(r for r in state.regions if r != "r1"), **moved)
    return _attached(merged) if shared else merged


def _moved(resource: Any) -> Any:  # noqa: ANN401 - any resource of the state
    fields = ("region", "peer_region", "requester_region", "accepter_region")
    changes: dict[str, str] = {name: "r0" for name in fields if getattr(resource, name, "") == "r1"}
    if getattr(resource, "az", None):
        changes["az"] = resource.az.replace("r1", "r0")
    return replace(resource, **changes)


def _attached(state: State) -> State:
    side = TgwAttachment(
        region="r0",
        id=SECOND,
        transit_gateway_id="tgw-r0",
        resource_type="vpc",
        resource_id="vpc-r1",
        state="available",
        subnet_ids=("subnet-r1-2", "subnet-r1-3"),
    )
    route = TgwRoute(destination=vpc_block(1), type="static", state="active", attachment_ids=(SECOND,))
    tables = tuple(
        replace(
            table,
            routes=(*(r for r in table.routes if r.destination != vpc_block(1)), route),
            associations=(*table.associations, *((SECOND,) if not table.id.endswith("-b") else ())),
        )
        if table.transit_gateway_id == "tgw-r0"
        else table
        for table in state.tgw_route_tables
    )
    return replace(
        state,
        tgw_attachments=(*state.tgw_attachments, side),
        tgw_route_tables=tables,
        vpc_route_tables=tuple(map(_rerouted, state.vpc_route_tables)),
    )


def _rerouted(table: VpcRouteTable) -> VpcRouteTable:
    routes = tuple(
        replace(route, target_id="tgw-r0") if route.target is RouteTargetKind.TRANSIT_GATEWAY else route
        for route in table.routes
    )
    return replace(table, routes=routes)
