"""Writes the reports of a run, results.json first: if another report fails, no result is lost."""

from pathlib import Path

from probes.model.errors import InputError
from reports.history.snapshot import Snapshot, snapshot
from reports.history.store import earlier, remember
from reports.results.files import write_atomically, write_results
from reports.results.model import Results
from reports.views.html import html
from reports.views.markdown import markdown

HISTORY = "history.sqlite"


def publish(results: Results, directory: Path) -> str:
    """Write results.json, report.html and report.md, and add the run to the history.

    The directory is made if it is missing. Returns why the history could not be used, or an empty text.
    """
    directory.mkdir(parents=True, exist_ok=True)
    write_results(results, directory / "results.json")
    try:
        past = earlier(directory / HISTORY, snapshot(results))
        remember(directory / HISTORY, snapshot(results))
        history_error = ""
    except InputError as error:
        past, history_error = (), str(error)
    render(results, past, directory)
    return history_error


def render(results: Results, past: tuple[Snapshot, ...], directory: Path) -> None:
    """Write what is derived from the results."""
    write_atomically(directory / "report.html", html(results, past))
    write_atomically(directory / "report.md", markdown(results, past))
