"""One more Region: the new spec's network conforms, the old one's does not, and what a person wrote is kept."""

from pathlib import Path

import pytest

from fixtures.build import build_state
from fixtures.build.describe import write_dump
from probes.__main__ import main
from probes.model.spec import Spec
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import Judged, judge

SPECS = ROOT / "fixtures/specs"
NEW = {
    "minimal": "eu-west-1",
    "web-shop": "eu-west-2",
    "segments": "eu-west-1",
    "hub": "eu-west-2",
    "gpu-cluster-corrected": "eu-west-1",
}


def added(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, *arguments: str) -> Path:
    assert main(["add-region", str(SPECS / f"{name}.yaml"), *arguments]) == 0
    path = tmp_path / "added.yaml"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


def judged(spec: Path, network: Spec, tmp_path: Path) -> Judged:
    write_dump(build_state(network), tmp_path / "dump")
    return judge(tmp_path, "--spec", str(spec), "--state", f"dump:{tmp_path / 'dump'}")


@pytest.mark.parametrize("name", sorted(NEW))
def test_network_of_the_new_spec_conforms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = added(tmp_path, capsys, name, NEW[name])
    spec, before = load_spec(path), load_spec(SPECS / f"{name}.yaml")
    found = judged(path, spec, tmp_path)

    assert found.exit_code == pytest.ExitCode.OK, found.output
    assert spec.aws_regions == (*before.aws_regions, NEW[name])
    assert len(spec.vpcs_in(NEW[name])) in {len(before.vpcs_in(region)) for region in before.aws_regions}


@pytest.mark.parametrize("name", ["minimal", "web-shop", "hub"])
def test_network_without_the_new_region_does_not_conform(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    path = added(tmp_path, capsys, name, NEW[name])
    found = judged(path, load_spec(SPECS / f"{name}.yaml"), tmp_path)

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED


def test_a_contradiction_of_the_document_is_repeated_and_nothing_is_added_to_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = added(tmp_path, capsys, "gpu-cluster", "eu-west-1")
    for beside in ("requirements.toml", "waivers.yaml"):
        (tmp_path / f"gpu-cluster.{beside}").write_bytes((SPECS / f"gpu-cluster.{beside}").read_bytes())
    waivers = f"--waivers={tmp_path / 'gpu-cluster.waivers.yaml'}"
    write_dump(build_state(load_spec(path)), tmp_path / "dump")
    found = judge(tmp_path, waivers, "--spec", str(path), "--state", f"dump:{tmp_path / 'dump'}")

    assert {test.id.rpartition("::")[2] for test in found.tests if test.verdict == "nonconforming"} == {
        "test_every_zone_with_hosts_has_an_attachment_subnet[euw1]",
        "test_every_host_subnet_reaches_every_other_region[network]",
    }


def test_what_a_person_wrote_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (SPECS / "gpu-cluster-corrected.yaml").read_text(encoding="utf-8").splitlines()
    after = added(tmp_path, capsys, "gpu-cluster-corrected", "eu-west-1").read_text(encoding="utf-8")
    comments = [line for line in before if line.lstrip().startswith("#")]

    assert [line for line in comments if line not in after] == []
    assert len(after.splitlines()) < len(before) + 40


def test_what_follows_is_said_and_the_planned_region_is_planned_no_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = added(tmp_path, capsys, "gpu-cluster-corrected", "eu-west-1")
    text = path.read_text(encoding="utf-8")
    spec = load_spec(path)

    assert "\n# expansion:\n#   region: eu-west-1\n" in text
    assert spec.expansion is None
    assert [str(cidr) for cidr in spec.vpcs["euw1"].cidrs] == ["10.66.192.0/18"]
    assert [(row.quantity, row.usd_per_month) for row in spec.cost.tgw] == [(4, 146), (700, 14), (12, 438)]
    assert spec.cost.tgw_total_usd == 146 + 14 + 438
    for note in (
        "# address_space: 10.66.0.0/16 has no free /18 left",
        "# peering use1 – euw1: claims no round trip and no throughput yet",
        "# capacity: no number of gpu instances in euw1",
        "# cost.transfer: no row for use1-euw1, use2-euw1, usw2-euw1",
    ):
        assert note in text.splitlines()


def test_a_spoke_is_peered_with_the_hub_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = load_spec(added(tmp_path, capsys, "hub", "eu-west-2", "--like", "us-west-2"))

    assert [peering.name for peering in spec.peerings if "euw2" in peering.between] == ["euc1-euw2"]
    assert spec.transit_gateways["euc1"].route_tables["inspected"].routes["10.45.0.0/16"] == "euw2"


def test_own_addresses_are_taken_as_they_are_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("--cidr", "172.20.0.0/20")
    spec = load_spec(added(tmp_path, capsys, "minimal", "ap-south-1", *given))

    (vpc,) = spec.vpcs_in("ap-south-1")
    assert [str(cidr) for cidr in spec.vpcs[vpc].all_subnets] == [
        "172.20.0.0/24",
        "172.20.1.0/24",
        "172.20.15.0/28",
        "172.20.15.16/28",
    ]


@pytest.mark.parametrize(
    "name, arguments, message",
    [
        ("minimal", ["us-east-1"], "the spec has us-east-1 already"),
        ("minimal", ["eu-west-1", "--like", "nowhere"], "no Region nowhere to be like; known: use1, euc1"),
        ("minimal", ["eu-west-1", "--cidr", "10.0.0.0/16"], "expected CIDRs of these sizes"),
        (
            "minimal",
            ["eu-west-1", "--cidr", "10.10.16.0/20"],
            "10.10.16.0/20 overlaps 10.10.16.0/20 of VPC plant",
        ),
        ("minimal", ["eu-west-1", "--cidr", "10.10.16.1/20"], "--cidr 10.10.16.1/20: "),
        (
            "hub",
            ["eu-west-2", "--cidr", "10.0.0.0/20", "--cidr", "10.0.16.0/20"],
            "lies outside 10.40.0.0/13",
        ),
        # The last free addresses are planned for another Region.
        ("gpu-cluster", ["eu-west-2"], "no /18 is free in 10.66.0.0/16: give the addresses with --cidr"),
    ],
)
def test_what_cannot_be_added_is_one_message(
    capsys: pytest.CaptureFixture[str], name: str, arguments: list[str], message: str
) -> None:
    assert main(["add-region", str(SPECS / f"{name}.yaml"), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert message in said.err
