"""A run that fails only on what is worse than an earlier one: what was there before is shown apart."""

import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from probes.model.conformance.verdict import Verdict, Violation
from probes.model.conformance.waivers import covered
from probes.model.errors import InputError
from reports.history.kept import KEPT, require_baseline
from reports.recorder.phases import phase_in
from reports.recorder.properties import read
from reports.results.files import RESULTS, read_results
from reports.results.model import Results, WaiverResult

LAST, SET = "@last", "@set"
KNOWN = "conformance_known"
Seen = tuple[str, str, str, str]


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """What an earlier run found: each violation by what it says, and the IDs of the tests that could not tell."""

    name: str
    spec: str
    violations: frozenset[Seen]
    doubtful: frozenset[str]

    def knows(self, report: pytest.TestReport) -> bool:
        """Whether a failed report says nothing that the earlier run did not say."""
        data = read(report.user_properties)
        left = _unwaived(data.violations, data.waivers, data.requirements)
        if phase_in(report).cause != "assertion" or (data.reason and not left):
            return report.nodeid in self.doubtful
        return bool(left) and self.violations.issuperset(_seen(data.requirements, left))


def read_baseline(given: str, directory: Path, base: Path) -> Baseline:
    """The baseline of `--baseline`: a results.json, or the last or the kept one in the report folder.

    Raises InputError when it is no such file, or of a run that ended early.
    """
    path = {LAST: directory / RESULTS, SET: directory / KEPT}.get(given, base / given)
    if given == LAST and not path.exists():
        raise InputError(f"--baseline {LAST}: no earlier run has left {os.path.relpath(path)}")
    if given == SET and not path.exists():
        raise InputError(f"--baseline {SET}: none was set; see `python -m reports baseline set`")
    results = read_results(path)
    require_baseline(f"--baseline {given}", results)
    return Baseline(
        name=f"{given} of {results.finished_at:%Y-%m-%d %H:%M %Z}",
        spec=results.judged.spec,
        violations=frozenset(_violations(results)),
        doubtful=frozenset(
            test.id for test in results.tests if test.verdict in (Verdict.UNOBSERVABLE, Verdict.NONCONFORMING)
        ),
    )


def _violations(results: Results) -> Iterable[Seen]:
    for test in results.tests:
        yield from _seen(test.requirements, _unwaived(test.violations, test.waivers, test.requirements))


def _unwaived(
    violations: Iterable[Violation], waivers: Iterable[WaiverResult], requirements: Iterable[str]
) -> list[Violation]:
    names = tuple(requirements)
    used = [waiver for waiver in waivers if waiver.status == "used" and waiver.requirement in names]
    return [v for v in violations if not any(covered(waiver.resource, v.resource) for waiver in used)]


def _seen(requirements: Iterable[str], violations: Iterable[Violation]) -> Iterable[Seen]:
    found = list(violations)
    return ((name, v.resource, v.expected, v.observed) for name in requirements for v in found)


def excuse(report: pytest.TestReport, baseline: Baseline) -> None:
    """Let a failed report that says nothing new fail no run: to pytest it is an expected failure."""
    if report.failed and baseline.knows(report):
        setattr(report, KNOWN, True)
        report.outcome = "skipped"
        report.wasxfail = f"there before: {baseline.name}"
