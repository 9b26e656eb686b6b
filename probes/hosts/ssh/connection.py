"""Connections through any number of jump hosts, which whole fleets share."""

import threading

import paramiko

from probes.hosts.ssh.address import SshAddress, hops
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.handshake import connect
from probes.hosts.ssh.shared_result import SharedResult

CONNECT_TIMEOUT_S = 15.0


class JumpHosts:
    """Connections to jump hosts, one each, shared by all hosts behind them.

    sshd limits unauthenticated connections (MaxStartups) and sessions (MaxSessions), but not forwarded ones,
    so a bastion carries a whole fleet over one connection; when it is dead, that is found out once.
    """

    def __init__(self, *, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._jumps: dict[tuple[SshAddress, ...], SharedResult[paramiko.SSHClient]] = {}

    def connect(self, host: str, address: SshAddress) -> paramiko.SSHClient:
        """An authenticated connection; the timeout holds for each hop on the way.

        Raises HostUnreachableError, HostKeyMismatchError, AuthenticationFailedError or InputError, about
        `host` or about the jump host that failed.
        """
        return self._through(host, hops(address))

    def _through(self, host: str, path: tuple[SshAddress, ...]) -> paramiko.SSHClient:
        before = self._jump(path[:-1]) if len(path) > 1 else None
        return connect(host, path[-1], before, Deadline(self._timeout_s))

    def _jump(self, path: tuple[SshAddress, ...]) -> paramiko.SSHClient:
        name = f"jump host {path[-1].hostname}"
        with self._lock:
            shared = self._jumps.setdefault(path, SharedResult(lambda: self._through(name, path)))
        return shared.get()

    def close(self) -> None:
        """Close every jump connection, the furthest first."""
        with self._lock:
            jumps, self._jumps = self._jumps, {}
        for path in sorted(jumps, key=len, reverse=True):
            client = jumps[path].discard()
            if client is not None:
                client.close()
