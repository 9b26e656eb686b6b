"""The catalogue's TOML file: one table per requirement, named by its ID."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from probes import files
from probes.model.conformance.catalogue import Catalogue, Requirement
from probes.sources.documents.yaml_tree import MAX_PROBLEMS, Problem, input_error

REQUIREMENT_ID = re.compile(r"[A-Z]+(-[A-Z]+)?-([A-Z])?[0-9]+")
WHAT = "the catalogue of requirements, as docs/requirements.toml is one"
MAX_BYTES = files.MIB // 4  # tomllib's time grows with the square of a long key
CONTRADICTION_ID = re.compile(r"C[0-9]{2}")


def load_catalogue(path: Path) -> Catalogue:
    """The requirements of a file.

    Raises InputError with one line for every mistake, naming the line of the entry; TOML itself refuses an ID
    that stands there twice.
    """
    text = files.read_text(path, what=WHAT, max_bytes=MAX_BYTES).decode()
    try:
        with files.nesting_bounded(path):
            entries = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise input_error(path, [Problem(_toml_line(error), "", f"not TOML: {error}")]) from error
    requirements = {}
    problems = []
    for name, entry in entries.items():
        try:
            requirements[name] = _requirement(name, entry)
        except ValueError as error:
            problems.append(Problem(_line_of(text, name), name, str(error)))
        if len(problems) > MAX_PROBLEMS:
            break
    if not entries:
        problems.append(Problem(1, "", "empty; expected one table per requirement, such as [CIDR-01]"))
    if problems:
        raise input_error(path, problems)
    return Catalogue(requirements=requirements)


def _requirement(name: str, entry: object) -> Requirement:
    if not isinstance(entry, dict) or "id" in entry:
        raise ValueError("expected a table named by its ID, such as [CIDR-01], without a key id")
    try:
        requirement = msgspec.convert({"id": name} | entry, Requirement)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    if mistakes := list(_mistakes(requirement)):
        raise ValueError("; ".join(mistakes))
    return requirement


def _mistakes(requirement: Requirement) -> Iterator[str]:
    if not REQUIREMENT_ID.fullmatch(requirement.id):
        yield "expected an ID such as CIDR-01 or SG-GPU-I1"
    for field in ("section", "sentence"):
        if not getattr(requirement, field).strip():
            yield f"{field} is empty"
    means = requirement.verified_by
    if not means or ("none" in means and len(means) > 1) or len(set(means)) < len(means):
        yield 'verified_by: expected ["none"] or some of spec, state, plan, live, drill, each once'
    for means_left, reason in requirement.undecided.items():
        if means_left not in means or not reason.strip():
            yield f"undecided: expected a reason for {' or '.join(means)}, found {means_left}: {reason!r}"
    for contradiction in requirement.contradictions:
        if not CONTRADICTION_ID.fullmatch(contradiction):
            yield f"contradictions: expected IDs such as C01, found {contradiction!r}"


def _line_of(text: str, name: str) -> int:
    found = re.search(rf"^\s*\[?\"?{re.escape(name)}\b", text, re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else 1


def _toml_line(error: tomllib.TOMLDecodeError) -> int:
    found = re.search(r"at line (\d+)", str(error))
    return int(found.group(1)) if found else 1
