"""What becomes of damaged, lost and foreign files: one message, exit code 2, nothing lost, nothing left green."""

import errno
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, suppress
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model.errors import InputError
from reports import publish as publishing
from reports.__main__ import main
from reports.history.snapshot import snapshot
from reports.history.store import DamagedHistoryError, earlier, remember
from reports.publish import mark_stale, publish, write_metrics
from reports.results.files import read_results
from reports.results.verdicts import passes
from suites.selftest.fuzzing import inputs
from suites.selftest.reports.sample import sample_results
from suites.selftest.reports.test_command import GREEN, conforming
from suites.selftest.spec.edit import ROOT

pytest_plugins = ["pytester"]

GOOD = conforming(datetime(2999, 1, 1, tzinfo=UTC))
LATER = snapshot(sample_results("9" * 32, days=9))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
STATEMENTS = (
    "UPDATE runs SET verdict = 'excellent'",
    "UPDATE runs SET finished_at = '2026'",
    "UPDATE runs SET subject = subject, run_id = x'ff'",
    "UPDATE verdicts SET verdict = 7",
    "UPDATE figures SET avg_ms = 'fast'",
    "UPDATE figures SET avg_ms = 9e999",
    "UPDATE figures SET source_region = CAST(x'ff' AS TEXT) WHERE destination_region || source_region = 'usw2use1'",
    "DROP TABLE verdicts",
    "ALTER TABLE figures DROP COLUMN p95_ms",
)


CHANGES: dict[str, tuple[bytes, bytes]] = {
    "NaN": (b'"duration_s": 61.5', b'"duration_s": NaN'),
    "infinite": (b'"duration_s": 61.5', b'"duration_s": 1e999'),
    "no text": (b"us-east-1", b"us-east-\xff"),
    "foreign schema": (b'"schema_version": 1', b'"schema_version": 99'),
    "no time zone": (b"01.500000Z", b"01.500000"),
    "a test is missing": (b'"id": "suites/static', b'"id": "elsewhere'),
}
KINDS = ("lost", "a folder", "empty", "cut", "nested", *CHANGES)


