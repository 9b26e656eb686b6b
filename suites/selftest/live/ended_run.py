"""A live run in another process that is told to end, and what it leaves."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from suites.selftest.spec.edit import ROOT

DEADLINE_S = 120.0
_GONE_WITHIN_S = 30.0
_AGAIN_AFTER_S = 3.0  # beyond what counts as the same request
_HEEDING = ("env", "--default-signal=INT,HUP,TERM")  # whoever started us may have made us deaf
_WORKER = "exec(eval(sys.stdin.readline()))"  # execnet's

Ending = Callable[["EndedRun"], None]


class EndedRun:
    """One run, told apart from others by its temporary directory."""

    def __init__(self, process: "subprocess.Popen[bytes]", folder: Path, terminal: int) -> None:
        self.process = process
        self._folder = folder
        self._terminal = terminal
        self._output = bytearray()

    def wait(self) -> int:
        """The exit code. Reads what is printed meanwhile: a run whose terminal is full goes no further."""
        give_up_s = time.monotonic() + DEADLINE_S
        while self.process.poll() is None and time.monotonic() < give_up_s:
            self.output()
            time.sleep(0.05)
        return self.process.wait(0)

    def pids(self, word: str = "") -> list[int]:
        """Its processes that are there, those whose command line has the word."""
        mark = f"TMPDIR={self._folder}\0".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if (
                    mark in (entry / "environ").read_bytes()
                    and word.encode() in (entry / "cmdline").read_bytes()
                ):
                    found.append(int(entry.name))
        return found

    def left(self) -> list[str]:
        """What is still there of it, after a while."""
        give_up_s = time.monotonic() + _GONE_WITHIN_S
        while self.pids() and time.monotonic() < give_up_s:
            time.sleep(0.05)
        folders = [path.name for path in self._folder.glob("conformance-*")]
        return [f"process {pid}" for pid in self.pids()] + folders

    def output(self) -> str:
        """What it has printed so far."""
        with suppress(OSError):  # EIO: nobody writes any more
            while chunk := os.read(self._terminal, 65536):
                self._output += chunk
        return self._output.decode(errors="replace")

    def hang_up(self) -> None:
        """Take its terminal away, as when an SSH login is lost."""
        self.output()
        os.close(self._terminal)
        self._terminal = -1

    def close(self) -> None:
        """End what is left of it."""
        for pid in self.pids():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(DEADLINE_S)
        with suppress(OSError):
            os.close(self._terminal)


@contextmanager
def started(folder: Path, command: Sequence[str]) -> Iterator[EndedRun]:
    """A run on a terminal of its own, with a temporary directory of its own."""
    terminal, inside = os.openpty()
    os.set_blocking(terminal, False)
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "TMPDIR": str(folder),
        "COLUMNS": "200",
    }
    process = subprocess.Popen(
        ["setsid", "--ctty", *_HEEDING, sys.executable, "-m", *command],
        cwd=ROOT, env=environment, stdin=inside, stdout=inside, stderr=inside,
    )  # fmt: skip
    os.close(inside)
    run = EndedRun(process, folder, terminal)
    try:
        yield run
    finally:
        run.close()


def to_process(number: signal.Signals) -> Ending:
    """The signal to the process that was started."""
    return lambda run: run.process.send_signal(number)


def to_group(number: signal.Signals) -> Ending:
    """The signal to its whole process group, as from the terminal."""
    return lambda run: os.killpg(run.process.pid, number)


def twice(ending: Ending) -> Ending:
    """The same once more, some time later."""

    def end(run: EndedRun) -> None:
        ending(run)
        time.sleep(_AGAIN_AFTER_S)
        with suppress(ProcessLookupError):
            ending(run)

    return end


def to_workers(number: signal.Signals) -> Ending:
    """The signal to the pytest-xdist workers."""

    def end(run: EndedRun) -> None:
        for pid in run.pids(_WORKER):
            os.kill(pid, number)

    return end
