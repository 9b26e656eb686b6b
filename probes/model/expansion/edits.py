"""Changes of a spec's file, place by place."""

from typing import Any

import msgspec

Path = tuple[str | int, ...]


class Insertion(msgspec.Struct, frozen=True, kw_only=True):
    """Something to add at the end of the mapping or list at `path`; `key` is empty for a list."""

    path: Path
    key: str = ""
    value: Any


class Replacement(msgspec.Struct, frozen=True, kw_only=True):
    """A number in a place of another one."""

    path: Path
    value: float


class AddedRegion(msgspec.Struct, frozen=True, kw_only=True):
    """What has to change in a spec for one more Region, and what only a person can say about it.

    `obsolete` are the sections that hold no longer.
    """

    insertions: tuple[Insertion, ...]
    replacements: tuple[Replacement, ...]
    obsolete: tuple[str, ...]
    notes: tuple[str, ...]
