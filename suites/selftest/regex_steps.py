"""Counts the steps of a search with a regular expression, so that a test compares work instead of time.

Python's `re` does not say how much it tries. `StepCounter` walks the tree that `re` itself parses, in the order
of a backtracking engine, and checks that it finds what `re` finds.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from re import _parser as parser  # type: ignore[attr-defined]  # private, and the only account of a pattern
from typing import Any

Node = Any  # whatever `re` has in its tree
Ends = Iterator[int]
CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda char: char.isalnum() or char == "_",
}


class StepCounter:
    """A search for every match of a pattern in a text; `steps` is how many nodes of the pattern were tried.

    Repeats that may give back what they took must be of single characters.
    """

    def __init__(self, pattern: re.Pattern[str], text: str) -> None:
        self.text = text
        self.steps = 0
        self.groups: dict[int, str] = {}
        tree, spans, start = list(parser.parse(pattern.pattern, pattern.flags)), [], 0
        while start < len(text):
            end = next(self._ends(tree, start), start)
            spans += [(start, end)] if end > start else []
            start = max(start + 1, end)
        assert spans == [found.span() for found in pattern.finditer(text) if found[0]]

    def _ends(self, nodes: Sequence[Node], start: int, flags: int = 0) -> Ends:
        """Where the nodes can end when they begin at `start`, in the order in which an engine tries."""
        if not nodes:
            yield start
            return
        (kind, value), rest = nodes[0], nodes[1:]
        self.steps += 1
        read = getattr(self, f"_{kind}".lower(), None)
        ends = read(value, start, flags) if read else self._character(kind, value, start, flags)
        for end in ends:
            yield from self._ends(rest, end, flags)

    def _character(self, kind: object, value: Node, start: int, flags: int) -> Ends:
        if start < len(self.text):
            char = self.text[start]
            cases = {char, char.lower(), char.upper()} if flags & re.IGNORECASE else {char}
            if any(_fits(str(kind), value, case) for case in cases):
                yield start + 1

    def _branch(self, value: Node, start: int, flags: int) -> Ends:
        for branch in value[1]:
            yield from self._ends(branch, start, flags)

    def _subpattern(self, value: Node, start: int, flags: int) -> Ends:
        group, added, _, inner = value
        for end in self._ends(inner, start, flags | added):
            self.groups[group] = self.text[start:end]
            yield end

    def _groupref(self, group: int, start: int, _: int) -> Ends:
        if self.text.startswith(self.groups[group], start):
            yield start + len(self.groups[group])

    def _atomic_group(self, inner: Sequence[Node], start: int, flags: int) -> Ends:
        return islice(self._ends(inner, start, flags), 1)

    def _min_repeat(self, value: Node, start: int, flags: int) -> Ends:
        yield from self._repeated(value, start, flags)

    def _max_repeat(self, value: Node, start: int, flags: int) -> Ends:
        yield from reversed(list(self._repeated(value, start, flags)))

    def _possessive_repeat(self, value: Node, start: int, flags: int) -> Ends:
        yield from list(self._repeated(value, start, flags))[-1:]

    def _repeated(self, value: Node, start: int, flags: int) -> Ends:
        """The end after each possible count of repeats, fewest first."""
        least, most, inner = value
        end: int | None = start
        count = 0
        while end is not None:
            if count >= least:
                yield end
            end = next(self._ends(inner, end, flags), None) if count < most else None
            count += 1

    def _assert(self, value: Node, start: int, flags: int) -> Ends:
        direction, inner = value
        begin = start - inner.getwidth()[0] if direction < 0 else start
        if begin >= 0 and next(self._ends(inner, begin, flags), None) is not None:
            yield start

    def _assert_not(self, value: Node, start: int, flags: int) -> Ends:
        if not any(True for _ in self._assert(value, start, flags)):
            yield start

    def _at(self, value: object, start: int, _: int) -> Ends:
        assert str(value) == "AT_BOUNDARY"
        sides = [self.text[i] for i in (start - 1, start) if 0 <= i < len(self.text)]
        if sum(map(CATEGORIES["WORD"], sides)) == 1:
            yield start


def _fits(kind: str, value: Node, char: str) -> bool:
    if kind == "IN":
        negated = str(value[0][0]) == "NEGATE"
        return any(_fits(str(item), detail, char) for item, detail in value) is not negated
    if kind == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    if kind == "CATEGORY":
        name = str(value).removeprefix("CATEGORY_")
        return CATEGORIES[name.removeprefix("NOT_")](char) is not name.startswith("NOT_")
    return bool(kind == "ANY" or (kind == "LITERAL" and value == ord(char)))
