"""Attempts to log in, and what they leave behind."""

import contextlib
import os
from pathlib import Path

import msgspec
import pytest

from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.connection import JumpHosts
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.transport import SshShell
from probes.model.errors import ProbeError


def changed(address: SshAddress, **changes: object) -> SshAddress:
    """The address with other values for some fields."""
    return msgspec.structs.replace(address, **changes)


def hello(address: SshAddress, *, timeout_s: float = 20) -> str:
    """What the host answers to a command, over a connection of its own."""
    jump_hosts = JumpHosts(timeout_s=timeout_s)
    try:
        with SshShell("a", address, jump_hosts) as shell:
            return shell.run(["echo", "hello"], deadline_s=20).stdout.strip()
    finally:
        jump_hosts.close()


def refusal(kind: type[ProbeError], address: SshAddress, *, timeout_s: float = 20) -> str:
    """The message of the failure, once no descriptor of the attempt is left."""
    before = descriptors()
    with pytest.raises(kind) as caught:
        hello(address, timeout_s=timeout_s)
    deadline = Deadline(10)
    while descriptors() != before and not deadline.expired:
        pass
    assert descriptors() == before
    return str(caught.value)


def descriptors() -> int:
    """How many file descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def children() -> set[int]:
    """The PIDs whose parent is this process, zombies included."""
    stats = [entry / "stat" for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = set()
    for stat in stats:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            found |= {int(stat.parent.name)} if parent == os.getpid() else set()
    return found
