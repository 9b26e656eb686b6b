"""An attribute that a plan does not know makes no requirement fail, and none pass that failed."""

import json
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fixtures.build import Options, build_state
from fixtures.build.terraform import write_plan
from probes.model.conformance.verdict import Verdict
from suites.selftest.suites.static_runs import Judged
from suites.selftest.suites.working_network import DELIVERY, WORKING, judge_working

EVERY = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 7


@cache
def plan() -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        write_plan(build_state(WORKING, Options(instances=2)), path)
        return path.read_text(encoding="utf-8")


def planned(module: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from module.get("resources", ())
    for child in module.get("child_modules", ()):
        yield from planned(child)


def left_open(document: dict[str, Any], kind: str, attribute: str) -> dict[str, Any]:
    """The plan as Terraform writes it when it does not know the attribute of any such resource."""
    for resource in planned(document["planned_values"]["root_module"]):
        if resource["type"] == kind:
            resource["values"].pop(attribute, None)
    for change in document["resource_changes"]:
        if change["type"] == kind:
            change["change"]["after"].pop(attribute, None)
            change["change"].setdefault("after_unknown", {})[attribute] = True
    return document


def judged(document: dict[str, Any], scratch: Path) -> Judged:
    (scratch / "plan.json").write_text(json.dumps(document), encoding="utf-8")
    return judge_working(scratch, "--state", f"terraform:{scratch / 'plan.json'}")


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    found = judged(json.loads(plan()), tmp_path_factory.mktemp("known"))
    assert found.those(Verdict.CONFORMS) >= DELIVERY, found.output
    return found


def attributes() -> list[tuple[str, str]]:
    """Every attribute that the writer of plans writes."""
    resources = planned(json.loads(plan())["planned_values"]["root_module"])
    return sorted({(resource["type"], name) for resource in resources for name in resource["values"]})


@pytest.mark.parametrize("attribute", [pytest.param(a, id=".".join(a)) for a in attributes()[::EVERY]])
def test_an_attribute_that_is_not_known_decides_nothing(
    known: Judged, attribute: tuple[str, str], tmp_path: Path
) -> None:
    found = judged(left_open(json.loads(plan()), *attribute), tmp_path)

    assert found.those(Verdict.NONCONFORMING) <= known.those(Verdict.NONCONFORMING)
    assert not found.those(Verdict.CONFORMS) & known.those(Verdict.NONCONFORMING)
