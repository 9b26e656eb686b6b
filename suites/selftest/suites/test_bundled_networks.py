"""The networks that ship: each is built from its spec, and conforms to it."""

from collections import Counter
from pathlib import Path

import pytest

from fixtures.build import build_state
from fixtures.build.describe import write_dump
from probes.model.conformance.verdict import Verdict
from probes.model.spec_checks.lint import lint
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import BUNDLED, ROOT
from suites.selftest.suites.static_runs import judge

SPECS = {
    path.stem: path
    for path in sorted((ROOT / "fixtures/specs").glob("*.yaml"))
    if not path.name.endswith(".waivers.yaml")
}
WITHOUT_WAIVERS = sorted(SPECS.keys() - {BUNDLED.stem})


@pytest.mark.parametrize("name", WITHOUT_WAIVERS)
def test_network_conforms_without_a_waiver(tmp_path: Path, name: str) -> None:
    write_dump(build_state(load_spec(SPECS[name])), tmp_path / "dump")
    found = judge(tmp_path, "--spec", str(SPECS[name]), "--state", f"dump:{tmp_path / 'dump'}")

    assert found.exit_code == pytest.ExitCode.OK, found.output
    assert found.those(Verdict.WAIVED) == set()
    assert not SPECS[name].with_suffix(".waivers.yaml").exists()


@pytest.mark.parametrize("name", WITHOUT_WAIVERS)
def test_document_contradicts_neither_itself_nor_aws(name: str) -> None:
    assert list(lint(load_spec(SPECS[name]))) == []


@pytest.mark.parametrize("name", SPECS)
def test_no_two_interfaces_of_a_built_network_have_one_address(name: str) -> None:
    state = build_state(load_spec(SPECS[name]))
    addresses = Counter((i.vpc_id, address) for i in state.network_interfaces for address in i.private_ips)

    assert [address for address, count in addresses.items() if count > 1] == []


def test_minimal_spec_is_short() -> None:
    lines = SPECS["minimal"].read_text(encoding="utf-8").splitlines()

    assert len(lines) < 40  # what a reader takes in at once


def test_every_correction_of_the_gpu_cluster_says_which_contradiction_it_takes_away() -> None:
    found = {finding.id for finding in lint(load_spec(BUNDLED))}
    text = SPECS["gpu-cluster-corrected"].read_text(encoding="utf-8")

    assert {identity for identity in found if identity not in text} == set()
