"""The VPC endpoints that the document's flows need."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.vpc_endpoints import endpoints_of, unreachable_for
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.spec import EndpointSpec

requirement = pytest.mark.requirement


def test_documented_endpoint_exists(
    documented: Documented, region: str, endpoint_claim: EndpointSpec
) -> None:
    """The VPC has an available endpoint for each documented service."""
    violations = [
        Violation(
            resource=f"{documented.vpc(region).label} endpoint {service}",
            expected="one available endpoint",
            observed=", ".join(f"{e.label} {e.state}" for e in found) or "no endpoint",
            hint="create the VPC endpoint: without it the service is reached over the internet or not at all",
        )
        for service in endpoint_claim.services
        for found in [endpoints_of(documented, region, service)]
        if not any(e.state.lower() == "available" for e in found)
    ]

    assert violations == []


@requirement("VPCE-04")
def test_endpoints_are_usable_from_the_private_subnets(documented: Documented, region: str) -> None:
    """A gateway endpoint is in every private route table; an interface endpoint has private DNS and admits 443."""
    violations = [
        Violation(
            resource=endpoint.label,
            expected="usable by the GPU instances and the Regional Router",
            observed=reason,
            hint=hint,
        )
        for claim in documented.spec.vpc_endpoints
        for service in claim.services
        for endpoint in endpoints_of(documented, region, service)
        for reason, hint in unreachable_for(documented, region, endpoint)
    ]

    assert violations == []


@requirement("DDB-03")
def test_dynamodb_is_reached_through_the_endpoint(documented: Documented, region: str) -> None:
    """DynamoDB has an endpoint in the VPC, and the private subnets' traffic for it takes that way."""
    endpoints = endpoints_of(documented, region, "dynamodb")
    missing = violation_unless(
        bool(endpoints),
        resource=f"{documented.vpc(region).label} endpoint dynamodb",
        expected="an endpoint that the GPU instances can use",
        observed="no endpoint",
        hint="create the VPC endpoint: without it DynamoDB is reached over the internet or not at all",
    )
    unusable = [
        Violation(
            resource=endpoint.label,
            expected="an endpoint that the GPU instances can use",
            observed=reason,
            hint=hint,
        )
        for endpoint in endpoints
        for reason, hint in unreachable_for(documented, region, endpoint)
    ]

    assert missing + unusable == []
