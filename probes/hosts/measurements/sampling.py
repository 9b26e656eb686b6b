"""How many pings a verdict needs: few on a path that is well within its limits, more on one that is near them."""

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import msgspec

from probes.hosts.measurements.sample_statistics import samples_to_clear
from probes.model.conformance.measurements import SLOW_LIMIT_RATIO, TOLERANCE, Latency

FAMILY_ERROR = 0.01  # the risk that a run blames any path of a network that is within its limits
_MORE = 4  # the next run is a quarter of what was sent


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What one path is judged by; `rtt_ms` is None where nothing is claimed about its average."""

    rtt_ms: float | None
    loss_ratio: float
    jitter_ms: float


def first_count(limits: Limits) -> int:
    """The fewest pings that can show a path to be within its limits, if none is lost and none slow."""
    return max(
        samples_to_clear(TOLERANCE * limits.loss_ratio), samples_to_clear(TOLERANCE * SLOW_LIMIT_RATIO)
    )


def is_decided(latency: Latency, limits: Limits) -> bool:
    """Whether average, loss and jitter are told apart from their limits."""
    average, loss, slow = latency.average, latency.loss, latency.slow
    return not (
        (average and limits.rtt_ms is not None and average.is_undecided(limits.rtt_ms))
        or (loss and loss.is_undecided(limits.loss_ratio, at_most=TOLERANCE * limits.loss_ratio))
        or (slow and slow.is_undecided(SLOW_LIMIT_RATIO, at_most=TOLERANCE * SLOW_LIMIT_RATIO))
    )


class PingSample(Protocol):
    """What several runs of pings add up to."""

    @property
    def sent(self) -> int:
        """How many packets were sent."""

    @property
    def received(self) -> int:
        """How many were answered."""

    def joined(self, later: Self) -> Self:
        """Both samples as one."""


SampleT = TypeVar("SampleT", bound=PingSample)


def sample_until(
    measure: Callable[[int], SampleT], decided: Callable[[SampleT], bool], *, first: int, maximum: int
) -> SampleT:
    """Measure until all is decided or `maximum` packets were sent.

    A destination that answers nothing at all is not asked again.
    """
    total = measure(min(first, maximum))
    while not decided(total) and total.received and total.sent < maximum:
        total = total.joined(measure(min(max(1, total.sent // _MORE), maximum - total.sent)))
    return total
