"""
What became of each waiver in a run.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import msgspec

from probes.model.verdict import Verdict
from reports.model import RequirementResult, TestResult, WaiverResult, WaiverStatus

LEAST_SURE_LAST: tuple[WaiverStatus, ...] = ("expired", "used", "stale", "not judged")


def settled(
    declared: Sequence[WaiverResult],
    requirements: Sequence[RequirementResult],
    tests: Sequence[TestResult],
    *,
    complete: bool,
) -> tuple[WaiverResult, ...]:
    """
    The declared waivers, and any that only a test names, with what became of them.

    Only a complete run can call a waiver stale, and only when every test of its requirement ran and could
    tell.
    """
    named = {(w.requirement, w.resource): w for test in tests for w in test.waivers}
    known = {(w.requirement, w.resource): w for w in declared}
    ids = {row.id for row in requirements if complete and _is_decided(row)}
    today = datetime.now(UTC).date()
    return tuple(
        msgspec.structs.replace(
            waiver, status=_status(waiver, named.get(key), today, decided=waiver.requirement in ids)
        )
        for key, waiver in (named | known).items()
    )


def _is_decided(row: RequirementResult) -> bool:
    return bool(row.tests) and not row.tests_not_run and row.verdict is not Verdict.UNOBSERVABLE


def _status(
    declared: WaiverResult, named: WaiverResult | None, today: date, *, decided: bool
) -> WaiverStatus:
    if declared.expires and declared.expires < today:
        return "expired"
    if declared.status != "not judged":
        return declared.status
    if named:
        return named.status
    return "stale" if decided else "not judged"
