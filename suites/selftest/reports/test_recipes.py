"""The units of docs/systemd are accepted by systemd, and run what there is."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from reports.profiles import load_profile
from suites.selftest.spec.edit import ROOT

UNITS = ROOT / "docs/systemd"
PYTHON = "/opt/conformance/.venv/bin/python"


def verified(folder: Path) -> "subprocess.CompletedProcess[str]":
    """What systemd says of the units in a folder."""
    command = ["systemd-analyze", "verify", "--man=no", *map(str, sorted(folder.iterdir()))]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_units_are_accepted_by_systemd(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        (tmp_path / unit.name).write_text(unit.read_text().replace(PYTHON, sys.executable))
    done = verified(tmp_path)
    said = [line for line in done.stderr.splitlines() if "conformance" in line]

    assert (done.returncode, said) == (0, [])
    timer = tmp_path / "conformance.timer"
    timer.write_text(timer.read_text().replace("03:15:00", "27:15:00"))
    assert "27:15:00" in verified(tmp_path).stderr


def test_service_runs_a_profile_that_is_there() -> None:
    (line,) = [
        line for line in (UNITS / "conformance.service").read_text().splitlines() if "ExecStart" in line
    ]
    profile, folder = load_profile(line.rpartition("--profile ")[2], ROOT)

    assert line.startswith(f"ExecStart={PYTHON} -m reports run ")
    assert profile.suites
    assert folder == ROOT
