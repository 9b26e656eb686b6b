"""VPC route tables of a drawn network, whose routes meet at few destinations so that every kind of tie occurs."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Literal

from probes.model.state import RouteTargetKind, VpcRoute, VpcRouteTable
from suites.selftest.reachability.networks import ANY, BASE, region_name, vpc_block
from suites.selftest.reachability.random_source import PUBLIC, Drawing

PROPAGATED: Literal["EnableVgwRoutePropagation"] = "EnableVgwRoutePropagation"
Target = tuple[RouteTargetKind, str]


def meeting_points(drawing: Drawing, index: int) -> tuple[IPv4Network, ...]:
    """The destinations that a Region's routes share; the first two are also the entries of its prefix list."""
    whole = (ANY, BASE, *map(vpc_block, range(drawing.count)))
    return (
        drawing.one(whole),
        drawing.one((PUBLIC, *drawing.blocks)),
        drawing.one(drawing.blocks),
        vpc_block(index),
    )


def vpc_route_tables(drawing: Drawing, index: int, points: tuple[IPv4Network, ...]) -> list[VpcRouteTable]:
    """The main table, and one for the host subnets or, when routes may be faulty, for others."""
    tiers = (0, 1) if drawing.well("vpc routes") else drawing.one(((0,), (0, 2), (1, 3), ()))
    return [_table(drawing, index, points, tiers), _table(drawing, index, points, None)]


def _table(
    drawing: Drawing, index: int, points: tuple[IPv4Network, ...], tiers: tuple[int, ...] | None
) -> VpcRouteTable:
    r, main = region_name(index), tiers is None
    routes = [*_usual(drawing, r, main=main)]
    if not main and drawing.well("vpc routes"):
        routes.append(
            VpcRoute(destination=BASE, target=RouteTargetKind.TRANSIT_GATEWAY, target_id=f"tgw-{r}")
        )
    routes += [_route(drawing, index, points) for _ in drawing.some("vpc routes", 4)]
    return VpcRouteTable(
        region=r,
        id=f"rtb-{r}-{'main' if main else 'hosts'}",
        vpc_id=f"vpc-{r}",
        main=main,
        subnet_ids=tuple(f"subnet-{r}-{tier}" for tier in tiers or ()),
        routes=tuple({(str(route.destination), route.origin): route for route in routes}.values()),
    )


def _usual(drawing: Drawing, r: str, *, main: bool) -> Iterator[VpcRoute]:
    """The ways out of a table: to the AWS service, and a default route, in the hosts' table often to NAT."""
    gateways: tuple[Target, ...] = (
        (RouteTargetKind.INTERNET_GATEWAY, f"igw-{r}"),
        (RouteTargetKind.NAT_GATEWAY, f"nat-{r}"),
        (RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{r}"),
    )
    if drawing.one((True, False)):
        yield VpcRoute(destination=f"pl-{r}", target=RouteTargetKind.VPC_ENDPOINT, target_id=f"vpce-{r}")
    if drawing.one((True, True, True, False)):
        usual = gateways[0 if main else 1]
        others = gateways if main else (*gateways, usual)
        target, target_id = drawing.mostly("nat", (usual, *others))
        yield VpcRoute(destination=ANY, target=target, target_id=target_id)


def _route(drawing: Drawing, index: int, points: tuple[IPv4Network, ...]) -> VpcRoute:
    r = region_name(index)
    form = drawing.one(("static", "propagated", "list"))
    destination = drawing.one(points)
    target, target_id = drawing.one(_targets(drawing, index))
    if form == "static" and destination.subnet_of(vpc_block(index)):
        target, target_id = RouteTargetKind.NAT_GATEWAY, f"nat-{r}"  # AWS takes few others within the VPC
    return VpcRoute(
        destination=f"pl-own-{r}" if form == "list" else destination,
        target=target,
        target_id=target_id,
        state="blackhole" if drawing.one((True, False, False, False)) else "active",
        origin=PROPAGATED if form == "propagated" else "CreateRoute",
    )


def _targets(drawing: Drawing, index: int) -> list[Target]:
    r = region_name(index)
    others = [sorted((index, other)) for other in range(drawing.count) if other != index]
    return [
        (RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{r}"),
        (RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{r}"),
        (RouteTargetKind.INTERNET_GATEWAY, f"igw-{r}"),
        (RouteTargetKind.NAT_GATEWAY, f"nat-{r}"),
        *((RouteTargetKind.VPC_PEERING, f"vpcx-{one}-{other}") for one, other in others),
    ]
