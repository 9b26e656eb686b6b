"""The round trips between two hosts: of one run, of several as one, and as a measurement."""

import math
from collections.abc import Iterable
from statistics import fmean, pstdev

import msgspec

from probes.hosts.measurements.sample_statistics import mean_interval, percentile
from probes.model.conformance.measurements import Latency


class RoundTrips(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the packets or handshakes that one host sent to another.

    `rtts_ms` has an entry for each, in the order of sending: its round trip as printed, None where nothing
    came back, 0 where something did but the source's clock was set meanwhile. iputils cuts what it prints to
    0.1 ms from 10 ms on and to 1 ms from 100 ms on. The other figures are exact to 1 us, and None when no
    round trip was timed. `reported_mtu_bytes` is the smallest limit that the source or a router named.
    """

    rtts_ms: tuple[float | None, ...]
    min_ms: float | None = None
    avg_ms: float | None = None
    max_ms: float | None = None
    mdev_ms: float | None = None
    reported_mtu_bytes: int | None = None

    @property
    def sent(self) -> int:
        """How many were sent."""
        return len(self.rtts_ms)

    @property
    def received(self) -> int:
        """How many of them the other host answered."""
        return sum(rtt_ms is not None for rtt_ms in self.rtts_ms)

    @property
    def samples_ms(self) -> tuple[float, ...]:
        """The round trips that were timed."""
        return tuple(rtt_ms for rtt_ms in self.rtts_ms if rtt_ms)


def from_samples(rtts_ms: Iterable[float | None]) -> RoundTrips:
    """Round trips whose figures are those of the samples themselves."""
    trips = RoundTrips(rtts_ms=tuple(rtts_ms))
    samples_ms = trips.samples_ms
    if not samples_ms:
        return trips
    return msgspec.structs.replace(
        trips,
        min_ms=min(samples_ms),
        avg_ms=fmean(samples_ms),
        max_ms=max(samples_ms),
        mdev_ms=pstdev(samples_ms),
    )


def joined(first: RoundTrips, second: RoundTrips) -> RoundTrips:
    """Two runs between the same two hosts as one; the figures are combined exactly."""
    runs = (first, second)
    avg_ms, mdev_ms = _moments(*runs)
    return RoundTrips(
        rtts_ms=first.rtts_ms + second.rtts_ms,
        min_ms=min((run.min_ms for run in runs if run.min_ms is not None), default=None),
        avg_ms=avg_ms,
        max_ms=max((run.max_ms for run in runs if run.max_ms is not None), default=None),
        mdev_ms=mdev_ms,
    )


def _moments(*runs: RoundTrips) -> tuple[float, float] | tuple[None, None]:
    timed = [
        (len(run.samples_ms), run.avg_ms, run.mdev_ms)
        for run in runs
        if run.avg_ms is not None and run.mdev_ms is not None
    ]
    count = sum(samples for samples, _, _ in timed)
    if not count:
        return None, None
    mean = math.fsum(samples * avg for samples, avg, _ in timed) / count
    square = math.fsum(samples * (mdev**2 + (avg - mean) ** 2) for samples, avg, mdev in timed) / count
    return mean, math.sqrt(square)


def as_latency(planned: Latency, trips: RoundTrips) -> Latency:
    """The planned measurement with the figures of its round trips."""
    interval = (
        mean_interval(trips.avg_ms, trips.mdev_ms, trips.received)
        if trips.avg_ms is not None and trips.mdev_ms is not None
        else None
    )
    return msgspec.structs.replace(
        planned,
        sent=trips.sent,
        received=trips.received,
        loss_ratio=1 - trips.received / trips.sent,
        min_ms=trips.min_ms,
        avg_ms=trips.avg_ms,
        median_ms=percentile(trips.samples_ms, 0.50),
        p95_ms=percentile(trips.samples_ms, 0.95),
        p99_ms=percentile(trips.samples_ms, 0.99),
        max_ms=trips.max_ms,
        mdev_ms=trips.mdev_ms,
        avg_low_ms=interval[0] if interval else None,
        avg_high_ms=interval[1] if interval else None,
    )
