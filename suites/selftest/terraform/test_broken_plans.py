import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.build.terraform import tfstate
from fixtures.faults.recorded import load_broken
from probes.model.checks.terraform_modules import ROOT, misplaced
from probes.model.conformance.verdict import Verdict
from probes.model.errors import EmptySelectionError
from probes.model.spec.claims import modules
from probes.sources.documents.spec import load_spec
from probes.sources.dump import load_dump
from suites.selftest.spec.edit import BUNDLED
from suites.selftest.spec.edit import ROOT as REPOSITORY
from suites.selftest.suites.static_runs import judge

FILES = sorted((REPOSITORY / "fixtures" / "broken" / "plan").glob("*.yaml"))
RECORDED = REPOSITORY / "fixtures" / "states" / "gpu-cluster"
SPEC = load_spec(BUNDLED)
DOCUMENTED = {claim.resource_type: claim.module for claim in modules(SPEC)}
DEPLOYMENT = {"DEP-01", "DEP-02", "DEP-03", "RTB-16", "VPCE-05"}


@pytest.fixture(scope="module")
def written() -> dict[str, Any]:
    return tfstate(load_dump(RECORDED))


def in_modules(document: dict[str, Any], modules: dict[str, str]) -> str:
    """The Terraform state with resources moved from the root module into the modules of their types."""
    children: dict[str, list[Any]] = {}
    resources = document["values"]["root_module"]["resources"]
    for resource in resources:
        name = modules.get(resource["type"], ROOT)
        address = resource["address"] if name == ROOT else f"module.{name}.{resource['address']}"
        children.setdefault(name, []).append(resource | {"address": address})
    root = {
        "resources": children.pop(ROOT, []),
        "child_modules": [{"address": f"module.{n}", "resources": each} for n, each in children.items()],
    }
    return json.dumps(document | {"values": {"root_module": root}})


def deployment_verdicts(tmp_path: Path, text: str) -> dict[str, Verdict]:
    path = tmp_path / "state.json"
    path.write_text(text)
    rows = judge(tmp_path, "--state", f"terraform:{path}", "-k", "test_deployment").requirements
    return {name: rows[name].verdict for name in DEPLOYMENT}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in FILES])
def test_resource_in_another_module_trips_exactly_its_requirement(
    tmp_path: Path, written: dict[str, Any], path: Path
) -> None:
    broken = load_broken(path)

    found = deployment_verdicts(tmp_path, in_modules(written, DOCUMENTED | broken.modules))

    assert {n for n, verdict in found.items() if verdict is Verdict.NONCONFORMING} == set(broken.fails)
    assert {n for n, verdict in found.items() if verdict is Verdict.CONFORMS} == DEPLOYMENT - {*broken.fails}


def test_network_of_another_source_is_not_judged_by_its_modules(tmp_path: Path) -> None:
    rows = judge(tmp_path, "-k", "test_deployment").requirements

    assert {rows[name].verdict for name in DEPLOYMENT} == {Verdict.NOT_RUN}


@pytest.mark.parametrize(
    "address, is_misplaced",
    [
        ("module.vpc.aws_vpc.this", False),
        ('module.vpc["use1"].aws_vpc.this', False),
        ('module.region["a.b"].module.vpc_use1[0].aws_vpc.this["x.y"]', False),
        ("module.vpc_us_east_1.aws_vpc.this", False),
        ("module.vpcs.aws_vpc.this", True),
        ("module.vpc_legacy_shim.aws_vpc.this", True),
        ('module.network["vpc"].aws_vpc.this', True),
        ("aws_vpc.vpc", True),
    ],
)
def test_module_counts_by_its_name_alone_or_before_a_region(address: str, is_misplaced: bool) -> None:  # noqa: FBT001  # pytest's
    assert misplaced([address], "aws_vpc", "vpc", ("use1", "us-east-1")) == (address,) * is_misplaced


def test_document_may_name_a_module_by_a_glob() -> None:
    assert misplaced(["module.vpc_legacy.aws_vpc.this"], "aws_vpc", "vpc*", ()) == ()


def test_no_resource_of_the_type_is_no_pass() -> None:
    with pytest.raises(EmptySelectionError, match="declares no aws_vpc"):
        misplaced(["aws_vpc_endpoint.a"], "aws_vpc", "vpc", ())
