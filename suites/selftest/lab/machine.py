"""Labs on this machine for the selftests, and what one may leave behind: processes, namespaces, files."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fixtures.lab.lab import Lab, down, up
from fixtures.lab.plan.model import LabPlan
from fixtures.lab.system.run_directory import run_dir


@contextmanager
def running_lab(plan: LabPlan, name: str) -> Iterator[Lab]:
    """A lab for as long as the body runs."""
    lab = up(plan, name)
    try:
        yield lab
    finally:
        down(name)


def lab_name(purpose: str) -> str:
    """A name that no other run of the selftests uses."""
    return f"{purpose}-{os.getpid()}"


def commands() -> Iterator[tuple[int, str]]:
    """PID and command line of every process that is visible here."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes()
        except OSError:  # it ended meanwhile
            continue
        yield int(entry.name), text.replace(b"\0", b" ").decode(errors="replace")


def pids_of(argument: str) -> list[int]:
    """The processes that were started with an argument; an SSH server rewrites its command line around it."""
    return [pid for pid, command in commands() if argument in command.split()]


def processes_of(name: str) -> list[str]:
    """The command lines of a lab's processes that are visible on the machine, by its directory in them."""
    wanted = str(run_dir(name))
    return [
        command
        for _, command in commands()
        if any(word == wanted or word.startswith(f"{wanted}/") for word in command.split())
    ]


def left_behind(name: str) -> list[str]:
    """What is still there of a lab that should be gone."""
    files = [str(run_dir(name))] if run_dir(name).exists() else []
    return processes_of(name) + files


def left_in_the_end(name: str) -> list[str]:
    """What is still there of a lab ten seconds after its owner ended; it ends by itself, a moment later."""
    give_up_s = time.monotonic() + 10
    while left_behind(name) and time.monotonic() < give_up_s:
        time.sleep(0.02)
    return left_behind(name)