def spoil(kind: str, path: Path) -> None:
    """Make the results in the file unusable, in one of several ways."""
    data = path.read_bytes()
    path.unlink()
    if kind == "a folder":
        path.mkdir()
    elif kind in CHANGES:
        assert CHANGES[kind][0] in data
        path.write_bytes(data.replace(*CHANGES[kind]))
    elif kind != "lost":
        path.write_bytes({"empty": b"", "cut": data[: len(data) // 2], "nested": b"[" * 100_000}[kind])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A report folder that says "conforms" everywhere."""
    publish(GOOD, tmp_path)
    write_metrics(GOOD, tmp_path)
    assert GREEN in (tmp_path / "metrics.prom").read_text()
    return tmp_path


@pytest.mark.parametrize("command", ["html", "markdown", "openmetrics", "check", "merge", "diff"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_command_says_what_is_wrong_with_results(
    folder: Path, capsys: pytest.CaptureFixture[str], kind: str, command: str
) -> None:
    path = folder / "results.json"
    spoil(kind, path)

    assert main([command, *([str(path)] if command == "diff" else []), "--results", str(path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: {path}")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("kind", ["good", *KINDS])
def test_a_lost_run_leaves_nothing_green_and_loses_nothing(folder: Path, kind: str) -> None:
    path = folder / "results.json"
    if kind != "good":
        spoil(kind, path)
    broken = path.read_bytes() if path.is_file() else b""
    mark_stale(folder, "the run of today left no results")
    page = (folder / "report.html").read_text(encoding="utf-8")

    assert not passes(read_results(path))
    assert main(["check", "--results", str(path)]) == 1
    assert "STALE" in page
    assert "the run of today left no results" in page
    assert GREEN not in (folder / "metrics.prom").read_text()
    kept = list(folder.glob("results.json.damaged-*"))
    assert [file.read_bytes() for file in kept if file.is_file()] == (
        [broken] if kind not in ("good", "lost", "a folder") else []
    )


def test_a_lost_run_is_a_gap_in_the_history(folder: Path) -> None:
    mark_stale(folder, "no results")
    runs = earlier(folder / "history.sqlite", msgspec.structs.replace(LATER, finished_at=datetime.now(UTC)))

    assert [(run.verdict, bool(run.verdicts)) for run in runs] == [
        ("conforms", True),
        ("unobservable", False),
    ]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_damaged_history_is_kept_and_a_new_one_begins(folder: Path, statement: str) -> None:
    path = folder / "history.sqlite"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
    damaged = path.read_bytes()
    note = publish(sample_results("2" * 32, days=2), folder).note
    (kept,) = folder.glob("history.sqlite.damaged-*")

    assert "no comparison with earlier runs" in note
    assert kept.name in note
    assert kept.read_bytes() == damaged
    assert [run.run_id for run in earlier(path, LATER)] == ["2" * 32]


def test_a_history_that_is_in_use_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports.history.store.LOCK_LIMIT_S", 0.1)
    path = folder / "history.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "database is locked" in publish(sample_results("2" * 32, days=2), folder).note
        other.execute("ROLLBACK")

    assert [run.run_id for run in earlier(path, LATER)] == [GOOD.run_id]
    assert list(folder.glob("*.damaged-*")) == []


@cache
def good_history() -> bytes:
    """A history of one run."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "history.sqlite")
        remember(path, snapshot(GOOD))
        return path.read_bytes()


@given(st.data())
def test_no_byte_of_a_history_makes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("history") / "history.sqlite"
    content = bytearray(good_history())
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with suppress(DamagedHistoryError, InputError):  # a newer format's number may arise by chance
        earlier(path, LATER)


def changed(value: Any, data: st.DataObject) -> Any:  # noqa: ANN401  # any JSON value
    """The value with one part replaced by anything."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 9)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: changed(value[name], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 9)):
        index = data.draw(st.integers(0, len(value) - 1))
        return [*value[:index], changed(value[index], data), *value[index + 1 :]]
    return data.draw(JSON)


@given(st.data())
def test_no_value_in_results_makes_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("results") / "results.json"
    tree = msgspec.json.decode(msgspec.json.encode(sample_results()))
    path.write_bytes(msgspec.json.encode(changed(tree, data)))

    for command in (["html"], ["markdown"], ["openmetrics"], ["merge"], ["check"], ["diff", str(path)]):
        assert main([*command, "--results", str(path)]) in (0, 1, 2)


@inputs()
@given(st.binary(max_size=100) | st.text().map(str.encode))
def test_no_bytes_for_results_make_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("results") / "results.json"
    path.write_bytes(content)

    assert main(["html", "--results", str(path)]) == 2


@pytest.mark.parametrize("hours", ["nan", "inf", "-inf", "-1", "0", "1e300", "soon", ""])
def test_hours_that_are_none_are_refused(capsys: pytest.CaptureFixture[str], hours: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", f"--valid-hours={hours}"])

    assert ended.value.code == 2
    assert "expected hours, more than 0" in capsys.readouterr().err


def test_a_full_disk_leaves_no_page_that_is_not_true(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, _: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(publishing, "write_atomically", full)
    with pytest.raises(OSError, match="No space left"):
        publish(sample_results("2" * 32), folder)
    with pytest.raises(OSError, match="No space left"):
        mark_stale(folder, "no results")

    assert not {"report.html", "report.md", "metrics.prom"} & {file.name for file in folder.iterdir()}


def test_what_cannot_be_written_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "file").write_text("")

    assert (
        main(["html", "--results", str(folder / "results.json"), "--out", str(folder / "file/x.html")]) == 2
    )
    assert "Not a directory" in capsys.readouterr().err or (folder / "file").is_file()


def run_reports(*arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":  # noqa: ANN401  # subprocess's own
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=ROOT, check=False, text=True, stderr=subprocess.PIPE, timeout=60, **more
    )


def test_a_full_or_closed_output_is_no_traceback(folder: Path) -> None:
    results = str(folder / "results.json")
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = run_reports("-m", "reports", "html", "--results", results, stdout=full)
    assert (ended.returncode, ended.stderr) == (2, "error: [Errno 28] No space left on device\n")
    read, write = os.pipe()
    os.close(read)
    ended = run_reports("-m", "reports", "html", "--results", results, stdout=write)
    os.close(write)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_reports_are_made_where_unix_is_not(folder: Path) -> None:
    absent = "import sys, os; sys.modules['fcntl'] = None; del os.O_NONBLOCK, os.O_CLOEXEC, os.O_NOCTTY; "
    start = f"{absent}from reports.__main__ import main; sys.exit(main())"
    for command in (
        ["html"],
        ["markdown"],
        ["openmetrics"],
        ["merge"],
        ["check"],
        ["diff", str(folder / "results.json")],
    ):
        ended = run_reports(
            "-c", start, *command, "--results", str(folder / "results.json"),
            stdout=subprocess.PIPE, env={**os.environ, "PYTHONIOENCODING": "cp1252"},
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, ""), command


@pytest.mark.parametrize("options", [["--report", "file/out"], ["--report-valid-hours", "nan"]], ids=" ".join)
def test_pytest_refuses_before_it_measures(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    pytester.makeconftest('pytest_plugins = ["reports.recorder"]')
    pytester.path.joinpath("file").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    ended = pytester.runpytest_subprocess("-p", "no:hypothesispytest", *options)

    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    assert len([line for line in ended.errlines if line]) < 8


def test_a_report_that_cannot_be_written_is_no_pass(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest("""
        import errno
        import reports.results.files
        pytest_plugins = ["reports.recorder"]

        def full(path, text):
            raise OSError(errno.ENOSPC, "No space left on device", str(path))

        reports.results.files.write_atomically = full
    """)
    pytester.makepyfile("import pytest\n@pytest.mark.requirement('A')\ndef test_conforms(): pass")
    pytester.makeini("[pytest]\nmarkers = requirement(*ids): IDs")
    ended = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest")

    ended.stdout.fnmatch_lines(["no report was written: *results.json: No space left on device"])
    assert ended.ret == 1
