"""How the verdicts of tests add up to those of requirements and of the run."""

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from probes.model.conformance.verdict import Verdict
from reports.results.model import Requirement, RequirementResult, Results, TestResult

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


def failing_waivers(results: Results) -> tuple[str, ...]:
    """The waivers that fail a run, each as "REQ-01 on RESOURCE: stale"."""
    return tuple(
        f"{waiver.requirement} on {waiver.resource}: {waiver.status}"
        for waiver in results.waivers
        if waiver.status in ("stale", "expired")
    )


def overall(results: Results) -> Verdict:
    """The verdict of the run: "conforms" also stands for a run whose deviations are all waived.

    A stale or expired waiver is nonconforming, a defect of the run itself unobservable, and a run that judged
    nothing is "not run".
    """
    verdict = worst(test.verdict for test in results.tests)
    if failing_waivers(results):
        return Verdict.NONCONFORMING
    if results.problems:
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
