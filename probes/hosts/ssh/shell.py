"""What a probe needs of a host: running one program with a deadline, and holding one in the background."""

import math
import shlex
from collections.abc import Sequence
from typing import Protocol, Self

import msgspec

from probes.hosts.errors import ToolMissingError, excerpt
from probes.model.errors import InputError

KILL_AFTER_S = 2
MAX_OUTPUT_BYTES = 16 * 1024 * 1024
NOT_FOUND_STATUS = 127
NOT_EXECUTABLE_STATUS = 126
KILLED_BY_SIGNAL = -1


class CommandResult(msgspec.Struct, frozen=True, kw_only=True):
    """One finished command.

    `exit_status` is -1 when a signal ended it. `elapsed_s` includes the way to the host and back.
    """

    exit_status: int
    stdout: str
    stderr: str
    elapsed_s: float

    @property
    def said(self) -> str:
        """The last thing the command said, for an error message: stderr before stdout, bounded and escaped."""
        return excerpt(self.stderr.strip() or self.stdout.strip() or "no output")


class BackgroundProcess(Protocol):
    """A program left running on a host, known by its PID there and never by its name."""

    @property
    def pid(self) -> int:
        """The remote PID, which is also its process group."""

    def wait_for(self, text: str, *, deadline_s: float) -> None:
        """Return once `text` was printed; raise ProbeError when the program ends or the deadline passes first."""

    def stop(self) -> CommandResult:
        """End the program by PID, with SIGKILL if SIGTERM is not enough; harmless when it has already ended."""

    def __enter__(self) -> Self:
        """The process itself, to be stopped on the way out."""

    def __exit__(self, *_: object) -> None:
        """Stop the process whatever happened."""


class Shell(Protocol):
    """A way to run programs on one host; `host` is its name in messages."""

    @property
    def host(self) -> str:
        """The host's name in the inventory."""

    def run(
        self, argv: Sequence[str], *, deadline_s: float, max_output_bytes: int = MAX_OUTPUT_BYTES
    ) -> CommandResult:
        """Run one program to its end; arguments reach it byte for byte.

        Raises CommandTimeoutError after `deadline_s` in total, OutputTooLargeError, HostUnreachableError.
        """

    def start(self, argv: Sequence[str], *, deadline_s: float) -> BackgroundProcess:
        """Start a program that the host itself kills after `deadline_s`, even if this machine disappears."""


def command_line(argv: Sequence[str], *, deadline_s: float) -> str:
    """The text for the remote shell: every argument quoted, the whole under `timeout -k` (coreutils).

    `exec` leaves no shell in between, so the exit status and signals are the program's own.
    """
    return f"exec {_under_timeout(argv, deadline_s)}"


def background_command_line(argv: Sequence[str], *, deadline_s: float) -> str:
    """As `command_line`, printing first the PID that `timeout` keeps; it leads a process group of that number."""
    return f"exec sh -c {shlex.quote('echo $$; ' + command_line(argv, deadline_s=deadline_s))}"


def _under_timeout(argv: Sequence[str], deadline_s: float) -> str:
    if not argv or any("\0" in argument for argument in argv):
        raise InputError(f"not a command: {list(argv)!r}")
    return f"timeout -k {KILL_AFTER_S} {math.ceil(deadline_s)} {shlex.join(argv)}"


def require_tool(shell: Shell, result: CommandResult, tool: str) -> None:
    """Raise ToolMissingError when the result says that `tool` could not be started."""
    if result.exit_status in (NOT_FOUND_STATUS, NOT_EXECUTABLE_STATUS):
        raise ToolMissingError(shell.host, f"{tool} cannot be run: {result.said}")
