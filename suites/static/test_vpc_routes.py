"""The route tables of the VPCs."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.vpc_routes import (
    best_route,
    effective_table,
    internet_routes,
    remote_cidrs,
    route_words,
)
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.spec import Tier
from probes.model.state import RouteTargetKind, TransitGateway

requirement = pytest.mark.requirement


@requirement("RTB-13")
@pytest.mark.parametrize("tier", ["public", "private", "fsx"])
def test_subnets_send_other_regions_to_the_transit_gateway(
    documented: Documented, region: str, tier: Tier, transit_gateway: TransitGateway
) -> None:
    """The effective route table of each subnet sends the other Regions' CIDRs to the Transit Gateway."""
    violations = [
        Violation(
            resource=f"{table.label} of {tier} subnet {subnet.cidr}",
            expected=f"{cidr} to {transit_gateway.label}, active",
            observed=route_words(route),
            hint="add a route for the other Regions' CIDRs (or the base network) to the Transit Gateway",
        )
        for subnet in documented.subnets_of_tier(region, tier)
        for table in [effective_table(documented, subnet)]
        for cidr in remote_cidrs(documented.spec, region)
        for route in [best_route(documented, region, table, cidr)]
        if route is None or route.target_id != transit_gateway.id or route.state != "active"
    ]

    assert violations == []


@requirement("RTB-17")
@pytest.mark.parametrize("tier", ["private", "fsx"])
def test_private_subnets_have_no_route_to_an_internet_gateway(
    documented: Documented, region: str, tier: Tier
) -> None:
    """No private or FSx subnet has a direct route to an Internet gateway, which would make it a public one."""
    violations = [
        Violation(
            resource=f"{table.label} of {tier} subnet {subnet.cidr}",
            expected="no route to an Internet gateway, as AWS defines a private subnet",
            observed=route_words(route),
            hint="remove the route, or lead the traffic through a NAT gateway in a public subnet",
        )
        for subnet in documented.subnets_of_tier(region, tier)
        for table in [effective_table(documented, subnet)]
        for route in internet_routes(table)
    ]

    assert violations == []


@requirement("RTB-17")
def test_public_subnets_have_a_route_to_an_internet_gateway(documented: Documented, region: str) -> None:
    """Every public subnet has a direct route to an Internet gateway, which is what makes it a public one."""
    violations = [
        Violation(
            resource=f"{table.label} of public subnet {subnet.cidr}",
            expected="a route to an Internet gateway, as AWS defines a public subnet",
            observed=", ".join(map(route_words, table.routes)) or "no route",
            hint="attach an Internet gateway to the VPC and add a default route to it",
        )
        for subnet in documented.subnets_of_tier(region, "public")
        for table in [effective_table(documented, subnet)]
        if not internet_routes(table)
    ]

    assert violations == []


@requirement("RTB-14")
def test_attachment_subnets_route_locally_only(documented: Documented, region: str) -> None:
    """The TGW subnets share one route table, which has local routes only."""
    tables = {
        table.id: table
        for subnet in documented.subnets_of_tier(region, "tgw")
        for table in [effective_table(documented, subnet)]
    }
    shared = violation_unless(
        len(tables) == 1,
        resource=f"TGW subnets of {region}",
        expected="one shared route table",
        observed=[table.label for table in tables.values()],
        hint="associate the TGW subnets with one route table",
    )
    routed = [
        Violation(
            resource=table.label,
            expected="local routes only",
            observed=route_words(route),
            hint="remove the route: what comes from the Transit Gateway must not leave the VPC again",
        )
        for table in tables.values()
        for route in table.routes
        if route.target is not RouteTargetKind.LOCAL
    ]

    assert shared + routed == []
