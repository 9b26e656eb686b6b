"""Scheduled runs: one at a time, and never an old report that looks like a new one."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from probes.model.errors import InputError
from probes.model.untrusted_text import one_line
from reports.archive import archive
from reports.archive.local import expire
from reports.archive.s3 import S3
from reports.child import run_child
from reports.history.store import forget
from reports.lock import alone
from reports.notify import notify
from reports.profiles import Profile
from reports.publish import HISTORY, mark_stale, render, write_metrics
from reports.results.files import read_results
from reports.results.model import Judged, Results

LOCK = ".run.lock"
INTERNAL_ERROR = 3  # pytest's


def scheduled_run(directory: Path, arguments: Sequence[str], profile: Profile) -> int:
    """Run pytest with the arguments, write metrics and JUnit beside the reports, and return pytest's exit code.

    Of the profile counts what concerns the run as a whole: how long its results hold, its deadline, where it is
    archived and for how long. Raises InputError when another run is going on in the directory, when this one left
    no results (then the earlier report says so), or when a run that passed could not be archived.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with alone(directory / LOCK) as lock:
        started_at = datetime.now(UTC)
        command = [sys.executable, "-m", "pytest", *arguments, f"--report={directory}"]
        command += [f"--report-valid-hours={profile.valid_hours:g}", f"--junit-xml={directory / 'junit.xml'}"]
        code = run_child(command, keep_open=lock, deadline_s=_seconds(profile.deadline_minutes))
        try:
            results = _derive(directory, started_at, code)
        except InputError as error:
            _tell(_lost(started_at, str(error)), directory, profile)
            raise
        _tell(results, directory, profile)
        _keep(results, directory, profile, code)
        return code


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else 60 * minutes


def _tell(results: Results, directory: Path, profile: Profile) -> None:
    """Notify whom the profile names, if anything changed; a failure is said, and changes no verdict."""
    if profile.notify:
        for problem in notify(results, directory, profile.notify):
            sys.stderr.write(f"{one_line(problem)}\n")


def _lost(started_at: datetime, problem: str) -> Results:
    """A run that left no results."""
    now = datetime.now(UTC)
    return Results(
        run_id=uuid4().hex,
        started_at=started_at,
        finished_at=now,
        duration_s=0,
        judged=Judged(),
        problems=(problem,),
    )


def _keep(results: Results, directory: Path, profile: Profile, code: int) -> None:
    """Archive the run, and remove what is kept for long enough; a failure is said, and no run passes with it."""
    try:
        if profile.archive:
            archive(results, directory, profile.archive)
        old = datetime.now(UTC) - timedelta(days=profile.retention_days)
        forget(directory / HISTORY, old)
        if profile.archive and not profile.archive.startswith(S3):
            expire(Path(profile.archive), old)
    except InputError as error:
        if code == 0:
            raise
        sys.stderr.write(f"error: {one_line(str(error))}\n")


def _derive(directory: Path, started_at: datetime, code: int) -> Results:
    """The results of a run, after what derives from them was written."""
    try:
        results = read_results(directory / "results.json")
    except InputError:
        results = None
    if results and results.started_at >= started_at:
        write_metrics(results, directory)
        if code < 0 or code == INTERNAL_ERROR:  # it may have ended between the results and the page
            render(results, (), directory)
        return results
    problem = f"the run of {started_at:%Y-%m-%d %H:%M} UTC left no results (pytest's exit code: {code})"
    mark_stale(directory, problem)
    raise InputError(problem)
