"""How the round trips of one direction spread, drawn as bars."""

from collections.abc import Iterable

import msgspec

from probes.model.conformance.measurements import Histogram

BARS = 20


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """Bars from `low_ms` to `high_ms`, as shares of the highest; `limit` is the budget's place, if among them."""

    low_ms: float
    high_ms: float
    heights: tuple[float, ...]
    samples: int
    limit: float | None


def distribution(found: Iterable[Histogram | None], limit_ms: float | None) -> Distribution | None:
    """The histograms of several host pairs as one; None when no samples are known."""
    known = [one for one in found if one and sum(one.counts)]
    if not known:
        return None
    low = min(one.low_ms for one in known)
    high = max(one.low_ms + one.width_ms * len(one.counts) for one in known)
    counts = [0] * BARS
    for one in known:
        for index, count in enumerate(one.counts):
            middle = one.low_ms + (index + 0.5) * one.width_ms
            counts[min(BARS - 1, int(BARS * (middle - low) / (high - low)))] += count
    return Distribution(
        low_ms=low,
        high_ms=high,
        heights=tuple(count / max(counts) for count in counts),
        samples=sum(counts),
        limit=(limit_ms - low) / (high - low) if limit_ms is not None and low <= limit_ms <= high else None,
    )
