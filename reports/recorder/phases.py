"""The verdict of one test from what pytest says about its set-up, call and tear-down."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec
import pytest

from probes.model.conformance.verdict import Verdict
from probes.model.errors import ProbeError
from probes.model.untrusted_text import shown
from reports.recorder.properties import TestData, read
from reports.results.model import TestResult
from reports.results.verdicts import worst

ATTRIBUTE = "conformance_phase"


class Phase(msgspec.Struct, frozen=True, kw_only=True):
    """What a serialised report no longer says: whether an assertion failed or something else, and its message."""

    cause: Literal["", "assertion", "error"] = ""
    message: str = ""


def phase_of(call: pytest.CallInfo[Any]) -> Phase:
    """What ended the phase. A skip and an expected failure say their reason themselves."""
    if call.excinfo is None:
        return Phase()
    error = call.excinfo.value
    cause: Literal["assertion", "error"] = "assertion" if isinstance(error, AssertionError) else "error"
    plain = isinstance(error, ProbeError | AssertionError | pytest.skip.Exception)
    message = str(error) if plain else f"{type(error).__name__}: {error}"
    return Phase(cause=cause, message=shown(message))


def result_of(
    node_id: str, reports: Sequence[pytest.TestReport], marked: Iterable[str], data: TestData
) -> TestResult:
    """The result of one executed test from its reports in order and the data in them.

    `marked` are its requirement IDs as collected.
    """
    verdicts = [verdict_of(report) for report in reports]
    verdict = worst(verdicts)
    told = (message_of(report) for report, found in zip(reports, verdicts, strict=True) if found is verdict)
    message = next(filter(None, told), "")
    return TestResult(
        id=node_id,
        requirements=data.requirements or tuple(marked),
        verdict=verdict,
        duration_s=sum(report.duration for report in reports),
        violations=data.violations,
        message=data.reason if data.reason and verdict is Verdict.UNOBSERVABLE else message,
        waivers=data.waivers,
        known=any(getattr(report, "conformance_known", False) for report in reports),
    )


def data_of(reports: Iterable[pytest.TestReport]) -> TestData:
    """The data in the properties of all phases: a later phase repeats an earlier one's, or misses some."""
    pairs = (tuple(pair) for report in reports for pair in report.user_properties)
    return read(dict.fromkeys(pairs))


def verdict_of(report: pytest.TestReport) -> Verdict:
    """The verdict of one phase. Only an AssertionError of the test itself speaks about the network.

    A passed set-up or tear-down says nothing ("not run"). A strict xfail that passes is a waiver that no
    longer needed, which fails.
    """
    phase = phase_in(report)
    expected = hasattr(report, "wasxfail")
    if getattr(report, "conformance_known", False):
        judged = phase.cause == "assertion" and report.when == "call"
        return Verdict.NONCONFORMING if judged else Verdict.UNOBSERVABLE
    if report.outcome == "passed":
        return Verdict.CONFORMS if report.when == "call" else Verdict.NOT_RUN
    if report.outcome == "skipped":
        if not expected:
            return Verdict.NOT_RUN
        return Verdict.WAIVED if phase.cause == "assertion" else Verdict.UNOBSERVABLE
    if report.when != "call":
        return Verdict.UNOBSERVABLE
    strict_pass = isinstance(report.longrepr, str) and report.longrepr.startswith("[XPASS(strict)]")
    return Verdict.NONCONFORMING if phase.cause == "assertion" or strict_pass else Verdict.UNOBSERVABLE


def message_of(report: pytest.TestReport) -> str:
    """Why the phase ended as it did: the exception's message, else what pytest prints."""
    if report.outcome == "passed":
        return ""
    reason = str(getattr(report, "wasxfail", ""))
    message = phase_in(report).message or shown(report.longreprtext)
    return "; ".join(part for part in (reason, message) if part)


def phase_in(report: pytest.TestReport) -> Phase:
    """What the recorder noted of the phase where the test ran."""
    return msgspec.convert(getattr(report, ATTRIBUTE, {}), Phase)
