"""Makes what pytest reports of a test safe for the terminal and for JUnit."""

import re

import msgspec
import pytest

from probes.model.untrusted_text import cleaned, one_line, shown

LIMIT = 1_000_000
_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def clean_report(report: pytest.TestReport) -> None:
    """Show every text of the report as `shown` does. A failure that is clean already keeps pytest's form."""
    report.user_properties = [(name, _clean_property(value)) for name, value in report.user_properties]
    report.sections = [(name, _clean(text)) for name, text in report.sections]
    if hasattr(report, "wasxfail"):
        report.wasxfail = one_line(report.wasxfail)
    if isinstance(report.longrepr, tuple):
        path, line, reason = report.longrepr
        report.longrepr = (path, line, one_line(reason))
    elif report.longrepr and (clean := _clean(report.longreprtext)) != report.longreprtext:
        report.longrepr = clean


def _clean(text: str) -> str:
    return shown(_COLOUR.sub("", text), LIMIT)


def _clean_property(value: object) -> object:
    """A property's text; JSON is cleaned inside its strings, so that it stays JSON."""
    if not isinstance(value, str) or shown(value, LIMIT) == value:
        return value
    try:
        return msgspec.json.encode(cleaned(msgspec.json.decode(value))).decode()
    except msgspec.DecodeError:
        return shown(value)
