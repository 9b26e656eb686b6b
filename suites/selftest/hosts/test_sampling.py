import math
import random
import statistics
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.measurements.round_trips import RoundTrips, as_latency, from_samples
from probes.hosts.measurements.sample_statistics import (
    bounds_of_blocks,
    histogram,
    mean_interval,
    percentile,
    samples_to_clear,
    share_bounds,
)
from probes.hosts.measurements.sampling import Limits, first_count, is_decided, sample_until
from probes.model.conformance.measurements import Latency
from suites.selftest.hosts.fake import ENDS

SAMPLES = st.lists(st.floats(0.01, 500), min_size=0, max_size=30)


def run(samples: list[float], lost: int = 0) -> RoundTrips:
    return from_samples([*samples, *[None] * lost])


@given(SAMPLES, SAMPLES, st.integers(1, 5))
def test_merged_runs_are_as_one_run(first: list[float], second: list[float], lost: int) -> None:
    both, whole = run(first, lost).joined(run(second, lost)), run(first + second, 2 * lost)

    assert sorted(both.samples_ms) == sorted(whole.samples_ms)
    assert (both.sent, both.received) == (whole.sent, whole.received)
    assert (both.min_ms, both.max_ms) == (whole.min_ms, whole.max_ms)
    assert both.avg_ms == pytest.approx(whole.avg_ms)
    assert both.mdev_ms == pytest.approx(whole.mdev_ms, abs=1e-4)


@given(SAMPLES)
def test_a_histogram_holds_every_sample_between_the_least_and_the_largest(samples: list[float]) -> None:
    found = histogram(samples)

    assert (found is None) == (not samples)
    if found is not None:
        assert sum(found.counts) == len(samples)
        assert found.counts[0] > 0
        assert found.low_ms == min(samples)
        assert found.low_ms + len(found.counts) * found.width_ms >= max(samples) - 1e-9
        sorted_bins = [int((value - found.low_ms) / found.width_ms) for value in sorted(samples)]
        assert [min(len(found.counts) - 1, at) for at in sorted_bins] == [
            at for at, count in enumerate(found.counts) for _ in range(count)
        ]


def test_percentiles_and_loss_of_samples() -> None:
    samples = [float(value) for value in range(1, 101)]
    latency = as_latency(Latency(**ENDS), run(samples, lost=100), error=0.01)

    assert (latency.median_ms, latency.p95_ms, latency.p99_ms) == (50.0, 95.0, 99.0)
    assert (latency.sent, latency.received, latency.loss_ratio) == (200, 100, 0.5)
    assert msgspec.json.decode(msgspec.json.encode(latency), type=Latency) == latency


def test_what_was_never_answered_has_no_figures() -> None:
    latency = as_latency(Latency(**ENDS), run([], lost=3), error=0.01)

    assert (latency.sent, latency.received, latency.loss_ratio) == (3, 0, 1.0)
    assert (latency.min_ms, latency.avg_ms, latency.p99_ms, latency.avg_low_ms) == (None,) * 4


LIMIT_MS = 20.0
LIMITS = Limits(rtt_ms=LIMIT_MS, loss_ratio=0.01, jitter_ms=5.0)


def asked_of(draw: Callable[[], float | None], *, maximum: int = 48_000) -> tuple[list[int], Latency]:
    """The runs that a path like this is asked for, and what they are as a measurement."""
    asked: list[int] = []

    def measure(count: int) -> RoundTrips:
        asked.append(count)
        return from_samples([draw() for _ in range(count)])

    def latency(trips: RoundTrips) -> Latency:
        return as_latency(Latency(**ENDS), trips, error=1e-4, jitter_limit_ms=LIMITS.jitter_ms)

    trips = sample_until(
        measure,
        lambda so_far: is_decided(latency(so_far), LIMITS),
        first=first_count(LIMITS),
        maximum=maximum,
    )
    return asked, latency(trips)


def drawn(mean_ms: float, spread_ms: float = 0.5, *, loss: float = 0.0) -> Callable[[], float | None]:
    source = random.Random(1)  # noqa: S311 -- repeatable
    return lambda: None if source.random() < loss else source.gauss(mean_ms, spread_ms)


def test_path_well_within_its_limits_needs_one_run() -> None:
    asked, latency = asked_of(drawn(17.5))

    assert asked == [1400]
    assert is_decided(latency, LIMITS)
    assert (latency.loss_ratio, latency.loss_low_ratio) == (0.0, 0.0)
    assert latency.loss_high_ratio == pytest.approx(0.0198, abs=1e-4)


