import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.measurements.ping import PingResult
from probes.hosts.measurements.sample_statistics import mean_interval, percentile, share_interval
from probes.hosts.measurements.sampling import loss_clears, merged, rtt_clears, sample_until, variation_clears

SAMPLES = st.lists(st.floats(0.01, 500), min_size=0, max_size=30)


def run(samples: list[float], lost: int = 0) -> PingResult:
    return PingResult(
        source="a",
        destination="10.66.74.10",
        sent=len(samples) + lost,
        received=len(samples),
        rtt_samples_ms=tuple(samples),
        rtt_min_ms=min(samples, default=None),
        rtt_avg_ms=statistics.fmean(samples) if samples else None,
        rtt_max_ms=max(samples, default=None),
        rtt_mdev_ms=statistics.pstdev(samples) if samples else None,
        payload_bytes=56,
        interval_s=0.2,
    )


@given(SAMPLES, SAMPLES, st.integers(1, 5))
def test_merged_runs_are_as_one_run(first: list[float], second: list[float], lost: int) -> None:
    both, whole = merged(run(first, lost), run(second, lost)), run(first + second, 2 * lost)

    assert (both.sent, both.received, both.rtt_samples_ms) == (
        whole.sent,
        whole.received,
        whole.rtt_samples_ms,
    )
    assert (both.rtt_min_ms, both.rtt_max_ms) == (whole.rtt_min_ms, whole.rtt_max_ms)
    assert both.rtt_avg_ms == pytest.approx(whole.rtt_avg_ms)
    assert both.rtt_mdev_ms == pytest.approx(whole.rtt_mdev_ms, abs=1e-4)


def measured(mean_ms: float, spread_ms: float) -> tuple[list[int], PingResult]:
    source, asked = random.Random(1), []  # noqa: S311 -- repeatable

    def measure(count: int) -> PingResult:
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

    def measure(count: int) -> PingResult:
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
