"""The route tables of the VPCs."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.vpc_routes import (
    declared_destinations,
    declared_target,
    effective_table,
    internet_routes,
    is_public,
    misleading_routes,
    route_words,
)
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.spec import Spec
from probes.model.spec.claims import AttachmentClaim, TierClaim, VpcRouteClaim
from probes.model.spec.topology import gateways_of, remote_destinations
from probes.model.state import RouteTargetKind

rule = pytest.mark.rule


@rule("routes-to-tgw")
def test_subnets_send_what_is_remote_to_the_transit_gateway(
    spec: Spec, documented: Documented, sending_tier_claim: TierClaim
) -> None:
    """The effective route table of each subnet sends what the Transit Gateway's table leads on to it.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    vpc, tier = sending_tier_claim.vpc, sending_tier_claim.tier
    gateways = {g.id: g.label for g in map(documented.transit_gateway, gateways_of(spec, vpc))}
    violations = [
        Violation(
            resource=f"{table.label} of {tier} subnet {subnet.cidr}",
            expected=f"{cidr} to {', '.join(gateways.values())}, active",
            observed=route_words(route),
            hint="add a route for the other VPCs' CIDRs (or the address space) to the Transit Gateway",
        )
        for subnet in documented.subnets_of_tier(vpc, tier)
        for table in [effective_table(documented, subnet)]
        for cidr in remote_destinations(spec, vpc)
        for route in misleading_routes(documented, table, cidr, lambda route: route.target_id in gateways)
    ]

    assert violations == []


@rule("vpc-route")
def test_subnets_have_the_declared_route(documented: Documented, vpc_route_claim: VpcRouteClaim) -> None:
    """The effective route table of each subnet of the tier leads the destination to the documented target."""
    claim = vpc_route_claim
    target = declared_target(documented, claim)
    violations = [
        Violation(
            resource=f"{table.label} of {claim.tier} subnet {subnet.cidr}",
            expected=f"{destination} to {target}, active",
            observed=route_words(route),
            hint="add the route, or correct the document",
        )
        for subnet in documented.subnets_of_tier(claim.vpc, claim.tier)
        for table in [effective_table(documented, subnet)]
        for destination in declared_destinations(documented, claim)
        for route in misleading_routes(documented, table, destination, target.is_met_by)
    ]

    assert violations == []


@rule("no-internet-gateway")
def test_private_subnets_have_no_route_to_an_internet_gateway(
    documented: Documented, private_tier_claim: TierClaim
) -> None:
    """No subnet of the tier has a direct route to an Internet gateway, which would make it a public one."""
    vpc, tier = private_tier_claim.vpc, private_tier_claim.tier
    violations = [
        Violation(
            resource=f"{table.label} of {tier} subnet {subnet.cidr}",
            expected="no route to an Internet gateway, as AWS defines a private subnet",
            observed=route_words(route),
            hint="remove the route, or lead the traffic through a NAT gateway in a public subnet",
        )
        for subnet in documented.subnets_of_tier(vpc, tier)
        for table in [effective_table(documented, subnet)]
        for route in internet_routes(table)
    ]

    assert violations == []


@rule("internet-gateway")
def test_public_subnets_have_a_route_to_an_internet_gateway(
    documented: Documented, public_tier_claim: TierClaim
) -> None:
    """Every subnet of the tier has a direct route to an Internet gateway, which is what makes it a public one."""
    vpc, tier = public_tier_claim.vpc, public_tier_claim.tier
    violations = [
        Violation(
            resource=f"{table.label} of {tier} subnet {subnet.cidr}",
            expected="a route to an Internet gateway, as AWS defines a public subnet",
            observed=", ".join(map(route_words, table.routes)) or "no route",
            hint="attach an Internet gateway to the VPC and add a default route to it",
        )
        for subnet in documented.subnets_of_tier(vpc, tier)
        for table in [effective_table(documented, subnet)]
        if not is_public(documented, table)
    ]

    assert violations == []


@rule("attachment-subnets-local")
def test_attachment_subnets_route_locally_only(
    spec: Spec, documented: Documented, quiet_attachment_claim: AttachmentClaim
) -> None:
    """The subnets of the attachment share one route table, which has local routes only."""
    vpc = quiet_attachment_claim.vpc
    tables = {
        table.id: table
        for subnet in documented.subnets_of_tier(vpc, spec.vpcs[vpc].attachment)
        for table in [effective_table(documented, subnet)]
    }
    shared = violation_unless(
        len(tables) == 1,
        resource=f"TGW subnets of {spec.region_of(vpc)}",
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
