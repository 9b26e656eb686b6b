"""Annotations of GitHub's pull-request page.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from probes.model.untrusted_text import one_line
from reports.annotations.findings import Finding

SHOWN = 10  # GitHub shows ten of each level for a step
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


def annotations(found: Iterable[Finding], root: Path) -> Iterator[str]:
    """One line for each of the first findings of a level; paths are relative to the checkout, `root`."""
    left = {"error": SHOWN, "warning": SHOWN}
    for one in found:
        if left[one.level]:
            left[one.level] -= 1
            yield _annotation(one, root)


def _annotation(one: Finding, root: Path) -> str:
    properties = {"title": ", ".join(one.requirements[:3]) or "conformance"}
    if one.place is not None:
        properties = {"file": os.path.relpath(one.place.path, root), "line": str(one.place.line)} | properties
    said = ",".join(f"{name}={_escaped(one_line(text), _PROPERTY)}" for name, text in properties.items())
    return f"::{one.level} {said}::{_escaped(one_line(one.text), _DATA)}"


def _escaped(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(character, character) for character in text)
