"""The VPC endpoints that the document's flows need."""

from functools import partial

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.vpc_endpoints import endpoints_of, unusable_for, unusable_for_anybody
from probes.model.checks.vpc_firewalls import firewalls_of
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.intent.observability import Doubts
from probes.model.spec.claims import EndpointClaim, TierClaim

rule = pytest.mark.rule


@rule("endpoint-available")
def test_documented_endpoint_exists(documented: Documented, endpoint_claim: EndpointClaim) -> None:
    """The VPC has an available endpoint for the documented service."""
    found = endpoints_of(documented, endpoint_claim.vpc, endpoint_claim.service)
    violations = violation_unless(
        any(e.state.lower() == "available" for e in found),
        resource=f"{documented.vpc(endpoint_claim.vpc).label} endpoint {endpoint_claim.service}",
        expected="one available endpoint",
        observed=[f"{e.label} {e.state}" for e in found] or "no endpoint",
        hint="create the VPC endpoint: without it the service is reached over the internet or not at all",
    )

    assert violations == []


@rule("endpoint-usable")
def test_endpoint_is_usable_for_its_users(documented: Documented, used_endpoint_claim: EndpointClaim) -> None:
    """A gateway endpoint is in its users' route tables; an interface endpoint has private DNS and admits 443.

    The policy of either lets something pass.
    """
    vpc, users = used_endpoint_claim.vpc, used_endpoint_claim.endpoint.users
    doubts, found = Doubts(), list[Violation]()
    for endpoint in endpoints_of(documented, vpc, used_endpoint_claim.service):
        violation = partial(Violation, resource=endpoint.label, expected=f"usable by {', '.join(users)}")
        for reasons in (
            unusable_for(documented, vpc, endpoint, users),
            unusable_for_anybody(documented, endpoint),
        ):
            with doubts.noted():
                found.extend(violation(observed=reason, hint=hint) for reason, hint in reasons)
    violations = doubts.settled(found)

    assert violations == ()


@rule("firewall-endpoint")
def test_every_firewall_subnet_has_a_firewall_endpoint(
    documented: Documented, firewall_claim: TierClaim
) -> None:
    """Each subnet of the tier has an available firewall endpoint, so that each zone has its own.

    https://docs.aws.amazon.com/network-firewall/latest/developerguide/vpc-config.html
    """
    vpc, tier = firewall_claim.vpc, firewall_claim.tier
    found = firewalls_of(documented, vpc)
    violations = [
        Violation(
            resource=f"{tier} subnet {subnet.cidr} of {documented.vpc(vpc).label}",
            expected="an available firewall endpoint",
            observed=", ".join(f"{each.label} {each.state}" for each in here) or "no firewall endpoint",
            hint="create the endpoint of the firewall or Gateway Load Balancer in this subnet",
        )
        for subnet in documented.subnets_of_tier(vpc, tier)
        for here in [[each for each in found if subnet.id in each.subnet_ids]]
        if not any(each.state.lower() == "available" for each in here)
    ]

    assert violations == []
