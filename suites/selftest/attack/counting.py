"""The pytest plugin that counts what a campaign tries, in the file that ATTACK_COUNTS names.

One line of JSON for each test, written as soon as it ends: a campaign that is stopped has counted what it did.
An input that hypothesis draws is one attempt; so is a test that draws none. A test that tries inputs in a loop
of its own says how many with `record_property("attempts", n)`.

A test that Ctrl-C met when the time was over counts for nothing: one that runs `reports run` within this process
hands the signal to its child, fails because of it, and lets the session go on. The session ends after it.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis.statistics import collector

_PHASES = ("reuse-phase", "generate-phase", "shrink-phase")


class Count(msgspec.Struct, frozen=True):
    """What one test tried, and whether it failed. `drawn` is how many of its attempts hypothesis drew."""

    test: str
    attempts: int
    drawn: int
    failed: bool


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """Count the inputs that hypothesis draws for a test."""
    drawn: list[int] = []

    def count(statistics: dict[str, Any]) -> None:
        drawn.append(sum(len(statistics.get(phase, {}).get("test-cases", ())) for phase in _PHASES))

    with collector.with_value(count):  # type: ignore[arg-type]  # it holds None until somebody listens
        result = yield
    if over(_counts()).exists():
        item.session.shouldstop = "the time is over"
        return result
    said = sum(value for name, value in item.user_properties if name == "attempts" and isinstance(value, int))
    attempts = sum(drawn) + said or 1
    _write(Count(test=item.name, attempts=attempts, drawn=sum(drawn), failed=item.nodeid in _failed))
    return result


_failed: set[str] = set()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Remember which tests failed, in whichever phase."""
    if report.failed:
        _failed.add(report.nodeid)


def over(counts: Path) -> Path:
    """The file that says that the time of a campaign is over."""
    return counts.with_name("over")


def _counts() -> Path:
    return Path(os.environ["ATTACK_COUNTS"])


def _write(count: Count) -> None:
    with _counts().open("ab") as file:
        file.write(msgspec.json.encode(count) + b"\n")
