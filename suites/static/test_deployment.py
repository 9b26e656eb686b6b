"""What the document says about how Terraform builds the network; nothing else can tell."""

import pytest

from probes.model.checks.terraform_modules import documented_module, misplaced
from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec
from probes.model.state import State

requirement = pytest.mark.requirement


@pytest.fixture
def addresses(state: State) -> tuple[str, ...]:
    """Where Terraform declares the network; without Terraform the question does not arise."""
    if not state.addresses:
        pytest.skip("the observed network does not come from Terraform")
    return state.addresses


@pytest.mark.parametrize(
    "resource_type",
    [
        pytest.param("aws_vpc", marks=requirement("DEP-01")),
        pytest.param("aws_ec2_transit_gateway", marks=requirement("DEP-02")),
        pytest.param("aws_ec2_transit_gateway_peering_attachment", marks=requirement("DEP-03")),
        pytest.param("aws_ec2_transit_gateway_route", marks=requirement("RTB-16")),
        pytest.param("aws_vpc_endpoint", marks=requirement("VPCE-05")),
    ],
)
def test_resource_is_declared_in_its_documented_module(
    spec: Spec, addresses: tuple[str, ...], resource_type: str
) -> None:
    """Every resource of the type is declared in the module that the deployment steps name."""
    violations = [
        Violation(
            resource=address,
            expected=f"declared in module {documented_module(spec, resource_type)}",
            observed="declared elsewhere",
            hint="move it with a `moved` block, or correct the document's deployment steps",
        )
        for address in misplaced(spec, addresses, resource_type)
    ]

    assert violations == []
