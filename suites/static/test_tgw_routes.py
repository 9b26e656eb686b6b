"""The route tables of the Transit Gateways."""

from ipaddress import IPv4Network

import pytest

from probes.model.checks.cidr_sets import covers
from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation, mismatch
from probes.model.errors import UnobservableError
from probes.model.spec import Spec
from probes.model.spec.claims import GatewayClaim, RouteClaim, TableClaim
from probes.model.spec.topology import BLACKHOLE, attached_vpcs, routes_of
from probes.model.state import TgwRoute, TgwRouteTable

rule = pytest.mark.rule


@rule("tgw-route")
def test_documented_route_exists_and_leads_to_its_attachment(
    documented: Documented, route_claim: RouteClaim
) -> None:
    """The route table has an active route for the CIDR, to the documented attachment."""
    table = documented.route_table(route_claim.gateway, route_claim.table)
    violations = _route_violations(documented, route_claim, table)

    assert violations == []


@rule("tgw-propagated")
def test_documented_attachments_propagate_into_the_table(
    documented: Documented, propagating_table_claim: TableClaim
) -> None:
    """The attachments that write their routes into the table are the documented ones.

    https://docs.aws.amazon.com/vpc/latest/tgw/enable-tgw-route-propagation.html
    """
    claim = propagating_table_claim
    table = documented.route_table(claim.gateway, claim.table)
    violations = mismatch(
        resource=table.label,
        expected={documented.attachment(claim.gateway, name).id for name in claim.claimed.propagated},
        observed=set(table.propagations),
        hint="enable propagation for the documented attachments, and disable it for the others",
    )

    assert violations == []


@rule("peering-routes-static")
def test_routes_over_peerings_are_static(documented: Documented, gateway_claim: GatewayClaim) -> None:
    """A route to a peering attachment is static: AWS propagates nothing over a peering.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html
    """
    peerings = {attachment.id for attachment in documented.peerings(gateway_claim.gateway)}
    violations = [
        Violation(
            resource=f"{table.label} route {route.destination}",
            expected="type static",
            observed=f"type {route.type}",
            hint="this cannot come from a peering; check what the attachment really is",
        )
        for table in documented.tgw_route_tables(gateway_claim.gateway)
        for route in table.routes
        if route.type != "static" and peerings.intersection(route.attachment_ids)
    ]

    assert violations == []


@rule("no-other-tgw-route")
def test_table_has_no_undocumented_route(spec: Spec, documented: Documented, table_claim: TableClaim) -> None:
    """The table holds the documented routes and nothing else.

    What a documented attachment to elsewhere propagates, such as BGP's routes over a VPN, is documented by that.
    """
    table = _whole(documented, table_claim)
    wanted = routes_of(spec, table_claim.claimed)
    learned = _elsewhere(spec, documented, table_claim)
    violations = [
        Violation(
            resource=f"{table.label} route {route.destination}",
            expected="a documented destination",
            observed=f"{route.type} {route.state} route to {', '.join(route.attachment_ids) or 'nothing'}",
            hint="delete the route, or add it to the document and the spec",
        )
        for route in table.routes
        if route.destination not in wanted
        and not _is_documented_part(documented, table_claim, table, route)
        and not (route.type == "propagated" and learned.issuperset(route.attachment_ids))
    ]

    assert violations == []


@rule("no-blackhole")
def test_table_has_no_blackhole(spec: Spec, documented: Documented, table_claim: TableClaim) -> None:
    """No route that decides in the table is a blackhole that the document does not want."""
    table = _whole(documented, table_claim)
    wanted = {cidr for cidr, via in routes_of(spec, table_claim.claimed).items() if via == BLACKHOLE}
    violations = [
        Violation(
            resource=f"{table.label} route {route.destination}",
            expected="state active",
            observed="state blackhole: matching traffic is dropped",
            hint="replace the route; a route becomes a blackhole when its attachment is deleted",
        )
        for route in table.routes
        if route.state == BLACKHOLE and route.destination not in wanted and route is _first(table, route)
    ]

    assert violations == []


