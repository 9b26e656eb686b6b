"""The suite runs from any folder: its own defaults are found, and a path on the command line is the user's."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from suites.selftest.spec.edit import ROOT

STATE = "fixtures/states/gpu-cluster"
SUITE = ["pytest", "-c", str(ROOT / "pyproject.toml"), str(ROOT / "suites/static"), "-p", "no:cacheprovider"]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_defaults_are_of_the_suite_and_a_given_path_of_the_user(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "fixtures/specs", tmp_path / "mine")
    options = ["--report", "none", "--requirement", "CIDR-02", "--spec", "mine/gpu-cluster.yaml"]
    ended = run(tmp_path, *SUITE, *options)

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"state:  dump:{STATE} — the BUNDLED EXAMPLE" in ended.stdout
    assert "gpu-cluster, gpu-cluster.yaml" in ended.stdout


def test_state_on_the_command_line_is_not_looked_for_in_the_suite(tmp_path: Path) -> None:
    ended = run(tmp_path, *SUITE, "--report", "none", "--state", f"dump:{STATE}")

    assert ended.returncode == 4
    assert f"{STATE}: no such folder" in ended.stderr


def test_questions_have_the_defaults_of_the_suite(tmp_path: Path) -> None:
    ended = run(tmp_path, "probes", "lint")

    assert ended.returncode in (0, 1), ended.stderr
    assert ended.stderr == ""


def test_reports_name_the_results_of_the_suite_when_there_are_none_here(tmp_path: Path) -> None:
    (tmp_path / "reports/out").mkdir(parents=True)
    (tmp_path / "reports/out/results.json").write_text("{}")

    assert "reports/out/results.json: not a results.json" in run(tmp_path, "reports", "check").stderr
    (tmp_path / "reports/out/results.json").unlink()
    assert f"{tmp_path}" not in run(tmp_path, "reports", "check").stderr
