"""A finding stands at the block that declares its resource, in SARIF and on GitHub."""

import json
from pathlib import Path

import msgspec
import pytest

from fixtures.build.__main__ import main as build
from probes.model.conformance.verdict import Verdict, Violation
from reports.annotations.blocks import Configuration, blocks_of
from reports.annotations.findings import findings
from reports.annotations.github import annotations
from reports.annotations.sarif import sarif
from reports.results.model import Results, TestResult
from reports.results.verdicts import matrix
from suites.selftest.reports.sample import sample_results
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import judge

CONFIGURATION = """\
# resource "aws_vpc" "in_a_comment" {
locals { text = "}{" }
/* resource "aws_vpc" "in_another" { */
resource "aws_vpc" "main" {
  tags = { Name = "a } b" }
}
output "x" {
  value = <<-EOT
    resource "aws_vpc" "in_a_text" {
  EOT
}
module "near" {
  for_each = { a = 1 }
  source   = "./near"
}
module "far" {
  source  = "terraform-aws-modules/vpc/aws"
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    (tmp_path / "near").mkdir()
    (tmp_path / "near/net.tf").write_text('\nresource "aws_subnet" "a" {}\nresource "aws_subnet" "b" {\n}\n')
    return tmp_path


@pytest.mark.parametrize(
    "address, where",
    [
        ("aws_vpc.main", "main.tf:4"),
        ('aws_vpc.main["x.y"]', "main.tf:4"),
        ('module.near["a"].aws_subnet.b[0]', "near/net.tf:3"),
        ("module.near.aws_subnet.gone", "main.tf:12"),
        ("module.far.aws_vpc.this[0]", "main.tf:16"),
        ("module.far.module.deeper.aws_vpc.this", "main.tf:16"),
        ("aws_vpc.in_a_comment", None),
        ("aws_vpc.in_another", None),
        ("aws_vpc.in_a_text", None),
        ("module.unknown.aws_vpc.main", None),
        ("vpc-0abc", None),
    ],
)
def test_block_of_an_address_is_found(folder: Path, address: str, where: str | None) -> None:
    place = Configuration(folder).place_of(address)

    assert (place and f"{place.path.relative_to(folder)}:{place.line}") == where


def test_modules_that_call_each_other_end(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text('module "m" {\n  source = "./."\n}\n')

    assert Configuration(tmp_path).place_of("module.m." * 50 + "aws_vpc.main") is not None


@pytest.mark.parametrize(
    "text", ["{" * 10_000, 'resource "a" "b" {', '"' * 9_999, "<<EOT\n" * 3_000, "}}}", "\0"]
)
def test_text_that_is_no_configuration_has_no_blocks(text: str) -> None:
    assert [block for block in blocks_of(text) if block[0] == "resource"] == []


def results_of(resource: str) -> Results:
    violation = Violation(resource=resource, expected="e, f: g", observed="100 %\nx", hint="h")
    tests = (
        TestResult(id="t", requirements=("RTB-03",), verdict=Verdict.NONCONFORMING, violations=(violation,)),
        TestResult(
            id="u", requirements=("RTB-04",), verdict=Verdict.UNOBSERVABLE, message="not seen: denied"
        ),
    )
    return msgspec.structs.replace(sample_results(), tests=tests, requirements=matrix((), tests), lint=())


def test_annotation_is_escaped_and_relative_to_the_checkout(folder: Path) -> None:
    found = findings(results_of('aws_vpc.main "a:b" (us-east-1)'), folder / "near" / "..")
    error, warning = annotations(found, folder)

    assert error.startswith("::error file=main.tf,line=4,title=RTB-03::aws_vpc.main")
    assert "100 %25" in error
    assert "\n" not in error
    assert warning.startswith("::warning title=RTB-04::not seen: denied")


def test_sarif_has_a_result_for_each_cause_and_doubt(folder: Path) -> None:
    results = results_of('module.near["a"].aws_subnet.b "n" (us-east-1)')
    document = json.loads(sarif(results, findings(results, folder), folder))
    (run,) = document["runs"]
    first, second = run["results"]

    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["RTB-03", "RTB-04"]
    assert (first["level"], first["ruleId"], second["level"]) == ("error", "RTB-03", "warning")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "near/net.tf"},
        "region": {"startLine": 3},
    }
    assert second["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}


def test_pull_request_gets_cause_line_and_lost_traffic(tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    assert build(["--spec", str(ROOT / "fixtures/specs/minimal.yaml"), "--plan", str(base)]) == 0
    document = json.loads(base.read_text())
    gone = next(
        each["address"]
        for each in document["resource_changes"]
        if each["type"] == "aws_ec2_transit_gateway_route"
        and each["change"]["after"]["destination_cidr_block"] == "10.10.16.0/20"
    )
    table = next(
        each for each in document["resource_changes"] if each["type"].endswith("gateway_route_table")
    )
    plan = tmp_path / "change/plan.json"
    plan.parent.mkdir()
    kept = json.dumps(document).replace(gone.rpartition(".")[2], "gone")
    trimmed = json.loads(kept)
    for part in (trimmed["planned_values"]["root_module"], trimmed["configuration"]["root_module"]):
        part["resources"] = [each for each in part["resources"] if each["name"] != "gone"]
    trimmed["resource_changes"] = [each for each in trimmed["resource_changes"] if each["name"] != "gone"]
    plan.write_text(json.dumps(trimmed))
    names = [each["name"] for each in document["resource_changes"] if each["type"] == table["type"]]
    blocks = "\n".join(f'resource "{table["type"]}" "{name}" {{\n}}' for name in names)
    (plan.parent / "main.tf").write_text(blocks)
    found = judge(
        tmp_path,
        f"--spec={ROOT / 'fixtures/specs/minimal.yaml'}",
        f"--state=terraform:{plan}",
        f"--compare=terraform:{base}",
        f"--sarif={tmp_path / 'out.sarif'}",
    )
    (cause,) = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED
    assert cause["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].endswith("change/main.tf")
    assert "traffic       lost: office.app -> plant.app: all traffic" in found.output
