"""Where Terraform configuration declares a resource: the file and line of its block."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from probes.files import MIB, read_text
from probes.model.checks.terraform_modules import steps_of
from probes.model.errors import InputError

MAX_DEPTH = 20
_TOKEN = re.compile(
    r"""(?P<heredoc><<-?(?P<mark>\w+)\n(?:.*\n)*?[ \t]*(?P=mark)[ \t]*(?:\n|\Z))
    |(?P<comment>\#.*|//.*|/\*(?:.|\n)*?\*/)
    |(?P<text>"(?:[^"\\\n]|\\.)*")
    |(?P<brace>[{}])
    |(?P<word>[A-Za-z_][\w-]*)""",
    re.VERBOSE,
)


class Place(NamedTuple):
    """A block of a file."""

    path: Path
    line: int


class Module(NamedTuple):
    """The blocks of one folder: resources by type and name, calls of modules by name with their source."""

    resources: Mapping[tuple[str, str], Place]
    calls: Mapping[str, tuple[Place, str]]


class Configuration:
    """The Terraform configuration in a folder, with the local modules that it calls."""

    def __init__(self, folder: Path, depth: int = 0) -> None:
        self._folder = folder
        self._depth = depth
        self._called: dict[str, Configuration] = {}

    def place_of(self, address: str) -> Place | None:
        """Where a Terraform address is declared; the nearest call where a module lies elsewhere; else None."""
        steps = steps_of(address)
        modules = [steps[index + 1] for index, step in enumerate(steps[:-2]) if step == "module"]
        return self._find(modules, (steps[-2], steps[-1])) if len(steps) > 1 else None

    def _find(self, modules: list[str], resource: tuple[str, str]) -> Place | None:
        if not modules:
            return self._module.resources.get(resource)
        called = self._module.calls.get(modules[0])
        if called is None:
            return None
        place, source = called
        is_local = source.startswith(("./", "../")) and self._depth < MAX_DEPTH
        inside = self._call(source)._find(modules[1:], resource) if is_local else None  # noqa: SLF001  # one of us
        return inside or place

    def _call(self, source: str) -> "Configuration":
        if source not in self._called:
            self._called[source] = Configuration(self._folder / source, self._depth + 1)
        return self._called[source]

    @cached_property
    def _module(self) -> Module:
        resources: dict[tuple[str, str], Place] = {}
        calls: dict[str, tuple[Place, str]] = {}
        for path in sorted(self._folder.glob("*.tf")) if self._folder.is_dir() else ():
            for kind, labels, line, source in blocks_of(_text(path)):
                if kind == "resource" and len(labels) == 2:  # noqa: PLR2004  # type and name
                    resources[labels[0], labels[1]] = Place(path, line)
                elif kind == "module" and len(labels) == 1:
                    calls[labels[0]] = Place(path, line), source
        return Module(resources, calls)


def _text(path: Path) -> str:
    """The text of a file; nothing of one that cannot be read: then its resources have no place."""
    try:
        return read_text(path, what="Terraform configuration", max_bytes=MIB).decode()
    except InputError:
        return ""


def blocks_of(text: str) -> Iterator[tuple[str, list[str], int, str]]:
    """The blocks at the top of a file: kind, labels, line, and the value of their `source` where it is a text."""
    depth, line, position = 0, 1, 0
    kind, labels, start, source, previous = "", list[str](), 1, "", ""
    for token in _TOKEN.finditer(text):
        line += text.count("\n", position, token.start())
        position = token.start()
        if token["word"] and depth == 0:
            kind, labels, start, source = token["word"], [], line, ""
        elif token["text"] and depth == 0:
            labels.append(token["text"][1:-1])
        elif token["text"] and depth == 1 and previous == "source":
            source = token["text"][1:-1]
        elif token["brace"]:
            depth += 1 if token["brace"] == "{" else -1
            if depth == 0:
                yield kind, labels, start, source
        previous = token["word"] or ("" if not token["comment"] else previous)
