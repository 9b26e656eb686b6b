import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.measurements.round_trips import RoundTrips, as_latency, from_samples, joined
from probes.hosts.measurements.sample_statistics import mean_interval, percentile, share_interval
from probes.hosts.measurements.sampling import loss_clears, rtt_clears, sample_until, variation_clears
from probes.model.conformance.measurements import Latency
from suites.selftest.hosts.fake import ENDS

SAMPLES = st.lists(st.floats(0.01, 500), min_size=0, max_size=30)


def run(samples: list[float], lost: int = 0) -> RoundTrips:
    return from_samples([*samples, *[None] * lost])


@given(SAMPLES, SAMPLES, st.integers(1, 5))
def test_merged_runs_are_as_one_run(first: list[float], second: list[float], lost: int) -> None:
    both, whole = joined(run(first, lost), run(second, lost)), run(first + second, 2 * lost)

    assert sorted(both.samples_ms) == sorted(whole.samples_ms)
    assert (both.sent, both.received) == (whole.sent, whole.received)
    assert (both.min_ms, both.max_ms) == (whole.min_ms, whole.max_ms)
    assert both.avg_ms == pytest.approx(whole.avg_ms)
    assert both.mdev_ms == pytest.approx(whole.mdev_ms, abs=1e-4)


def test_percentiles_and_loss_of_samples() -> None:
    samples = [float(value) for value in range(1, 101)]
    latency = as_latency(Latency(**ENDS), run(samples, lost=100))

    assert (latency.median_ms, latency.p95_ms, latency.p99_ms) == (50.0, 95.0, 99.0)
    assert (latency.sent, latency.received, latency.loss_ratio) == (200, 100, 0.5)
    assert msgspec.json.decode(msgspec.json.encode(latency), type=Latency) == latency


def test_what_was_never_answered_has_no_figures() -> None:
    latency = as_latency(Latency(**ENDS), run([], lost=3))

    assert (latency.sent, latency.received, latency.loss_ratio) == (3, 0, 1.0)
    assert (latency.min_ms, latency.avg_ms, latency.p99_ms, latency.avg_low_ms) == (None,) * 4


def measured(mean_ms: float, spread_ms: float) -> tuple[list[int], RoundTrips]:
    source, asked = random.Random(1), []  # noqa: S311 -- repeatable

    def measure(count: int) -> RoundTrips:
        asked.append(count)
        return run([source.gauss(mean_ms, spread_ms) for _ in range(count)])

    result = sample_until(measure, lambda so_far: rtt_clears(so_far, 20.0), first=100, maximum=1600)
    return asked, result


def test_value_far_from_the_limit_needs_one_run() -> None:
    asked, result = measured(17.5, 0.5)
    assert asked == [100]
    assert rtt_clears(result, 20.0)


def test_value_near_the_limit_is_measured_longer() -> None:
    asked, result = measured(20.1, 1.0)
    assert len(asked) > 1
    assert rtt_clears(result, 20.0)


def test_sampling_ends_at_the_maximum() -> None:
    asked, result = measured(20.0, 1.0)
    assert asked == [100, 100, 200, 400, 800]
    assert result.sent == 1600


def test_silent_destination_is_asked_once() -> None:
    asked: list[int] = []

    def measure(count: int) -> RoundTrips:
        asked.append(count)
        return run([], lost=count)

    result = sample_until(measure, lambda so_far: rtt_clears(so_far, 20.0))
    assert (asked, result.received) == ([100], 0)


def test_too_few_replies_clear_nothing() -> None:
    assert not rtt_clears(run([1.0] * 29), 20.0)
    assert rtt_clears(run([1.0] * 30), 20.0)


@pytest.mark.parametrize("lost,clear", [(0, False), (1, False), (3, False), (20, True)])
def test_loss_is_clear_only_with_enough_packets(lost: int, clear: bool) -> None:  # noqa: FBT001
    assert loss_clears(run([1.0] * (100 - lost), lost), 0.01) is clear


@pytest.mark.parametrize("slow,clear", [(0, True), (2, True), (3, False), (10, True)])
def test_slow_round_trips_are_clear_when_few_or_too_many_for_chance(slow: int, clear: bool) -> None:  # noqa: FBT001
    samples = [17.5] * (40 - slow) + [60.0] * slow

    assert variation_clears(run(samples), 5.0) is clear


def test_silence_leaves_no_variation_open() -> None:
    assert variation_clears(run([], lost=40), 5.0)


def test_no_loss_among_many_packets_clears_a_limit() -> None:
    assert loss_clears(run([1.0] * 1600), 0.01)


@given(SAMPLES.filter(bool), st.floats(0.01, 1))
def test_percentile_is_a_sample_with_enough_below_it(samples: list[float], share: float) -> None:
    value = percentile(samples, share)
    assert value in samples
    assert sum(sample <= (value or 0) for sample in samples) >= share * len(samples) - 1e-9


def test_interval_of_a_mean_by_hand() -> None:
    assert mean_interval(20.0, 1.0, 101) == pytest.approx((19.7424, 20.2576), abs=1e-4)


@given(st.integers(1, 2000), st.data())
def test_interval_of_a_share_holds_the_share(count: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, count))
    low, high = share_interval(hits, count)
    assert 0 <= low <= hits / count + 1e-12
    assert hits / count - 1e-12 <= high <= 1
