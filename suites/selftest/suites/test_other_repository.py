"""GitHub's action and GitLab's template judge a plan of another repository; their own scripts are run here.

Only what comes from outside is replaced: the virtual environment is this one, and the clone this checkout.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.build.__main__ import main as build
from suites.selftest.spec.edit import ROOT

ACTION = ROOT / ".github/actions/conformance"
INSTALLS = re.compile(r"install-locked|git clone")
ROUTE, TABLE = "aws_ec2_transit_gateway_route", "aws_ec2_transit_gateway_route_table"
REPORT = "conformance-report"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Another repository: a spec, the plan of the base branch, and the blocks of the plan's tables."""
    folder = tmp_path / "infrastructure"
    (folder / "base").mkdir(parents=True)
    spec = folder / "my-network.yaml"
    spec.write_text((ROOT / "fixtures/specs/minimal.yaml").read_text())
    assert build(["--spec", str(spec), "--plan", str(folder / "base/plan.json")]) == 0
    document = json.loads((folder / "base/plan.json").read_text())
    names = [each["name"] for each in document["resource_changes"] if each["type"] == TABLE]
    (folder / "main.tf").write_text("\n".join(f'resource "{TABLE}" "{name}" {{\n}}' for name in names))
    (folder / "plan.json").write_text(json.dumps(document))
    return folder


def without_one_route(plan: Path) -> None:
    document = json.loads(plan.read_text())
    changes = document["resource_changes"]
    gone = next(
        each["name"]
        for each in changes
        if each["type"] == ROUTE and each["change"]["after"]["destination_cidr_block"] == "10.10.16.0/20"
    )
    for holder, key in (
        (document, "resource_changes"),
        (document["planned_values"]["root_module"], "resources"),
        (document["configuration"]["root_module"], "resources"),
    ):
        holder[key] = [each for each in holder[key] if each["name"] != gone]
    plan.write_text(json.dumps(document))


def scripts_of_action(given: dict[str, str]) -> Iterator[tuple[str, dict[str, str], bool]]:
    """Each script of the action with its variables, and whether it runs after a failure too."""
    action = yaml.safe_load((ACTION / "action.yml").read_text())
    inputs = {name: given.get(name, about.get("default", "")) for name, about in action["inputs"].items()}
    values = {"github.action_path": str(ACTION), **{f"inputs.{name}": text for name, text in inputs.items()}}
    for step in action["runs"]["steps"]:
        if "run" in step:
            variables: dict[str, Any] = step.get("env", {})
            filled = {
                name: re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: values[found[1]], text)
                for name, text in variables.items()
            }
            yield step["run"], filled, step.get("if") == "always()"


def run(script: str, folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, "GITHUB_ACTIONS": "true", "GITHUB_WORKSPACE": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def act(folder: Path, **given: str) -> tuple[int, str, str]:
    """What the action's scripts end with, print, and write to the job's summary."""
    scratch = folder.parent
    scratch.joinpath("conformance").unlink(missing_ok=True)
    scratch.joinpath("conformance").symlink_to(sys.prefix)
    summary = scratch / "summary.md"
    summary.unlink(missing_ok=True)
    runner = {"RUNNER_TEMP": str(scratch), "GITHUB_STEP_SUMMARY": str(summary)}
    inputs = {"spec": "my-network.yaml", "state": "terraform:plan.json", "tf-dir": ".", **given}
    code, printed = 0, ""
    for script, variables, always in scripts_of_action(inputs):
        if not INSTALLS.search(script) and (code == 0 or always):
            ended = run(script, folder, {**variables, **runner})
            code, printed = code or ended.returncode, printed + ended.stdout + ended.stderr
    return code, printed, summary.read_text(encoding="utf-8")


def test_plan_as_documented_passes(repository: Path) -> None:
    code, printed, summary = act(repository)

    assert code == 0, printed
    assert summary.startswith("## ✓")
    assert {"results.json", "report.html", "conformance.sarif", "junit.xml"} <= {
        path.name for path in (repository / REPORT).iterdir()
    }


def test_plan_without_a_route_fails_with_its_cause_line_and_lost_traffic(repository: Path) -> None:
    without_one_route(repository / "plan.json")
    code, printed, summary = act(repository, compare="terraform:base/plan.json")
    (found,) = json.loads((repository / REPORT / "conformance.sarif").read_text())["runs"][0]["results"]

    assert code == 1, printed
    assert found["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "main.tf"
    assert "::error file=main.tf,line=" in printed
    assert summary.startswith("## ✗ Does not conform: 1 cause")
    assert r"lost: office.app -\> plant.app" in summary


def test_what_was_there_before_fails_nothing(repository: Path) -> None:
    without_one_route(repository / "plan.json")
    act(repository)
    (repository / REPORT / "results.json").rename(repository / "base/results.json")
    code, printed, summary = act(repository, baseline="base/results.json")

    assert code == 0, printed
    assert "Nothing is new against base/results.json of" in summary
    assert "There before, as in " in summary


@pytest.mark.parametrize("is_broken, code", [(False, 0), (True, 1)])
def test_template_of_gitlab_ends_as_the_suite_does(repository: Path, code: int, *, is_broken: bool) -> None:
    job = yaml.safe_load((ROOT / ".gitlab/conformance.yml").read_text())[".conformance"]
    builds = repository.parent
    (builds / "suite").symlink_to(ROOT)
    (builds / "venv").symlink_to(sys.prefix)
    if is_broken:
        without_one_route(repository / "plan.json")
    variables = {**job["variables"], "CI_BUILDS_DIR": str(builds), "GITHUB_ACTIONS": ""}
    variables |= {"SPEC": "my-network.yaml", "STATE": "terraform:plan.json"}
    script = "\n".join(line for line in job["script"] if not INSTALLS.search(line))
    ended = run(script, repository, variables)

    assert ended.returncode == code, ended.stdout + ended.stderr
    assert (repository / REPORT / "junit.xml").exists()
