"""
Results on disk: results.json first, so that a defect of a derived report loses nothing.
"""

from pathlib import Path

from reports.files import write_atomically, write_results
from reports.html import html
from reports.markdown import markdown
from reports.model import Results


def publish(results: Results, directory: Path) -> None:
    """
    Write results.json, report.html and report.md into the directory, which is made if it is missing.
    """
    directory.mkdir(parents=True, exist_ok=True)
    write_results(results, directory / "results.json")
    write_atomically(directory / "report.html", html(results))
    write_atomically(directory / "report.md", markdown(results))
