"""Many states judged by the real static suite in one process: its tests are collected once for each spec."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from unittest.mock import patch

import pytest

from fixtures.plugins import grouping, observed_state, waivers
from fixtures.plugins.violations import pytest_assertrepr_compare, requirement_ids
from probes.model.conformance.waivers import applied
from probes.model.errors import ProbeError
from probes.model.state import State
from suites.selftest.spec.edit import ROOT

NOT_OF_A_STATE = ("test_spec.py", "test_deployment.py", "test_draws.py")
"""The tests of the document, of Terraform's files, and those that draw what the others judge whole."""


class Finding(NamedTuple):
    """Something that a test says against a network: a violation that is not waived, or that it cannot tell."""

    rule: str
    claim: str
    resource: str
    observed: str

    def __str__(self) -> str:
        return f"{self.rule}:{self.claim} {self.resource}: {self.observed}"


UNOBSERVABLE = "(unobservable)"
T = TypeVar("T")


def with_judge(spec: Path, state: State, use: Callable[["Judge"], T]) -> T:
    """What somebody makes of the judge of a spec: pytest collects the tests, and runs none of them."""
    held = _Session(state, use)
    imported = "-Wignore::pytest.PytestAssertRewriteWarning"  # the suite's plugins are, by whoever asks
    with chdir(ROOT), redirect_stdout(StringIO()) as printed:
        quiet = ("-q", "-p", "no:cacheprovider", "--report=none", "--draws=0", imported)
        pytest.main(["suites/static", *quiet, f"--spec={spec}"], plugins=[held])
    if not held.results:
        raise AssertionError(f"nothing was judged:\n{printed.getvalue()}")
    result: T = held.results[0]
    return result


class _Session:
    """A pytest plugin that uses the collected tests instead of running them."""

    def __init__(self, state: State, use: "Callable[[Judge], Any]") -> None:
        self._state = state
        self._use = use
        self.results: list[Any] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        session.config.stash[observed_state.STATE] = self._state

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        with patch("_pytest.assertion.util._reprcompare", _compared):
            self.results.append(self._use(Judge(session)))
        return True


class Judge:
    """The collected tests of the static suite for one spec, while its session lasts."""

    def __init__(self, session: pytest.Session) -> None:
        self._config = session.config
        self._tests = [
            test
            for item in session.items
            for test in (item.cases if isinstance(item, grouping.GroupedClaim) else (item,))
            if isinstance(test, pytest.Function) and test.path.name not in NOT_OF_A_STATE
        ]

    @property
    def asked(self) -> frozenset[str]:
        """The rules that the spec asks for."""
        return frozenset(map(_rule, self._tests))

    @property
    def claims(self) -> frozenset[tuple[str, str]]:
        """The rules with what each is about."""
        return frozenset((_rule(test), _claim(test)) for test in self._tests)

    def __call__(self, state: State, rules: Sequence[str] = ()) -> Iterator[Finding]:
        """What the tests of these rules, in this order, or all tests say against a state."""
        once: dict[str, Any] = {"pytestconfig": self._config, "state": state}
        tests = [test for rule in rules for test in self._tests if _rule(test) == rule]
        for test in tests if rules else self._tests:
            yield from self._findings(test, once)

    def _findings(self, test: pytest.Function, once: dict[str, Any]) -> Iterator[Finding]:
        claim = _claim(test)
        names = tuple(inspect.signature(test.function).parameters)
        try:
            found = grouping._judged(test, names, once)  # as the suite judges many claims in one test
        except pytest.skip.Exception:
            return
        except ProbeError as error:
            yield Finding(_rule(test), claim, UNOBSERVABLE, str(error))
            return
        accepted = self._config.stash[waivers.WAIVERS]
        left = applied(accepted, requirement_ids(test), found, datetime.now(UTC).date()).remaining
        yield from (Finding(_rule(test), claim, one.resource, one.observed) for one in left)


def _compared(operator: str, left: object, right: object) -> str:
    """What pytest asks its plugins while a test runs: it lets the suite keep the violations."""
    return "\n".join(pytest_assertrepr_compare(operator, left, right) or ())


def _claim(test: pytest.Function) -> str:
    return test.callspec.id if hasattr(test, "callspec") else ""


def _rule(test: pytest.Function) -> str:
    marker = test.get_closest_marker("rule")
    assert marker is not None, test.nodeid
    return str(marker.args[0])
