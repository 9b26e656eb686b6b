"""Figures that have moved for good, within their limits or not: a rank test of some runs against those before.

It compares each of `RECENT` figures with each of the up to `EARLIER` ones before (Mann and Whitney's U). There is a
step when all but `OUT_OF_ORDER` of these pairs are in one order. In a series without a step every order of the
figures is as likely as any other: how often that happens by chance does not hang on the figures' distribution.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Literal

import msgspec

from reports.history.snapshot import Figures, RegionPair, Snapshot
from reports.results.words import number

RECENT = 7
EARLIER = 24
OUT_OF_ORDER = 5
LEAST_EARLIER = 20
STEP_RUNS = 90
"""How many runs a step is looked for in by `history`: a report looks at the runs of its trends."""

LEAST_RATIO = 0.01
"""A smaller step is not told: nobody acts on it."""

Known = tuple[datetime, float]
FIGURES: dict[Literal["round trip", "throughput"], tuple[Callable[[Figures], float | None], str]] = {
    "round trip": (lambda figures: figures.avg_ms, "ms"),
    "throughput": (lambda figures: figures.mbit_per_s, "Mbit/s"),
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of one direction that moved with the run of `since`, and stays there."""

    source: str
    destination: str
    figure: str
    since: datetime
    before: str
    after: str
    change_ratio: float

    @property
    def words(self) -> str:
        """The step in a sentence."""
        moved = f"{self.before} → {self.after} ({self.change_ratio:+.0%})"
        return (
            f"{self.figure} {self.source} → {self.destination}: {moved} since {self.since:%Y-%m-%d %H:%M %Z}"
        )


def steps(runs: Sequence[Snapshot]) -> tuple[Step, ...]:
    """The last step of every figure in runs about one network, oldest first, unless it has been undone since."""
    directions = dict.fromkeys(direction for run in runs for direction in run.figures)
    return tuple(
        step
        for direction in directions
        for figure, (value_of, unit) in FIGURES.items()
        for step in _last_step(direction, figure, list(_known(runs, direction, value_of)), unit)
    )


def _known(
    runs: Sequence[Snapshot], direction: RegionPair, value_of: Callable[[Figures], float | None]
) -> Iterator[Known]:
    for run in runs:
        value = value_of(run.figures[direction]) if direction in run.figures else None
        if value is not None:
            yield run.finished_at, value


def _last_step(direction: RegionPair, figure: str, series: Sequence[Known], unit: str) -> Iterator[Step]:
    values = [value for _, value in series]
    for start in range(len(values) - RECENT, LEAST_EARLIER - 1, -1):
        before, after = values[max(0, start - EARLIER) : start], values[start : start + RECENT]
        if not is_step(before, after):
            continue
        was, now = median(before), median(values[start:])
        if abs(now - was) >= LEAST_RATIO * was:
            yield Step(
                source=direction[0],
                destination=direction[1],
                figure=figure,
                since=series[start][0],
                before=number(was, unit),
                after=number(now, unit),
                change_ratio=now / was - 1,
            )
        return


def is_step(before: Sequence[float], after: Sequence[float]) -> bool:
    """Whether nearly all later figures are above, or nearly all below, each of enough earlier ones."""
    if len(before) < LEAST_EARLIER or len(after) < RECENT:
        return False
    pairs = [(one, other) for one in before for other in after]
    above, below = sum(one >= other for one, other in pairs), sum(one <= other for one, other in pairs)
    return min(above, below) <= OUT_OF_ORDER
