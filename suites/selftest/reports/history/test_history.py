import sqlite3
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from probes.model.conformance.verdict import Verdict
from probes.model.errors import InputError
from reports.__main__ import main
from reports.history.changes import changes
from reports.history.snapshot import CauseNote, Snapshot, snapshot
from reports.history.store import forget, latest, remember
from reports.recorder.baseline import read_baseline
from reports.results.files import write_results
from reports.results.verdicts import matrix
from suites.selftest.reports.sample import CATALOGUE, TESTS, sample_results

ROUTE = 'tgw-rtb-0a1 "use1-main" (us-east-1)'


def run_of(day: int, **fields: object) -> Snapshot:
    """The sample as a run of another day, with other fields."""
    return snapshot(msgspec.structs.replace(sample_results(f"{day:032d}", day), **fields))


def healthy() -> dict[str, object]:
    """The fields of results in which everything conforms."""
    tests = tuple(
        msgspec.structs.replace(test, verdict=Verdict.CONFORMS, violations=(), message="") for test in TESTS
    )
    return {"tests": tests, "requirements": matrix(CATALOGUE, tests)}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """A folder with a history: two faulty days and a healthy one."""
    for run in (run_of(1), run_of(2), run_of(3, **healthy())):
        remember(tmp_path / "history.sqlite", run)
    return tmp_path


def test_history_is_a_table_of_runs_newest_first(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--report", str(report), "--limit", "2"]) == 0

    header, newest, older = capsys.readouterr().out.splitlines()
    assert header.split()[:4] == ["@N", "finished", "verdict", "nonconforming"]
    assert newest.split()[:9] == ["@1", "2026-03-04", "06:01", "UTC", "conforms", "0", "0", "0", "8"]
    assert older.split()[:7] == ["@2", "2026-03-03", "06:01", "UTC", "nonconforming", "3", "1"]
    assert older.endswith("use1 → usw2 96.2\xa0ms")


def test_history_names_networks_where_there_are_several(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = msgspec.structs.replace(sample_results().judged, state="dump else\x1bwhere")
    remember(report / "history.sqlite", run_of(4, judged=other))
    main(["history", "--report", str(report)])

    out = capsys.readouterr().out
    assert "dump else\\u001bwhere | lab gpu-cluster" in out
    assert out.splitlines()[0].endswith("network")


def test_history_of_an_empty_folder_has_no_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--report", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "no runs\n"


def test_comparison_tells_what_is_new_and_what_ended(
    report: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", "@2", "@last", "--report", str(report)]) == 0
    out = capsys.readouterr().out
    assert f"ended    {ROUTE}: 10.66.64.0/18 blackhole" in out
    assert "better: RTB-02 nonconforming → conforms" in out
    assert "new      " not in out

    assert main(["compare", "@last", "@2", "--report", str(report)]) == 1
    assert f"new      {ROUTE}: 10.66.64.0/18 blackhole" in capsys.readouterr().out


def test_equal_runs_have_no_differences(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(sample_results(), report / "results.json")

    assert main(["compare", str(report / "results.json"), "@3", "--report", str(report)]) == 0
    assert capsys.readouterr().out.endswith("\nnothing changed\n")


def test_cause_that_nobody_looked_for_has_not_ended() -> None:
    unknown = tuple(
        msgspec.structs.replace(t, verdict=Verdict.UNOBSERVABLE, violations=(), message="silent")
        for t in TESTS
    )
    found = changes(run_of(1), run_of(2, tests=unknown, requirements=matrix(CATALOGUE, unknown)))

    assert found.ended_causes == ()
    assert ROUTE in {cause.subject for cause in changes(run_of(1), run_of(2, **healthy())).ended_causes}


def test_number_beyond_the_history_is_named(report: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "@4", "@1", "--report", str(report)]) == 2
    assert capsys.readouterr().err.endswith("history.sqlite has 3 runs\n")


def test_history_forgets_what_is_older_than_asked_but_the_last_run(report: Path) -> None:
    path = report / "history.sqlite"

    assert forget(path, run_of(2).finished_at) == 1
    assert [run.run_id for run in latest(path, 9)] == [run_of(3).run_id, run_of(2).run_id]
    assert forget(path, run_of(3).finished_at + timedelta(days=900)) == 1
    assert latest(path, 9) == (run_of(3, **healthy()),)
    with sqlite3.connect(path) as database:
        tables = ("verdicts", "figures", "causes")
        kept = [database.execute(f"SELECT DISTINCT run_id FROM {table}").fetchall() for table in tables]  # noqa: S608  # ours
    database.close()
    assert kept == [[(run_of(3).run_id,)], [(run_of(3).run_id,)], []]


def test_history_of_the_format_without_causes_is_read_and_added_to(report: Path) -> None:
    path = report / "history.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("DROP TABLE causes")
        database.execute("PRAGMA user_version = 1")
    database.close()
    remember(path, run_of(4))

    newest, *older = latest(path, 9)
    assert newest == run_of(4)
    assert newest.causes[ROUTE] == CauseNote(observed=newest.causes[ROUTE].observed, requirements=("RTB-02",))
    assert [(run.verdict, run.causes) for run in older[:1]] == [(Verdict.CONFORMS, {})]


def test_baseline_that_was_set_is_the_one_of_later_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_results(sample_results(), tmp_path / "mine.json")
    with pytest.raises(InputError, match="none was set"):
        read_baseline("@set", tmp_path, tmp_path)

    assert main(["baseline", "set", str(tmp_path / "mine.json"), "--report", str(tmp_path)]) == 0
    assert "pytest --baseline @set fails only on what is worse" in capsys.readouterr().out
    assert read_baseline("@set", tmp_path, tmp_path).spec == sample_results().judged.spec


def test_interrupted_run_is_no_baseline(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_results(msgspec.structs.replace(sample_results(), interrupted=True), tmp_path / "mine.json")

    assert main(["baseline", "set", str(tmp_path / "mine.json"), "--report", str(tmp_path)]) == 2
    assert "is no baseline: was interrupted" in capsys.readouterr().err
    assert not (tmp_path / "baseline.json").exists()
