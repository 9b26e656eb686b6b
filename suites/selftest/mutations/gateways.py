"""Mutations of Transit Gateways, their attachments and their route tables."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from probes.model.state import State, TgwRoute
from suites.selftest.mutations.addresses import FOREIGN, halves
from suites.selftest.mutations.mutation import Mutation, Sites, gone, having, none

ATTACHED = ("tgw-attachment", "peering-available")
ROUTES = ("tgw-route", "no-other-tgw-route", "no-blackhole")


def of_gateways(state: State) -> Iterator[Mutation]:
    """What a Transit Gateway is, and what is attached to it."""
    yield from Sites(state, "TGW: gone", "tgw-available").change("transit_gateways", gone)
    yield from Sites(state, "TGW: being deleted", "tgw-available").change(
        "transit_gateways", having(state="deleting")
    )
    yield from Sites(state, "TGW: ASN", "tgw-asn").change("transit_gateways", having(asn=65010))
    yield from Sites(state, "TGW attachment: gone", *ATTACHED).change("tgw_attachments", gone)
    for status in ("pendingAcceptance", "rejected", "failed", "deleting"):
        yield from Sites(state, "TGW attachment: not available", *ATTACHED).change(
            "tgw_attachments", having(state=status)
        )
    yield from Sites(state, "TGW attachment: subnet dropped", "tgw-attachment-subnets").each(
        "tgw_attachments", "subnet_ids", none
    )
    yield from Sites(state, "TGW attachment: appliance mode", "tgw-appliance-mode").change(
        "tgw_attachments",
        lambda attachment: replace(attachment, appliance_mode=not attachment.appliance_mode),
        lambda attachment: attachment.resource_type == "vpc",
    )
    yield from Sites(state, "TGW attachment: of another VPC", "tgw-attachment").change(
        "tgw_attachments",
        having(resource_id="vpc-0000000000000000a"),
        lambda attachment: attachment.resource_type == "vpc",
    )
    yield from _more_peerings(state)


def _more_peerings(state: State) -> Iterator[Mutation]:
    for attachment in state.tgw_attachments:
        if attachment.resource_type == "peering" and attachment.role == "requester":
            more = replace(
                attachment,
                id="tgw-attach-0000000000000000a",
                resource_id="tgw-0000000000000000a",
                peer_transit_gateway_id="tgw-0000000000000000a",
                peer_region="sa-east-1",
                tags={},
            )
            yield from Sites(state, "TGW peering: added", "no-other-peering").add(
                "tgw_attachments", f"beside {attachment.label}", more
            )
            waiting = replace(more, state="pendingAcceptance")
            yield from Sites(state, "TGW peering: waiting", "no-other-peering", "peering-accepted").add(
                "tgw_attachments", f"beside {attachment.label}", waiting
            )


def of_gateway_tables(state: State) -> Iterator[Mutation]:
    """Associations, propagations and routes of Transit Gateway route tables."""
    tables = "tgw_route_tables"
    yield from Sites(state, "TGW table: gone", "tgw-association", "flow").change(tables, gone)
    yield from Sites(state, "TGW table: association dropped", "tgw-association").each(
        tables, "associations", none
    )
    yield from Sites(state, "TGW table: association of nobody", "tgw-association").each(
        tables, "associations", lambda _: ("tgw-attach-0000000000000000a",)
    )
    yield from Sites(state, "TGW table: propagation dropped", "tgw-propagated").each(
        tables, "propagations", none
    )
    yield from Sites(state, "TGW table: propagation added", "tgw-propagated").change(
        tables, _propagating, lambda table: table.propagations
    )
    yield from Sites(state, "TGW route: dropped", "tgw-route").each(
        tables, "routes", lambda route: () if route.type == "static" else (route,)
    )
    yield from _static(state, "blackhole", having(state="blackhole", attachment_ids=()))
    yield from _static(
        state, "narrowed", lambda route: replace(route, destination=halves(route.destination)[0])
    )
    yield from _static(state, "widened", _widened)
    yield from _static(state, "to nobody's attachment", _misled)
    yield from Sites(state, "TGW route: added", "no-other-tgw-route").change(
        tables, lambda table: replace(table, routes=(*table.routes, *_more(table)))
    )
    yield from Sites(state, "TGW route: blackhole added", "no-blackhole", "no-other-tgw-route").change(
        tables,
        lambda table: replace(
            table,
            routes=(
                *table.routes,
                TgwRoute(destination=FOREIGN, type="static", state="blackhole", attachment_ids=()),
            ),
        ),
    )
    yield from Sites(state, "TGW route: shadowed by a narrower one", "no-other-tgw-route").change(
        tables, lambda table: replace(table, routes=(*table.routes, *_shadowing(table)))
    )
    peerings = {(one.id,) for one in state.tgw_attachments if one.resource_type == "peering"}
    yield from Sites(state, "TGW route: to a peering, propagated", "peering-routes-static").each(
        tables,
        "routes",
        lambda route: (replace(route, type="propagated") if route.attachment_ids in peerings else route,),
    )
    yield from _retargeted(state)


def _static(state: State, kind: str, change: Callable[[Any], Any]) -> Iterator[Mutation]:
    yield from Sites(state, f"TGW route: {kind}", *ROUTES).each(
        "tgw_route_tables", "routes", lambda route: (change(route) if route.type == "static" else route,)
    )


def _propagating(table: Any) -> Any:  # noqa: ANN401  # a table
    others = [name for name in table.associations if name not in table.propagations]
    return replace(table, propagations=(*table.propagations, *others[:1]))


def _widened(route: TgwRoute) -> TgwRoute:
    wide = route.destination.prefixlen == 0
    return route if wide else replace(route, destination=route.destination.supernet())


def _misled(route: TgwRoute) -> TgwRoute:
    if not route.attachment_ids:
        return route
    return replace(route, attachment_ids=("tgw-attach-0000000000000000a",))


def _more(table: Any) -> tuple[TgwRoute, ...]:  # noqa: ANN401  # a table
    return tuple(
        TgwRoute(destination=FOREIGN, type="static", state="active", attachment_ids=(name,))
        for name in table.associations[:1]
    )


def _shadowing(table: Any) -> tuple[TgwRoute, ...]:  # noqa: ANN401  # a table
    return tuple(
        replace(route, destination=halves(route.destination)[1], type="static", attachment_ids=(name,))
        for route in table.routes[:1]
        for name in table.associations
        if (name,) != route.attachment_ids
    )[:1]


def _retargeted(state: State) -> Iterator[Mutation]:
    """Each static route to every other attachment of its gateway."""
    for index, table in enumerate(state.tgw_route_tables):
        others = [
            one.id for one in state.tgw_attachments if one.transit_gateway_id == table.transit_gateway_id
        ]
        for place, route in enumerate(table.routes):
            for name in others if route.type == "static" else ():
                if (name,) == route.attachment_ids:
                    continue
                wrong = replace(route, state="active", attachment_ids=(name,))
                changed = replace(table, routes=(*table.routes[:place], wrong, *table.routes[place + 1 :]))
                tables = (*state.tgw_route_tables[:index], changed, *state.tgw_route_tables[index + 1 :])
                yield from Sites(state, "TGW route: to another attachment", *ROUTES).whole(
                    f"{table.label} {route.destination} to {name}", replace(state, tgw_route_tables=tables)
                )
