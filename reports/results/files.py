"""Reading and writing results."""

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from probes.files import MIB, nesting_bounded, read_text
from probes.model.errors import InputError
from probes.model.untrusted_text import cleaned
from reports.results.model import SCHEMA_VERSION, Results

RESULTS = "results.json"
MAX_BYTES = 256 * MIB


class _Version(msgspec.Struct):
    schema_version: int


def read_results(path: Path) -> Results:
    """The results in a file. Raises InputError, naming the file, when it is no results.json of a known version."""
    data = read_text(path, what="a results.json", max_bytes=MAX_BYTES)
    if not data.strip():
        raise InputError(f"{path}: not a results.json: empty")
    try:
        with nesting_bounded(path):
            version = msgspec.json.decode(data, type=_Version).schema_version
            if version != SCHEMA_VERSION:
                raise InputError(f"{path}: schema_version {version}, but this version reads {SCHEMA_VERSION}")
            results = msgspec.json.decode(data, type=Results)
    except msgspec.DecodeError as error:
        raise InputError(f"{path}: not a results.json: {error}") from error
    _require_consistent(path, results)
    return results


def _require_consistent(path: Path, results: Results) -> None:
    known = {test.id for test in results.tests}
    for row in results.requirements:
        if missing := next((test for test in row.tests if test not in known), None):
            raise InputError(f"{path}: {row.id} names the test {missing}, which is not among the tests")


def results_text(results: Results) -> str:
    """Results as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(cleaned(results))).decode() + "\n"


def write_results(results: Results, path: Path) -> None:
    """Write results whole or not at all."""
    write_atomically(path, results_text(results))


def require_writable(directory: Path) -> None:
    """Raise InputError unless a folder can be written, or made where it is missing."""
    existing = next(folder for folder in (directory, *directory.parents) if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise InputError(f"{directory}: cannot write to {existing}; choose another folder")


def set_aside(path: Path) -> Path:
    """Rename a file that cannot be used, so that it is kept and another can take its place; its new path."""
    kept = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    return path.rename(kept)


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step: a reader, or a kill in between, sees the old one or the new one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
