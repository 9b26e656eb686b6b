"""A run against a baseline fails on what is worse or new, also under an old requirement, and on nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.faults.recorded import load_broken, write_broken
from probes.model.conformance.verdict import Verdict
from reports.results.files import read_results
from reports.views.html import html
from reports.views.markdown import markdown
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import Judged, judge

RECORDED = ROOT / "fixtures/states/gpu-cluster"
OLD, SECOND = "tgw-route-to-use2-missing", "tgw-route-to-usw2-blackhole-in-use1"


def network(tmp_path: Path, *faults: str) -> Path:
    state = RECORDED
    for name in faults:
        state = write_broken(
            load_broken(ROOT / f"fixtures/broken/{name}.yaml"), state, tmp_path / f"{name}-state"
        )
    return state


def run(tmp_path: Path, name: str, state: Path, *options: str) -> Judged:
    folder = tmp_path / name
    folder.mkdir(exist_ok=True)
    return judge(folder, f"--state=dump:{state}", *options)


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """The results of a network with one fault."""
    before = run(tmp_path, "before", network(tmp_path, OLD))
    assert before.exit_code == pytest.ExitCode.TESTS_FAILED
    return tmp_path / "before/report/results.json"


def test_what_was_there_before_fails_no_run_and_is_shown_apart(tmp_path: Path, baseline: Path) -> None:
    found = run(tmp_path, "after", network(tmp_path / "again", OLD), f"--baseline={baseline}")

    assert found.exit_code == pytest.ExitCode.OK, found.output
    assert found.those(Verdict.NONCONFORMING)
    assert {test.known for test in found.tests if test.verdict is Verdict.NONCONFORMING} == {True}
    assert "No worse than before: " in found.output
    assert f": as in {baseline} of " in found.output
    results = read_results(tmp_path / "after/report/results.json")
    for page in (markdown(results), html(results)):
        assert "There before, as in " in page
    assert '<h2 id="causes">' not in html(results)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_new_fault_beside_an_old_one_fails(tmp_path: Path, baseline: Path, workers: tuple[str, ...]) -> None:
    state = network(tmp_path / "both", OLD, SECOND)
    found = run(tmp_path, "after", state, f"--baseline={baseline}", *workers)

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED
    new = {test.id for test in found.tests if test.verdict is Verdict.NONCONFORMING and not test.known}
    assert any("10.66.128.0/18" in test for test in new)
    assert any(test.known for test in found.tests)


def test_another_violation_of_the_same_requirement_is_new(tmp_path: Path) -> None:
    """SG-GPU-I4 is about one group: a second rule of it that nobody documented is no old fault."""
    run(tmp_path, "before", network(tmp_path, "ssh-open-to-the-world"))
    baseline = tmp_path / "before/report/results.json"
    state = network(tmp_path / "both", "ssh-open-to-the-world", "gpu-reached-from-the-internet")
    found = run(tmp_path, "after", state, f"--baseline={baseline}")

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED


def test_what_could_be_told_before_and_cannot_now_is_worse(tmp_path: Path) -> None:
    run(tmp_path, "before", RECORDED)
    baseline = tmp_path / "before/report/results.json"
    state = network(tmp_path, "vpc-attachment-modifying")
    found = run(tmp_path, "after", state, f"--baseline={baseline}")
    assert found.exit_code == pytest.ExitCode.TESTS_FAILED
    again = run(tmp_path, "later", state, f"--baseline={tmp_path / 'after/report/results.json'}")

    assert again.exit_code == pytest.ExitCode.OK, again.output


def test_last_run_is_a_baseline(tmp_path: Path) -> None:
    state = network(tmp_path, OLD)
    with pytest.raises(AssertionError, match="ERROR: --baseline @last: no earlier run has left "):
        run(tmp_path, "same", state, "--baseline=@last")
    assert run(tmp_path, "same", state).exit_code == pytest.ExitCode.TESTS_FAILED
    assert run(tmp_path, "same", state, "--baseline=@last").exit_code == pytest.ExitCode.OK


@pytest.mark.parametrize(
    "damage, message",
    [
        (lambda text: text[: len(text) // 2], "not a results.json"),
        (lambda text: text.replace('"schema_version": 1', '"schema_version": 99'), "schema_version 99"),
        (
            lambda text: text.replace('"interrupted": false', '"interrupted": true'),
            "no baseline: was interrupted",
        ),
    ],
)
def test_unusable_baseline_is_one_message(tmp_path: Path, damage: Callable[[str], str], message: str) -> None:
    run(tmp_path, "before", RECORDED)
    baseline = tmp_path / "before/report/results.json"
    baseline.write_text(damage(baseline.read_text(encoding="utf-8")), encoding="utf-8")

    with pytest.raises(AssertionError, match=f"no results:\\nERROR: .*{message}"):
        run(tmp_path, "after", RECORDED, f"--baseline={baseline}")


def test_baseline_of_another_spec_is_a_problem(tmp_path: Path) -> None:
    run(tmp_path, "before", RECORDED)
    baseline = tmp_path / "before/report/results.json"
    document: Any = json.loads(baseline.read_text(encoding="utf-8"))
    document["judged"]["spec"] = "other.yaml"
    baseline.write_text(json.dumps(document), encoding="utf-8")
    found = run(tmp_path, "after", RECORDED, f"--baseline={baseline}")

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED
    assert "the baseline was judged against other.yaml, another spec" in found.output
