"""What a CI server reads of a run: failures are about the network, errors about what could not be seen of it."""

import re
import shutil
from pathlib import Path

from probes.model.conformance.verdict import Verdict
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import judge


def test_what_could_not_be_observed_is_an_error_and_what_deviates_a_failure(tmp_path: Path) -> None:
    state, waivers, junit = tmp_path / "state", tmp_path / "waivers.yaml", tmp_path / "junit.xml"
    shutil.copytree(ROOT / "fixtures/states/gpu-cluster", state)
    (state / "111122223333/us-east-1/NetworkAcls.json").unlink()
    waivers.write_text("[]\n", encoding="utf-8")

    judged = judge(tmp_path, f"--state=dump:{state}", f"--waivers={waivers}", f"--junit-xml={junit}")

    counted = re.search(r'errors="(\d+)" failures="(\d+)"', junit.read_text(encoding="utf-8"))
    assert counted is not None
    assert [int(count) for count in counted.groups()] == [
        sum(test.verdict is verdict for test in judged.tests)
        for verdict in (Verdict.UNOBSERVABLE, Verdict.NONCONFORMING)
    ]
    assert 0 not in map(int, counted.groups())
