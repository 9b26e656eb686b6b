"""How many samples a verdict near its limit needs."""

from collections.abc import Callable

from probes.hosts.measurements.round_trips import RoundTrips, joined
from probes.hosts.measurements.sample_statistics import mean_interval, share_interval

FIRST_COUNT = 100
MAX_COUNT = 1600
SLOW_SHARE = 0.05  # of the replies, which the variation leaves out


def rtt_clears(trips: RoundTrips, limit_ms: float) -> bool:
    """Whether the confidence interval of the mean round trip lies on one side of the limit."""
    if trips.avg_ms is None or trips.mdev_ms is None:
        return False
    interval = mean_interval(trips.avg_ms, trips.mdev_ms, trips.received)
    return interval is not None and _outside(interval, limit_ms)


def loss_clears(trips: RoundTrips, limit_ratio: float) -> bool:
    """Whether the confidence interval of the lost share lies on one side of the limit."""
    return _outside(share_interval(trips.sent - trips.received, trips.sent), limit_ratio)


def variation_clears(trips: RoundTrips, limit_ms: float) -> bool:
    """Whether the round trips are steady, or so many of them slow that it cannot be chance."""
    if trips.min_ms is None:
        return True
    slow = sum(rtt_ms - trips.min_ms > limit_ms for rtt_ms in trips.samples_ms)
    replies = len(trips.samples_ms)
    return slow <= SLOW_SHARE * replies or _outside(share_interval(slow, replies), SLOW_SHARE)


def _outside(interval: tuple[float, float], limit: float) -> bool:
    low, high = interval
    return high < limit or low > limit


def sample_until(
    measure: Callable[[int], RoundTrips],
    clear: Callable[[RoundTrips], bool],
    *,
    first: int = FIRST_COUNT,
    maximum: int = MAX_COUNT,
) -> RoundTrips:
    """Measure until `clear` holds or `maximum` packets were sent, doubling the total each time.

    A destination that answers nothing at all is not asked again. The result says itself whether it is clear.
    """
    total = measure(min(first, maximum))
    while not clear(total) and total.received and total.sent < maximum:
        total = joined(total, measure(min(total.sent, maximum - total.sent)))
    return total
