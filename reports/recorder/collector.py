"""Collects the test reports of a session and turns them into results."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from reports.recorder.phases import data_of, result_of
from reports.recorder.properties import TestData
from reports.results.model import (
    Context,
    Measurement,
    RequirementResult,
    Results,
    TestResult,
)
from reports.results.verdicts import by_kind, is_decided, matrix, merged_measurements, waiver_statuses

LIVE = "live"  # the catalogue's word, and the name of the suite's directory
CONFIGURATION = "configuration"
UNTESTED = ("drill", "none")


class Recording:
    """The reports of one session's conformance tests.

    `is_selection`: files or tests were named, so a requirement may have tests that were not even collected.
    """

    def __init__(self, started_at: datetime) -> None:
        self.started_at = started_at
        self.collected: dict[str, tuple[str, ...]] = {}
        self.reports: dict[str, list[pytest.TestReport]] = {}
        self.problems: list[str] = []
        self.interrupted = False
        self.is_selection = False

    def add_collected(self, requirements: Mapping[str, Iterable[str]]) -> None:
        """Note tests that exist, by node ID with their requirement IDs; the ones that never run stay "not run"."""
        self.collected |= {node_id: tuple(ids) for node_id, ids in requirements.items()}

    def add_report(self, report: pytest.TestReport) -> None:
        """Note one phase of one test."""
        self.reports.setdefault(report.nodeid, []).append(report)

    def add_problem(self, problem: str) -> None:
        """Note a defect of the run itself, once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def is_empty(self) -> bool:
        """Nothing was asked of a network, so there is nothing to report."""
        return not (self._conformance_tests() or self.problems)

    def results(self, context: Context, tool_version: str) -> Results:
        """The results: every collected test, and one row per catalogue entry."""
        data = {node_id: data_of(reports) for node_id, reports in self.reports.items()}
        tests = tuple(self._tests(data))
        measurements = self._measurements(tests, data)
        requirements = matrix(context.catalogue, tests)
        finished_at = datetime.now(UTC)
        return Results(
            tool_version=tool_version,
            run_id=uuid4().hex,
            started_at=self.started_at,
            finished_at=finished_at,
            duration_s=(finished_at - self.started_at).total_seconds(),
            interrupted=self.interrupted,
            judged=context.judged,
            requirements=requirements,
            tests=tests,
            waivers=waiver_statuses(context.waivers, tests, self._decided(context, requirements)),
            problems=tuple(self.problems),
            **by_kind(measurements),
            **_passed_on(context),
        )

    def _conformance_tests(self) -> dict[str, tuple[str, ...]]:
        """Every test with a requirement; a crashed worker's last report has lost its own."""
        reported = {
            node_id: self.collected.get(node_id) or data_of(reports).requirements
            for node_id, reports in self.reports.items()
        }
        return {node_id: ids for node_id, ids in (self.collected | reported).items() if ids}

    def _tests(self, data: Mapping[str, TestData]) -> Iterator[TestResult]:
        for node_id, ids in self._conformance_tests().items():
            if node_id in self.reports:
                yield result_of(node_id, self.reports[node_id], ids, data[node_id])
            else:
                yield TestResult(id=node_id, requirements=ids, message="collected, not executed")

    def _measurements(
        self, tests: Iterable[TestResult], data: Mapping[str, TestData]
    ) -> tuple[Measurement, ...]:
        """The measurements with the verdicts of the tests that carried them."""
        found: list[Measurement] = []
        for test in tests:
            if test.id in data:
                read = data[test.id]
                found += [msgspec.structs.replace(m, verdict=test.verdict) for m in read.measurements]
                for problem in read.problems:
                    self.add_problem(f"{test.id}: {problem}")
        return merged_measurements(found)

    def _decided(self, context: Context, requirements: Sequence[RequirementResult]) -> set[str]:
        """The requirements whose every test ran and could tell, so that an unused waiver of theirs is stale.

        Configuration and wire each use waivers of their own for one requirement, so neither alone decides
        what is verified by both, and the wire only when all pairs were measured.
        """
        if self.interrupted or self.problems or self.is_selection:
            return set()
        ways = {_way(node_id) for node_id in self._conformance_tests()}
        if len(context.judged.region_pairs) < max(1, len(context.budgets)):
            ways.discard(LIVE)
        return {row.id for row in requirements if is_decided(row) and _ways(row) <= ways}


def _way(node_id: str) -> str:
    return LIVE if LIVE in Path(node_id.partition("::")[0]).parts else CONFIGURATION


def _ways(row: RequirementResult) -> set[str]:
    testable = (way for way in row.verified_by if way not in UNTESTED)
    return {LIVE if way == LIVE else CONFIGURATION for way in testable}


def _passed_on(context: Context) -> dict[str, Any]:
    names = (
        "budgets",
        "lint",
        "gaps",
        "not_modelled",
        "lab",
        "topology",
        "deliveries",
        "traffic",
        "sent",
        "hosts",
    )
    return {name: getattr(context, name) for name in names}


def merge_contributions(contributions: Sequence[object]) -> Context:
    """The context that plugins contributed: lists joined, mappings updated. Raises msgspec.ValidationError."""
    merged: dict[str, Any] = {}
    for contribution in contributions:
        for name, value in msgspec.to_builtins(contribution, enc_hook=str).items():
            merged[name] = _joined(merged.get(name), value)
    return msgspec.convert(merged, Context, strict=False)


def _joined(earlier: Any, later: Any) -> Any:  # noqa: ANN401  # builtins of any shape
    if isinstance(earlier, list):
        return [*earlier, *later]
    if isinstance(earlier, dict) and isinstance(later, dict):
        return {name: _joined(earlier.get(name), later.get(name)) for name in earlier | later}
    return earlier if later is None else later
