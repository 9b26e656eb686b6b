"""YAML read into frozen types, every mistake reported with its line and path, all of them at once.

msgspec would stop at the first mistake and knows no lines; a person who writes a spec needs both.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from ipaddress import IPv4Network
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Generic,
    Literal,
    NamedTuple,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec
import yaml

from probes.sources.documents.yaml_tree import Problem, input_error, read_tree

T = TypeVar("T")
_TAG = "tag:yaml.org,2002:"
_PLAIN_TAGS = frozenset({f"{_TAG}map", f"{_TAG}seq"})
_BAD = object()


class Located(NamedTuple, Generic[T]):
    """A value read from a file, and the line of every path inside it (`regions.us-east-1.subnets.public[2]`)."""

    value: T
    lines: dict[str, int]

    def problem(self, where: str, message: str) -> Problem:
        """A problem at a path, or at the nearest part of the document around it that has a line."""
        known = where
        while known and known not in self.lines:
            known = re.sub(r"(^|\.)[^.\[]*$|\[\d+\]$", "", known)
        return Problem(self.lines.get(known, 1), where, message)


def read_typed(path: Path, kind: type[T], *, what: str, content: bytes | None = None) -> Located[T]:
    """A YAML file as a value of the given type, built of msgspec structs, tuples, dicts and scalars.

    `content` is what was read from it already, if anything was.

    Raises InputError with a line `file:line: path: expected …` for every mistake.
    """
    reader = _Reader()
    value = reader.read(read_tree(path, what=what, content=content), kind, "")
    if reader.problems:
        raise input_error(path, reader.problems)
    return Located(cast("T", value), reader.lines)


def suggestion(word: str, known: list[str]) -> str:
    """A "did you mean" for a word that is close to a known one, else an empty string."""
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


@cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[object, bool]]:
    hints = get_type_hints(kind)
    return {field.encode_name: (hints[field.name], field.required) for field in msgspec.structs.fields(kind)}


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        limit = 60
        text = repr(node.value[:limit]) + "…" * (len(node.value) > limit)
        return f"the text {text}" if node.tag == f"{_TAG}str" else text.strip("'")
    return "a mapping" if isinstance(node, yaml.MappingNode) else "a list"


def _described(kind: object) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(repr(value) for value in args)
    if origin in (Union, UnionType):
        return " or ".join(_described(arg) for arg in args)
    if origin is tuple:
        return "a list"
    return _SCALARS[kind][0] if kind in _SCALARS else "a mapping"


class _Reader:
    """Walks nodes and type hints side by side; a problem is noted and the walk goes on."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[str, int] = {}

    def read(self, node: yaml.Node, kind: object, where: str) -> object:
        """The node as a value of the kind, or `_BAD` after noting what is wrong."""
        self.lines[where] = node.start_mark.line + 1
        if kind in _SCALARS:
            return self._scalar(node, kind, where)
        if isinstance(node, yaml.CollectionNode) and node.tag not in _PLAIN_TAGS:
            return self.note(node, where, f"the tag {node.tag[:60]!r} is not allowed: leave it out")
        readers = {
            tuple: self._tuple,
            dict: self._dict,
            Literal: self._literal,
            Union: self._union,
            UnionType: self._union,
        }
        read = readers.get(get_origin(kind))
        if read:
            return read(node, get_args(kind), where)
        return self._struct(node, cast("type[msgspec.Struct]", kind), where)

    def note(self, node: yaml.Node, where: str, message: str) -> object:
        """A problem at a node."""
        self.problems.append(Problem(node.start_mark.line + 1, where, message))
        return _BAD

    def _expected(self, node: yaml.Node, kind: object, where: str) -> object:
        return self.note(node, where, f"expected {_described(kind)}, found {_shown(node)}")

    def _scalar(self, node: yaml.Node, kind: object, where: str) -> object:
        if not isinstance(node, yaml.ScalarNode):
            return self._expected(node, kind, where)
        try:
            return _SCALARS[kind][1](node)
        except ValueError as error:
            reason = f" ({error})" if kind in (IPv4Network, date) else ""
            return self.note(node, where, f"expected {_described(kind)}, found {_shown(node)}{reason}")

    def _literal(self, node: yaml.Node, values: tuple[str, ...], where: str) -> object:
        text = node.value if isinstance(node, yaml.ScalarNode) else None
        if text in values:
            return text
        close = suggestion(text, list(values)) if isinstance(text, str) else ""
        allowed = " or ".join(repr(value) for value in values)
        return self.note(node, where, f"expected {allowed}, found {_shown(node)}{close}")

    def _union(self, node: yaml.Node, kinds: tuple[object, ...], where: str) -> object:
        for kind in kinds:
            trial = _Reader()
            value = trial.read(node, kind, where)
            if not trial.problems:
                self.lines |= trial.lines
                return value
        alike = [kind for kind in kinds if _is_alike(node, kind)]
        if len(alike) == 1 and not isinstance(node, yaml.ScalarNode):
            return self.read(node, alike[0], where)  # what is wrong inside it says more than the alternatives
        described = " or ".join(_described(kind) for kind in kinds)
        return self.note(node, where, f"expected {described}, found {_shown(node)}")

    def _tuple(self, node: yaml.Node, kinds: tuple[object, ...], where: str) -> object:
        if not isinstance(node, yaml.SequenceNode):
            return self.note(node, where, f"expected a list, found {_shown(node)}")
        items = node.value
        if kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(items)
        if len(items) != len(kinds):
            return self.note(node, where, f"expected a list of {len(kinds)}, found {len(items)} items")
        pairs = zip(items, kinds, strict=True)
        return _all(tuple(self.read(item, kind, f"{where}[{i}]") for i, (item, kind) in enumerate(pairs)))

    def _dict(self, node: yaml.Node, kinds: tuple[object, ...], where: str) -> object:
        if not isinstance(node, yaml.MappingNode):
            return self._expected(node, dict, where)
        entries = {key: self.read(value, kinds[1], path) for key, value, path in self._entries(node, where)}
        return entries if _all(tuple(entries.values())) is not _BAD else _BAD

    def _struct(self, node: yaml.Node, kind: type[msgspec.Struct], where: str) -> object:
        if not isinstance(node, yaml.MappingNode):
            return self._expected(node, kind, where)
        fields = _fields(kind)
        given: dict[str, object] = {}
        for key, value, path in self._entries(node, where):
            if key in fields:
                given[key] = self.read(value, fields[key][0], path)
            else:
                close = suggestion(key, list(fields)) or f"; known are {', '.join(fields)}"
                self.note(value, path, f"unknown key{close}")
        missing = [name for name, (_, required) in fields.items() if required and name not in given]
        for name in missing:
            self.note(node, where, f"the key {name} is missing; expected {_described(fields[name][0])}")
        if missing or _all(tuple(given.values())) is _BAD:
            return _BAD
        names = {field.encode_name: field.name for field in msgspec.structs.fields(kind)}
        return kind(**{names[key]: value for key, value in given.items()})

    def _entries(self, node: yaml.MappingNode, where: str) -> Iterator[tuple[str, yaml.Node, str]]:
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.note(key, where, f"expected a word as the key, found {_shown(key)}")
                continue
            path = f"{where}.{key.value}" if where else str(key.value)
            if key.value in seen:
                self.note(key, path, "the key stands here twice")
                continue
            seen.add(key.value)
            yield key.value, value, path


