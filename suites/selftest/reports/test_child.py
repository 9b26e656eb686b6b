"""The child of a scheduled run: told what its parent is told, waited for, and never left alone."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from reports.child import run_child
from suites.selftest.spec.edit import ROOT

DEADLINE_S = 60.0
PARENT = """
import fcntl, sys
from reports.child import run_child
with open("lock", "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX)
    print(run_child([sys.executable, "child.py"], keep_open=lock.fileno(), wait_s={wait_s}))
"""
# It is slow to end: subprocess.run kills a child a quarter of a second after Ctrl-C.
CHILD = """
import os, signal, sys, time
from pathlib import Path
def end(number, _):
    time.sleep(1)
    Path("ended").write_text(signal.Signals(number).name)
    sys.exit(3)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, {handler})
Path("pid").write_text(str(os.getpid()))
while True:
    time.sleep(0.1)
"""


def until(condition: Callable[[], bool]) -> bool:
    """Whether something comes true in time."""
    give_up_s = time.monotonic() + DEADLINE_S
    while not condition() and time.monotonic() < give_up_s:
        time.sleep(0.02)
    return condition()


def is_alive(pid: int) -> bool:
    """Whether a process runs, zombies aside."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """Starts a parent with a child that ends as told, and returns when the child runs."""

    def started(*, handler: str = "end", wait_s: float = 30) -> "subprocess.Popen[str]":
        (tmp_path / "child.py").write_text(CHILD.format(handler=handler))
        (tmp_path / "parent.py").write_text(PARENT.format(wait_s=wait_s))
        parent = subprocess.Popen(
            ["env", "--default-signal=INT,TERM,HUP", sys.executable, "parent.py"],
            cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)},
            text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert until((tmp_path / "pid").exists)
        return parent

    return started


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_child_is_told_and_waited_for(
    start: Callable[..., "subprocess.Popen[str]"], tmp_path: Path, number: signal.Signals
) -> None:
    parent = start()
    parent.send_signal(number)
    out, err = parent.communicate(timeout=DEADLINE_S)

    assert (tmp_path / "ended").read_text() == number.name
    assert out == "3\n"
    assert err == f"{number.name}: told pytest to end, and waiting up to 30 s for it\n"


def test_child_that_does_not_end_in_time_is_killed(start: Callable[..., "subprocess.Popen[str]"]) -> None:
    parent = start(handler="signal.SIG_IGN", wait_s=0.5)
    parent.terminate()
    out, err = parent.communicate(timeout=DEADLINE_S)

    assert out == f"{-signal.SIGKILL}\n"
    assert "did not end within 0.5 s and is killed; the next run closes what it left open" in err


def test_child_ends_with_a_parent_that_is_killed_and_keeps_its_lock_until_then(
    start: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    parent = start()
    child = int((tmp_path / "pid").read_text())
    parent.kill()
    parent.wait(DEADLINE_S)

    with (tmp_path / "lock").open() as lock:
        with pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        assert until(lambda: not is_alive(child))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    parent.communicate(timeout=DEADLINE_S)
    assert (tmp_path / "ended").read_text() == "SIGTERM"


@pytest.mark.parametrize("argument", ["/dev/fd/{}", "--spec=/dev/fd/{}", "/proc/self/fd/{}"])
def test_child_reads_what_a_process_substitution_gives(tmp_path: Path, argument: str) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"network")
    os.close(writing)
    told = argument.format(reading)
    child = "import sys; sys.exit(open(sys.argv[1].split('=')[-1]).read() != 'network')"
    with (tmp_path / "lock").open("w") as lock:
        code = run_child([sys.executable, "-c", child, told, "/dev/fd/999999999"], keep_open=lock.fileno())
    os.close(reading)

    assert code == 0
