"""Attachments and Transit Gateway route tables of a drawn network."""

from ipaddress import IPv4Network
from typing import Literal

from probes.model.state import TgwAttachment, TgwRoute, TgwRouteTable
from suites.selftest.reachability.networks import BASE, peering_id, region_name, vpc_block
from suites.selftest.reachability.random_source import Drawing

KINDS: tuple[Literal["static", "propagated"], ...] = ("static", "propagated")
STATES: tuple[Literal["active", "blackhole", "pending"], ...] = ("active", "active", "blackhole", "pending")


def attachments(drawing: Drawing, index: int) -> list[TgwAttachment]:
    """The VPC's attachment, in both zones unless zones may be faulty, and a side of every peering."""
    r = region_name(index)
    own = (2, 3) if drawing.well("zones") else drawing.one(((2,), (3,), (0, 1), (0, 3), ()))
    if drawing.theme == "acls" and drawing.one((True, True, False)):
        own = drawing.one(((0, 1), (0, 3)))
    vpc = TgwAttachment(
        region=r,
        id=f"att-{r}",
        transit_gateway_id=f"tgw-{r}",
        resource_type="vpc",
        resource_id=f"vpc-{r}",
        state="available" if drawing.well("states") else "pending",
        subnet_ids=tuple(f"subnet-{r}-{tier}" for tier in own),
        appliance_mode=not drawing.well("zones"),
    )
    return [vpc, *(_peering(drawing, index, other) for other in range(drawing.count) if other != index)]


def _peering(drawing: Drawing, index: int, other: int) -> TgwAttachment:
    r, peer = region_name(index), region_name(other)
    return TgwAttachment(
        region=r,
        id=peering_id(index, other),
        transit_gateway_id=f"tgw-{r}",
        resource_type="peering",
        resource_id=f"tgw-{peer}",
        state="available" if drawing.well("states") else "pendingAcceptance",
        peer_transit_gateway_id=f"tgw-{peer}",
        peer_region=peer,
    )


def route_tables(drawing: Drawing, index: int) -> list[TgwRouteTable]:
    """Two tables that share the attachments between them; the second may forget one."""
    targets = [
        f"att-{region_name(index)}" if other == index else peering_id(index, other)
        for other in range(drawing.count)
    ]
    cut = drawing.pick(drawing.count + 1)
    rest = targets[cut:] if drawing.well("associations") else targets[cut + 1 :]
    return [_table(drawing, index, "a", targets[:cut]), _table(drawing, index, "b", rest)]


def _table(drawing: Drawing, index: int, name: str, associations: list[str]) -> TgwRouteTable:
    r, propagated = region_name(index), drawing.one((True, False))
    return TgwRouteTable(
        region=r,
        id=f"tgw-rtb-{r}-{name}",
        transit_gateway_id=f"tgw-{r}",
        state="available",
        default_association=False,
        default_propagation=False,
        routes=_routes(drawing, index, propagated=propagated),
        associations=tuple(associations),
        propagations=(f"att-{r}",) if propagated else (),
    )


def _routes(drawing: Drawing, index: int, *, propagated: bool) -> tuple[TgwRoute, ...]:
    targets = [
        f"att-{region_name(index)}" if other == index else peering_id(index, other)
        for other in range(drawing.count)
    ]
    found = [
        TgwRoute(
            destination=vpc_block(other),
            type="static",
            state="active",
            attachment_ids=(target if drawing.well("tgw routes") else drawing.one(targets),),
        )
        for other, target in enumerate(targets)
        if drawing.well("tgw routes") and not (propagated and other == index and drawing.one((True, False)))
    ]
    points = (drawing.one((BASE, *map(vpc_block, range(drawing.count)))), drawing.one(drawing.blocks))
    found += [_route(drawing, targets, points) for _ in drawing.some("tgw routes", 4)]
    return tuple({_rank(route): route for route in found}.values())


def _route(drawing: Drawing, targets: list[str], points: tuple[IPv4Network, ...]) -> TgwRoute:
    state, kind = drawing.one(STATES), drawing.one(KINDS)
    return TgwRoute(
        destination=drawing.one(points),
        type=kind,
        state=state,
        attachment_ids=() if state == "blackhole" else (drawing.one(targets),),
        prefix_list_id=drawing.one(("", "pl")) if kind == "static" else "",
    )


def _rank(route: TgwRoute) -> tuple[object, ...]:
    """What tells a route from others of its table that win or lose otherwise: AWS has one of each."""
    from_vpc = any(each.startswith("att-") for each in route.attachment_ids)
    return route.destination, route.type, route.prefix_list_id, route.type == "propagated" and from_vpc