def _is_alike(node: yaml.Node, kind: object) -> bool:
    """Whether a node has the outer form of a kind: a list, a mapping or a scalar."""
    origin = get_origin(kind)
    if origin is tuple:
        return isinstance(node, yaml.SequenceNode)
    if origin is Literal or kind in _SCALARS:
        return isinstance(node, yaml.ScalarNode)
    return isinstance(node, yaml.MappingNode)


def _all(values: tuple[object, ...]) -> object:
    return _BAD if any(value is _BAD for value in values) else values


def _text(node: yaml.ScalarNode) -> str:
    if node.tag != f"{_TAG}str":
        raise ValueError
    return str(node.value)


def _boolean(node: yaml.ScalarNode) -> bool:
    if node.tag != f"{_TAG}bool" or node.value not in ("true", "false"):
        raise ValueError
    return bool(node.value == "true")


def _integer(node: yaml.ScalarNode) -> int:
    if node.tag != f"{_TAG}int" or not re.fullmatch(r"-?[0-9]{1,18}", node.value):
        raise ValueError
    return int(node.value)


def _number(node: yaml.ScalarNode) -> float:
    if node.tag not in (f"{_TAG}int", f"{_TAG}float") or not isfinite(number := float(node.value)):
        raise ValueError
    return number


def _null(node: yaml.ScalarNode) -> None:
    if node.tag != f"{_TAG}null":
        raise ValueError


_SCALARS: dict[object, tuple[str, Callable[[yaml.ScalarNode], object]]] = {
    str: ("text (a number or yes/no needs quotes)", _text),
    bool: ("true or false", _boolean),
    int: ("a whole number", _integer),
    float: ("a number", _number),
    NoneType: ("null", _null),
    IPv4Network: ("an IPv4 network such as 10.66.0.0/16", lambda node: IPv4Network(node.value)),
    date: ("a date such as 2027-06-30", lambda node: date.fromisoformat(node.value)),
}
