"""Transit Gateway route tables: EC2's responses, in wrappers where they name no table, as resources."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network

import msgspec

from probes.model.state import TgwRoute, TgwRouteTable
from probes.model.state.normal import destination_key
from probes.model.state.tgw import TgwRouteState
from probes.sources.describe.fields import AnyNetwork, Part, Raw, tags_of

ROUTE_STATES: dict[str, TgwRouteState] = {"active": "active", "blackhole": "blackhole"}


class RawTgwRouteTable(Raw, frozen=True, kw_only=True):
    """TransitGatewayRouteTable."""

    transit_gateway_route_table_id: str
    transit_gateway_id: str
    state: str
    default_association_route_table: bool = False
    default_propagation_route_table: bool = False


class RouteAttachment(Part, frozen=True, kw_only=True):
    """TransitGatewayRouteAttachment."""

    transit_gateway_attachment_id: str


class RawTgwRoute(Part, frozen=True, kw_only=True):
    """TransitGatewayRoute."""

    destination_cidr_block: AnyNetwork
    type: str
    state: str
    transit_gateway_attachments: tuple[RouteAttachment, ...] = ()
    prefix_list_id: str = ""


class TgwRoutes(Part, frozen=True, kw_only=True):
    """The response of search_transit_gateway_routes with the table that was asked for."""

    transit_gateway_route_table_id: str
    routes: tuple[RawTgwRoute, ...]
    additional_routes_available: bool = False


class TableAttachment(Part, frozen=True, kw_only=True):
    """TransitGatewayRouteTableAssociation or TransitGatewayRouteTablePropagation."""

    transit_gateway_attachment_id: str
    resource_type: str = ""
    state: str


class TgwAssociations(Part, frozen=True, kw_only=True):
    """The response of get_transit_gateway_route_table_associations with the table that was asked for."""

    transit_gateway_route_table_id: str
    associations: tuple[TableAttachment, ...]


class TgwPropagations(Part, frozen=True, kw_only=True):
    """The response of get_transit_gateway_route_table_propagations with the table that was asked for."""

    transit_gateway_route_table_id: str
    transit_gateway_route_table_propagations: tuple[TableAttachment, ...]


class TableFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the per-table responses say about one Transit Gateway route table."""

    routes: tuple[TgwRoute, ...]
    associations: tuple[str, ...]
    propagations: tuple[str, ...]
    complete: bool


def tgw_route_table(region: str, item: RawTgwRouteTable, facts: TableFacts) -> TgwRouteTable:
    """A Transit Gateway route table with what the per-table responses say about it."""
    return TgwRouteTable(
        region=region,
        id=item.transit_gateway_route_table_id,
        tags=tags_of(item.tags),
        transit_gateway_id=item.transit_gateway_id,
        state=item.state,
        default_association=item.default_association_route_table,
        default_propagation=item.default_propagation_route_table,
        routes=tuple(
            sorted(facts.routes, key=lambda route: (destination_key(route.destination), route.type))
        ),
        associations=tuple(sorted(facts.associations)),
        propagations=tuple(sorted(facts.propagations)),
        routes_complete=facts.complete,
    )


def tgw_routes(response: TgwRoutes) -> Iterable[TgwRoute]:
    """The routes of one response that are there or coming; those being deleted are left out."""
    for route in response.routes:
        if route.state not in ("deleting", "deleted"):
            yield TgwRoute(
                destination=route.destination_cidr_block,
                type="propagated" if route.type == "propagated" else "static",
                state=ROUTE_STATES.get(route.state, "pending"),
                attachment_ids=tuple(
                    sorted(each.transit_gateway_attachment_id for each in route.transit_gateway_attachments)
                ),
                prefix_list_id=route.prefix_list_id,
            )


def propagated_routes(
    attachment_ids: Iterable[str],
    cidrs_of: Mapping[str, Iterable[IPv4Network]],
    static: Iterable[TgwRoute],
) -> Iterable[TgwRoute]:
    """The routes that enabled propagations install, where nobody searched the table.

    `cidrs_of` maps VPC attachments to their VPC's blocks. A static route to the same prefix wins
    (Transit Gateway guide, route evaluation order).
    """
    taken = {route.destination for route in static}
    for attachment_id in attachment_ids:
        for cidr in cidrs_of.get(attachment_id, ()):
            if cidr not in taken:
                yield TgwRoute(
                    destination=cidr,
                    type="propagated",
                    state="active",
                    attachment_ids=(attachment_id,),
                    derived=True,
                )
