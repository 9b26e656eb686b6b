"""The statistics that measurements quote, and how far a sample lets one tell a true figure from its limit.

A verdict is looked for after every run of pings, so its error rate must hold however often one looks. The
bounds of a share come from betting: somebody stakes a part of his wealth, at fair odds, on the mean being above
(or below) a bound. If it is not, his wealth ever grows to 1/e of the first with a probability of at most e
(Ville's inequality), whatever the distribution: https://arxiv.org/abs/2010.09686. The interval of an average is
the asymptotic counterpart: https://arxiv.org/abs/2103.06476.

Neighbouring samples resemble each other: what is taken for independent are blocks of `BLOCK` samples.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean, stdev
from typing import TypeVar

from probes.model.conformance.measurements import Histogram

T = TypeVar("T")

BINS = 20
_LEAST_BIN_MS = 0.001  # as exact as ping is
BLOCK = 20
BURST = 5  # samples in a row; rare bursts of up to this length do not hide
MISSED = 0.005  # the risk that a share is above its upper bound
_MIN_BLOCKS = 10  # below it the spread of the blocks is not worth quoting
_TYPICAL_BLOCKS = 64  # where the interval of an average is made narrowest
# The part of the wealth that is staked, and the share of the wealth that does so.
_STAKES_ABOVE = dict.fromkeys((0.02, 0.06, 0.2, 0.5, 0.9), 0.2)
_STAKES_BELOW = {0.3: 0.3, 0.98: 0.7}
_HALVINGS = 40
_MOST_BLOCKS = 50_000
_SURELY_BELOW_ONE = 0.999


def percentile(samples: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest sample that at least `share` of all do not exceed; None without samples."""
    if not samples:
        return None
    rank = max(1, math.ceil(share * len(samples)))
    return sorted(samples)[rank - 1]


def histogram(samples_ms: Sequence[float]) -> Histogram | None:
    """The samples in bins from the smallest to the largest; None without samples."""
    if not samples_ms:
        return None
    low = min(samples_ms)
    width = max((max(samples_ms) - low) / BINS, _LEAST_BIN_MS)
    found = Counter(min(BINS - 1, int((sample - low) / width)) for sample in samples_ms)
    return Histogram(low_ms=low, width_ms=width, counts=tuple(found[bin_] for bin_ in range(BINS)))


def share_bounds(hits: Sequence[bool], error: float) -> tuple[float, float]:
    """What the true share of hits lies between; the sample is in the order of time.

    The lower bound is above it with a probability of at most `error`, the upper bound below it with one of at
    most MISSED, for as many looks at a growing sample as one likes. 0 and 1 while too little is known.
    """
    return bounds_of_blocks(Counter(map(sum, _blocks(hits))), error)


def bounds_of_blocks(blocks: Mapping[int, int], error: float) -> tuple[float, float]:
    """As `share_bounds`, of how many blocks have how many hits."""
    shares = {hits / BLOCK: count for hits, count in blocks.items()}
    mean = sum(share * count for share, count in shares.items()) / max(1, sum(shares.values()))
    low = _last(lambda bound: _wealth_above(shares, bound) >= -math.log(error), 0.0, mean)
    high = _last(lambda bound: _wealth_below(shares, bound) >= -math.log(MISSED), 1.0, mean)
    return low, high


def samples_to_clear(limit: float) -> int:
    """How many samples without a hit put the upper bound of their share below a limit; many for a limit of 0."""
    for blocks in range(1, _MOST_BLOCKS):
        if _wealth_below({0.0: blocks}, min(limit, _SURELY_BELOW_ONE)) >= -math.log(MISSED):
            return blocks * BLOCK
    return _MOST_BLOCKS * BLOCK


def mean_interval(
    samples: Sequence[float], mean: float, error: float, *, block: int = BLOCK
) -> tuple[float, float] | None:
    """What the true mean lies between but for a probability of `error`, for as many looks as one likes.

    `mean` may be more exact than the samples. None for too few of them.
    """
    means = [fmean(part) for part in _blocks(samples, block)]
    count = len(means)
    if count < _MIN_BLOCKS:
        return None
    doubt = -2 * math.log(error)
    scaled = count * (doubt + math.log(doubt) + 1) / _TYPICAL_BLOCKS
    half = stdev(means) * math.sqrt(
        2 * (scaled + 1) / (count * scaled) * math.log(math.sqrt(scaled + 1) / error)
    )
    return mean - half, mean + half


def _blocks(samples: Sequence[T], block: int = BLOCK) -> list[Sequence[T]]:
    """The whole blocks; what is left over waits for more."""
    return [samples[at : at + block] for at in range(0, len(samples) - block + 1, block)]


def _wealth_above(shares: Mapping[float, int], bound: float) -> float:
    """The logarithm of the wealth after betting on the mean of these shares being above the bound."""
    return _wealth({share / bound: count for share, count in shares.items()}, _STAKES_ABOVE)


def _wealth_below(shares: Mapping[float, int], bound: float) -> float:
    """As `_wealth_above`, for below. No block counts as worse than one burst, so that more can be staked."""
    worst = max(BURST / BLOCK, min(1.0, 3 * bound))
    gains: Counter[float] = Counter()
    for share, count in shares.items():
        gains[(worst - min(share, worst)) / (worst - bound)] += count
    return _wealth(gains, _STAKES_BELOW)


def _wealth(gains: Mapping[float, int], stakes: Mapping[float, float]) -> float:
    """The logarithm of what 1 grows to by these factors, whose mean is at most 1 if the bet is wrong."""
    logs = [
        math.log(part) + sum(count * math.log(1 - stake + stake * gain) for gain, count in gains.items())
        for stake, part in stakes.items()
    ]
    most = max(logs)
    return most + math.log(sum(math.exp(log - most) for log in logs))


def _last(is_refuted: Callable[[float], bool], refuted: float, open_: float) -> float:
    """The bound nearest to `open_`, seen from `refuted`, that is refuted; `refuted` itself counts as such."""
    if refuted == open_:
        return refuted
    for _ in range(_HALVINGS):
        middle = (refuted + open_) / 2
        if is_refuted(middle):
            refuted = middle
        else:
            open_ = middle
    return refuted
