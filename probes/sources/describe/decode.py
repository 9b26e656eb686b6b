"""Items of describe answers decoded into their types, with every malformed one named by its JSON path."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import msgspec

from probes.sources.describe.fields import address_field
from probes.sources.describe.response_keys import ANSWERS

MISSING = re.compile(r"Object missing required field `(?P<field>[^`]+)`")
PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")


class MalformedError(Exception):
    """Items that are not what AWS answers: one message each, beginning with the JSON path."""

    def __init__(self, messages: Sequence[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = tuple(messages)


def decode_items(key: str, text: bytes | msgspec.Raw) -> list[Any]:
    """The items of the JSON array under a known top-level key; raises MalformedError naming every bad one."""
    try:
        items: list[Any] = _decoder(key).decode(text)
    except msgspec.ValidationError as error:
        raise MalformedError(_every_message(key, text, error)) from error
    return items


def convert_items(key: str, items: Iterable[object]) -> list[Any]:
    """As `decode_items`, from the dicts that boto3 returns."""
    listed = list(items)
    try:
        return [_convert(key, item) for item in listed]
    except msgspec.ValidationError as error:
        messages = [*_item_messages(key, listed)] or [explained(key, "", error)]
        raise MalformedError(messages) from error


def _every_message(key: str, text: bytes | msgspec.Raw, error: msgspec.ValidationError) -> list[str]:
    try:
        items = msgspec.json.decode(text, type=list[Any])
    except msgspec.ValidationError:
        return [explained(key, "", error)]
    return [*_item_messages(key, items)]


def _item_messages(key: str, items: Sequence[object]) -> Iterable[str]:
    for index, item in enumerate(items):
        try:
            _convert(key, item)
        except msgspec.ValidationError as error:
            yield explained(key, f"[{index}]", error)


def explained(key: str, index: str, error: msgspec.ValidationError) -> str:
    """The message about a malformed value under a key, beginning with its JSON path."""
    text = str(error)
    place = PLACE.search(text)
    path = f"{key}{index}{place['path'] if place else ''}"
    reason = PLACE.sub("", text)
    missing = MISSING.fullmatch(reason)
    if missing:
        return f"{path}.{missing['field']}: required, but missing"
    return f"{path}: {reason[0].lower()}{reason[1:]}"


def _convert(key: str, item: object) -> object:
    return msgspec.convert(item, type=ANSWERS[key].item, dec_hook=address_field)


@cache
def _decoder(key: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(list[ANSWERS[key].item], dec_hook=address_field)  # type: ignore[misc]  # the type is data
