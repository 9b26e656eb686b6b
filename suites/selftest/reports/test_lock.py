"""The lock of scheduled runs, here and as Windows has one."""

import subprocess
import sys
from pathlib import Path

import pytest

from probes.model.errors import InputError
from reports.lock import alone
from suites.selftest.spec.edit import ROOT

# Python as on Windows, as far as this machine can be like it: no fcntl, no signals and timers of Unix, and msvcrt.
AS_ON_WINDOWS = """
import errno, os, signal, subprocess, sys, types
import boto3, jinja2, pytest, reports.publish, urllib.request, hypothesis
held = []
def locking(fd, mode, count):
    if held: raise PermissionError(errno.EACCES, "locked")
    held.append(fd)
sys.modules["fcntl"] = None
sys.modules["msvcrt"] = types.SimpleNamespace(locking=locking, LK_NBLCK=2)
for name in ("SIGALRM", "SIGHUP", "setitimer", "getitimer"):
    delattr(signal, name)
signal.Signals._member_map_.pop("SIGHUP")
sys.platform = "win32"
import reports.__main__, reports.schedule
from pathlib import Path
from reports.child import run_child
from reports.lock import alone
with alone(Path("lock")) as fd:
    print(run_child([sys.executable, "-c", "raise SystemExit(5)"], keep_open=fd))
    print(run_child(["sleep", "60"], keep_open=fd, deadline_s=0.2))
    try:
        with alone(Path("lock")):
            print("twice")
    except reports.__main__.InputError as error:
        print(error)
"""


def test_lock_is_held_once_and_given_back(tmp_path: Path) -> None:
    refused = pytest.raises(InputError, match=r"another run is going on \(process \d+ since")
    with alone(tmp_path / "lock"), refused, alone(tmp_path / "lock"):
        raise AssertionError("held twice")
    with alone(tmp_path / "lock") as fd:
        assert fd > 0


def test_reports_run_without_what_only_unix_has(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.stderr == "the deadline of 0.2 s is over\n"
    code, ended, refused = done.stdout.splitlines()
    assert (code, ended) == ("5", "-15")
    assert refused.startswith("lock: another run is going on (process ")
