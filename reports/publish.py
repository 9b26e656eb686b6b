"""Writes the reports of a run, results.json first: if another report fails, no result is lost."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import msgspec

from probes.model.conformance.verdict import Verdict
from probes.model.errors import InputError
from reports.history.snapshot import Snapshot, snapshot, subject
from reports.history.store import DamagedHistoryError, earlier, remember
from reports.results.files import RESULTS, read_results, set_aside, write_atomically, write_results
from reports.results.model import Judged, Results
from reports.views.html import html
from reports.views.markdown import markdown
from reports.views.openmetrics import openmetrics

PAGE = "report.html"
SUMMARY = "report.md"
METRICS = "metrics.prom"
HISTORY = "history.sqlite"


class Published(NamedTuple):
    """The earlier runs about the same network, and why the history could not be used, or an empty text."""

    past: tuple[Snapshot, ...]
    note: str


def publish(results: Results, directory: Path) -> Published:
    """Write results.json, report.html and report.md, add the run to the history, and renew metrics that are there.

    The directory is made if it is missing. Raises OSError if a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with _true_or_gone(directory):
        write_results(results, directory / RESULTS)
        if (directory / METRICS).exists():
            write_metrics(results, directory)
        published = _compared(directory / HISTORY, snapshot(results))
        render(results, published.past, directory)
    return published


def render(results: Results, past: tuple[Snapshot, ...], directory: Path) -> None:
    """Write what is derived from the results."""
    with _true_or_gone(directory):
        write_atomically(directory / PAGE, html(results, past))
        write_atomically(directory / SUMMARY, markdown(results, past))


def write_metrics(results: Results, directory: Path) -> None:
    """Write the metrics of the results."""
    with _true_or_gone(directory):
        write_atomically(directory / METRICS, openmetrics(results))


def mark_stale(directory: Path, problem: str) -> None:
    """Let page, metrics and history say that a run left no results, whatever became of the earlier ones.

    Results that cannot be read are kept under another name. Raises OSError if a file cannot be written; then
    page and metrics are gone, and do not say what is no longer known.
    """
    now = datetime.now(UTC)
    try:
        old = read_results(directory / RESULTS)
    except InputError as error:
        problem = f"{problem}; the earlier results cannot be used: {error}"
        old = Results(run_id=uuid4().hex, started_at=now, finished_at=now, duration_s=0, judged=Judged())
        with suppress(FileNotFoundError):
            set_aside(directory / RESULTS)
    marked = msgspec.structs.replace(old, problems=(*old.problems, problem), valid_until=now)
    with _true_or_gone(directory):
        write_results(marked, directory / RESULTS)
        write_metrics(marked, directory)
        render(marked, _compared(directory / HISTORY, _lost_run(old, now)).past, directory)


@contextmanager
def _true_or_gone(directory: Path) -> Iterator[None]:
    """Remove page, summary and metrics when one of them cannot be replaced: an old one would be taken for new."""
    try:
        yield
    except OSError:
        for name in (PAGE, SUMMARY, METRICS):
            with suppress(OSError):
                (directory / name).unlink()
        raise


def _compared(path: Path, run: Snapshot) -> Published:
    """The earlier runs, after this one was added to them."""
    note = ""
    try:
        try:
            past = earlier(path, run)
        except DamagedHistoryError as error:
            past, note = (), f"{error}; it is kept as {set_aside(path).name}, and a new history begins"
        remember(path, run)
    except (InputError, OSError) as error:
        past, note = (), str(error)
    return Published(past, note and f"no comparison with earlier runs: {note}")


def _lost_run(old: Results, now: datetime) -> Snapshot:
    return Snapshot(
        run_id=uuid4().hex, finished_at=now, subject=subject(old.judged), verdict=Verdict.UNOBSERVABLE
    )
