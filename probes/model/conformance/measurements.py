"""What was measured on the wire: one struct per measurement, from the host's output to the report."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from ipaddress import IPv4Address
from math import inf
from typing import Annotated, Any, Generic, Literal, Protocol, TypeVar

import msgspec

from probes.model.conformance.verdict import Verdict
from probes.model.errors import EmptySelectionError, UnobservableError
from probes.model.network.packets import Packet


class Direction(msgspec.Struct, frozen=True, kw_only=True):
    """From one Region to another (AWS names)."""

    source_region: str
    destination_region: str


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """From one host to another, by name, and their Regions (AWS names)."""

    source: str
    destination: str
    source_region: str
    destination_region: str

    @property
    def regions(self) -> tuple[str, str]:
        """The source's Region and the destination's."""
        return self.source_region, self.destination_region


RoundTripsByPath = Mapping[Way, float]


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """From where to where, by host and by Region. `error` says why there are no figures.

    `verdict` is the worst of the tests that used the measurement.
    """

    source: str
    destination: str
    source_region: str
    destination_region: str
    error: str = ""
    verdict: Verdict = Verdict.NOT_RUN

    @property
    def ends(self) -> dict[str, Any]:
        """From where to where, as the fields of another measurement."""
        return {
            "source": self.source,
            "destination": self.destination,
            "source_region": self.source_region,
            "destination_region": self.destination_region,
        }

    @property
    def direction(self) -> Direction:
        """From the source's Region to the destination's."""
        return Direction(source_region=self.source_region, destination_region=self.destination_region)

    @property
    def regions(self) -> tuple[str, str]:
        """The source's Region and the destination's."""
        return self.source_region, self.destination_region

    @property
    def path(self) -> str:
        """The two hosts, for a message."""
        return f"{self.source} to {self.destination}"

    def __str__(self) -> str:
        return self.path


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """A measured figure, and what the true one lies between."""

    value: float
    low: float
    high: float

    def exceeds(self, limit: float) -> bool:
        """Whether the true figure is above the limit."""
        return self.low > limit

    def is_within(self, limit: float, *, at_most: float | None = None) -> bool:
        """Whether the measured figure is within the limit, and the true one certainly not above `at_most`."""
        return self.value <= limit and self.high <= (limit if at_most is None else at_most)

    def is_unclear(self, limit: float) -> bool:
        """Whether the true figure may be on either side of the limit, as far as that is known."""
        return self.low < limit <= self.high

    def is_undecided(self, limit: float, *, at_most: float | None = None) -> bool:
        """Whether neither can be told."""
        return not self.exceeds(limit) and not self.is_within(limit, at_most=at_most)


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """How many samples fell into each of some bins of equal width, the first of which begins at `low_ms`."""

    low_ms: Annotated[float, msgspec.Meta(ge=0, le=1e9)]
    width_ms: Annotated[float, msgspec.Meta(ge=1e-6, le=1e9)]
    counts: tuple[Annotated[int, msgspec.Meta(ge=0)], ...]


SLOW_LIMIT_RATIO = 0.05  # RFC 5481, section 4.2: the variation leaves one in twenty out
TOLERANCE = 2  # a share is within its limit when this multiple of it is excluded


class Latency(Measurement, frozen=True, kw_only=True, tag_field="kind", tag="latency"):
    """Round trips between two hosts, of pings or of TCP handshakes. A figure not measured is None, never 0.

    `slow_ratio` is the share of the round trips that were longer than the shortest by more than the spec's
    limit of jitter. The true average, loss and share of slow ones lie between `…_low_…` and `…_high_…`, None
    for too few samples. The lower bounds of a whole run hold together with 99 %, each upper one with 99.5 %.
    `aws_p50_ms` is what AWS itself measures between the two Regions, where it was asked.
    """

    sent: int | None = None
    received: int | None = None
    loss_ratio: float | None = None
    loss_low_ratio: float | None = None
    loss_high_ratio: float | None = None
    slow_ratio: float | None = None
    slow_low_ratio: float | None = None
    slow_high_ratio: float | None = None
    min_ms: float | None = None
    avg_ms: float | None = None
    median_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    mdev_ms: float | None = None
    avg_low_ms: float | None = None
    avg_high_ms: float | None = None
    budget_min_ms: float | None = None
    budget_max_ms: float | None = None
    histogram: Histogram | None = None
    aws_p50_ms: float | None = None

    @property
    def variation_ms(self) -> float | None:
        """How much longer than the shortest 95 % of the round trips are at most; None when nothing came back.

        The packet delay variation of RFC 5481, section 4.2: a few stray packets do not count, as they do in
        ping's mdev.
        """
        if self.p95_ms is None or self.min_ms is None:
            return None
        return max(0.0, self.p95_ms - self.min_ms)

    @property
    def average(self) -> Estimate | None:
        """The average in ms; None when nothing came back."""
        return _estimate(self.avg_ms, self.avg_low_ms, self.avg_high_ms)

    @property
    def loss(self) -> Estimate | None:
        """The lost share; None when nothing was sent."""
        return _estimate(self.loss_ratio, self.loss_low_ratio, self.loss_high_ratio)

    @property
    def slow(self) -> Estimate | None:
        """The share of slow round trips; None when nothing came back."""
        return _estimate(self.slow_ratio, self.slow_low_ratio, self.slow_high_ratio)


def _estimate(value: float | None, low: float | None, high: float | None) -> Estimate | None:
    """Without bounds everything is possible."""
    if value is None:
        return None
    return Estimate(value=value, low=-inf if low is None else low, high=inf if high is None else high)


class Throughput(Measurement, frozen=True, kw_only=True, tag_field="kind", tag="throughput"):
    """One TCP throughput test, as the receiver counted it.

    The lab divides rates by `rate_divisor`; `floor_mbit_per_s` is divided already. `ceiling_mbit_per_s` is
    what the hosts allow at this round trip, where known; `host_limited`: it is below the floor, or an allowance of
    an instance was used up during the test. `limit` says which limit of the hosts that is. The true rate lies
    between `low_…` and `high_…` with 99 %, None for too few samples; `sent_gb` counts the start too.
    Of several pairs of hosts at once, whose sum is the figure, `source` and `destination` name all.
    """

    mbit_per_s: float | None = None
    low_mbit_per_s: float | None = None
    high_mbit_per_s: float | None = None
    floor_mbit_per_s: float | None = None
    ceiling_mbit_per_s: float | None = None
    retransmits: int | None = None
    streams: int | None = None
    duration_s: float | None = None
    rate_divisor: Annotated[float, msgspec.Meta(gt=0)] = 1.0
    host_limited: bool = False
    limit: str = ""
    sent_gb: float | None = None
    client_cpu_percent: float | None = None
    server_cpu_percent: float | None = None

    @property
    def rate(self) -> Estimate | None:
        """The rate in Mbit/s; None when there was no test."""
        return _estimate(self.mbit_per_s, self.low_mbit_per_s, self.high_mbit_per_s)


class PathMtu(Measurement, frozen=True, kw_only=True):
    """The largest packet that passed unfragmented and the smallest that did not; None when there was none.

    `reported_mtu_bytes` is the limit that the source or a router named, if any.
    """

    largest_passed_bytes: int | None = None
    smallest_lost_bytes: int | None = None
    reported_mtu_bytes: int | None = None


class LustreMount(Measurement, frozen=True, kw_only=True):
    """A file system that a host mounts: its server's address as destination, empty when the host mounts none."""

    name: str = ""


