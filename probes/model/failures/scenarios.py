"""Single failures: the network without one of its parts, what that loses, and which detour the routes allow."""

from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

from probes.model.spec import Spec
from probes.model.state import (
    Resource,
    RouteTargetKind,
    State,
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    VpcEndpoint,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.vpc import FIREWALL_ENDPOINT

Kind = Literal[
    "peering",
    "VPC peering",
    "attachment",
    "attachment subnet",
    "firewall endpoint",
    "transit gateway",
    "region",
]


class Failure(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One part that fails. `part` is the attachment of a failed attachment subnet."""

    kind: Kind
    id: str
    region: str = ""
    part: str = ""

    def __str__(self) -> str:
        where = f" ({self.region})" if self.region and self.region != self.id else ""
        return f"{self.kind} {self.id}{where}"


def single_failures(state: State) -> Iterator[Failure]:
    """Every peering, attachment, attachment subnet, firewall, Transit Gateway and Region, one at a time."""
    peerings = {side.id for side in state.tgw_attachments if side.resource_type == "peering"}
    yield from (Failure(kind="peering", id=peering) for peering in sorted(peerings))
    yield from (Failure(kind="VPC peering", id=each) for each in sorted({p.id for p in state.vpc_peerings}))
    for side in state.tgw_attachments:
        if side.resource_type == "vpc":
            yield Failure(kind="attachment", id=side.id, region=side.region)
            for subnet in side.subnet_ids:
                yield Failure(kind="attachment subnet", id=subnet, region=side.region, part=side.id)
    for endpoint in state.vpc_endpoints:
        if endpoint.endpoint_type == FIREWALL_ENDPOINT:
            yield Failure(kind="firewall endpoint", id=endpoint.id, region=endpoint.region)
    for gateway in state.transit_gateways:
        yield Failure(kind="transit gateway", id=gateway.id, region=gateway.region)
    yield from (Failure(kind="region", id=region, region=region) for region in state.regions)


def without(state: State, failure: Failure) -> State:
    """The network after a failure. Routes to what is gone are blackholes, as AWS shows them."""
    match failure.kind:
        case "region":
            return _without_region(state, failure.id)
        case "transit gateway":
            return _without_gateway(state, failure)
        case "attachment subnet":
            return msgspec.structs.replace(
                state, tgw_attachments=tuple(_less_subnet(side, failure) for side in state.tgw_attachments)
            )
        case "firewall endpoint":
            return msgspec.structs.replace(
                state, vpc_endpoints=tuple(_failed(endpoint, failure) for endpoint in state.vpc_endpoints)
            )
        case "VPC peering":
            return _without_vpc_peering(state, failure.id)
        case "peering":
            gone = {(s.region, s.id) for s in state.tgw_attachments if s.id == failure.id}
        case "attachment":
            gone = {(failure.region, failure.id)}
    return _without_attachments(state, gone)


def with_detour(spec: Spec, state: State, failed: tuple[str, str], via: str) -> State:
    """The network after the operators' runbook: both Regions reach each other's CIDR through a third one (C03).

    The Regions are given by alias or name; two routes change, one in each TGW route table of the two.
    """
    one, other, middle = (spec.region(name) for name in (*failed, via))
    changes = {
        here: {cidr for vpc in spec.vpcs_in(there) for cidr in spec.vpcs[vpc].cidrs}
        for here, there in ((one, other), (other, one))
    }
    tables = tuple(
        _rerouted(table, changes[table.region], _peering_to(state, table, middle))
        if table.region in changes
        else table
        for table in state.tgw_route_tables
    )
    return msgspec.structs.replace(state, tgw_route_tables=tables)


def _rerouted(table: TgwRouteTable, destinations: Collection[object], attachment_id: str) -> TgwRouteTable:
    routes = tuple(
        msgspec.structs.replace(route, state="active", attachment_ids=(attachment_id,))
        if route.destination in destinations and route.type == "static"
        else route
        for route in table.routes
    )
    return msgspec.structs.replace(table, routes=routes)


def _peering_to(state: State, table: TgwRouteTable, peer_region: str) -> str:
    """The peering of the table's own Transit Gateway; empty when it has none with that Region."""
    return next(
        (
            side.id
            for side in state.tgw_attachments
            if (side.region, side.transit_gateway_id) == (table.region, table.transit_gateway_id)
            and (side.peer_region, side.resource_type) == (peer_region, "peering")
        ),
        "",
    )


def _less_subnet(side: TgwAttachment, failure: Failure) -> TgwAttachment:
    if (side.region, side.id) != (failure.region, failure.part):
        return side
    return msgspec.structs.replace(side, subnet_ids=tuple(s for s in side.subnet_ids if s != failure.id))


def _failed(endpoint: VpcEndpoint, failure: Failure) -> VpcEndpoint:
    is_it = (endpoint.region, endpoint.id) == (failure.region, failure.id)
    return msgspec.structs.replace(endpoint, state="failed") if is_it else endpoint


def _without_attachments(state: State, gone: set[tuple[str, str]]) -> State:
    sides = tuple(side for side in state.tgw_attachments if (side.region, side.id) not in gone)
    tables = tuple(_less_attachments(table, gone) for table in state.tgw_route_tables)
    return msgspec.structs.replace(state, tgw_attachments=sides, tgw_route_tables=tables)


def _less_attachments(table: TgwRouteTable, gone: set[tuple[str, str]]) -> TgwRouteTable:
    def lost(attachment_id: str) -> bool:
        return (table.region, attachment_id) in gone

    return msgspec.structs.replace(
        table,
        routes=tuple(_blackholed(route, any(map(lost, route.attachment_ids))) for route in table.routes),
        associations=tuple(i for i in table.associations if not lost(i)),
        propagations=tuple(i for i in table.propagations if not lost(i)),
    )


def _blackholed(route: TgwRoute, lost: bool) -> TgwRoute:  # noqa: FBT001 - one question, asked in one place
    return msgspec.structs.replace(route, state="blackhole", attachment_ids=()) if lost else route


def _without_gateway(state: State, failure: Failure) -> State:
    region, gateway = failure.region, failure.id
    own = {
        (s.region, s.id)
        for s in state.tgw_attachments
        if (s.region, s.transit_gateway_id) == (region, gateway)
    }
    peers = {
        (s.region, s.id)
        for s in state.tgw_attachments
        if s.peer_region == region and (region, s.id) in own and s.resource_type == "peering"
    }
    rest = _without_attachments(state, own | peers)
    return msgspec.structs.replace(
        rest,
        transit_gateways=tuple(g for g in rest.transit_gateways if (g.region, g.id) != (region, gateway)),
        tgw_route_tables=tuple(
            t for t in rest.tgw_route_tables if (t.region, t.transit_gateway_id) != (region, gateway)
        ),
        vpc_route_tables=tuple(
            _less_target(t, RouteTargetKind.TRANSIT_GATEWAY, gateway) if t.region == region else t
            for t in rest.vpc_route_tables
        ),
    )


def _without_vpc_peering(state: State, peering: str) -> State:
    return msgspec.structs.replace(
        state,
        vpc_peerings=tuple(each for each in state.vpc_peerings if each.id != peering),
        vpc_route_tables=tuple(
            _less_target(table, RouteTargetKind.VPC_PEERING, peering) for table in state.vpc_route_tables
        ),
    )


def _less_target(table: VpcRouteTable, target: RouteTargetKind, target_id: str) -> VpcRouteTable:
    routes = tuple(_blackholed_towards(route, target, target_id) for route in table.routes)
    return msgspec.structs.replace(table, routes=routes)


def _blackholed_towards(route: VpcRoute, target: RouteTargetKind, target_id: str) -> VpcRoute:
    if route.target is target and route.target_id == target_id:
        return msgspec.structs.replace(route, state="blackhole")
    return route


def _without_region(state: State, region: str) -> State:
    peers = {(s.region, s.id) for s in state.tgw_attachments if s.peer_region == region}
    rest = _without_attachments(state, peers)
    kept = {
        kind: tuple(resource for resource in getattr(rest, kind) if resource.region != region)
        for kind in State.__struct_fields__
        if any(isinstance(each, Resource) for each in getattr(rest, kind)[:1])
    }
    return msgspec.structs.replace(rest, **kept)
