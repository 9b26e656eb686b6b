"""Files that people name, read whole and once: within a stated size and time, and only from what has an end."""

import gzip
import io
import os
import select
import stat
import zlib
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from probes.model.errors import InputError

MIB = 1 << 20
PIPE_DEADLINE_S = 30.0
_CHUNK_BYTES = MIB
_GZIP_MAGIC = b"\x1f\x8b"
# Without O_NONBLOCK a named pipe that nobody writes to would never be open. Windows has O_BINARY instead.
_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")
)
_KINDS = {
    stat.S_IFDIR: "a directory",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def read_text(path: Path, *, what: str, max_bytes: int) -> bytes:
    """The text of a file as UTF-8 without a mark before it: PowerShell's `>` writes UTF-16, some editors a mark.

    Raises InputError as `read_bytes` does, and when it is not text in these encodings.
    """
    return as_utf8(path, read_bytes(path, what=what, max_bytes=max_bytes), what=what)


def read_bytes(path: Path, *, what: str, max_bytes: int) -> bytes:
    """The content of a regular file or a pipe, unpacked if it is gzip; `what` names its purpose in errors.

    Raises InputError, naming the path, when it is missing, is neither of these, may not be read, is larger than
    `max_bytes` before or after unpacking, or changes while it is read.
    """
    try:
        content = _content(path, max_bytes)
        return _unpacked(content, max_bytes) if content.startswith(_GZIP_MAGIC) else content
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; expected {what}") from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read ({reason}); expected {what}") from error
    except _UnfitError as error:
        raise InputError(f"{path}: {error}; expected {what}") from error


def as_utf8(path: Path, content: bytes, *, what: str) -> bytes:
    """Text in UTF-8 or UTF-16 as UTF-8 without a mark; raises InputError naming the line that is neither."""
    try:
        if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
            return content.decode("utf-16").encode()
        text = content.removeprefix(BOM_UTF8)
        text.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError(f"{path}:{line}: not UTF-8 text; expected {what}") from error
    return text


@contextmanager
def nesting_bounded(path: Path) -> Iterator[None]:
    """What is nested deeper than Python can follow is an InputError that names the file."""
    try:
        yield
    except RecursionError as error:
        raise InputError(f"{path}: nested too deep to be read") from error


class _UnfitError(Exception):
    """What is there is no file of a permitted size; the message says what it is."""


def _content(path: Path, max_bytes: int) -> bytes:
    fd = os.open(path, _FLAGS)
    try:
        before = os.fstat(fd)
        kind = stat.S_IFMT(before.st_mode)
        if kind in _KINDS:
            raise _UnfitError(f"is {_KINDS[kind]}")
        if before.st_size > max_bytes:
            raise _too_large(max_bytes)
        content = b"".join(_chunks(fd, max_bytes))
        after = os.fstat(fd)
    finally:
        os.close(fd)
    if kind == stat.S_IFREG and (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise _UnfitError("changed while it was read; read it again when nobody writes to it")
    return content


def _chunks(fd: int, max_bytes: int) -> Iterator[bytes]:
    deadline = monotonic() + PIPE_DEADLINE_S
    size = 0
    while True:
        try:
            chunk = os.read(fd, _CHUNK_BYTES)
        except BlockingIOError as error:  # a pipe whose writer has nothing to say yet
            if not select.select([fd], [], [], max(0.0, deadline - monotonic()))[0]:
                raise _UnfitError(f"is a pipe that did not end within {PIPE_DEADLINE_S:g} s") from error
            continue
        if not chunk:
            return
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes)
        yield chunk


def _unpacked(content: bytes, max_bytes: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as file:
        unpacked = file.read(max_bytes + 1)
    if len(unpacked) > max_bytes:
        raise _too_large(max_bytes, "unpacked ")
    return unpacked


def _too_large(max_bytes: int, when: str = "") -> _UnfitError:
    return _UnfitError(f"is {when}larger than {max_bytes // MIB} MiB")
