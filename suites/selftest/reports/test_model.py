from pathlib import Path

import msgspec
import pytest

from probes.model.conformance.verdict import Verdict
from probes.model.errors import InputError
from probes.model.spec_checks.finding import Finding
from reports.results.files import read_results, results_text, write_atomically, write_results
from reports.results.model import LintFinding, Requirement, Results, TestResult
from reports.results.schema import results_schema
from reports.results.verdicts import WORST_FIRST, matrix, overall, passes, worst
from suites.selftest.reports.sample import CATALOGUE, TESTS, sample_results


def test_the_schema_in_docs_is_current(pytestconfig: pytest.Config) -> None:
    kept = (pytestconfig.rootpath / "docs/results.schema.json").read_text(encoding="utf-8")

    assert kept == results_schema(), "run: python -m reports schema --out docs/results.schema.json"


def test_results_survive_writing_and_reading(tmp_path: Path) -> None:
    write_results(sample_results(), tmp_path / "results.json")

    assert read_results(tmp_path / "results.json") == sample_results()


def test_a_finding_of_the_spec_lint_is_a_finding_of_the_report() -> None:
    assert set(LintFinding.__struct_fields__) == set(Finding.__struct_fields__)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "not a results.json"),
        ("[1]", "not a results.json"),
        ('{"schema_version": 99}', "schema_version 99"),
        (results_text(sample_results())[:-40], "not a results.json"),
        ('{"schema_version": 1, "run_id": 7}', "not a results.json"),
    ],
)
def test_a_file_that_is_no_results_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text)

    with pytest.raises(InputError, match=f"{path}: {message}"):
        read_results(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.json: no such file"):
        read_results(tmp_path / "nothing.json")


def test_a_write_that_fails_keeps_the_old_file_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_atomically(path, "old")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text() == "old"


def test_an_untested_requirement_is_in_the_matrix() -> None:
    rows = {row.id: row.verdict for row in matrix(CATALOGUE, TESTS)}

    assert set(rows) == {entry.id for entry in CATALOGUE}
    assert rows["HA-03"] is Verdict.NOT_RUN


def test_a_requirement_that_only_a_test_knows_is_in_the_matrix_too() -> None:
    rows = matrix([Requirement(id="A")], [TestResult(id="t", requirements=("B",), verdict=Verdict.CONFORMS)])

    assert [(row.id, row.section) for row in rows] == [("A", ""), ("B", "Not in the catalogue")]


def test_the_worst_test_decides() -> None:
    assert [worst(WORST_FIRST[index:]) for index in range(5)] == list(WORST_FIRST)
    assert worst(()) is Verdict.NOT_RUN


def results_with(*verdicts: Verdict, **fields: object) -> Results:
    tests = tuple(TestResult(id=str(n), requirements=("A",), verdict=v) for n, v in enumerate(verdicts))
    results = msgspec.structs.replace(sample_results(), tests=tests, requirements=matrix((), tests))
    return msgspec.structs.replace(results, **fields)


def test_only_a_run_that_conforms_or_is_waived_passes() -> None:
    assert passes(results_with(Verdict.CONFORMS))
    assert passes(results_with(Verdict.CONFORMS, Verdict.WAIVED))
    assert not passes(results_with(Verdict.CONFORMS, Verdict.UNOBSERVABLE))
    assert not passes(results_with(Verdict.CONFORMS, Verdict.NONCONFORMING))
    assert not passes(results_with(Verdict.NOT_RUN))
    assert not passes(results_with())
    assert not passes(results_with(Verdict.CONFORMS, problems=("collection failed",)))


@pytest.mark.parametrize("status", ["stale", "expired"])
def test_a_waiver_out_of_use_or_date_fails(status: str) -> None:
    waiver = msgspec.structs.replace(sample_results().waivers[0], status=status)

    assert overall(results_with(Verdict.CONFORMS, waivers=(waiver,))) is Verdict.NONCONFORMING
