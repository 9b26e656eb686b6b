"""Why a host or a measurement could not answer; every one of them makes a verdict unobservable."""

from probes.model.errors import ProbeError

_EXCERPT = 300


def excerpt(text: str, limit: int = _EXCERPT) -> str:
    """The end of what a host printed, fit for a message: bounded, on one line, what is not printable escaped."""
    words = " ".join(text[-limit:].split())
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)


class HostError(ProbeError):
    """Something about one host; the message starts with its name."""

    def __init__(self, host: str, reason: str) -> None:
        super().__init__(f"{host}: {reason}")
        self.host = host
        self.reason = reason


class HostUnreachableError(HostError):
    """No SSH session to the host: nothing listens, nothing answers, or the session broke."""


class HostKeyMismatchError(HostError):
    """The host shows a key that is not the trusted one; somebody else may be answering."""


class AuthenticationFailedError(HostError):
    """The host refused the user or the key."""


class CommandTimeoutError(HostError):
    """A command did not finish within its deadline and was killed."""


class OutputTooLargeError(HostError):
    """A command printed more than its caller was prepared to keep."""


class ToolMissingError(HostError):
    """A program that the measurement needs is not installed on the host."""


class MeasurementError(HostError):
    """A tool ran, but what it printed is not a measurement."""
