"""How often a live run is wrong about a network: its rule, simulated. Prints the table of docs/live.md."""

import random
from collections import Counter
from collections.abc import Callable
from statistics import fmean
from typing import NamedTuple

import pytest

from probes.model.conformance.verdict import Verdict
from suites.selftest.hosts.path_simulation import (
    LIMIT_MS,
    Simulated,
    judged_average,
    judged_loss,
    judged_slow,
)

PATHS = (1, 8, 24, 56)
TRIALS = 2800  # paths for each row and number of paths: a run of 56 paths is tried 50 times
FALSE_ALARMS_PER_RUN = 0.01
FOUND = 0.99

Judge = Callable[[random.Random, int], Simulated]


class Row(NamedTuple):
    """A kind of path. It is within its limit or, by twice and more, not; None where either verdict is right."""

    name: str
    judge: Judge
    is_within: bool | None


def loss(share: float, burst: int = 1) -> Judge:
    return lambda source, paths: judged_loss(source, paths, share, burst)


def jitter(share: float, burst: int = 1) -> Judge:
    return lambda source, paths: judged_slow(source, paths, share, burst)


def average(mean_ms: float) -> Judge:
    """Round trips with a long tail: their spread is 0.5 ms."""

    def judge(source: random.Random, paths: int) -> Simulated:
        return judged_average(lambda: mean_ms - 0.5 + source.expovariate(2), paths, maximum=4000)

    return judge


ROWS = (
    Row("no loss", loss(0.0), is_within=True),
    Row("loss 0.5 × limit", loss(0.005), is_within=True),
    Row("loss 0.7 × limit", loss(0.007), is_within=True),
    Row("loss 1 × limit", loss(0.01), is_within=True),
    Row("loss 1 × limit, bursts of 5", loss(0.01, 5), is_within=True),
    Row("loss 2 × limit", loss(0.02), is_within=False),
    Row("loss 2 × limit, bursts of 5", loss(0.02, 5), is_within=None),
    Row("loss 3 × limit, bursts of 5", loss(0.03, 5), is_within=False),
    Row("loss 5 × limit, bursts of 5", loss(0.05, 5), is_within=False),
    Row("slow 1 × limit, bursts of 5", jitter(0.05, 5), is_within=True),
    Row("slow 2 × limit, bursts of 5", jitter(0.1, 5), is_within=False),
    Row("average 0.2 ms below its limit", average(LIMIT_MS - 0.2), is_within=True),
    Row("average at its limit", average(LIMIT_MS), is_within=True),
    Row("average 0.2 ms above its limit", average(LIMIT_MS + 0.2), is_within=False),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_runs_are_seldom_wrong(row: Row, capsys: pytest.CaptureFixture[str]) -> None:
    cells = []
    for paths in PATHS:
        source = random.Random(paths)  # noqa: S311  # repeatable
        trials = TRIALS // 10 if "average" in row.name else TRIALS
        runs = [[row.judge(source, paths) for _ in range(paths)] for _ in range(max(1, trials // paths))]
        verdicts = Counter(path.verdict for run in runs for path in run)
        judged = verdicts.total()
        blamed = sum(any(path.verdict is Verdict.NONCONFORMING for path in run) for run in runs) / len(runs)
        pings = fmean(path.sent for run in runs for path in run)
        if row.is_within:
            assert blamed <= FALSE_ALARMS_PER_RUN
        elif row.is_within is False:
            assert verdicts[Verdict.NONCONFORMING] >= FOUND * judged
        cells.append(
            f"{blamed:.1%} of {len(runs)}"
            if row.is_within
            else " / ".join(
                f"{verdicts[verdict] / judged:.1%}"
                for verdict in (Verdict.NONCONFORMING, Verdict.UNOBSERVABLE, Verdict.CONFORMS)
            )
        )
        cells[-1] += f", {pings:,.0f}"
    with capsys.disabled():
        print(f"\n| {row.name} | {' | '.join(cells)} |", flush=True)  # noqa: T201 - a benchmark reports
