"""What a throughput test measured, or why it measured nothing."""

from enum import StrEnum

import msgspec

from probes.hosts.errors import HostError


class TcpThroughput(msgspec.Struct, frozen=True, kw_only=True):
    """One successful TCP test; the figures are iperf3's, without the omitted start.

    `mbit_per_s` is what the receiver counted. `mean_rtt_ms` and `min_rtt_ms` are the sending kernel's, over
    all streams, and include the queue that the test itself fills. With `reverse` the iperf3 server sent.
    """

    sender: str
    receiver: str
    reverse: bool
    mbit_per_s: float
    sent_mbit_per_s: float
    streams: int
    duration_s: float
    omit_s: float
    retransmits: int | None
    mean_rtt_ms: float | None
    min_rtt_ms: float | None
    sender_cpu_percent: float
    receiver_cpu_percent: float
    congestion_control: str | None
    iperf3_version: str


class UdpThroughput(msgspec.Struct, frozen=True, kw_only=True):
    """One successful UDP test, as the receiver counted it."""

    sender: str
    receiver: str
    reverse: bool
    mbit_per_s: float
    streams: int
    duration_s: float
    omit_s: float
    packets: int
    lost_packets: int
    jitter_ms: float
    iperf3_version: str

    @property
    def loss_ratio(self) -> float:
        """Lost share of the packets sent, 0.0 to 1.0."""
        return self.lost_packets / self.packets


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

    def __init__(self, host: str, kind: ThroughputFailure, detail: str) -> None:
        super().__init__(host, f"no throughput measured, {kind.value}: {detail}")
        self.kind = kind
