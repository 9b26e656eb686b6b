from pathlib import Path

import pytest

from fixtures.faults.recorded import load_broken, write_broken
from probes.model.conformance.verdict import Verdict
from probes.model.errors import InputError
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import judge

RECORDED = ROOT / "fixtures" / "states" / "gpu-cluster"
BROKEN = ROOT / "fixtures" / "broken"
UNTOUCHED = (
    "--ignore",
    "suites/static/test_spec.py",
)  # judges the document, which no fault of a network changes


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(BROKEN.glob("*.yaml"))])
def test_broken_network_trips_exactly_what_it_must(tmp_path: Path, path: Path) -> None:
    broken = load_broken(path)
    state = write_broken(broken, RECORDED, tmp_path / "state")

    judged = judge(tmp_path, "--state", f"dump:{state}", *UNTOUCHED)

    assert judged.those(Verdict.NONCONFORMING) == set(broken.fails), judged.output
    assert judged.those(Verdict.UNOBSERVABLE) == set(broken.unobservable), judged.output
    assert judged.exit_code == pytest.ExitCode.TESTS_FAILED


def test_edit_that_changes_nothing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fault.yaml"
    path.write_text("fault: None.\nfails: [CIDR-02]\nedits:\n  - {answer: Vpcs, named: mars, set: {A: 1}}\n")

    with pytest.raises(InputError, match="the edit of Vpcs anywhere changes nothing"):
        write_broken(load_broken(path), RECORDED, tmp_path / "state")


@pytest.mark.parametrize(
    "text, message",
    [
        ("fault: x\nfails: [CIDR-02]\n", "expected a fault that changes something"),
        ("fault: x\nedits: [{answer: Vpcs, remove: true}]\n", "missing required field `fails`"),
        ("fault: x\nfails: [CIDR-02]\nedits: [{answer: Vpcs, delete: 1}]\n", "unknown field `delete`"),
        ("fault: [\n", "while parsing"),
    ],
)
def test_malformed_broken_network_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "fault.yaml"
    path.write_text(text)

    with pytest.raises(InputError, match=message) as caught:
        load_broken(path)

    assert str(path) in str(caught.value)


def test_only_what_is_not_waived_is_shown_as_the_failure(tmp_path: Path) -> None:
    broken = load_broken(BROKEN / "attachment-subnet-missing.yaml")
    state = write_broken(broken, RECORDED, tmp_path / "state")

    judged = judge(
        tmp_path, "--state", f"dump:{state}", "-k", "every_host_subnet_reaches or exactly_the_documented"
    )

    assert "1 violation of PEER-05" in judged.output
    assert "in us-east-1c" not in judged.output
    assert "3 more waived" in judged.output
    assert (
        "TGW-04  The attachment's interfaces live in the documented subnets and nowhere else.\n"
        '  resource  tgw-attach-02f5957fde506fdae "att-use1" (us-east-1)\n'
        "  expected  10.66.30.0/28, 10.66.30.16/28\n"
        "  observed  10.66.30.0/28\n"
        "  hint      modify the attachment so that it uses the documented subnets\n"
    ) in judged.output
