"""The routes of the Transit Gateways."""

from ipaddress import IPv4Network

import pytest

from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec, TgwRouteSpec
from probes.model.spec.claims import RouteClaim
from probes.model.state import TgwRoute, TgwRouteTable

requirement = pytest.mark.requirement


@requirement("RTB-15")
def test_documented_route_exists_and_leads_to_its_attachment(
    documented: Documented, region: str, route_claim: RouteClaim, serving_table: TgwRouteTable
) -> None:
    """The Transit Gateway has an active route for the CIDR, to the documented attachment."""
    violations = [
        violation
        for route in route_claim.routes
        for violation in _route_violations(documented, region, route, serving_table)
    ]

    assert violations == []


@requirement("RTB-10")
def test_routes_over_peerings_are_static(
    documented: Documented, region: str, serving_table: TgwRouteTable
) -> None:
    """A route to a peering attachment is static: AWS propagates nothing over a peering."""
    peerings = {attachment.id for attachment in documented.peerings(region)}
    violations = [
        Violation(
            resource=f"{serving_table.label} route {route.destination}",
            expected="type static",
            observed=f"type {route.type}",
            hint="this cannot come from a peering; check what the attachment really is",
        )
        for route in serving_table.routes
        if route.type != "static" and peerings.intersection(route.attachment_ids)
    ]

    assert violations == []


@requirement("RTB-11")
def test_table_has_no_undocumented_route(spec: Spec, region: str, whole_serving_table: TgwRouteTable) -> None:
    """The serving table holds the documented routes and nothing else."""
    documented_cidrs = {route.destination for route in spec.regions[region].tgw_routes}
    violations = [
        Violation(
            resource=f"{whole_serving_table.label} route {route.destination}",
            expected="a documented destination",
            observed=f"{route.type} {route.state} route to {', '.join(route.attachment_ids) or 'nothing'}",
            hint="delete the route, or add it to the document and the spec",
        )
        for route in whole_serving_table.routes
        if route.destination not in documented_cidrs
    ]

    assert violations == []


@requirement("RTB-11")
def test_table_has_no_blackhole(whole_serving_table: TgwRouteTable) -> None:
    """No route of the serving table is a blackhole."""
    violations = [
        Violation(
            resource=f"{whole_serving_table.label} route {route.destination}",
            expected="state active",
            observed="state blackhole: matching traffic is dropped",
            hint="replace the route; a route becomes a blackhole when its attachment is deleted",
        )
        for route in whole_serving_table.routes
        if route.state == "blackhole"
    ]

    assert violations == []


def _route_violations(
    documented: Documented, region: str, route: TgwRouteSpec, table: TgwRouteTable
) -> list[Violation]:
    wanted = _wanted_attachment(documented, region, route)
    found = [r for r in table.routes if r.destination == route.destination]
    best = next((r for r in found if r.type == "static"), found[0] if found else None)
    if best is not None and best.state == "active" and wanted in best.attachment_ids:
        return []
    return [
        Violation(
            resource=f"{table.label} route {route.destination}",
            expected=f"active, to {wanted or 'the peering attachment'} ({_via(route)})",
            observed=_observed(best, table, route.destination),
            hint="create the route in this Transit Gateway route table, or point it at the right attachment",
        )
    ]


def _wanted_attachment(documented: Documented, region: str, route: TgwRouteSpec) -> str | None:
    if route.via == "vpc":
        return documented.vpc_attachment(region).id
    found = documented.peerings_to(region, documented.spec.region_named(route.via))
    return found[0].id if found else None


def _via(route: TgwRouteSpec) -> str:
    return "VPC attachment" if route.via == "vpc" else f"peering to {route.via}"


def _observed(route: TgwRoute | None, table: TgwRouteTable, destination: IPv4Network) -> str:
    if route is not None:
        return f"{route.type}, {route.state}, to {', '.join(route.attachment_ids) or 'nothing'}"
    covering = [
        str(r.destination)
        for r in table.routes
        if isinstance(r.destination, IPv4Network) and r.destination.supernet_of(destination)
    ]
    return f"no such route; covered by {', '.join(covering) or 'none'}"
