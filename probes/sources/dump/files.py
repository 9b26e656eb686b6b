"""The JSON files of a dump folder: read, and their known responses decoded."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from probes.files import MIB, nesting_bounded, read_text
from probes.model.errors import InputError
from probes.model.memory import collector_paused
from probes.model.untrusted_text import shown
from probes.sources.describe.decode import MalformedError, decode_items, explained
from probes.sources.describe.missing import COLLECTION_OF_KEY, UNOBSERVED, MissingResponse
from probes.sources.describe.response_keys import (
    ALIASES,
    CONTINUATIONS,
    KNOWN_BUT_UNUSED,
    RESPONSE_KEYS,
    SINGULAR,
)

SUFFIXES = (".json", ".json.gz")
SHOWN_PROBLEMS = 20
MAX_FILE_BYTES = 128 * MIB
MAX_DUMP_BYTES = 512 * MIB
MAX_KEYS = 1000
_MISSING = msgspec.json.Decoder(list[MissingResponse])
UNWRAPPED = {
    "Routes": ("TransitGatewayRoutes", "TransitGatewayRouteTableId", re.compile(r"tgw-rtb-[0-9a-f]+")),
    "Associations": (
        "TransitGatewayAssociations",
        "TransitGatewayRouteTableId",
        re.compile(r"tgw-rtb-[0-9a-f]+"),
    ),
    "TransitGatewayRouteTablePropagations": (
        "TransitGatewayPropagations",
        "TransitGatewayRouteTableId",
        re.compile(r"tgw-rtb-[0-9a-f]+"),
    ),
    "Entries": ("ManagedPrefixListEntries", "PrefixListId", re.compile(r"pl-[0-9a-f]+")),
}
"""
Responses about one resource that do not name it: the wrapper they belong in, and its ID in the file's name.
"""
KNOWN_KEYS = frozenset({*RESPONSE_KEYS, *SINGULAR, *ALIASES, *UNWRAPPED, UNOBSERVED})


@dataclass(frozen=True, slots=True)
class ResponseFile:
    """One file: its items by top-level key, what they lack, and the keys that the model does not know."""

    path: Path
    text: bytes
    responses: dict[str, list[Any]] = field(default_factory=dict)
    missing: list[MissingResponse] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def is_ours(self) -> bool:
        """Whether it holds a response, or says why it lacks one."""
        return bool(self.responses or self.missing)


def read_files(folder: Path) -> list[ResponseFile]:
    """Every JSON file below the folder, decoded.

    Raises InputError naming each file and JSON path that is not what `aws … describe-*` writes.
    """
    files: list[ResponseFile] = []
    problems: list[str] = []
    size = 0
    with collector_paused():
        for path in _json_files(folder):
            try:
                with nesting_bounded(path):
                    files.append(read_file(path))
                size += len(files[-1].text)
            except InputError as error:
                problems.append(str(error))
            except MalformedError as error:
                problems += [f"{path}: {message}" for message in error.messages]
            if size > MAX_DUMP_BYTES:
                raise InputError(f"{folder}: its files hold more than {MAX_DUMP_BYTES // MIB} MiB")
    raise_problems(problems)
    return files


def read_file(path: Path) -> ResponseFile:
    """One file, decoded; raises MalformedError."""
    text = read_text(path, what="a response of `aws … describe-*`", max_bytes=MAX_FILE_BYTES)
    top = _top_level(text)
    file = ResponseFile(path=path, text=text)
    problems: list[str] = []
    for key, value in top.items():
        try:
            _read_key(file, top, key, value)
        except MalformedError as error:
            problems += error.messages
    if problems:
        raise MalformedError(problems)
    if any(_is_set(top.get(key)) for key in CONTINUATIONS):
        _note_missing_pages(file)
    return file


def raise_problems(problems: list[str]) -> None:
    """Raise all problems as one InputError, a line each; nothing happens when there are none."""
    if not problems:
        return
    hidden = len(problems) - SHOWN_PROBLEMS
    more = [f"… and {hidden} more"] if hidden > 0 else []
    raise InputError("\n".join([*problems[:SHOWN_PROBLEMS], *more]))


def _json_files(folder: Path) -> list[Path]:
    if not folder.exists():
        raise InputError(f"{folder}: no such folder")
    if not folder.is_dir():
        raise InputError(f"{folder}: not a folder; a dump is a folder of `aws … describe-*` responses")
    files = sorted(
        Path(parent, name)
        for parent, names in _walked(folder)
        for name in names
        if name.endswith(SUFFIXES) and not name.startswith(".")
    )
    if not files:
        kind = "no JSON file in it" if any(folder.iterdir()) else "the folder is empty"
        raise InputError(f"{folder}: {kind}; expected `aws … describe-*` responses in *.json or *.json.gz")
    return files


def _walked(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Every folder that is not hidden, once: a link may lead to a folder that is there already."""
    seen = {folder.resolve()}
    for parent, folders, names in os.walk(folder, onerror=_unreadable, followlinks=True):
        found = sorted((Path(parent, name) for name in folders), key=Path.is_symlink)
        places = {path.resolve(): path.name for path in reversed(found) if not path.name.startswith(".")}
        folders[:] = [name for place, name in places.items() if place not in seen]
        seen |= places.keys()
        yield parent, names


