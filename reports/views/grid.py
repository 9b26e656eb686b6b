"""A table of Regions: the measurements between each two, in both directions, against the budget."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import msgspec

from probes.model.conformance.measurements import Latency, Throughput
from probes.model.conformance.verdict import Verdict
from reports.results.model import Budget, Results
from reports.views.cells import Cell, latency_cell, throughput_cell

One = TypeVar("One", Latency, Throughput)
Pair = tuple[str, str]
CARDS_ACROSS = 5


class Grid(msgspec.Struct, frozen=True, kw_only=True):
    """The lower triangle of the Region table: each two Regions meet once."""

    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]
    columns: tuple[str, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The cells that are not empty."""
        return tuple(cell for _, row in self.rows for cell in row if cell is not None)

    @property
    def is_wide(self) -> bool:
        """Too many Regions for a card in every cell."""
        return len(self.columns) > CARDS_ACROSS

    @property
    def failing_or_unknown(self) -> tuple[Cell, ...]:
        """The cells that fail or are unknown."""
        return tuple(c for c in self.cells if c.verdict in (Verdict.NONCONFORMING, Verdict.UNOBSERVABLE))


def latency_grid(results: Results) -> Grid:
    """Round-trip times of every documented or measured pair of Regions."""
    budgets = {_key(b.between): b for b in results.budgets}
    return _grid(results, budgets, results.latency, latency_cell)


def throughput_grid(results: Results) -> Grid:
    """Throughput of every pair of Regions that is measured or has a floor."""
    budgets = {_key(b.between): b for b in results.budgets if b.throughput_floor_mbit_per_s is not None}
    divisor = results.lab.rate_divisor if results.lab else 1.0
    return _grid(results, budgets, results.throughput, partial(throughput_cell, divisor=divisor))


def _grid(
    results: Results,
    budgets: Mapping[Pair, Budget],
    measurements: Iterable[One],
    cell_of: Callable[[Pair, Budget | None, Sequence[One]], Cell],
) -> Grid:
    found: dict[Pair, list[One]] = {}
    for one in measurements:
        found.setdefault(_key((one.source_region, one.destination_region)), []).append(one)
    wanted = budgets.keys() | found.keys()
    regions = _regions(results)
    cells = {
        _key((column, row)): cell_of(
            (column, row), budgets.get(_key((column, row))), found.get(_key((column, row)), [])
        )
        for column, row in _lower_triangle(regions)
        if _key((column, row)) in wanted
    }
    return _table(regions, cells)


def _table(regions: Sequence[str], cells: Mapping[Pair, Cell]) -> Grid:
    """The cells in rows and columns; rows and columns without a cell are left out."""
    shown = {(c, r): cells[_key((c, r))] for c, r in _lower_triangle(regions) if _key((c, r)) in cells}
    columns = [region for region in regions if any(column == region for column, _ in shown)]
    rows = [region for region in regions if any(row == region for _, row in shown)]
    return Grid(
        rows=tuple((row, tuple(shown.get((column, row)) for column in columns)) for row in rows),
        columns=tuple(columns),
    )


def _lower_triangle(regions: Sequence[str]) -> list[Pair]:
    return [(column, row) for index, row in enumerate(regions) for column in regions[: index + 1]]


def _regions(results: Results) -> tuple[str, ...]:
    """The Regions in the spec's order, then those that only a measurement names."""
    named = [name for budget in results.budgets for name in budget.between]
    ends = [name for one in results.measurements for name in (one.source_region, one.destination_region)]
    return tuple(dict.fromkeys((*named, *ends)))


def _key(pair: Pair) -> Pair:
    return (min(pair), max(pair))
