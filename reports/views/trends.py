"""One figure over the last runs, drawn as a line with a gap where nothing was measured."""

from collections.abc import Callable, Sequence

import msgspec

from reports.history.snapshot import Figures, RegionPair, Snapshot
from reports.results.words import number, span

WIDTH, HEIGHT, MARGIN = 160.0, 30.0, 3.0
LEAST_RUNS = 2


class Trend(msgspec.Struct, frozen=True, kw_only=True):
    """One direction over the runs: its path, the last point, and lowest, highest and latest figure in words."""

    source: str
    destination: str
    path: str
    last: tuple[float, float] | None
    words: str
    missing: int
    runs: int


def latency_trends(runs: Sequence[Snapshot]) -> tuple[Trend, ...]:
    """The average round trips of every direction, oldest run first."""
    return _trends(runs, lambda figures: figures.avg_ms, "ms")


def throughput_trends(runs: Sequence[Snapshot]) -> tuple[Trend, ...]:
    """The throughput of every direction, oldest run first."""
    return _trends(runs, lambda figures: figures.mbit_per_s, "Mbit/s")


def _trends(
    runs: Sequence[Snapshot], value_of: Callable[[Figures], float | None], unit: str
) -> tuple[Trend, ...]:
    if len(runs) < LEAST_RUNS:
        return ()
    directions = dict.fromkeys(direction for run in runs for direction in run.figures)
    series = {
        direction: [value_of(run.figures[direction]) if direction in run.figures else None for run in runs]
        for direction in directions
    }
    return tuple(
        _trend(direction, values, unit)
        for direction, values in series.items()
        if any(value is not None for value in values)
    )


def _trend(direction: RegionPair, values: Sequence[float | None], unit: str) -> Trend:
    known = [value for value in values if value is not None]
    points = _points(values)
    return Trend(
        source=direction[0],
        destination=direction[1],
        path=_path(points),
        last=points[-1],
        words=f"{span(known, unit)}, last {number(values[-1], unit)}",
        missing=len(values) - len(known),
        runs=len(values),
    )


def _points(values: Sequence[float | None]) -> list[tuple[float, float] | None]:
    """A point per run; the scale starts at the lowest figure, and an even series lies in the middle."""
    known = [value for value in values if value is not None]
    low, span = min(known), max(known) - min(known)
    step = (WIDTH - 2 * MARGIN) / max(1, len(values) - 1)
    inner = HEIGHT - 2 * MARGIN
    return [
        None
        if value is None
        else (MARGIN + index * step, HEIGHT - MARGIN - inner * ((value - low) / span if span else 0.5))
        for index, value in enumerate(values)
    ]


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
