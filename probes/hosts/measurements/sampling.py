"""How many samples a verdict near its limit needs."""

import math
from collections.abc import Callable

from probes.hosts.measurements.ping import PingResult
from probes.hosts.measurements.sample_statistics import mean_interval, share_interval

FIRST_COUNT = 100
MAX_COUNT = 1600
SLOW_SHARE = 0.05  # of the replies, which the variation leaves out


def rtt_clears(result: PingResult, limit_ms: float) -> bool:
    """Whether the confidence interval of the mean round trip lies on one side of the limit."""
    if result.rtt_avg_ms is None or result.rtt_mdev_ms is None:
        return False
    interval = mean_interval(result.rtt_avg_ms, result.rtt_mdev_ms, result.received)
    return interval is not None and _outside(interval, limit_ms)


def loss_clears(result: PingResult, limit_ratio: float) -> bool:
    """Whether the confidence interval of the lost share lies on one side of the limit."""
    return _outside(share_interval(result.sent - result.received, result.sent), limit_ratio)


def variation_clears(result: PingResult, limit_ms: float) -> bool:
    """Whether the round trips are steady, or so many of them slow that it cannot be chance."""
    if result.rtt_min_ms is None:
        return True
    slow = sum(rtt_ms - result.rtt_min_ms > limit_ms for rtt_ms in result.rtt_samples_ms)
    replies = len(result.rtt_samples_ms)
    return slow <= SLOW_SHARE * replies or _outside(share_interval(slow, replies), SLOW_SHARE)


def _outside(interval: tuple[float, float], limit: float) -> bool:
    low, high = interval
    return high < limit or low > limit


def sample_until(
    measure: Callable[[int], PingResult],
    clear: Callable[[PingResult], bool],
    *,
    first: int = FIRST_COUNT,
    maximum: int = MAX_COUNT,
) -> PingResult:
    """Measure until `clear` holds or `maximum` packets were sent, doubling the total each time.

    A destination that answers nothing at all is not asked again. The result says itself whether it is clear.
    """
    total = measure(min(first, maximum))
    while not clear(total) and total.received and total.sent < maximum:
        total = merged(total, measure(min(total.sent, maximum - total.sent)))
    return total


def merged(first: PingResult, second: PingResult) -> PingResult:
    """Two runs between the same two hosts as one; the summary figures are combined exactly."""
    mean_ms, mdev_ms = _moments(first, second)
    extremes = [
        (run.rtt_min_ms, run.rtt_max_ms)
        for run in (first, second)
        if run.rtt_min_ms is not None and run.rtt_max_ms is not None
    ]
    return PingResult(
        source=first.source,
        destination=first.destination,
        sent=first.sent + second.sent,
        received=first.received + second.received,
        rtt_samples_ms=first.rtt_samples_ms + second.rtt_samples_ms,
        rtt_min_ms=min((low for low, _ in extremes), default=None),
        rtt_avg_ms=mean_ms,
        rtt_max_ms=max((high for _, high in extremes), default=None),
        rtt_mdev_ms=mdev_ms,
        payload_bytes=first.payload_bytes,
        interval_s=first.interval_s,
        duplicates=first.duplicates + second.duplicates,
        errors=first.errors + second.errors,
        longest_loss_run=max(first.longest_loss_run, second.longest_loss_run),
    )


def _moments(*runs: PingResult) -> tuple[float, float] | tuple[None, None]:
    answered = [
        (run.received, run.rtt_avg_ms, run.rtt_mdev_ms)
        for run in runs
        if run.rtt_avg_ms is not None and run.rtt_mdev_ms is not None
    ]
    count = sum(received for received, _, _ in answered)
    if not count:
        return None, None
    mean = math.fsum(received * avg for received, avg, _ in answered) / count
    square = math.fsum(received * (mdev**2 + (avg - mean) ** 2) for received, avg, mdev in answered) / count
    return mean, math.sqrt(square)
