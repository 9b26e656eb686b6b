"""One throughput test: what is asked, and why there may be no result."""

from enum import StrEnum

import msgspec

from probes.hosts.errors import HostError, excerpt
from probes.model.conformance.measurements import Throughput

DEFAULT_PORT = 5201
CONNECT_TIMEOUT_MS = 5000
_SLACK_S = 15.0  # connecting, exchanging results, draining queues


class ThroughputTest(msgspec.Struct, frozen=True, kw_only=True):
    """One test to run for a planned measurement; the server listens on `address` only.

    With `reverse` the server sends, so it is the source of the measurement. No more than `rate_mbit_per_s` is sent,
    by all streams together, where that is given.
    """

    planned: Throughput
    address: str
    port: int = DEFAULT_PORT
    streams: int = 1
    duration_s: int = 10
    omit_s: int = 2
    reverse: bool = False
    rate_mbit_per_s: float | None = None

    @property
    def client(self) -> str:
        """The host that runs the client, whose output is read."""
        return self.planned.destination if self.reverse else self.planned.source

    @property
    def server(self) -> str:
        """The host that runs the server."""
        return self.planned.source if self.reverse else self.planned.destination

    @property
    def total_s(self) -> float:
        """The longest that client and server can be busy with it."""
        return self.duration_s + self.omit_s + CONNECT_TIMEOUT_MS / 1000 + _SLACK_S

    def __str__(self) -> str:
        return str(self.planned)


class ThroughputFailure(StrEnum):
    """Why there is no measurement."""

    REFUSED = "no server listens on the port"
    NO_ANSWER = "the server does not answer"
    UNREACHABLE = "no route to the server"
    BUSY = "the server is running another test"
    SERVER_GONE = "the server ended during the test"
    INTERRUPTED = "the client was interrupted"
    RATE_LIMITED = "the server forbids the rate"
    INCOMPLETE = "the test ended early"
    UNREADABLE = "the output cannot be read"
    OTHER = "iperf3 failed"


class ThroughputError(HostError):
    """A throughput test without a result; `kind` says why, for a program."""

    def __init__(self, test: ThroughputTest, kind: ThroughputFailure, detail: str) -> None:
        super().__init__(
            test.client,
            f"no throughput measured, {kind.value}: {test.planned.path}: {excerpt(detail)}",
        )
        self.kind = kind