@pytest.mark.parametrize(
    "draw, figure, exceeds",
    [
        (drawn(20.1, 1.0), "average", True),
        (drawn(19.92, 1.0), "average", False),
        (drawn(17.5, loss=0.007), "loss", False),
    ],
)
def test_path_near_its_limit_is_measured_until_it_is_told(
    draw: Callable[[], float | None], figure: str, *, exceeds: bool
) -> None:
    asked, latency = asked_of(draw)
    limit = {"average": LIMIT_MS, "loss": LIMITS.loss_ratio}[figure]

    assert len(asked) > 1
    assert is_decided(latency, LIMITS)
    assert getattr(latency, figure).exceeds(limit) is exceeds


def test_path_at_its_limit_is_undecided_at_the_maximum() -> None:
    asked, latency = asked_of(drawn(20.0, 1.0), maximum=3000)

    assert asked == [1400, 350, 437, 546, 267]
    assert latency.average is not None
    assert latency.average.is_undecided(LIMIT_MS)


def test_silent_destination_is_asked_once() -> None:
    asked, latency = asked_of(lambda: None)

    assert (asked, latency.received, latency.slow) == ([1400], 0, None)


@pytest.mark.parametrize("slow, verdict", [(2, "within"), (14, "undecided"), (60, "exceeds")])
def test_slow_round_trips_are_judged_by_their_share(slow: int, verdict: str) -> None:
    samples = [60.0 if number % 120 < slow else 17.5 for number in range(1200)]
    latency = as_latency(Latency(**ENDS), run(samples), error=1e-4, jitter_limit_ms=5.0)

    assert latency.slow is not None
    assert latency.slow.exceeds(0.05) is (verdict == "exceeds")
    assert latency.slow.is_within(0.05, at_most=0.1) is (verdict == "within")
    assert latency.slow.is_undecided(0.05, at_most=0.1) is (verdict == "undecided")


def test_a_few_stray_round_trips_are_no_variation() -> None:
    latencies = [
        as_latency(Latency(**ENDS), run([17.5] * (100 - slow) + [47.5] * slow), error=0.01)
        for slow in (0, 5, 6)
    ]

    assert [latency.variation_ms for latency in latencies] == [0.0, 0.0, 30.0]


def test_two_short_samples_tell_nothing() -> None:
    latency = as_latency(Latency(**ENDS), run([17.5] * 19), error=0.01, jitter_limit_ms=5.0)

    assert (latency.loss_low_ratio, latency.loss_high_ratio) == (0.0, 1.0)
    assert (latency.avg_low_ms, latency.avg_high_ms) == (None, None)
    assert not is_decided(latency, LIMITS)


@given(SAMPLES.filter(bool), st.floats(0.01, 1))
def test_percentile_is_a_sample_with_enough_below_it(samples: list[float], share: float) -> None:
    value = percentile(samples, share)
    assert value in samples
    assert sum(sample <= (value or 0) for sample in samples) >= share * len(samples) - 1e-9


def test_interval_of_a_mean_by_hand() -> None:
    alternating = [19.0, 21.0] * 32  # 64 blocks of one: deviation 1.0079, 16.17 as the scaled count at 1 %
    low, high = mean_interval(alternating, 20.0, 0.01, block=1) or (0, 0)

    scaled = -2 * math.log(0.01) + math.log(-2 * math.log(0.01)) + 1
    half = statistics.stdev(alternating) * math.sqrt(
        2 * (scaled + 1) / (64 * scaled) * math.log(math.sqrt(scaled + 1) / 0.01)
    )
    assert low == pytest.approx(20 - half)
    assert high == pytest.approx(20 + half)
    assert 0.3 < half < 0.6


@given(st.lists(st.integers(0, 20), min_size=1, max_size=200), st.floats(1e-6, 0.1))
def test_bounds_of_a_share_hold_the_share(blocks: list[int], error: float) -> None:
    low, high = bounds_of_blocks(Counter(blocks), error)
    share = sum(blocks) / 20 / len(blocks)

    assert 0 <= low <= share + 1e-9
    assert min(share, 0.25) - 1e-9 <= high <= 1


@given(st.lists(st.booleans(), min_size=20, max_size=400))
def test_surer_bounds_are_wider(hits: list[bool]) -> None:
    assert share_bounds(hits, 1e-6)[0] <= share_bounds(hits, 1e-2)[0]


@pytest.mark.parametrize("limit", [0.0, 1.0, 2.0])
def test_limit_that_cannot_be_cleared_or_missed_has_a_count(limit: float) -> None:
    assert 20 <= samples_to_clear(limit) <= 1_000_000


@pytest.mark.parametrize("limit", [0.001, 0.02, 0.1, 0.5])
def test_as_many_samples_as_clear_a_limit_do(limit: float) -> None:
    count = samples_to_clear(limit)

    assert share_bounds([False] * count, 0.01)[1] < limit
    assert share_bounds([False] * (count - 20), 0.01)[1] >= limit
