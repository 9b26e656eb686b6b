"""Running the static suite on a given network, in a process of its own that has pytest and the suite loaded."""

import multiprocessing
import os
import sys
from pathlib import Path
from unittest.mock import patch

import msgspec
import pytest

from probes.model.conformance.verdict import Verdict, Violation
from reports.results.model import RequirementResult, Results, TestResult
from suites.selftest.spec.edit import ROOT

PRELOADED = [
    "pytest",
    "probes.model.checks.documented",
    "probes.model.reachability.analysis",
    "probes.sources.dump",
    "reports.publish",
]
"""
Nothing that is a pytest plugin: those have to be imported by pytest itself.
"""

DEADLINE_S = 120


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found, and what it printed."""

    exit_code: int
    requirements: dict[str, RequirementResult]
    tests: tuple[TestResult, ...]
    output: str

    def those(self, verdict: Verdict) -> set[str]:
        """The IDs of the requirements with a verdict."""
        return {name for name, row in self.requirements.items() if row.verdict is verdict}

    @property
    def violations(self) -> set[tuple[tuple[str, ...], Violation]]:
        """Every violation with the requirements that it is one of."""
        return {(test.requirements, violation) for test in self.tests for violation in test.violations}


def judge(scratch: Path, *options: str) -> Judged:
    """The verdicts of `pytest suites/static` with these options; `scratch` takes its report and its output."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    report, output = scratch / "report", scratch / "output.txt"
    given = ["-p", "no:cacheprovider", "-q", "--draws=0", "--report", str(report)]
    arguments = ["suites/static", *given, *options]
    process = context.Process(target=_run, args=(arguments, output))
    process.start()
    process.join(DEADLINE_S)
    if process.exitcode is None:
        process.kill()
    text = output.read_text(encoding="utf-8")
    results = report / "results.json"
    if not results.exists():
        raise AssertionError(f"the run wrote no results:\n{text}")
    found = msgspec.json.decode(results.read_bytes(), type=Results)
    return Judged(
        exit_code=process.exitcode or 0,
        requirements={row.id: row for row in found.requirements},
        tests=found.tests,
        output=text,
    )


def _run(arguments: list[str], output: Path) -> None:
    os.chdir(ROOT)
    os.environ["CI"] = "true"  # pytest prints more there, on any machine the same
    with output.open("w", encoding="utf-8") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
        with patch("reports.publish.render"):  # a quarter of the time, and only results.json is read
            code = pytest.main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(code))
