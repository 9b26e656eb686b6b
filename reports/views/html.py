"""The HTML report: one file without external resources or scripts."""

import os
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined

from probes.model.untrusted_text import shown
from reports.history.snapshot import Snapshot
from reports.results import words
from reports.results.model import Results
from reports.results.validity import is_stale
from reports.results.verdicts import WORST_FIRST
from reports.views.page import page

CHARACTER_WIDTH = 7.5
TEMPLATES = Path(__file__).parent / "templates"


def html(results: Results, past: Sequence[Snapshot] = ()) -> str:
    """The report as a page, compared with earlier runs. Every text is escaped: names come from AWS."""
    view = page(results, past)
    template = _environment().get_template("report.html.j2")
    return template.render(page=view, r=view.results, stale=is_stale(results))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        bytecode_cache=_bytecode_cache(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        symbols=words.SYMBOLS,
        emulation=words.EMULATION,
        example=words.EXAMPLE,
        severities=words.SEVERITIES,
        verdicts=WORST_FIRST,
    )
    environment.filters.update(number=words.number, percent=words.percent, slug=_slug, fit=_fit)
    return environment


def _bytecode_cache() -> FileSystemBytecodeCache | None:
    """Compiled templates beside their sources, as Python keeps modules; none where that cannot be written."""
    directory = TEMPLATES / "__pycache__"
    if sys.dont_write_bytecode:
        return None
    try:
        directory.mkdir(exist_ok=True)
    except OSError:
        return None
    return FileSystemBytecodeCache(str(directory)) if os.access(directory, os.W_OK) else None


def _finalized(value: object) -> object:
    """Text as it can be seen; what a macro returns is markup already."""
    return shown(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _fit(text: str, width: float) -> str:
    """As much of a text as a box of the drawing shows; its title has the whole."""
    most = int(width / CHARACTER_WIDTH)
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _slug(text: str) -> str:
    """A verdict as a CSS class, or a requirement as an anchor."""
    return "".join(char if char.isalnum() else "-" for char in text)
