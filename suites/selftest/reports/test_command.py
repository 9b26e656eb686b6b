import fcntl
import signal
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from reports.__main__ import main
from reports.publish import publish
from reports.recorder.command_line import command_line
from reports.results.files import read_results, write_results
from reports.results.model import Results
from reports.results.verdicts import matrix
from suites.selftest.reports.sample import CATALOGUE, sample_results

GREEN = 'conformance_verdict{verdict="conforms"} 1.0'
PROJECT = {
    "conftest.py": 'pytest_plugins = ["reports.recorder"]',
    "pytest.ini": "[pytest]\nmarkers = requirement(*ids): IDs\n",
    "test_one.py": "import pytest\n\n@pytest.mark.requirement('A')\ndef test_conforms(): pass\n",
}


@pytest.fixture
def results_path(tmp_path: Path) -> Path:
    """A results.json with the sample."""
    write_results(sample_results(), tmp_path / "results.json")
    return tmp_path / "results.json"


@pytest.fixture
def project(tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one conforming test, as the working directory."""
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:cacheprovider")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "command, start",
    [
        ("html", "<!DOCTYPE html>"),
        ("markdown", "## ✗"),
        ("openmetrics", "# TYPE"),
        ("merge", '{\n  "schema_version"'),
    ],
)
def test_each_form_is_written_where_asked(results_path: Path, command: str, start: str) -> None:
    out = results_path.with_name("sub") / "out"

    assert main([command, "--results", str(results_path), "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").startswith(start)


def test_without_out_the_text_goes_to_standard_output(
    results_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["openmetrics", "--results", str(results_path)])

    assert capsys.readouterr().out.endswith("# EOF\n")


def test_a_missing_file_is_one_line_and_exit_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["html", "--results", str(tmp_path / "none.json")]) == 2
    assert capsys.readouterr().err == f"error: {tmp_path}/none.json: no such file; expected a results.json\n"


def test_diff_exits_with_1_only_when_something_is_worse(
    results_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    better = tmp_path / "better.json"
    rows = [msgspec.structs.replace(row, verdict="conforms") for row in sample_results().requirements]
    write_results(msgspec.structs.replace(sample_results(), requirements=tuple(rows)), better)

    assert main(["diff", str(results_path), "--results", str(results_path)]) == 0
    assert capsys.readouterr().out == "nothing changed\n"
    assert main(["diff", str(better), "--results", str(results_path)]) == 1
    assert "worse: RTB-02 conforms → nonconforming" in capsys.readouterr().out


def conforming(valid_until: datetime | None) -> Results:
    tests = tuple(t for t in sample_results().tests if t.verdict == "conforms")
    rows = matrix(CATALOGUE, tests)
    return msgspec.structs.replace(sample_results(), tests=tests, requirements=rows, valid_until=valid_until)


@pytest.mark.parametrize(
    "results, code, words",
    [
        (conforming(None), 0, "conforms:"),
        (conforming(datetime(2999, 1, 1, tzinfo=UTC)), 0, "conforms:"),
        (conforming(datetime(2001, 1, 1, tzinfo=UTC)), 1, "conforms, stale:"),
        (msgspec.structs.replace(conforming(None), interrupted=True), 1, "unobservable:"),
        (sample_results(), 1, "nonconforming:"),
    ],
)
def test_old_results_are_not_a_pass(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], results: Results, code: int, words: str
) -> None:
    write_results(results, tmp_path / "results.json")

    assert main(["check", "--results", str(tmp_path / "results.json")]) == code
    assert capsys.readouterr().out.startswith(words)


def test_a_scheduled_run_leaves_reports_metrics_and_junit(project: Path) -> None:
    assert main(["run", "--report", "out", "--valid-hours", "2", "test_one.py"]) == 0

    written = {file.name for file in (project / "out").iterdir()}
    assert written >= {
        "results.json",
        "report.html",
        "report.md",
        "metrics.prom",
        "junit.xml",
        "history.sqlite",
    }
    results = read_results(project / "out/results.json")
    assert results.valid_until is not None
    assert 7190 < (results.valid_until - results.finished_at).total_seconds() < 7210


def test_a_run_that_is_killed_between_results_and_page_leaves_no_old_page(project: Path) -> None:
    assert main(["run", "--report", "out", "test_one.py"]) == 0
    killing = "import os, reports.publish\nreports.publish.render = lambda *_: os.kill(os.getpid(), 9)\n"
    (project / "conftest.py").write_text(f"{killing}{PROJECT['conftest.py']}")
    (project / "test_one.py").write_text(PROJECT["test_one.py"].replace("pass", "assert False"))

    assert main(["run", "--report", "out", "test_one.py"]) == -signal.SIGKILL
    assert "Does not conform" in (project / "out/report.html").read_text(encoding="utf-8")
    assert GREEN not in (project / "out/metrics.prom").read_text(encoding="utf-8")


def test_metrics_that_are_there_are_those_of_the_last_results(project: Path) -> None:
    assert main(["run", "--report", "out", "test_one.py"]) == 0
    assert GREEN in (project / "out/metrics.prom").read_text(encoding="utf-8")
    publish(sample_results(), project / "out")

    assert GREEN not in (project / "out/metrics.prom").read_text(encoding="utf-8")


def test_a_second_scheduled_run_does_not_overlap(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "out").mkdir()
    with (project / "out/.run.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert main(["run", "--report", "out", "test_one.py"]) == 2

    assert "another run is going on" in capsys.readouterr().err


def test_a_run_without_results_turns_the_old_report_stale(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["run", "--report", "out", "test_one.py"])
    assert main(["run", "--report", "out", "no_such_file.py"]) == 2

    assert "left no results" in capsys.readouterr().err
    assert main(["check", "--results", "out/results.json"]) == 1
    assert "STALE" in (project / "out/report.html").read_text(encoding="utf-8")
    assert "left no results" in (project / "out/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("option", ["--token", "--aws-secret-access-key", "--db-password"])
def test_the_value_after_a_secret_option_is_hidden(option: str) -> None:
    assert command_line(["pytest", option, "abc123", "-q"], Path("/repo")) == ("pytest", option, "***", "-q")


def test_the_command_line_shows_no_foreign_path() -> None:
    arguments = [
        "/home/me/.venv/bin/pytest",
        "/repo/suites/static",
        "--state=dump:/home/me/net",
        "/repository/x",
    ]

    assert command_line(arguments, Path("/repo")) == (
        "…/pytest",
        "suites/static",
        "--state=dump:…/net",
        "…/x",
    )
