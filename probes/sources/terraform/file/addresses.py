"""Terraform addresses as steps: `module.a["x"].tgw_id` is `module`, `a`, the index `x`, `tgw_id`."""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

_STEP = re.compile(r'\.?([^.\[\]"]+)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')

InstanceKey = int | str | None
"""
The count or for_each key of an instance; None where nothing is repeated.
"""


class IndexStep(Struct, frozen=True):
    """A step that picks one instance or element."""

    key: int | str


Step = str | IndexStep


@cache
def steps_of(address: str) -> tuple[Step, ...]:
    """The steps of an address or reference."""
    return tuple(_step(match) for match in _STEP.finditer(address))


def _step(match: re.Match[str]) -> Step:
    name, number, text = match.groups()
    if name is not None:
        return name
    return IndexStep(int(number)) if number is not None else IndexStep(re.sub(r"\\(.)", r"\1", text))


def last_call(address: str) -> tuple[str, InstanceKey]:
    """The module name and instance key that a module instance's address ends with."""
    *_, before, last = ("", "", *steps_of(address))
    if isinstance(last, IndexStep):
        return str(before), last.key
    return last, None


def outermost(references: list[str]) -> Iterator[str]:
    """The references as written: Terraform lists `a.b.id` and then each address that it begins with."""
    longest = ""
    for reference in references:
        if not _begins(longest, reference):
            longest = reference
            yield reference


def _begins(longest: str, reference: str) -> bool:
    return longest.startswith(reference) and longest[len(reference) : len(reference) + 1] in (".", "[")
