import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.lab.system.run_directory import SOCKET, run_dir
from suites.selftest.lab.machine import lab_name, left_in_the_end
from suites.selftest.spec.edit import ROOT

DEADLINE_S = 60


@pytest.mark.parametrize(
    "ending, status, workers",
    [
        pytest.param(signal.SIGINT, pytest.ExitCode.INTERRUPTED, 0, id="ctrl-c"),
        pytest.param(signal.SIGTERM, pytest.ExitCode.INTERRUPTED, 0, id="sigterm"),
        pytest.param(signal.SIGKILL, -signal.SIGKILL, 0, id="kill -9"),
        pytest.param(signal.SIGKILL, -signal.SIGKILL, 2, id="kill -9 with workers"),
    ],
)
def test_interrupted_run_takes_its_lab_down(ending: signal.Signals, status: int, workers: int) -> None:
    name = lab_name(f"ended{ending.value}-{workers}")
    options = ["--target", f"lab:{name}", "--region-pair", "use1-use2", "--report", "none", f"-n{workers}"]
    heeding = ["env", "--default-signal=INT"]  # a CI in the background may have left us deaf to Ctrl-C
    run = subprocess.Popen(
        [*heeding, sys.executable, "-m", "pytest", "suites/live", "-q", "-p", "no:cacheprovider", *options],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    give_up = time.monotonic() + DEADLINE_S
    while not (run_dir(name) / SOCKET).exists() and run.poll() is None and time.monotonic() < give_up:
        time.sleep(0.1)
    run.send_signal(ending)

    assert run.wait(DEADLINE_S) == status
    assert left_in_the_end(name) == []


def test_live_suite_by_name_asks_for_a_pair_and_names_the_known_ones() -> None:
    for options, said in (
        ([], "add --region-pair, such as --region-pair all; known pairs are use1-use2, use1-usw2, use2-usw2"),
        (["--region-pair", "use1-use9"], "known pairs are use1-use2, use1-usw2, use2-usw2 and all"),
        (["--region-pair", "all", "--target", "moon"], "expected lab, lab:NAME, inventory:FILE"),
        (["--region-pair", "all", "--probe-window", "gcp"], "expected aws, aws:PROFILE or none"),
        (["--region-pair", "all", "--wait", "nan"], "--wait nan: expected a number of seconds, 0 or more"),
        (["--region-pair", "all", "--wait", "-1"], "--wait -1: expected a number of seconds, 0 or more"),
    ):
        run = pytest_run("suites/live", *options)

        assert run.returncode == pytest.ExitCode.USAGE_ERROR
        assert said in run.stderr


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_malformed_inventory_is_one_usage_error(tmp_path: Path, dry: list[str]) -> None:
    inventory = tmp_path / "hosts.yaml"
    inventory.write_text("hosts: [{name: gpu-1, regio: us-east-1}]")

    run = pytest_run("suites/live", "--region-pair", "all", "--target", f"inventory:{inventory}", *dry)

    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert f"{inventory}:1: hosts[0].regio: unknown key; did you mean region?" in run.stderr


@pytest.mark.parametrize("pair", ["us-east-1-us-west-2", "us-west-2-us-east-1", "usw2-use1", "USE1-usw2"])
def test_pair_is_named_by_aliases_or_regions_in_either_order(pair: str) -> None:
    run = pytest_run("suites/live", "--region-pair", pair, "--collect-only")

    assert "[usw2-to-use1]" in run.stdout
    assert "use2" not in run.stdout


def pytest_run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--report", "none", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=DEADLINE_S)
