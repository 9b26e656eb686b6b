"""Paths that lose packets by chance or in bursts, judged by the very rule of a live run."""

import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import count
from typing import NamedTuple, Self

from probes.hosts.measurements.sample_statistics import BLOCK, bounds_of_blocks, mean_interval
from probes.hosts.measurements.sampling import FAMILY_ERROR, Limits, first_count, sample_until
from probes.model.conformance.measurements import SLOW_LIMIT_RATIO, TOLERANCE, Estimate
from probes.model.conformance.verdict import Verdict

FIGURES = 3  # average, loss and jitter of each path share the error of the run
MAXIMUM = 48_000
LIMIT_MS = 20.0
LIMITS = Limits(rtt_ms=LIMIT_MS, loss_ratio=0.01, jitter_ms=5.0)


class Hits(NamedTuple):
    """How many blocks of pings have how many hits: losses, or slow round trips."""

    blocks: Counter[int]

    @property
    def sent(self) -> int:
        """How many pings that is."""
        return self.blocks.total() * BLOCK

    @property
    def received(self) -> int:
        """More than none."""
        return self.sent

    def joined(self, later: Self) -> Self:
        """Both as one."""
        return type(self)(self.blocks + later.blocks)


class Averages(NamedTuple):
    """The mean of each block of round trips."""

    means_ms: tuple[float, ...]

    @property
    def sent(self) -> int:
        """How many pings that is."""
        return len(self.means_ms) * BLOCK

    @property
    def received(self) -> int:
        """All of them."""
        return self.sent

    def joined(self, later: Self) -> Self:
        """Both as one."""
        return type(self)(self.means_ms + later.means_ms)


class Simulated(NamedTuple):
    """What became of one path, and after how many pings."""

    verdict: Verdict
    sent: int


def judged_loss(source: random.Random, paths: int, share: float, burst: int) -> Simulated:
    """The verdict on the loss of one of so many paths; packets are lost `burst` in a row."""
    return _judged_share(source, paths, share, burst, LIMITS.loss_ratio)


def judged_slow(source: random.Random, paths: int, share: float, burst: int) -> Simulated:
    """The verdict on jitter; round trips are slow `burst` in a row."""
    return _judged_share(source, paths, share, burst, SLOW_LIMIT_RATIO)


def _judged_share(source: random.Random, paths: int, share: float, burst: int, limit: float) -> Simulated:
    hits = burst_blocks(source, share, burst)
    error = FAMILY_ERROR / (FIGURES * paths)

    def estimate(sample: Hits) -> Estimate:
        low, high = bounds_of_blocks(sample.blocks, error)
        total = sum(number * blocks for number, blocks in sample.blocks.items())
        return Estimate(value=total / sample.sent, low=low, high=high)

    sample = sample_until(
        lambda pings: Hits(Counter(next(hits) for _ in range(math.ceil(pings / BLOCK)))),
        lambda so_far: not estimate(so_far).is_undecided(limit, at_most=TOLERANCE * limit),
        first=first_count(LIMITS),
        maximum=MAXIMUM,
    )
    return Simulated(_verdict(estimate(sample), limit, TOLERANCE * limit), sample.sent)


def judged_average(draw: Callable[[], float], paths: int, *, maximum: int = MAXIMUM) -> Simulated:
    """The verdict on the average of one of so many paths, whose round trips are drawn."""
    error = FAMILY_ERROR / (FIGURES * paths)

    def estimate(sample: Averages) -> Estimate:
        mean = math.fsum(sample.means_ms) / len(sample.means_ms)
        low, high = mean_interval(sample.means_ms, mean, error, block=1) or (-math.inf, math.inf)
        return Estimate(value=mean, low=low, high=high)

    def block_mean() -> float:
        return math.fsum(draw() for _ in range(BLOCK)) / BLOCK

    sample = sample_until(
        lambda pings: Averages(tuple(block_mean() for _ in range(math.ceil(pings / BLOCK)))),
        lambda so_far: not estimate(so_far).is_undecided(LIMIT_MS),
        first=first_count(LIMITS),
        maximum=maximum,
    )
    return Simulated(_verdict(estimate(sample), LIMIT_MS, LIMIT_MS), sample.sent)


def burst_blocks(source: random.Random, share: float, burst: int) -> Iterator[int]:
    """The hits in one block of pings after the other, of which `share` are hits on average, `burst` in a row."""
    begins = share / (
        burst - (burst - 1) * share
    )  # the probability that a burst does, after a ping that is no hit

    def gap() -> int:
        return int(math.log(1 - source.random()) / math.log(1 - begins)) if begins else sys.maxsize

    at = gap()
    for start in count(0, BLOCK):
        end, hits = start + BLOCK, 0
        while at < end:
            hits += min(at + burst, end) - max(at, start)
            if at + burst > end:
                break
            at += burst + gap()
        yield hits


def _verdict(estimate: Estimate, limit: float, at_most: float) -> Verdict:
    if estimate.exceeds(limit):
        return Verdict.NONCONFORMING
    return Verdict.CONFORMS if estimate.is_within(limit, at_most=at_most) else Verdict.UNOBSERVABLE
