"""The VPC endpoints that the document's flows need."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.vpc_endpoints import endpoints_of, unusable_for
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.spec.claims import EndpointClaim

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
    """A gateway endpoint is in its users' route tables; an interface endpoint has private DNS and admits 443."""
    vpc, users = used_endpoint_claim.vpc, used_endpoint_claim.endpoint.users
    violations = [
        Violation(
            resource=endpoint.label,
            expected=f"usable by {', '.join(users)}",
            observed=reason,
            hint=hint,
        )
        for endpoint in endpoints_of(documented, vpc, used_endpoint_claim.service)
        for reason, hint in unusable_for(documented, vpc, endpoint, users)
    ]

    assert violations == []
