"""One figure over the last runs, drawn as a line with a gap where nothing was measured."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from reports.causes.model import RegionSet
from reports.history.snapshot import Figures, RegionPair, Snapshot
from reports.results.words import number, span

WIDTH, HEIGHT, MARGIN = 160.0, 36.0, 3.0
HEADROOM = 1.15
LEAST_RUNS = 2


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """One direction over the runs, drawn from 0 to `top`: its line, its last point, and its limit's height.

    `words` are the lowest, the highest and the latest figure.
    """

    source: str
    destination: str
    path: str
    last: tuple[float, float] | None
    limit: float | None
    top: str
    words: str
    since: datetime
    until: datetime
    missing: int
    runs: int


def latency_trends(runs: Sequence[Snapshot], limits: Mapping[RegionSet, float]) -> tuple[Trend, ...]:
    """The average round trips of every direction, oldest run first, with the limit of each two Regions."""
    return _trends(runs, limits, lambda figures: figures.avg_ms, "ms")


def throughput_trends(runs: Sequence[Snapshot], limits: Mapping[RegionSet, float]) -> tuple[Trend, ...]:
    """The throughput of every direction, oldest run first, with the floor of each two Regions."""
    return _trends(runs, limits, lambda figures: figures.mbit_per_s, "Mbit/s")


def _trends(
    runs: Sequence[Snapshot],
    limits: Mapping[RegionSet, float],
    value_of: Callable[[Figures], float | None],
    unit: str,
) -> tuple[Trend, ...]:
    if len(runs) < LEAST_RUNS:
        return ()
    directions = dict.fromkeys(direction for run in runs for direction in run.figures)
    series = {
        direction: [value_of(run.figures[direction]) if direction in run.figures else None for run in runs]
        for direction in directions
    }
    return tuple(
        _trend(direction, values, limits.get(frozenset(direction)), unit, runs)
        for direction, values in series.items()
        if any(value is not None for value in values)
    )


def _trend(
    direction: RegionPair,
    values: Sequence[float | None],
    limit: float | None,
    unit: str,
    runs: Sequence[Snapshot],
) -> Trend:
    known = [value for value in values if value is not None]
    top = HEADROOM * max(*known, limit or 0.0) or 1.0
    points = [
        None if value is None else (_x(index, len(values)), _y(value, top))
        for index, value in enumerate(values)
    ]
    return Trend(
        source=direction[0],
        destination=direction[1],
        path=_path(points),
        last=points[-1],
        limit=None if limit is None else _y(limit, top),
        top=number(top, unit, 0),
        words=f"{span(known, unit)}, last {number(values[-1], unit)}",
        since=runs[0].finished_at,
        until=runs[-1].finished_at,
        missing=len(values) - len(known),
        runs=len(values),
    )


def _x(index: int, count: int) -> float:
    return MARGIN + index * (WIDTH - 2 * MARGIN) / max(1, count - 1)


def _y(value: float, top: float) -> float:
    return HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * value / top


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """SVG path data; a gap lifts the pen, and a point alone is a short stroke."""
    parts = []
    drawing = False
    for point in points:
        if point is not None:
            parts.append(
                f"{'L' if drawing else 'M'}{point[0]:.1f} {point[1]:.1f}" + ("" if drawing else "h0.5")
            )
        drawing = point is not None
    return "".join(parts)
