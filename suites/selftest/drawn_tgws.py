"""
Attachments and Transit Gateway route tables of a drawn network.
"""

from typing import Literal

from hypothesis import strategies as st

from probes.model.state import TgwAttachment, TgwRoute, TgwRouteTable
from suites.selftest.drawing import Drawing
from suites.selftest.networks import peering_id, region_name, vpc_block

KINDS: tuple[Literal["static", "propagated"], ...] = ("static", "propagated")
STATES: tuple[Literal["active", "blackhole", "pending"], ...] = ("active", "blackhole", "pending")


def attachments(drawing: Drawing, index: int) -> list[TgwAttachment]:
    """
    The VPC's attachment, in both zones unless zones may be faulty, and a side of every peering.
    """
    r = region_name(index)
    own = (2, 3) if drawing.well("zones") else drawing.one(((2,), (3,), (0, 1), ()))
    vpc = TgwAttachment(
        region=r,
        id=f"att-{r}",
        transit_gateway_id=f"tgw-{r}",
        resource_type="vpc",
        resource_id=f"vpc-{r}",
        state="available" if drawing.well("states") else "pending",
        subnet_ids=tuple(f"subnet-{r}-{tier}" for tier in own),
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
    """
    Two tables that share the attachments between them; the second may forget one.
    """
    targets = [
        f"att-{region_name(index)}" if other == index else peering_id(index, other)
        for other in range(drawing.count)
    ]
    cut = drawing.draw(st.integers(0, drawing.count))
    rest = targets[cut:] if drawing.well("associations") else targets[cut + 1 :]
    return [_table(drawing, index, "a", targets[:cut]), _table(drawing, index, "b", rest)]


def _table(drawing: Drawing, index: int, name: str, associations: list[str]) -> TgwRouteTable:
    r = region_name(index)
    return TgwRouteTable(
        region=r,
        id=f"tgw-rtb-{r}-{name}",
        transit_gateway_id=f"tgw-{r}",
        state="available",
        default_association=False,
        default_propagation=False,
        routes=_routes(drawing, index),
        associations=tuple(associations),
        propagations=(f"att-{r}",) if drawing.draw(st.booleans()) else (),
    )


def _routes(drawing: Drawing, index: int) -> tuple[TgwRoute, ...]:
    targets = [
        f"att-{region_name(index)}" if other == index else peering_id(index, other)
        for other in range(drawing.count)
    ]
    found = {
        (vpc_block(other), "static"): TgwRoute(
            destination=vpc_block(other), type="static", state="active", attachment_ids=(target,)
        )
        for other, target in enumerate(targets)
        if drawing.well("tgw routes")
    }
    for _ in drawing.some("tgw routes", 3):
        state, kind, destination = drawing.one(STATES), drawing.one(KINDS), drawing.one(drawing.blocks)
        ids = () if state == "blackhole" else (drawing.one(targets),)
        found[destination, kind] = TgwRoute(
            destination=destination, type=kind, state=state, attachment_ids=ids
        )
    return tuple(found.values())
