"""A program held in the background on a host over SSH."""

import contextlib
import threading
from contextlib import ExitStack
from typing import Self

from probes.hosts.errors import CommandTimeoutError, HostError, HostUnreachableError
from probes.hosts.ssh.channel import CommandChannel, DeadlinePassedError
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.shell import KILL_AFTER_S, CommandResult, Shell

_SIGNAL_DEADLINE_S = 10.0
_ALREADY_S = 0.1
_TERM_GRACE_S = KILL_AFTER_S + 2.0  # `timeout` passes SIGTERM on and sends SIGKILL itself after its -k


class SshProcess:
    """A BackgroundProcess over SSH.

    The PID belongs to the remote `timeout`, whose process group holds the program and everything it started.
    It is signalled only while its session is open, so a PID used again by someone else is never hit.
    """

    def __init__(self, shell: Shell, channel: CommandChannel, pid: int, session: ExitStack) -> None:
        self.pid = pid
        self._shell = shell
        self._channel = channel
        self._session = session
        self._result: CommandResult | None = None
        self._stopping = threading.Lock()

    def wait_for(self, text: str, *, deadline_s: float) -> None:
        """See BackgroundProcess.wait_for."""
        deadline = Deadline(deadline_s)
        try:
            if not self._channel.read_until(text.encode(), deadline):
                said = self._channel.text(self._channel.exit_status(deadline), deadline.elapsed_s).said
                raise HostError(self._shell.host, f"ended before it printed {text!r}: {said}")
        except DeadlinePassedError as error:
            raise CommandTimeoutError(
                self._shell.host, f"did not print {text!r} within {deadline_s:g} s"
            ) from error

    def stop(self) -> CommandResult:
        """See BackgroundProcess.stop; raises CommandTimeoutError when even SIGKILL does not end it."""
        with self._stopping:
            if self._result is None:
                self._result = self._ended(_ALREADY_S) or self._signalled()
                self._session.close()
            return self._result

    def _signalled(self) -> CommandResult:
        for signal, target in (("TERM", str(self.pid)), ("KILL", f"-{self.pid}")):
            self._shell.run(
                ["sh", "-c", 'kill -s "$0" -- "$1"', signal, target], deadline_s=_SIGNAL_DEADLINE_S
            )
            result = self._ended(_TERM_GRACE_S)
            if result is not None:
                return result
        raise CommandTimeoutError(self._shell.host, f"process {self.pid} survived SIGKILL")

    def _ended(self, wait_s: float) -> CommandResult | None:
        try:
            return self._channel.to_end(Deadline(wait_s))
        except DeadlinePassedError:
            return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(HostUnreachableError):  # a host that is gone ends it by `timeout`
            self.stop()
