"""Entries of describe responses decoded into their types, with every malformed one named by its JSON path."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec

from probes.model.untrusted_text import shown
from probes.sources.describe.fields import address_field
from probes.sources.describe.response_keys import RESPONSE_KEYS, ResponseKey

MAX_UNTYPED_BYTES = 16 << 20
"""
Decoded without types, JSON takes twenty times its size in memory.
"""

MAX_MESSAGES = 1000
MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")


class MalformedError(Exception):
    """Items that are not what AWS answers: one message each, beginning with the JSON path."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = tuple(messages)


class Decoded(NamedTuple):
    """The items of one list, and in words by what entries of other services were told apart and left out."""

    items: list[Any]
    others: tuple[str, ...] = ()


def decode_items(key: str, text: bytes | msgspec.Raw) -> Decoded:
    """The items of the JSON array under a known top-level key.

    Several services use some of the keys; their entries are told by their fields. Raises MalformedError naming
    every bad item.
    """
    row = RESPONSE_KEYS[key]
    error = None
    if not any(b'"%b"' % name.encode() in bytes(text) for name in row.others):
        try:
            return Decoded(_decoder(key).decode(text))
        except msgspec.ValidationError as found:
            error = found
    if len(bytes(text)) > MAX_UNTYPED_BYTES:
        shared = f"{key}: more than {MAX_UNTYPED_BYTES >> 20} MiB in one file, some of it another service's"
        raise MalformedError([explained(key, "", error) if error else shared])
    entries = msgspec.json.decode(text)
    ours, others = _told_apart(row, entries)
    if others or isinstance(entries, list):
        return Decoded(_converted(key, ours), others)
    raise MalformedError([explained(key, "", error)] if error else [f"{key}: expected `array`"])


def convert_items(key: str, items: Iterable[object]) -> list[Any]:
    """As `decode_items`, from the dicts that boto3 returns for the service that was asked."""
    return _converted(key, dict(enumerate(items)))


def explained(key: str, index: str, error: msgspec.ValidationError) -> str:
    """The message about a malformed value under a key, beginning with its JSON path."""
    text = str(error)
    place = PLACE.search(text)
    path = f"{key}{index}{place['path'] if place else ''}"
    reason = PLACE.sub("", text)
    missing = MISSING.fullmatch(reason)
    if missing:
        return f"{path}.{missing['field']}: required, but missing"
    return f"{path}: {shown(reason[0].lower() + reason[1:], 200)}"


def _told_apart(row: ResponseKey, entries: object) -> tuple[dict[int, object], tuple[str, ...]]:
    """Our entries by their place in the list, and the fields, there or not, that tell others from them."""
    ours: dict[int, object] = {}
    marks: set[str] = set()
    listed = entries if isinstance(entries, list) else [entries] if isinstance(entries, dict) else []
    for index, entry in enumerate(listed):
        if mark := _foreign_mark(row, entry):
            marks.add(mark)
        else:
            ours[index] = entry
    name = row.id_field.encode_name
    if ours and all(_is_unnamed(entry, name) for entry in ours.values()):
        return {}, tuple(sorted({*marks, f"without {name}"}))
    return ours, tuple(sorted(marks))


def _foreign_mark(row: ResponseKey, entry: object) -> str:
    """By what an entry is told to be of another service; empty for ours."""
    if not isinstance(entry, dict) or row.mark in entry:
        return ""
    if not row.others:
        return f"without {row.mark}" if row.mark and entry else ""
    return next((f"with {name}" for name in row.others if name in entry), "")


def _is_unnamed(entry: object, name: str) -> bool:
    """Whether it is a bare name or a structure that calls itself otherwise; an empty one is damage."""
    return isinstance(entry, str) or (isinstance(entry, dict) and bool(entry) and name not in entry)


def _converted(key: str, entries: Mapping[int, object]) -> list[Any]:
    items, messages = [], []
    for index, entry in entries.items():
        try:
            items.append(msgspec.convert(entry, type=RESPONSE_KEYS[key].item, dec_hook=address_field))
        except msgspec.ValidationError as error:
            messages.append(explained(key, f"[{index}]", error))
            if len(messages) == MAX_MESSAGES:
                break
    if messages:
        raise MalformedError(messages)
    return items


@cache
def _decoder(key: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[RESPONSE_KEYS[key].item], dec_hook=address_field)  # type: ignore[misc]  # the type is data
