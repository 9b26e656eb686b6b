"""What became of each waiver in a run."""

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime

import msgspec

from reports.results.model import TestResult, WaiverResult, WaiverStatus


def settled(
    declared: Sequence[WaiverResult], tests: Sequence[TestResult], decided: Collection[str]
) -> tuple[WaiverResult, ...]:
    """The declared waivers, and any that only a test names, with what became of them.

    `decided` are the requirements of which an unused waiver is stale.
    """
    named = {(w.requirement, w.resource): w for test in tests for w in test.waivers}
    known = {(w.requirement, w.resource): w for w in declared}
    today = datetime.now(UTC).date()
    return tuple(
        msgspec.structs.replace(waiver, status=_status(waiver, named.get(key), today, decided))
        for key, waiver in (named | known).items()
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
    return "stale" if declared.requirement in decided else "not judged"
