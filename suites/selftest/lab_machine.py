"""
What a lab may leave on the machine: processes, namespaces, files.
"""

import os
from pathlib import Path

from fixtures.lab.rundir import run_dir


def lab_name(purpose: str) -> str:
    """
    A name that no other run of the selftests uses.
    """
    return f"{purpose}-{os.getpid()}"


def processes_of(name: str) -> list[str]:
    """
    The command lines of a lab's processes that are visible on the machine, by its directory in them.
    """
    wanted = os.fsencode(run_dir(name))
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if wanted in command.split(b"\0") or wanted + b"/" in command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def left_behind(name: str) -> list[str]:
    """
    What is still there of a lab that should be gone.
    """
    files = [str(run_dir(name))] if run_dir(name).exists() else []
    return processes_of(name) + files
