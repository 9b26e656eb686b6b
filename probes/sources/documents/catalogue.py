"""The catalogue's TOML file: one table per requirement, named by its ID."""

import re
import tomllib
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from probes import files
from probes.model.conformance.catalogue import Catalogue, Requirement
from probes.model.conformance.rules import JudgedRule, Rules
from probes.sources.documents.typed_yaml import suggestion
from probes.sources.documents.yaml_tree import MAX_PROBLEMS, Problem, input_error

REQUIREMENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9]*([._-][A-Za-z0-9]+)*")
WHAT = "a catalogue of requirements, one table for each"
RULES = "the rules, as docs/rules.toml has them"
MAX_BYTES = files.MIB // 4  # tomllib's time grows with the square of a long key
EntryT = TypeVar("EntryT")
CONTRADICTION_ID = re.compile(r"C[0-9]{2}")


def load_rules(path: Path) -> Rules:
    """The rules of a file, by ID. Raises InputError as `load_catalogue` does."""
    return _entries(path, RULES, lambda name, entry: msgspec.convert({"id": name} | entry, JudgedRule))


def load_catalogue(path: Path, rules: Collection[str] = ()) -> Catalogue:
    """The requirements of a file; with `rules`, each may be decided by those only.

    Raises InputError with one line for every mistake, naming the line of the entry; TOML itself refuses an ID
    that stands there twice.
    """
    return Catalogue(requirements=_entries(path, WHAT, lambda name, entry: _requirement(name, entry, rules)))


def _entries(path: Path, what: str, read: Callable[[str, dict[str, Any]], EntryT]) -> dict[str, EntryT]:
    text = files.read_text(path, what=what, max_bytes=MAX_BYTES).decode()
    try:
        with files.nesting_bounded(path):
            tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise input_error(path, [Problem(_toml_line(error), "", f"not TOML: {error}")]) from error
    found: dict[str, EntryT] = {}
    problems = []
    for name, entry in tables.items():
        try:
            found[name] = read(name, _table(entry))
        except (ValueError, msgspec.ValidationError) as error:
            problems.append(Problem(_line_of(text, name), name, str(error)))
        if len(problems) > MAX_PROBLEMS:
            break
    if not tables:
        problems.append(Problem(1, "", "empty; expected one table per requirement, such as [CIDR-01]"))
    if problems:
        raise input_error(path, problems)
    return found


def _table(entry: object) -> dict[str, Any]:
    if not isinstance(entry, dict) or "id" in entry:
        raise ValueError("expected a table named by its ID, such as [CIDR-01], without a key id")
    return entry


def _requirement(name: str, entry: dict[str, Any], rules: Collection[str]) -> Requirement:
    try:
        requirement = msgspec.convert({"id": name} | entry, Requirement)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    mistakes = [*_mistakes(requirement), *(_unknown(requirement, rules) if rules else ())]
    if mistakes:
        raise ValueError("; ".join(mistakes))
    return requirement


def _unknown(requirement: Requirement, rules: Collection[str]) -> Iterator[str]:
    for rule in requirement.decided_by:
        if rule not in rules:
            yield f"decided_by: {rule} is no rule of docs/rules.toml{suggestion(rule, list(rules))}"


def _mistakes(requirement: Requirement) -> Iterator[str]:
    if not REQUIREMENT_ID.fullmatch(requirement.id):
        yield "expected an ID of letters, digits, dots and dashes, such as CIDR-01"
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
