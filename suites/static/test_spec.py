"""The document against its own figures and against what AWS can do."""

import pytest

from probes.model.spec import Spec
from probes.model.spec_checks.requirements import SpecClaim


@pytest.mark.rule("spec")
def test_document_agrees_with_its_own_figures_and_with_aws(spec: Spec, spec_claim: SpecClaim) -> None:
    """The document agrees with its own figures and with what AWS can do."""
    violations = list(spec_claim.check(spec))

    assert violations == []
