"""`--requirement` judges what it names, and nothing else."""

from pathlib import Path

import pytest

from probes.model.conformance.verdict import Verdict
from suites.selftest.suites.static_runs import judge


@pytest.mark.parametrize(
    "options, decided",
    [
        (["CIDR-02"], {"CIDR-02"}),
        (["RTB-1[01]"], {"RTB-10", "RTB-11"}),
        (["TGW-01", "TGW-02"], {"TGW-01", "TGW-02"}),
        (["flow-log"], {"FLOW-01", "SEC-05"}),
    ],
)
def test_only_the_named_requirements_are_judged(
    tmp_path: Path, options: list[str], decided: set[str]
) -> None:
    found = judge(tmp_path, *(text for option in options for text in ("--requirement", option)))
    judged = {name for name, row in found.requirements.items() if row.verdict is not Verdict.NOT_RUN}

    assert found.exit_code == pytest.ExitCode.OK, found.output
    assert judged == decided


def test_unknown_name_is_a_usage_error_with_the_nearest_known_one(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="is called like that; did you mean CIDR-"):
        judge(tmp_path, "--requirement", "CIDR-99")
