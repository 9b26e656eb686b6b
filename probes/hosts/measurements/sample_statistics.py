"""The statistics that measurements quote, each in the plainest definition that a reader can redo by hand."""

import math
from collections.abc import Sequence
from itertools import pairwise
from statistics import NormalDist

CONFIDENCE = 0.99
MIN_SAMPLES = 30  # below it the normal approximation of a mean is not worth quoting


def percentile(samples: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest sample that at least `share` of all do not exceed; None without samples."""
    if not samples:
        return None
    rank = max(1, math.ceil(share * len(samples)))
    return sorted(samples)[rank - 1]


def mean_absolute_step(samples: Sequence[float]) -> float | None:
    """Mean of |x(i+1) - x(i)|, the packet delay variation between consecutive packets of RFC 3393 as one figure."""
    steps = [abs(after - before) for before, after in pairwise(samples)]
    return math.fsum(steps) / len(steps) if steps else None


def mean_interval(mean: float, deviation: float, count: int) -> tuple[float, float] | None:
    """Two-sided normal confidence interval of a mean; None below MIN_SAMPLES.

    `deviation` is the population deviation, as ping's mdev. Round trips are skewed and neighbours resemble
    each other, so the interval says when to stop measuring; it is no probability to be quoted.
    """
    if count < MIN_SAMPLES:
        return None
    half = _z() * deviation / math.sqrt(count - 1)
    return mean - half, mean + half


def share_interval(hits: int, count: int) -> tuple[float, float]:
    """Wilson score interval of a share, which unlike the normal one holds for no hits at all."""
    z = _z()
    share, scale = hits / count, 1 + z * z / count
    middle = (share + z * z / (2 * count)) / scale
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


def _z() -> float:
    return NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
