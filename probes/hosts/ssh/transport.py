"""Running programs on a host over SSH: one connection, many sessions, a deadline on everything."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Self

import paramiko

from probes.hosts.errors import CommandTimeoutError, HostError, HostUnreachableError, excerpt
from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.channel import CommandChannel, DeadlinePassedError
from probes.hosts.ssh.connection import JumpHosts
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.handshake import live_transport
from probes.hosts.ssh.process import SshProcess
from probes.hosts.ssh.shared_result import SharedResult
from probes.hosts.ssh.shell import (
    KILL_AFTER_S,
    KILLED_BY_SIGNAL,
    MAX_OUTPUT_BYTES,
    CommandResult,
    background_command_line,
    command_line,
)
from probes.model.errors import ProbeError

MAX_SESSIONS = 8  # sshd's MaxSessions is 10 a connection unless configured: man sshd_config
_GRACE_S = KILL_AFTER_S + 3.0  # for the remote kill and the way back
_START_S = 15.0
_ALIVE_S = 5.0
_SLOT_WAIT_S = 3600.0  # whoever holds a session has a deadline of its own
_PID = re.compile(rb"[0-9]{1,10}")
_ENDED_BY_TIMEOUT = (
    124,
    137,
    143,
    KILLED_BY_SIGNAL,
)  # `timeout`: its own, or 128 + signal


class SshShell:
    """A Shell over SSH.

    It connects on first use. Once the host could not be reached, or stopped answering, every later call
    raises that same error at once: the remaining checks of a dead host cost nothing.
    """

    def __init__(
        self, host: str, address: SshAddress, jump_hosts: JumpHosts, *, max_sessions: int = MAX_SESSIONS
    ) -> None:
        self.host = host
        self._client = SharedResult(lambda: jump_hosts.connect(host, address))
        self._processes: list[SshProcess] = []
        self._slots = threading.BoundedSemaphore(max_sessions)

    def run(
        self, argv: Sequence[str], *, deadline_s: float, max_output_bytes: int = MAX_OUTPUT_BYTES
    ) -> CommandResult:
        """See Shell.run."""
        command = command_line(argv, deadline_s=deadline_s)
        with self._session(deadline_s + _GRACE_S, max_output_bytes) as (channel, deadline):
            channel.execute(command, deadline)
            result = channel.to_end(deadline)
        if result.exit_status in _ENDED_BY_TIMEOUT and result.elapsed_s >= deadline_s:
            raise CommandTimeoutError(
                self.host, f"{argv[0]} did not finish within {deadline_s:g} s and was killed"
            )
        return result

    def start(self, argv: Sequence[str], *, deadline_s: float) -> SshProcess:
        """See Shell.start."""
        command = background_command_line(argv, deadline_s=deadline_s)
        with ExitStack() as stack:
            channel, deadline = stack.enter_context(self._session(_START_S, MAX_OUTPUT_BYTES))
            channel.execute(command, deadline)
            pid = self._first_line(channel, deadline)
            process = SshProcess(self, channel, pid, stack.pop_all())
        self._processes.append(process)
        return process

    def _first_line(self, channel: CommandChannel, deadline: Deadline) -> int:
        channel.read_until(b"\n", deadline)
        line = channel.stdout.partition(b"\n")[0]
        if not _PID.fullmatch(line):
            raise HostError(self.host, f"the remote shell printed {line[:80]!r} instead of a PID")
        return int(line)

    @contextmanager
    def _session(self, seconds: float, max_output_bytes: int) -> Iterator[tuple[CommandChannel, Deadline]]:
        if not self._slots.acquire(timeout=_SLOT_WAIT_S):
            raise HostError(self.host, f"no free SSH session within {_SLOT_WAIT_S:g} s")
        try:
            transport = live_transport(self.host, self._client.get())
            deadline = Deadline(seconds)
            channel = CommandChannel(
                self.host, self._open(transport, deadline), max_output_bytes=max_output_bytes
            )
            with closing(channel):
                yield channel, deadline
        except DeadlinePassedError as error:
            raise self._silence(seconds) from error
        except HostUnreachableError as error:
            self._client.fail(error)
            raise
        finally:
            self._slots.release()

    def _open(self, transport: paramiko.Transport, deadline: Deadline) -> paramiko.Channel:
        try:
            return transport.open_session(timeout=deadline.remaining_s)
        except paramiko.ChannelException as error:
            raise HostError(
                self.host,
                f"the SSH server opens no further session, see its MaxSessions: {excerpt(str(error))}",
            ) from error
        except (paramiko.SSHException, EOFError, OSError) as error:
            raise HostUnreachableError(
                self.host, f"the SSH server opens no session: {excerpt(str(error))}"
            ) from error

    def _silence(self, seconds: float) -> HostError:
        """Tell a command that does not end from a host that has gone: a living server opens another session."""
        try:
            transport = live_transport(self.host, self._client.get())
            self._open(transport, Deadline(_ALIVE_S)).close()
        except HostUnreachableError:
            gone = HostUnreachableError(self.host, f"stopped answering: nothing for {seconds:g} s")
            self._client.fail(gone)
            return gone
        except HostError:
            pass  # no free session, but it answered
        return CommandTimeoutError(self.host, f"a command did not end within {seconds:g} s")

    def close(self) -> None:
        """Stop every background program, then close the connection; it may be called while others use the shell."""
        for process in self._processes:
            with suppress(ProbeError):  # what cannot be stopped ends by its remote `timeout`
                process.stop()
        client = self._client.discard()
        self._client.fail(HostError(self.host, "the connection was closed"))
        if client is not None:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
