"""A real sshd on loopback for the transport's selftests."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from getpass import getuser
from pathlib import Path

import msgspec

from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.deadline import Deadline

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
