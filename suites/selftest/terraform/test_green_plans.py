"""A plan of a network as documented passes; what no plan can show is judged after the apply, the rest as ever."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.build.__main__ import main as build
from probes.model.conformance.verdict import Verdict
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import Judged, judge

SPECS = ROOT / "fixtures/specs"
AFTER_APPLY = "judged after the apply: "
GPU_CLUSTER = {
    *("CIDR-07", "COST-09", "DDB-02", "ECS-01", "FLOW-01", "FSX-06", "GA-01", "GA-02", "HA-01", "NLB-02"),
    *("SEC-02", "SEC-05", "SG-ATT-1", "SG-FSX-I5", "SG-FSX-O2", "SG-GPU-I4", "SG-GPU-O4"),
}


def planned(tmp_path: Path, name: str) -> Path:
    path = tmp_path / "plan.json"
    assert build(["--spec", str(SPECS / f"{name}.yaml"), "--plan", str(path)]) == 0
    return path


def judged(tmp_path: Path, name: str, plan: Path) -> Judged:
    return judge(tmp_path, "--spec", str(SPECS / f"{name}.yaml"), "--state", f"terraform:{plan}")


def left_for_later(found: Judged) -> set[str]:
    later = [test for test in found.tests if test.message.startswith(AFTER_APPLY)]
    assert {test.verdict for test in later} <= {Verdict.NOT_RUN}
    return {requirement for test in later for requirement in test.requirements}


@pytest.mark.parametrize(
    "name", ["gpu-cluster", "gpu-cluster-corrected", "hub", "minimal", "segments", "web-shop"]
)
def test_plan_of_a_shipped_network_passes(tmp_path: Path, name: str) -> None:
    found = judged(tmp_path, name, planned(tmp_path, name))

    assert found.exit_code == pytest.ExitCode.OK, found.output
    assert not {test.id for test in found.tests if test.verdict is Verdict.UNOBSERVABLE}


def test_what_no_plan_shows_is_counted_and_named(tmp_path: Path) -> None:
    found = judged(tmp_path, "gpu-cluster", planned(tmp_path, "gpu-cluster"))

    assert left_for_later(found) == GPU_CLUSTER
    assert f"judged after the apply, from AWS: {', '.join(sorted(GPU_CLUSTER))}" in found.output
    assert f"not fully judged, {len(GPU_CLUSTER)} after the apply" in found.output


def without(document: Any, wanted: Callable[[dict[str, Any]], bool]) -> Any:  # noqa: ANN401  # JSON
    """A document without the objects that are wanted away."""
    if isinstance(document, dict):
        return {key: without(value, wanted) for key, value in document.items()}
    if isinstance(document, list):
        return [without(item, wanted) for item in document if not (isinstance(item, dict) and wanted(item))]
    return document


def edited(plan: Path, edit: Callable[[Any], Any]) -> None:
    plan.write_text(json.dumps(edit(json.loads(plan.read_text()))), encoding="utf-8")


def test_plan_without_a_route_fails_as_a_dump_does(tmp_path: Path) -> None:
    plan = planned(tmp_path, "gpu-cluster")
    routes = {
        each["address"]
        for each in json.loads(plan.read_text())["resource_changes"]
        if each["type"] == "aws_ec2_transit_gateway_route"
        and each["change"]["after"].get("destination_cidr_block") == "10.66.128.0/18"
    }
    gone = min(routes)
    edited(plan, lambda document: without(document, lambda item: item.get("address") == gone))
    found = judged(tmp_path, "gpu-cluster", plan)

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED
    assert found.those(Verdict.NONCONFORMING) == {
        "FSX-06",
        "PEER-05",
        "RTB-03",
        "RTB-15",
        "TEST-01",
        "TEST-03",
    }
    assert left_for_later(found) <= GPU_CLUSTER


def test_value_that_the_configuration_leaves_open_is_no_value_of_later(tmp_path: Path) -> None:
    """A CIDR from a variable might be known in another plan: the source could have shown it."""
    plan = planned(tmp_path, "minimal")

    def unset(document: Any) -> Any:  # noqa: ANN401  # JSON
        for module in (document["planned_values"]["root_module"], document["configuration"]["root_module"]):
            for each in module["resources"]:
                if each["type"] == "aws_subnet":
                    each.get("values", {}).pop("cidr_block", None)
                    if "expressions" in each:
                        each["expressions"]["cidr_block"] = {"references": ["var.cidr"]}
        return document

    edited(plan, unset)
    found = judged(tmp_path, "minimal", plan)

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED
    assert found.those(Verdict.UNOBSERVABLE)
