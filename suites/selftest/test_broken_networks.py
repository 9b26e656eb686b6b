from pathlib import Path

import pytest

from fixtures.broken_networks import load_broken, write_broken
from probes.model.verdict import Verdict
from suites.selftest.spec_edit import ROOT
from suites.selftest.static_runs import judge

RECORDED = ROOT / "fixtures" / "states" / "gpu-cluster"
BROKEN = ROOT / "fixtures" / "broken"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(BROKEN.glob("*.yaml"))])
def test_broken_network_trips_exactly_what_it_must(tmp_path: Path, path: Path) -> None:
    broken = load_broken(path)
    state = write_broken(broken, RECORDED, tmp_path / "state")

    judged = judge(tmp_path, "--state", f"dump:{state}")

    assert judged.those(Verdict.NONCONFORMING) == set(broken.trips), judged.output
    assert judged.those(Verdict.UNOBSERVABLE) == set(broken.unobservable), judged.output
    assert judged.exit_code == pytest.ExitCode.TESTS_FAILED