def _whole(documented: Documented, claim: TableClaim) -> TgwRouteTable:
    """The table when every route of it was seen, as a claim about all of them needs."""
    table = documented.route_table(claim.gateway, claim.table)
    if not table.routes_complete:
        raise UnobservableError(f"{table.label}: AWS said AdditionalRoutesAvailable, the rest was not seen")
    return table


def _is_documented_part(
    documented: Documented, claim: TableClaim, table: TgwRouteTable, route: TgwRoute
) -> bool:
    """Whether the route is one of those that lead all of a documented destination to its attachment."""
    for destination, via in claim.claimed.routes.items():
        one = RouteClaim(
            name="", gateway=claim.gateway, table=claim.table, destination=IPv4Network(destination), via=via
        )
        if _is_part(route, one.destination) and not any(
            r.destination == one.destination for r in table.routes
        ):
            return not _route_violations(documented, one, table)
    return False


def _elsewhere(spec: Spec, documented: Documented, claim: TableClaim) -> set[str]:
    """The attachments that the document lets propagate although their routes are not its own."""
    others = spec.transit_gateways[claim.gateway].attachments
    return {
        documented.attachment(claim.gateway, name).id for name in claim.claimed.propagated if name in others
    }


def _route_violations(documented: Documented, claim: RouteClaim, table: TgwRouteTable) -> list[Violation]:
    wanted = _wanted_attachment(documented, claim)
    best = next((_first(table, r) for r in table.routes if r.destination == claim.destination), None)
    if best is not None and _is_wanted(best, claim, wanted):
        return []
    parts = [r for r in table.routes if _is_part(r, claim.destination)]
    led = [
        r.destination
        for r in parts
        if isinstance(r.destination, IPv4Network) and _is_wanted(r, claim, wanted)
    ]
    if best is None and len(led) == len(parts) and covers(led, claim.destination):
        return []
    return [
        Violation(
            resource=f"{table.label} route {claim.destination}",
            expected=_expected(documented, claim, wanted),
            observed=_observed(best, table, claim.destination),
            hint="create the route in this Transit Gateway route table, or point it at the right attachment",
        )
    ]


def _first(table: TgwRouteTable, route: TgwRoute) -> TgwRoute:
    """Of the routes with one destination the one that decides: static, prefix list, propagated.

    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
    """
    same = (other for other in table.routes if other.destination == route.destination)
    return max(same, key=lambda each: (each.type == "static", not each.prefix_list_id))


def _is_part(route: TgwRoute, destination: IPv4Network) -> bool:
    """Whether it is a static route to a part of the destination: two /19 are a /18."""
    return (
        route.type == "static"
        and isinstance(route.destination, IPv4Network)
        and route.destination != destination
        and route.destination.subnet_of(destination)
    )


def _is_wanted(route: TgwRoute, claim: RouteClaim, wanted: str | None) -> bool:
    if claim.via == BLACKHOLE:
        return route.state == BLACKHOLE
    return route.state == "active" and wanted in route.attachment_ids


def _wanted_attachment(documented: Documented, claim: RouteClaim) -> str | None:
    if claim.via == BLACKHOLE:
        return None
    if claim.via in attached_vpcs(documented.spec, claim.gateway):
        return documented.vpc_attachment(claim.gateway, claim.via).id
    if claim.via in documented.spec.transit_gateways:
        found = documented.peerings_to(claim.gateway, claim.via)
        return found[0].id if found else None
    return documented.attachment(claim.gateway, claim.via).id


def _expected(documented: Documented, claim: RouteClaim, wanted: str | None) -> str:
    if claim.via == BLACKHOLE:
        return "a blackhole"
    if claim.via in attached_vpcs(documented.spec, claim.gateway):
        return f"active, to {wanted} (attachment of VPC {claim.via})"
    return f"active, to {wanted or 'the peering attachment'} (peering to {claim.via})"


def _observed(route: TgwRoute | None, table: TgwRouteTable, destination: IPv4Network) -> str:
    if route is not None:
        return f"{route.type}, {route.state}, to {', '.join(route.attachment_ids) or 'nothing'}"
    covering = [
        str(r.destination)
        for r in table.routes
        if isinstance(r.destination, IPv4Network) and r.destination.supernet_of(destination)
    ]
    return f"no such route; covered by {', '.join(covering) or 'none'}"
