"""Reading one remote command: both streams together, within one deadline and one size."""

import threading

import paramiko

from probes.hosts.errors import HostUnreachableError, OutputTooLargeError, excerpt
from probes.hosts.ssh.deadline import Deadline
from probes.hosts.ssh.shell import CommandResult

_CHUNK_BYTES = 256 * 1024


class DeadlinePassedError(Exception):
    """The local deadline passed; whether the command or the host is at fault is for the caller to find out."""


class CommandChannel:
    """One command on one channel.

    stdout and stderr are drained as they come: reading one to its end first deadlocks once the other has
    filled its 2 MiB window (paramiko issue 1778). paramiko's timeouts hold per read; one deadline covers all.

    Arrivals are waited for by an event, never by the channel's fileno(): that is a pipe which close() closes
    under paramiko's own thread, and a thread that is just writing to it takes the whole connection down with
    "Bad file descriptor", or writes into whatever has got the number since.
    """

    def __init__(self, host: str, channel: paramiko.Channel, *, max_output_bytes: int) -> None:
        self._host = host
        self._channel = channel
        self._max_output_bytes = max_output_bytes
        self._stdout = bytearray()
        self._stderr = bytearray()
        self._arrived = threading.Event()
        for buffer in (channel.in_buffer, channel.in_stderr_buffer):
            buffer.set_event(self._arrived)

    def execute(self, command: str, deadline: Deadline) -> None:
        """Send the command; paramiko waits for the answer without limit, so a timer closes the channel under it."""
        timer = threading.Timer(deadline.remaining_s, self._channel.close)
        timer.start()
        try:
            self._channel.exec_command(command)
        except (paramiko.SSHException, EOFError, OSError) as error:
            if deadline.expired:
                raise DeadlinePassedError from error
            raise HostUnreachableError(
                self._host, f"the SSH server runs no command: {excerpt(str(error))}"
            ) from error
        finally:
            timer.cancel()

    @property
    def stdout(self) -> bytes:
        """What the command has printed so far."""
        return bytes(self._stdout)

    def read_until(self, text: bytes, deadline: Deadline) -> bool:
        """Read until `text` was printed; False when both streams ended without it."""
        searched = 0
        while self._stdout.find(text, searched) < 0:
            searched = max(0, len(self._stdout) - len(text) + 1)
            if not self.pump(deadline):
                return False
        return True

    def pump(self, deadline: Deadline) -> bool:
        """Take over what has arrived, waiting for it if need be; False at the end of both streams."""
        ended = bool(self._channel.eof_received) or self._channel.closed
        if deadline.expired:
            raise DeadlinePassedError
        if self._channel.recv_ready():
            self._stdout += self._channel.recv(_CHUNK_BYTES)
        elif self._channel.recv_stderr_ready():
            self._stderr += self._channel.recv_stderr(_CHUNK_BYTES)
        elif ended:
            return False
        else:
            self._arrived.wait(deadline.remaining_s)
        self._bound()
        return True

    def _bound(self) -> None:
        if len(self._stdout) + len(self._stderr) > self._max_output_bytes:
            self._channel.close()
            raise OutputTooLargeError(
                self._host, f"the command printed more than {self._max_output_bytes} bytes; it was cut off"
            )

    def exit_status(self, deadline: Deadline) -> int:
        """The status once both streams have ended; -1 when a signal ended the command."""
        if not self._channel.status_event.wait(deadline.remaining_s):
            raise DeadlinePassedError
        transport = self._channel.transport
        if self._channel.exit_status < 0 and (transport is None or not transport.is_active()):
            raise HostUnreachableError(self._host, "the SSH connection was lost while a command ran")
        return self._channel.exit_status

    def text(self, exit_status: int, elapsed_s: float) -> CommandResult:
        """Everything printed, as text; bytes that are no UTF-8 are replaced."""
        return CommandResult(
            exit_status=exit_status,
            stdout=self._stdout.decode(errors="replace"),
            stderr=self._stderr.decode(errors="replace"),
            elapsed_s=elapsed_s,
        )

    def to_end(self, deadline: Deadline) -> CommandResult:
        """Read until the command has ended."""
        while self.pump(deadline):
            pass
        return self.text(self.exit_status(deadline), deadline.elapsed_s)

    def close(self) -> None:
        """Give the session back to the server; a command still running is left to its remote `timeout`."""
        self._channel.close()
