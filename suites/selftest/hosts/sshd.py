"""A real sshd on loopback for the transport's selftests, attempts to log in to it, and what they leave behind."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from pathlib import Path

import msgspec
import pytest

from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.connection import JumpHosts
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.transport import SshShell
from probes.model.errors import ProbeError

_START_S = 20.0
_PORTS = 400
_ports = iter(range(10_000 + os.getpid() % 50 * _PORTS, 10_000 + (os.getpid() % 50 + 1) * _PORTS))


class Sshd(msgspec.Struct, frozen=True, kw_only=True):
    """A running server and what it takes to log in."""

    address: SshAddress
    folder: Path
    pid: int


@contextmanager
def sshd(folder: Path, *options: str) -> Iterator[Sshd]:
    """Run sshd on a free loopback port with keys of its own; `options` are further lines of its configuration."""
    program = _require("sshd", "openssh-server")
    host_key, user_key = new_key(folder, "host"), new_key(folder, "user")
    port = free_port()
    config = folder / "sshd_config"
    config.write_text("\n".join([*_config(folder, port), *options]) + "\n")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # sshd refuses to start as root without it
    with (folder / "sshd.log").open("wb") as log:
        process = subprocess.Popen([program, "-D", "-e", "-f", str(config)], stderr=log)
    try:
        _wait_until_listening(process, port, folder)
        address = SshAddress(
            hostname="127.0.0.1",
            port=port,
            username=getuser(),
            key_file=str(user_key),
            host_keys=(host_key.with_suffix(".pub").read_text(),),
        )
        yield Sshd(address=address, folder=folder, pid=process.pid)
    finally:
        process.terminate()
        process.wait(10)


def _config(folder: Path, port: int) -> list[str]:
    (folder / "authorized").write_text((folder / "user.pub").read_text())
    return [
        "ListenAddress 127.0.0.1",
        f"Port {port}",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/authorized",
        "StrictModes no",
        "UsePAM no",
        "PasswordAuthentication no",
        "PermitRootLogin prohibit-password",
        "PidFile none",
    ]


def new_key(folder: Path, name: str, *, passphrase: str = "") -> Path:
    """A new Ed25519 key pair: the private key's path, the public one beside it as `.pub`."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", str(path)], check=True)
    return path


def _require(program: str, package: str) -> str:
    path = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin")
    if path is None:
        raise RuntimeError(f"{program} is not installed: apt-get install {package}")
    return path


def free_port() -> int:
    """A TCP port that is free, and stays so: the kernel gives none below 32768 away, another worker has others."""
    for port in _ports:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise RuntimeError("every port of this process has been used")


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    deadline = Deadline(_START_S)
    while process.poll() is None and not deadline.expired:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=deadline.remaining_s).close()
        except ConnectionRefusedError:
            continue
        return
    raise RuntimeError(f"sshd did not start: {(folder / 'sshd.log').read_text()[-500:]}")


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
        with suppress(FileNotFoundError, ProcessLookupError):
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            found |= {int(stat.parent.name)} if parent == os.getpid() else set()
    return found
