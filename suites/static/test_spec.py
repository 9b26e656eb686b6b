import pytest

from probes.model.spec import Spec
from probes.model.spec_checks.requirements import SPEC_CHECKS, Check


@pytest.mark.parametrize(
    "judge",
    [
        pytest.param(judge, marks=pytest.mark.requirement(name), id=name)
        for name, judge in SPEC_CHECKS.items()
    ],
)
def test_document_agrees_with_its_own_figures_and_with_aws(spec: Spec, judge: Check) -> None:
    """The document agrees with its own figures and with what AWS can do."""
    violations = list(judge(spec))

    assert violations == []
