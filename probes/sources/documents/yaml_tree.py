"""A YAML file as a tree of nodes that know their lines."""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import yaml

from probes import files
from probes.model.errors import InputError
from probes.model.untrusted_text import shown

MAX_BYTES = files.MIB
MAX_DEPTH = 20
MAX_PROBLEMS = 50


class Problem(NamedTuple):
    """One thing wrong in a file: the line, the path inside the document ("" for all of it), what was expected."""

    line: int
    where: str
    message: str


def input_error(path: Path, problems: Iterable[Problem]) -> InputError:
    """All problems of a file in one error, a line each, in the file's order."""
    ordered = sorted(problems)
    lines = [_line_of(path, problem) for problem in ordered[:MAX_PROBLEMS]]
    if len(ordered) > MAX_PROBLEMS:
        lines.append(f"{path}: and {len(ordered) - MAX_PROBLEMS} more")
    return InputError("\n".join(lines))


def read_content(path: Path, *, what: str) -> bytes:
    """The content of a file that a person wrote; `what` names its purpose in errors.

    Raises InputError when it is missing, not a readable file, or larger than 1 MiB.
    """
    return files.read_bytes(path, what=what, max_bytes=MAX_BYTES)


def read_tree(path: Path, *, what: str, content: bytes | None = None) -> yaml.Node:
    """The root node of a YAML file, or of the content that was read from it already.

    Raises InputError also for YAML that is malformed, empty, nested deeper than any of our files, or that
    uses anchors: a text must say what it means, and expanding references makes small files huge.
    """
    given = read_content(path, what=what) if content is None else content
    text = files.as_utf8(path, given, what=what).decode()
    try:
        _refuse_anchors_and_depth(path, text)
        root: yaml.Node | None = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise input_error(path, [_yaml_problem(text, error)]) from error
    if root is None:
        raise input_error(path, [Problem(1, "", f"empty; expected {what}")])
    return root


def _line_of(path: Path, problem: Problem) -> str:
    where = f"{shown(problem.where, 200)}: " if problem.where else ""
    return f"{path}:{problem.line}: {where}{shown(problem.message, 400)}"


def _refuse_anchors_and_depth(path: Path, text: str) -> None:
    # The composer recurses in C, where nesting too deep would end the process: count the events first.
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise input_error(path, [Problem(line, "", f"nested deeper than {MAX_DEPTH} levels")])
        if getattr(event, "anchor", None) is not None:
            problem = Problem(line, "", "anchors and aliases are not allowed: write the value out")
            raise input_error(path, [problem])


def _yaml_problem(text: str, error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        context = f" {error.context}" if error.context else ""
        return Problem(error.problem_mark.line + 1, "", f"not YAML: {error.problem}{context}")
    position = getattr(error, "position", 0)
    line = text.encode().count(b"\n", 0, position) + 1
    return Problem(line, "", f"not YAML: {getattr(error, 'reason', error)}")
