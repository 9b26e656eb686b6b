"""How the verdicts of tests decide those of measurements, waivers, requirements and the run."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from probes.model.conformance.measurements import Latency, Throughput
from probes.model.conformance.verdict import Verdict
from reports.results.model import (
    Measurement,
    Requirement,
    RequirementResult,
    Results,
    TestResult,
    WaiverResult,
    WaiverStatus,
)

WORST_FIRST: tuple[Verdict, ...] = (
    Verdict.NONCONFORMING,
    Verdict.UNOBSERVABLE,
    Verdict.WAIVED,
    Verdict.CONFORMS,
    Verdict.NOT_RUN,
)
UNCATALOGUED = "Not in the catalogue"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict that decides; "not run" gives way to every other one."""
    return min(verdicts, key=WORST_FIRST.index, default=Verdict.NOT_RUN)


def matrix(catalogue: Sequence[Requirement], tests: Sequence[TestResult]) -> tuple[RequirementResult, ...]:
    """One row per catalogue entry, tested or not, then one per ID that only a test knows."""
    tests_of: dict[str, list[TestResult]] = {entry.id: [] for entry in catalogue}
    for test in tests:
        for requirement in test.requirements:
            tests_of.setdefault(requirement, []).append(test)
    entries = {entry.id: entry for entry in catalogue}
    return tuple(
        _row(entries.get(name, Requirement(id=name, section=UNCATALOGUED)), found)
        for name, found in tests_of.items()
    )


def counts(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """How often each verdict occurs, worst first, zeros included."""
    counter = Counter(verdicts)
    return {verdict: counter[verdict] for verdict in WORST_FIRST}


def merged_measurements(found: Iterable[Measurement]) -> tuple[Measurement, ...]:
    """One measurement per kind and ordered host pair: the one with the worst verdict, if possible with figures."""
    groups: dict[tuple[type, str, str, str, str], list[Measurement]] = {}
    for one in found:
        key = (type(one), one.source_region, one.destination_region, one.source, one.destination)
        groups.setdefault(key, []).append(one)
    return tuple(
        min(groups[key], key=lambda one: (WORST_FIRST.index(one.verdict), bool(one.error)))
        for key in sorted(groups, key=lambda key: key[1:])
    )


def by_kind(measurements: Sequence[Measurement]) -> dict[str, Any]:
    """The measurements under the names that `Results` has for them."""
    return {
        "latency": tuple(m for m in measurements if isinstance(m, Latency)),
        "throughput": tuple(m for m in measurements if isinstance(m, Throughput)),
    }


def waiver_statuses(
    declared: Sequence[WaiverResult], tests: Sequence[TestResult], decided: Collection[str]
) -> tuple[WaiverResult, ...]:
    """The declared waivers, and any that only a test names, each with its status.

    `decided` are the requirements whose unused waivers are stale.
    """
    named = {(w.requirement, w.resource): w for test in tests for w in test.waivers}
    known = {(w.requirement, w.resource): w for w in declared}
    today = datetime.now(UTC).date()
    return tuple(
        msgspec.structs.replace(waiver, status=_status(waiver, named.get(key), today, decided))
        for key, waiver in (named | known).items()
    )


def failing_waivers(results: Results) -> tuple[str, ...]:
    """The waivers that fail a run, each as "REQ-01 on RESOURCE: stale"."""
    return tuple(
        f"{waiver.requirement} on {waiver.resource}: {waiver.status}"
        for waiver in results.waivers
        if waiver.status in ("stale", "expired")
    )


def overall(results: Results) -> Verdict:
    """The verdict of the run: "conforms" also stands for a run whose deviations are waived or were there before.

    A stale or expired waiver is nonconforming, a defect of the run itself or its early end unobservable, and a run
    that judged nothing is "not run".
    """
    verdict = worst(Verdict.WAIVED if test.known else test.verdict for test in results.tests)
    if failing_waivers(results):
        return Verdict.NONCONFORMING
    if results.problems or results.interrupted:
        return worst((verdict, Verdict.UNOBSERVABLE))
    return Verdict.CONFORMS if verdict is Verdict.WAIVED else verdict


def is_decided(row: RequirementResult) -> bool:
    """Every test of the requirement ran and could tell."""
    return bool(row.tests) and not row.tests_not_run and row.verdict is not Verdict.UNOBSERVABLE


def passes(results: Results) -> bool:
    """Whether the run may exit with 0."""
    return overall(results) is Verdict.CONFORMS


def _row(entry: Requirement, tests: Sequence[TestResult]) -> RequirementResult:
    return RequirementResult(
        **msgspec.structs.asdict(entry),
        verdict=worst(test.verdict for test in tests),
        tests=tuple(test.id for test in tests),
        tests_not_run=sum(test.verdict is Verdict.NOT_RUN for test in tests),
    )


def _status(
    declared: WaiverResult, named: WaiverResult | None, today: date, decided: Collection[str]
) -> WaiverStatus:
    if declared.expires and declared.expires < today:
        return "expired"
    if declared.status != "not judged":
        return declared.status
    if named:
        return named.status
    names = {declared.requirement, declared.requirement.partition(":")[0]}
    return "not judged" if names.isdisjoint(decided) else "stale"
