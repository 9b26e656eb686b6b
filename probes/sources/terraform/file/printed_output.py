"""The document in what a wrapper, terragrunt or a CI job printed before and after it.

`terraform show -json` prints one line, and its first key is always `format_version`.
"""

import re

import msgspec

_ESCAPE_SEQUENCES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
_WORKFLOW_COMMANDS = re.compile(rb"(?m)^::[\w-]+[^\r\n]*")
"""
What a step tells the GitHub runner, the whole output once more among it.
"""
_START = re.compile(rb'\{\s*"format_version"')
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")  # counted from 1
_CURES = (
    (
        (b"[command]", b"::set-output", b"::debug::"),
        "the wrapper of setup-terraform prints around it: use it with `terraform_wrapper: false`",
    ),
    (
        (b" STDOUT ", b"terragrunt", b"Terragrunt"),
        "terragrunt logs around it: add --tf-forward-stdout (before 0.73 --terragrunt-forward-tf-stdout)",
    ),
)


class SeveralDocumentsError(Exception):
    """More than one plan or state is in one output; the message says how many."""


def document_in(printed: bytes) -> bytes | None:
    """The one document in an output, None when there is none. Raises SeveralDocumentsError."""
    rest = _WORKFLOW_COMMANDS.sub(b"", _ESCAPE_SEQUENCES.sub(b"", printed))
    found: list[bytes] = []
    while start := _START.search(rest):
        rest = rest[start.start() :]
        length = _length(rest)
        found.append(rest[:length])
        rest = rest[length:]
    if len(found) > 1:
        raise SeveralDocumentsError(
            f"{len(found)} plans or states in one file; write each to a file of its own"
        )
    return found[0] if found else None


def _length(text: bytes) -> int:
    """How long the JSON value is that a text begins with; all of it when it does not end or is malformed."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except msgspec.DecodeError as error:
        trailing = _TRAILING.search(str(error))
        return int(trailing[1]) - 1 if trailing else len(text)
    return len(text)


def cure(printed: bytes) -> str:
    """What to do about what was printed around a document that cannot be read; empty when nobody knows."""
    return next((f"; {advice}" for marks, advice in _CURES if any(mark in printed for mark in marks)), "")
