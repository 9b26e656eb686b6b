"""The round trips between two hosts: of one run, of several as one, and as a measurement."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, pstdev

import msgspec

from probes.hosts.measurements.sample_statistics import (
    BLOCK,
    histogram,
    mean_interval,
    percentile,
    share_bounds,
)
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

    def joined(self, later: "RoundTrips") -> "RoundTrips":
        """Both runs between the same two hosts as one; the figures are combined exactly."""
        runs = (self, later)
        avg_ms, mdev_ms = _moments(*runs)
        return RoundTrips(
            rtts_ms=self.rtts_ms + later.rtts_ms,
            min_ms=min((run.min_ms for run in runs if run.min_ms is not None), default=None),
            avg_ms=avg_ms,
            max_ms=max((run.max_ms for run in runs if run.max_ms is not None), default=None),
            mdev_ms=mdev_ms,
        )


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


def as_latency(
    planned: Latency,
    trips: RoundTrips,
    error: float,
    *,
    jitter_limit_ms: float | None = None,
    block: int = BLOCK,
) -> Latency:
    """The planned measurement with the figures of its round trips.

    `error` is the risk to be taken that a lower bound is too high. Round trips are slow by `jitter_limit_ms`;
    without it nothing is said about that. `block` is how many neighbours resemble each other.
    """
    samples_ms = trips.samples_ms
    interval = mean_interval(samples_ms, trips.avg_ms, error, block=block) if trips.avg_ms else None
    low_ms, high_ms = interval or (None, None)
    return msgspec.structs.replace(
        planned,
        sent=trips.sent,
        received=trips.received,
        min_ms=trips.min_ms,
        avg_ms=trips.avg_ms,
        avg_low_ms=low_ms,
        avg_high_ms=high_ms,
        median_ms=percentile(samples_ms, 0.50),
        p95_ms=percentile(samples_ms, 0.95),
        p99_ms=percentile(samples_ms, 0.99),
        max_ms=trips.max_ms,
        mdev_ms=trips.mdev_ms,
        histogram=histogram(samples_ms),
        **_share("loss", [rtt_ms is None for rtt_ms in trips.rtts_ms], error),
        **_slow(trips, error, jitter_limit_ms),
    )


def _slow(trips: RoundTrips, error: float, limit_ms: float | None) -> dict[str, float]:
    if limit_ms is None or trips.min_ms is None:
        return {}
    slowest_ms = trips.min_ms + limit_ms
    return _share("slow", [rtt_ms > slowest_ms for rtt_ms in trips.samples_ms], error)


def _share(name: str, hits: Sequence[bool], error: float) -> dict[str, float]:
    low, high = share_bounds(hits, error)
    return {f"{name}_ratio": fmean(hits), f"{name}_low_ratio": low, f"{name}_high_ratio": high}
