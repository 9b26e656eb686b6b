"""How often a run is wrong about a network, by simulation of its rule; more of it in `make bench`."""

import random
from collections import Counter
from itertools import islice

import pytest

from probes.model.conformance.verdict import Verdict
from suites.selftest.hosts.path_simulation import (
    LIMITS,
    burst_blocks,
    judged_average,
    judged_loss,
    judged_slow,
)


@pytest.mark.parametrize("share, burst", [(0.01, 1), (0.02, 5), (0.5, 5)])
def test_simulated_paths_lose_what_they_should(share: float, burst: int) -> None:
    blocks = islice(burst_blocks(source(), share, burst), 50_000)

    assert sum(blocks) / 1_000_000 == pytest.approx(share, rel=0.05)


def source() -> random.Random:
    return random.Random(20261126)  # noqa: S311  # repeatable


@pytest.mark.parametrize("paths", [1, 56])
@pytest.mark.parametrize("share, burst", [(0.0, 1), (0.005, 1), (0.007, 1), (0.01, 1), (0.01, 5)])
def test_path_within_its_limit_is_not_blamed(paths: int, share: float, burst: int) -> None:
    drawn = source()
    verdicts = Counter(judged_loss(drawn, paths, share, burst).verdict for _ in range(150))

    assert verdicts[Verdict.NONCONFORMING] == 0
    assert verdicts[Verdict.CONFORMS] >= (150 if share < LIMITS.loss_ratio else 75)


@pytest.mark.parametrize("paths", [1, 56])
@pytest.mark.parametrize("share, burst", [(0.02, 1), (0.05, 5)])
def test_path_with_twice_its_limit_or_with_bursts_is_found(paths: int, share: float, burst: int) -> None:
    drawn = source()
    verdicts = Counter(judged_loss(drawn, paths, share, burst).verdict for _ in range(300))

    assert verdicts[Verdict.NONCONFORMING] >= 297


def test_rare_bursts_do_not_hide() -> None:
    drawn = source()
    verdicts = Counter(judged_loss(drawn, 24, 0.02, 5).verdict for _ in range(300))

    assert verdicts[Verdict.CONFORMS] <= 6  # the rest is found or undecided


@pytest.mark.parametrize(
    "share, verdict", [(0.0, Verdict.CONFORMS), (0.025, Verdict.CONFORMS), (0.1, Verdict.NONCONFORMING)]
)
def test_jitter_is_told(share: float, verdict: Verdict) -> None:
    drawn = source()
    verdicts = Counter(judged_slow(drawn, 24, share, 5).verdict for _ in range(100))

    assert verdicts[verdict] >= 99


@pytest.mark.parametrize(
    "mean_ms, verdict", [(19.8, Verdict.CONFORMS), (20.0, None), (20.2, Verdict.NONCONFORMING)]
)
def test_average_is_told_but_for_one_at_its_limit(mean_ms: float, verdict: Verdict | None) -> None:
    drawn = source()
    verdicts = Counter(
        judged_average(lambda: mean_ms - 0.5 + drawn.expovariate(2), 24, maximum=4000).verdict
        for _ in range(30)
    )

    assert verdicts[verdict or Verdict.UNOBSERVABLE] == 30