class PathHops(Measurement, frozen=True, kw_only=True):
    """The addresses of the routers on the way that answered, nearest first as far as that is known."""

    hops: tuple[str, ...] = ()


class PortOutcome(StrEnum):
    """How a connection attempt ended.

    NO_ANSWER is how a security group or network ACL blocks, REFUSED how a host without a listener answers.
    """

    OPEN = "open"
    REFUSED = "refused"
    NO_ANSWER = "no answer"
    UNREACHABLE = "unreachable"


UNDOCUMENTED = "undocumented"
"""The claim of a port that no documented rule opens."""


class PortAttempt(Measurement, frozen=True, kw_only=True):
    """One TCP connection attempt, or datagrams that are counted where they should arrive.

    `claim` is the flow that is tried, or UNDOCUMENTED; `open_expected` is what the document says of it.
    """

    claim: str
    port: int
    open_expected: bool
    protocol: Literal["tcp", "udp"] = "tcp"
    outcome: PortOutcome | None = None


class WireFlow(Measurement, frozen=True, kw_only=True):
    """One flow that was tried. `answered` says whether anything of the other host came back."""

    packet: Packet
    answered: bool


class PredictedFlow(WireFlow, frozen=True, kw_only=True):
    """A tried flow beside what the configuration says about it, hop by hop."""

    works: bool = False
    trace: tuple[str, ...] = ()


MeasurementT = TypeVar("MeasurementT", bound=Measurement)


class Measured(Generic[MeasurementT]):
    """The measurements for one claim: those with figures, and those missing, which have an error."""

    def __init__(self, rows: Iterable[MeasurementT]) -> None:
        self.rows = tuple(rows)
        self.measured = tuple(row for row in self.rows if not row.error)
        self.missing = tuple(row for row in self.rows if row.error)

    def require_complete(self) -> None:
        """Raise UnobservableError if a measurement is missing, EmptySelectionError if none was planned."""
        if self.missing:
            raise UnobservableError("; ".join(dict.fromkeys(missing.error for missing in self.missing)))
        if not self.measured:
            raise EmptySelectionError("nothing was measured for this claim")


def require_decided(undecided: Iterable[str]) -> None:
    """Raise UnobservableError with what is too close to its limit to be told, if anything is."""
    if reasons := list(undecided):
        raise UnobservableError("; ".join(reasons))


class WireFacts(Protocol):
    """The measurements of one run, asked by direction."""

    def latency(self, direction: Direction, *, address: IPv4Address | None = None) -> Measured[Latency]:
        """Pings of a direction between the measuring hosts, or to one address only."""

    def round_trips(self, direction: Direction, *, address: IPv4Address | None = None) -> Measured[Latency]:
        """As `latency`, of the paths on which pings are answered; missing when there is none."""

    def handshakes(self, region: str, source: str, destination: str) -> Measured[Latency]:
        """TCP handshakes of two roles of a Region, where answered; missing when none is."""

    def mtu(self, direction: Direction) -> Measured[PathMtu]:
        """Path MTU of a direction between the measuring hosts, of the paths on which some ping is answered."""

    def throughput(self, direction: Direction) -> Measured[Throughput]:
        """Throughput of a direction."""

    def ports(self, claim: str, direction: Direction, *, open_expected: bool) -> Measured[PortAttempt]:
        """The connection attempts for one claim and direction.

        A port that must be closed counts as closed only if the host answers ping.
        """

    def mounts(self, region: str) -> Measured[LustreMount]:
        """The file systems that the clients of a Region mount; one without destination for a host without any."""

    def hops(self, direction: Direction) -> Measured[PathHops]:
        """Who answers on the way of a direction."""

    def requests(self, region: str) -> Measured[Latency]:
        """The spec's own request, as measured within a Region."""

    def flows(self, direction: Direction) -> Measured[WireFlow]:
        """Every ping and every connection attempt of a direction, or within a Region."""
