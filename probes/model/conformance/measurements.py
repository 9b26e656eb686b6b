"""What was measured on the wire, in the form that claims about it are judged in."""

from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Generic, Protocol, TypeVar

import msgspec

from probes.model.errors import EmptySelectionError, UnobservableError
from probes.model.network.packets import Packet


class Direction(msgspec.Struct, frozen=True, kw_only=True):
    """From one Region to another (AWS names)."""

    source_region: str
    destination_region: str


class WireLatency(msgspec.Struct, frozen=True, kw_only=True):
    """Round trips between two hosts in ms, of pings or of TCP handshakes; all None when nothing came back.

    `avg_low_ms` to `avg_high_ms` is the 99 % confidence interval of the average; None for too few samples.
    """

    source: str
    destination: str
    direction: Direction
    sent: int
    received: int
    min_ms: float | None
    avg_ms: float | None
    median_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    mdev_ms: float | None
    avg_low_ms: float | None
    avg_high_ms: float | None

    @property
    def loss_ratio(self) -> float:
        """Lost share of the packets sent, 0.0 to 1.0."""
        return 1 - self.received / self.sent

    @property
    def variation_ms(self) -> float | None:
        """How much longer than the shortest 95 % of the round trips are at most; None when nothing came back.

        The packet delay variation of RFC 5481, section 4.2: a few stray packets do not count, as they do in
        ping's mdev.
        """
        if self.p95_ms is None or self.min_ms is None:
            return None
        return max(0.0, self.p95_ms - self.min_ms)

    def straddles(self, limit_ms: float) -> bool:
        """Whether the confidence interval of the average leaves open on which side of the limit it lies."""
        low, high = self.avg_low_ms, self.avg_high_ms
        return low is None or high is None or low <= limit_ms <= high


class WireThroughput(msgspec.Struct, frozen=True, kw_only=True):
    """One TCP throughput test, as the receiver counted it.

    `ceiling_mbit_per_s` is what the hosts' own TCP buffers allow at this round trip, where known.
    """

    source: str
    destination: str
    direction: Direction
    mbit_per_s: float
    streams: int
    duration_s: float
    retransmits: int | None
    ceiling_mbit_per_s: float | None


class WireMtu(msgspec.Struct, frozen=True, kw_only=True):
    """The largest packet that passed unfragmented and the smallest that did not; None when there was none."""

    source: str
    destination: str
    direction: Direction
    largest_passed_bytes: int | None
    smallest_lost_bytes: int | None


class WirePort(msgspec.Struct, frozen=True, kw_only=True):
    """One TCP connection attempt. `outcome` is "open", "refused", "no answer" or "unreachable"."""

    source: str
    destination: str
    direction: Direction
    requirement: str
    open_expected: bool
    port: int
    outcome: str


class WireFlow(msgspec.Struct, frozen=True, kw_only=True):
    """One flow that was tried on the wire. `answered` says whether an answer of the other host came back."""

    source: str
    destination: str
    direction: Direction
    packet: Packet
    answered: bool


class PredictedFlow(msgspec.Struct, frozen=True, kw_only=True):
    """A tried flow beside what the configuration says about it, hop by hop."""

    flow: WireFlow
    works: bool
    trace: tuple[str, ...]


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement that could not be taken, and why."""

    source: str
    destination: str
    direction: Direction
    reason: str


MeasuredT = TypeVar("MeasuredT")


class Answers(Generic[MeasuredT]):
    """What was measured for one claim, and what could not be."""

    def __init__(self, measured: Iterable[MeasuredT], missing: Iterable[Missing]) -> None:
        self.measured = tuple(measured)
        self.missing = tuple(missing)

    def require_complete(self) -> None:
        """Raise UnobservableError unless every question got its answer, EmptySelectionError if none was asked."""
        if self.missing:
            raise UnobservableError("; ".join(dict.fromkeys(missing.reason for missing in self.missing)))
        if not self.measured:
            raise EmptySelectionError("nothing was measured for this claim")


class WireFacts(Protocol):
    """The measurements of one run, asked by direction."""

    def latency(self, direction: Direction, *, address: IPv4Address | None = None) -> Answers[WireLatency]:
        """Pings of a direction between GPU hosts, or to one address only."""

    def round_trips(
        self, direction: Direction, *, address: IPv4Address | None = None
    ) -> Answers[WireLatency]:
        """As `latency`, of the paths on which pings are answered; missing when there is none."""

    def handshakes(self, region: str) -> Answers[WireLatency]:
        """TCP handshakes of a Region's router with its GPU hosts, where answered; missing when none is."""

    def mtu(self, direction: Direction) -> Answers[WireMtu]:
        """Path MTU of a direction between GPU hosts, of the paths on which pings of some size are answered."""

    def throughput(self, direction: Direction) -> Answers[WireThroughput]:
        """Throughput of a direction."""

    def ports(self, requirement: str, direction: Direction, *, open_expected: bool) -> Answers[WirePort]:
        """The knocks at ports for one requirement and direction.

        A port that must be closed and is silent counts as measured only where pings are answered.
        """

    def flows(self, direction: Direction) -> Answers[WireFlow]:
        """Every ping and every knock of a direction, or of a Region when both its ends are the same."""
