"""What the document says about how Terraform builds the network; nothing else can tell."""

import pytest

from probes.model.checks.terraform_modules import misplaced
from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec
from probes.model.spec.claims import ModuleClaim
from probes.model.state import State

rule = pytest.mark.rule


@pytest.fixture
def addresses(state: State) -> tuple[str, ...]:
    """Where Terraform declares the network; without Terraform the question does not arise."""
    if not state.addresses:
        pytest.skip("the observed network does not come from Terraform")
    return state.addresses


@rule("module")
def test_resource_is_declared_in_its_documented_module(
    spec: Spec, addresses: tuple[str, ...], module_claim: ModuleClaim
) -> None:
    """Every resource of the type is declared in the module that the deployment steps name."""
    violations = [
        Violation(
            resource=address,
            expected=f"declared in module {module_claim.module}",
            observed="declared elsewhere",
            hint="move it with a `moved` block, or correct the document's deployment steps",
        )
        for address in misplaced(
            addresses,
            module_claim.resource_type,
            module_claim.module,
            (*spec.region_names, *spec.aws_regions),
        )
    ]

    assert violations == []
