"""A shell that answers from a script, for runners whose tool cannot be made to misbehave."""

from collections.abc import Callable, Sequence
from typing import Any

from probes.hosts.ssh.shell import MAX_OUTPUT_BYTES, BackgroundProcess, CommandResult

ENDS: dict[str, Any] = {
    "source": "a",
    "destination": "b",
    "source_region": "us-east-1",
    "destination_region": "us-east-2",
}


def result(stdout: str = "", *, status: int = 0, stderr: str = "") -> CommandResult:
    """A finished command."""
    return CommandResult(exit_status=status, stdout=stdout, stderr=stderr, elapsed_s=0.1)


class FakeShell:
    """Answers every command by one function and remembers what was asked."""

    def __init__(self, answer: Callable[[Sequence[str]], CommandResult], host: str = "a") -> None:
        self.host = host
        self.asked: list[list[str]] = []
        self._answer = answer

    def run(
        self,
        argv: Sequence[str],
        *,
        deadline_s: float,  # noqa: ARG002 -- Shell's signature
        max_output_bytes: int = MAX_OUTPUT_BYTES,  # noqa: ARG002 -- Shell's signature
    ) -> CommandResult:
        """See Shell.run."""
        self.asked.append(list(argv))
        return self._answer(argv)

    def start(self, argv: Sequence[str], *, deadline_s: float) -> BackgroundProcess:
        """See Shell.start; no test needs it."""
        raise NotImplementedError(argv, deadline_s)
