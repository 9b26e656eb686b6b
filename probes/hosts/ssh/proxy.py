"""A ProxyCommand that ends when it should.

paramiko's own spins on a dead command (paramiko PR 1180) and leaves zombies and descriptors behind (issues
1713, 1715). Here the command's standard input and output are one end of a socket pair, so its death is an
ordinary end of file on the other end.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
from typing import IO

from probes.hosts.errors import excerpt
from probes.hosts.ssh.address import SshAddress
from probes.model.errors import InputError

_STOP_GRACE_S = 2.0
_EXIT_GRACE_S = 0.5  # between its end of file and its exit
_TAIL_BYTES = 300
_HARMLESS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:@%+-]*")


class ProxySocket(socket.socket):
    """The near end of a proxy command; closing it ends the command's process group and reaps it."""

    def __init__(self, command: str) -> None:
        near, far = socket.socketpair()
        super().__init__(near.family, near.type, near.proto, fileno=near.detach())
        self._ending = threading.Lock()
        self._last_output = b""
        self._status: int | None = None
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 -- lives as long as the command
        with far:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", f"exec {command}"],
                stdin=far.fileno(),
                stdout=far.fileno(),
                stderr=self._stderr,
                start_new_session=True,
            )

    def close(self) -> None:
        """Harmless a second time: paramiko's thread and the owner both close."""
        super().close()
        with self._ending:
            if not self._stderr.closed:
                self._end()
                self._last_output = _tail(self._stderr)
                self._stderr.close()

    def _end(self) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._status = self._process.wait(_EXIT_GRACE_S)
        for signal_number in (signal.SIGTERM, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal_number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_GRACE_S)

    def exit_reason(self) -> str:
        """How the command ended and the last it said, for an error message; closes it."""
        self.close()
        ended = "was still running" if self._status is None else f"ended with status {self._status}"
        said = excerpt(self._last_output.decode(errors="replace"))
        return f"the proxy command {ended}: {said or 'it said nothing'}"


def _tail(file: IO[bytes]) -> bytes:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL_BYTES))
    return file.read()


def expand(command: str, address: SshAddress) -> str:
    """Replace %h, %p, %r and %% as OpenSSH does. Raises InputError for a value that a shell could act on."""
    values = {"h": address.hostname, "p": str(address.port), "r": address.username}
    parts = command.split("%%")
    for token, value in values.items():
        parts = [
            part.replace(f"%{token}", shell_word(value)) if f"%{token}" in part else part for part in parts
        ]
    return "%".join(parts)


def shell_word(value: str) -> str:
    """A host name, address, ID or user name that is the same word whatever quotes a command puts around it.

    Raises InputError for any other character: names may come from AWS tags, and no quoting of a value is safe
    inside quotes of the user's. OpenSSH 9.6 refuses such names for the same reason.
    """
    if not _HARMLESS.fullmatch(value):
        raise InputError(
            f"{value!r} cannot be put into a proxy_command: a shell may act on it; only letters, digits and "
            "_ . : @ % + - are allowed. Use the address or the instance ID"
        )
    return value
