"""Results arranged for a reader: causes first, the matrix by section, everything counted."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Literal, TypeVar

import msgspec

from probes.model.conformance.measurements import Latency, Throughput
from probes.model.conformance.verdict import Verdict
from reports.causes.grouping import explained
from reports.causes.model import Cause, Reason, RegionSet, explanation
from reports.history.changes import Changes, changes_since
from reports.history.snapshot import Snapshot, snapshot
from reports.history.steps import Step, steps
from reports.results.model import RequirementResult, Results, TestResult, WaiverResult
from reports.results.verdicts import counts, overall, worst
from reports.results.words import headline, hosts_words, judged_words, sent_words, there_before
from reports.views.delivered import DeliveryMatrix, delivery_matrix
from reports.views.drawing import Drawing, drawing
from reports.views.grid import Grid, latency_grid, throughput_grid
from reports.views.trends import Trend, latency_trends, throughput_trends

SLOWEST = 10
NEXT_WAIVERS = 3
Measured = TypeVar("Measured", Latency, Throughput)


class CauseSince(msgspec.Struct, frozen=True, kw_only=True):
    """A cause, and when what it breaks was first seen broken without a break since; None without a history."""

    cause: Cause
    since: datetime | None


class RunCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How many requirements had which verdict in one run."""

    finished_at: datetime
    counts: dict[Verdict, int]

    @property
    def total(self) -> int:
        """How many requirements there were."""
        return sum(self.counts.values())


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One section of the architecture with its requirements."""

    name: str
    rows: tuple[RequirementResult, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of the section."""
        return worst(row.verdict for row in self.rows)

    @property
    def counts(self) -> dict[Verdict, int]:
        """The verdicts that occur, worst first."""
        return {verdict: n for verdict, n in counts(row.verdict for row in self.rows).items() if n}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a report shows."""

    results: Results
    verdict: Verdict
    headline: str
    explanation: str
    judged: tuple[tuple[str, str], ...]
    sent: str
    hosts: str
    requirement_counts: dict[Verdict, int]
    test_counts: dict[Verdict, int]
    causes: tuple[CauseSince, ...]
    reasons: tuple[Reason, ...]
    sections: tuple[Section, ...]
    tests: dict[str, TestResult]
    waivers: tuple[WaiverResult, ...]
    latency: Grid
    throughput: Grid
    drawing: Drawing | None
    delivered: DeliveryMatrix
    changes: Changes | None
    steps: tuple[Step, ...]
    runs: tuple[RunCounts, ...]
    latency_trends: tuple[Trend, ...]
    throughput_trends: tuple[Trend, ...]

    def sentences(self, requirements: Sequence[str]) -> str:
        """What requirements say."""
        known = {row.id: row.sentence for row in self.results.requirements}
        return " ".join(filter(None, (known.get(name, "") for name in requirements)))

    @property
    def before(self) -> tuple[str, ...]:
        """The requirements of which the baseline said what this run says."""
        return there_before(self.results)

    @property
    def next_waivers(self) -> list[WaiverResult]:
        """The waivers that end first, of those that hold."""
        holding = [waiver for waiver in self.waivers if waiver.expires and waiver.status == "used"]
        return sorted(holding, key=lambda waiver: str(waiver.expires))[:NEXT_WAIVERS]

    @property
    def slowest(self) -> list[TestResult]:
        """The tests that took longest."""
        return sorted(self.results.tests, key=lambda test: -test.duration_s)[:SLOWEST]


def page(results: Results, past: Sequence[Snapshot] = ()) -> Page:
    """The results arranged for a reader; `past` are earlier runs about the same network, oldest first."""
    found = explained(results)
    broken = frozenset(regions for cause in found.causes for regions in cause.regions)
    results = _without_false_doubt(results, broken)
    latency, throughput = latency_grid(results), throughput_grid(results)
    now = snapshot(results)
    return Page(
        results=results,
        verdict=overall(results),
        headline=headline(results),
        explanation=explanation(results, found),
        judged=judged_words(results.judged),
        sent=sent_words(results.sent),
        hosts=hosts_words(results.hosts),
        requirement_counts=counts(row.verdict for row in results.requirements),
        test_counts=counts(test.verdict for test in results.tests),
        causes=tuple(CauseSince(cause=cause, since=_since(cause, past)) for cause in found.causes),
        reasons=found.reasons,
        sections=_sections(results.requirements),
        tests={test.id: test for test in results.tests},
        waivers=_waivers(results.waivers),
        latency=latency,
        throughput=throughput,
        delivered=delivery_matrix(results.deliveries, results.requirements),
        drawing=drawing(results, latency, broken),
        changes=changes_since(past, now),
        steps=steps((*past, now)),
        runs=tuple(
            RunCounts(finished_at=run.finished_at, counts=counts(run.verdicts.values()))
            for run in (*past, now)
        ),
        latency_trends=latency_trends((*past, now), _limits(latency, "ceiling")),
        throughput_trends=throughput_trends((*past, now), _limits(throughput, "floor")),
    )


def _limits(grid: Grid, name: Literal["ceiling", "floor"]) -> Mapping[RegionSet, float]:
    limits = {frozenset(cell.regions): getattr(cell, name) for cell in grid.cells}
    return {regions: limit for regions, limit in limits.items() if limit is not None}


def _without_false_doubt(results: Results, broken: Collection[RegionSet]) -> Results:
    """The results in which a figure that is missing because of a known cause is nonconforming, not unknown."""

    def judged(one: Measured) -> Measured:
        is_missing = one.verdict is Verdict.UNOBSERVABLE
        is_explained = frozenset((one.source_region, one.destination_region)) in broken
        verdict = Verdict.NONCONFORMING if is_missing and is_explained else one.verdict
        return msgspec.structs.replace(one, verdict=verdict)

    return msgspec.structs.replace(
        results,
        latency=tuple(map(judged, results.latency)),
        throughput=tuple(map(judged, results.throughput)),
    )


def _since(cause: Cause, past: Sequence[Snapshot]) -> datetime | None:
    broken = takewhile(
        lambda run: any(run.verdicts.get(name) is Verdict.NONCONFORMING for name in cause.requirements),
        (run for run in reversed(past) if run.verdicts),
    )
    return min((run.finished_at for run in broken), default=None)


def _sections(rows: Sequence[RequirementResult]) -> tuple[Section, ...]:
    by_name: dict[str, list[RequirementResult]] = {}
    for row in rows:
        by_name.setdefault(row.section or "Other", []).append(row)
    return tuple(Section(name=name, rows=tuple(found)) for name, found in by_name.items())


def _waivers(waivers: Sequence[WaiverResult]) -> tuple[WaiverResult, ...]:
    """The ones that fail first, then by expiry."""
    urgency = {"expired": 0, "stale": 1}
    return tuple(
        sorted(waivers, key=lambda w: (urgency.get(w.status, 2), str(w.expires or "9"), w.requirement))
    )