def _unreadable(error: OSError) -> NoReturn:
    raise InputError(f"{error.filename}: {error.strerror}") from error


def _top_level(text: bytes) -> dict[str, msgspec.Raw]:
    try:
        top = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError as error:
        raise MalformedError(
            ["expected a JSON object with a top-level key such as Vpcs, as `aws … describe-*` writes"]
        ) from error
    except msgspec.DecodeError as error:
        raise MalformedError([_syntax(text, str(error))]) from error
    if len(top) > MAX_KEYS:
        raise MalformedError(
            [f"{len(top):,} top-level keys; no file of `aws … describe-*` responses has so many"]
        )
    if repeated := [key for key in sorted(top.keys() & KNOWN_KEYS) if _occurs_twice(key, text, top)]:
        raise MalformedError([f"{key}: the key stands here twice" for key in repeated])
    return top


def _occurs_twice(key: str, text: bytes, top: dict[str, msgspec.Raw]) -> bool:
    """Whether a key occurs more than once outside of all values: its first value would be lost."""
    quoted = b'"%b"' % key.encode()
    count = text.count(quoted)
    return count > 1 and count - sum(bytes(value).count(quoted) for value in top.values()) > 1


def _syntax(text: bytes, reason: str) -> str:
    if not text.strip():
        return "empty file"
    if "truncated" in reason:
        return f"truncated JSON: it ends after {len(text)} bytes in the middle of a value"
    return reason


def _read_key(file: ResponseFile, top: dict[str, msgspec.Raw], key: str, value: msgspec.Raw) -> None:
    named = ALIASES.get(key, SINGULAR.get(key, key))
    if named in RESPONSE_KEYS:
        decoded = decode_items(named, b"[%b]" % bytes(value) if key in SINGULAR else value)
        file.unknown.extend(f"{key} of another service ({mark})" for mark in decoded.others)
        if decoded.items or not decoded.others:
            file.responses.setdefault(named, []).extend(decoded.items)
    elif key in UNWRAPPED and (wrapped := _wrapped(file.path, key, top)):
        wrapper, text = wrapped
        file.responses.setdefault(wrapper, []).extend(decode_items(wrapper, text).items)
    elif key == UNOBSERVED:
        file.missing.extend(_missing(value))
    elif key not in KNOWN_BUT_UNUSED:
        file.unknown.append(shown(key, 60))


def _missing(text: msgspec.Raw) -> list[MissingResponse]:
    try:
        return _MISSING.decode(text)
    except msgspec.ValidationError as error:
        raise MalformedError([explained(UNOBSERVED, "", error)]) from error


def _note_missing_pages(file: ResponseFile) -> None:
    """What one resource has is wholly seen or not at all, so the first page about it is worth nothing."""
    reason = f"{file.path} is one page of several: its NextToken is set"
    file.missing.extend(MissingResponse(key=key, reason=reason) for key in file.responses)
    for key in file.responses.keys() - COLLECTION_OF_KEY.keys():
        del file.responses[key]


def _wrapped(path: Path, key: str, top: dict[str, msgspec.Raw]) -> tuple[str, bytes] | None:
    wrapper, id_field, pattern = UNWRAPPED[key]
    named = pattern.search(path.name)
    if named is None:
        return None
    return wrapper, msgspec.json.encode([{id_field: named.group(), **top}])


def _is_set(value: msgspec.Raw | None) -> bool:
    return value is not None and bytes(value) not in (b"null", b'""')
