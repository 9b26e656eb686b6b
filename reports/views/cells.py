"""One cell of the Region grid: the host pairs between two Regions, summed up in words and a bar."""

from collections.abc import Iterable, Sequence

import msgspec

from probes.model.conformance.measurements import Latency, Throughput
from probes.model.conformance.verdict import Verdict
from reports.results.model import Budget
from reports.results.verdicts import worst
from reports.results.words import number, percent, plural, span
from reports.views.distribution import Distribution, distribution

HEADROOM = 1.15


class CellDirection(msgspec.Struct, frozen=True, kw_only=True):
    """One direction of a cell in words; `low` and `high` place its bar, None when nothing was measured."""

    source: str
    destination: str
    verdict: Verdict
    figure: str
    notes: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    distribution: Distribution | None = None


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """Two Regions, or one within itself. `floor` and `ceiling` are what is allowed."""

    regions: tuple[str, str]
    budget: str
    directions: tuple[CellDirection, ...]
    floor: float | None = None
    ceiling: float | None = None

    @property
    def verdict(self) -> Verdict:
        """The worse direction's."""
        return worst(direction.verdict for direction in self.directions)

    @property
    def scale(self) -> float:
        """The figure at the right end of the bars."""
        ends = [self.floor, self.ceiling, *(direction.high for direction in self.directions)]
        return HEADROOM * max(end or 0.0 for end in ends)


def latency_cell(pair: tuple[str, str], budget: Budget | None, found: Sequence[Latency]) -> Cell:
    """Round-trip times between two Regions; the budget used by a test wins over the spec's."""
    floor = _first([*(m.budget_min_ms for m in found), budget.latency_min_ms if budget else None])
    ceiling = _first([*(m.budget_max_ms for m in found), budget.latency_max_ms if budget else None])
    directions = (
        _latency(*ends, [m for m in found if (m.source_region, m.destination_region) == ends], ceiling)
        for ends in _directions(pair)
    )
    words = "no budget" if ceiling is None else f"{number(floor or 0.0, digits=0)}–{number(ceiling, 'ms', 0)}"
    return Cell(regions=pair, budget=words, directions=tuple(directions), floor=floor, ceiling=ceiling)


def throughput_cell(
    pair: tuple[str, str], budget: Budget | None, found: Sequence[Throughput], divisor: float = 1.0
) -> Cell:
    """Throughput between two Regions; a scaled rate is never shown without its scale, `divisor` unless measured."""
    divisor = max((m.rate_divisor for m in found), default=divisor)
    floor = _first(m.floor_mbit_per_s for m in found)
    if floor is None and budget and budget.throughput_floor_mbit_per_s is not None:
        floor = budget.throughput_floor_mbit_per_s / divisor
    directions = (
        _throughput(*ends, [m for m in found if (m.source_region, m.destination_region) == ends])
        for ends in _directions(pair)
    )
    scaled = f", rates ÷{divisor:g}" if divisor != 1 else ""
    words = "no floor" if floor is None else f"≥ {number(floor, 'Mbit/s', 0)}{scaled}"
    return Cell(regions=pair, budget=words, directions=tuple(directions), floor=floor)


def _latency(source: str, destination: str, found: Sequence[Latency], ceiling: float | None) -> CellDirection:
    averages = [m.avg_ms for m in found if m.avg_ms is not None]
    if not averages:
        return _silent(source, destination, found)
    p95 = max((m.p95_ms for m in found if m.p95_ms is not None), default=None)
    loss = max((m.loss_ratio for m in found if m.loss_ratio is not None), default=None)
    return CellDirection(
        source=source,
        destination=destination,
        verdict=worst(m.verdict for m in found),
        figure=span(averages, "ms"),
        notes=(f"p95 {number(p95, 'ms')}", f"loss {percent(loss)}", *_silent_note(found, len(averages))),
        distribution=distribution((m.histogram for m in found), ceiling),
        low=min(averages),
        high=max(averages),
    )


def _throughput(source: str, destination: str, found: Sequence[Throughput]) -> CellDirection:
    rates = [m.mbit_per_s for m in found if m.mbit_per_s is not None]
    if not rates:
        return _silent(source, destination, found)
    retransmits = [m.retransmits for m in found if m.retransmits is not None]
    resent = (plural(sum(retransmits), "retransmit"),) if retransmits else ()
    limited = ("limited by the hosts, not the network",) if any(m.host_limited for m in found) else ()
    return CellDirection(
        source=source,
        destination=destination,
        verdict=worst(m.verdict for m in found),
        figure=span(rates, "Mbit/s"),
        notes=(*resent, *limited, *_silent_note(found, len(rates))),
        low=min(rates),
        high=max(rates),
    )


def _silent(source: str, destination: str, found: Sequence[Latency | Throughput]) -> CellDirection:
    """Nothing measured, or asked and not answered, which is never a pass."""
    verdicts = [Verdict.UNOBSERVABLE if m.verdict is Verdict.CONFORMS else m.verdict for m in found]
    return CellDirection(
        source=source,
        destination=destination,
        verdict=worst(verdicts),
        figure="no answer" if found else "not measured",
        notes=tuple(dict.fromkeys(m.error for m in found if m.error)),
    )


def _silent_note(found: Sequence[Latency | Throughput], answered: int) -> tuple[str, ...]:
    silent = len(found) - answered
    return (f"{silent} of {plural(len(found), 'host pair')} gave no answer",) if silent else ()


def _directions(pair: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return (pair,) if pair[0] == pair[1] else (pair, (pair[1], pair[0]))


def _first(values: Iterable[float | None]) -> float | None:
    return next((value for value in values if value is not None), None)
