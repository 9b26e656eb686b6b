"""Results arranged for a reader: failures first, the matrix by section, everything counted."""

from collections.abc import Sequence

import msgspec

from probes.model.conformance.verdict import Verdict, Violation
from reports.history.changes import Changes, changes
from reports.history.snapshot import Snapshot, snapshot
from reports.results.model import RequirementResult, Results, TestResult, WaiverResult
from reports.results.verdicts import counts, overall, worst
from reports.results.words import headline, judged_words
from reports.views.drawing import Drawing, drawing
from reports.views.grid import Grid, latency_grid, throughput_grid
from reports.views.trends import Trend, latency_trends, throughput_trends

SHOWN_VIOLATIONS = 50
SLOWEST = 10


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """One nonconforming test. `hidden` counts the violations that only results.json lists."""

    requirements: tuple[str, ...]
    sentence: str
    test: TestResult
    violations: tuple[Violation, ...]
    hidden: int


class Unobservable(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why tests could not decide, and those tests."""

    reason: str
    requirements: tuple[str, ...]
    tests: tuple[TestResult, ...]


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
    judged: tuple[tuple[str, str], ...]
    requirement_counts: dict[Verdict, int]
    test_counts: dict[Verdict, int]
    failures: tuple[Failure, ...]
    unobservable: tuple[Unobservable, ...]
    sections: tuple[Section, ...]
    tests: dict[str, TestResult]
    waivers: tuple[WaiverResult, ...]
    latency: Grid
    throughput: Grid
    drawing: Drawing | None
    changes: Changes | None
    latency_trends: tuple[Trend, ...]
    throughput_trends: tuple[Trend, ...]

    @property
    def slowest(self) -> list[TestResult]:
        """The tests that took longest."""
        return sorted(self.results.tests, key=lambda test: -test.duration_s)[:SLOWEST]


def page(results: Results, past: Sequence[Snapshot] = ()) -> Page:
    """The results arranged for a reader; `past` are earlier runs about the same network, oldest first."""
    latency = latency_grid(results)
    now = snapshot(results)
    return Page(
        results=results,
        verdict=overall(results),
        headline=headline(results),
        judged=judged_words(results.judged),
        requirement_counts=counts(row.verdict for row in results.requirements),
        test_counts=counts(test.verdict for test in results.tests),
        failures=_failures(results),
        unobservable=_unobservable(results.tests),
        sections=_sections(results.requirements),
        tests={test.id: test for test in results.tests},
        waivers=_waivers(results.waivers),
        latency=latency,
        throughput=throughput_grid(results),
        drawing=drawing(results, latency),
        changes=next((changes(run, now) for run in reversed(past) if run.verdicts), None),
        latency_trends=latency_trends((*past, now)),
        throughput_trends=throughput_trends((*past, now)),
    )


def _failures(results: Results) -> tuple[Failure, ...]:
    sentences = {row.id: row.sentence for row in results.requirements}
    return tuple(
        Failure(
            requirements=test.requirements,
            sentence=" ".join(filter(None, (sentences.get(name, "") for name in test.requirements))),
            test=test,
            violations=test.violations[:SHOWN_VIOLATIONS],
            hidden=max(0, len(test.violations) - SHOWN_VIOLATIONS),
        )
        for test in results.tests
        if test.verdict is Verdict.NONCONFORMING
    )


def _unobservable(tests: Sequence[TestResult]) -> tuple[Unobservable, ...]:
    by_reason: dict[str, list[TestResult]] = {}
    for test in tests:
        if test.verdict is Verdict.UNOBSERVABLE:
            by_reason.setdefault(test.message or "no reason given", []).append(test)
    return tuple(
        Unobservable(
            reason=reason,
            requirements=tuple(dict.fromkeys(name for test in stopped for name in test.requirements)),
            tests=tuple(stopped),
        )
        for reason, stopped in by_reason.items()
    )


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
