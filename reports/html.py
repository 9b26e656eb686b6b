"""
The HTML report: one file without external resources or scripts.
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reports import words
from reports.model import Results
from reports.verdicts import WORST_FIRST
from reports.view import page

TEMPLATES = Path(__file__).parent / "templates"


def html(results: Results) -> str:
    """
    The report as a page. Every text of the results is escaped: names come from AWS.
    """
    return _environment().get_template("report.html.j2").render(page=page(results), r=results)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
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
    environment.filters.update(number=words.number, percent=words.percent, slug=_slug)
    return environment


def _slug(text: str) -> str:
    """
    A verdict as a CSS class, or a requirement as an anchor.
    """
    return "".join(char if char.isalnum() else "-" for char in text)
