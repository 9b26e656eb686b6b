"""Directories and files that nobody but this user can have written.

What lies in a shared or predictable place (/tmp, /run, a folder for reports) is opened without following links, and
its owner and mode are checked on the open descriptor before anything is read or written.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from probes.model.errors import InputError

_PRIVATE_DIRECTORY_MODE = 0o700
_PRIVATE_FILE_MODE = 0o600


class PrivateDirectory:
    """An open directory of this user in which nobody else can write; its files are opened relative to it."""

    def __init__(self, path: Path, *, create: bool = False, parent: "PrivateDirectory | None" = None) -> None:
        """Opens it; with `create` a missing one is made with mode 0700, and so are its missing parents.

        Raises FileNotFoundError when it is missing, InputError when it is a link, belongs to somebody else, can be
        written or replaced by others, or cannot be opened.
        """
        self.path = path
        above: int = os.dup(parent.fd) if parent else _open_parent(path, create=create)
        try:
            self.fd: int = _open_directory(path, above, create=create)
        finally:
            os.close(above)

    def subdirectory(self, name: str, *, create: bool = False) -> "PrivateDirectory":
        """A directory in this one. Raises as the constructor does."""
        return PrivateDirectory(self.path / name, create=create, parent=self)

    def open(self, name: str, flags: int = os.O_RDONLY) -> int:
        """The descriptor of a file in it, checked as by `open_own`."""
        return open_own(self.path / name, flags, directory_fd=self.fd)

    def read(self, name: str) -> bytes:
        """The content of a file. Raises FileNotFoundError when it is missing, InputError when it is not our own."""
        with os.fdopen(self.open(name), "rb") as file:
            return file.read()

    def write(self, name: str, content: bytes) -> None:
        """Writes a file of mode 0600. Raises InputError when there is one that is not our own."""
        with os.fdopen(self.open(name, os.O_WRONLY | os.O_CREAT), "wb") as file:
            file.truncate()
            file.write(content)

    def clear(self) -> None:
        """Removes everything in it, and nothing that a link in it leads to."""
        for entry in os.scandir(self.fd):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.name, dir_fd=self.fd)
            else:
                os.unlink(entry.name, dir_fd=self.fd)

    def close(self) -> None:
        """Closes the descriptor, and with it gives up a lock that was held by it."""
        os.close(self.fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_own(path: Path, flags: int, *, directory_fd: int | None = None) -> int:
    """The descriptor of a regular file of this user, created with mode 0600 if the flags ask for it.

    Truncate it on the descriptor, not by O_TRUNC, which acts before the check. Raises FileNotFoundError when it is
    missing, InputError when it is a link, no regular file, or somebody else's.
    """
    fd = _open(path, flags | os.O_NONBLOCK, directory_fd)
    status = os.fstat(fd)
    is_alone = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
    return _accepted(fd, path, is_safe=is_alone and not status.st_mode & stat.S_IWOTH)


def writable_by_others(path: Path) -> bool:
    """Whether somebody who is neither this user nor root may have written a file. Raises FileNotFoundError."""
    status = path.stat()
    return status.st_uid not in (0, os.geteuid()) or bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def _open_parent(path: Path, *, create: bool) -> int:
    """The directory that holds `path`; InputError when anybody may replace what is in it."""
    if create:
        with _making(path):
            path.parent.mkdir(mode=_PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
    fd = _open(path.parent, os.O_DIRECTORY, None, follow=True)
    mode = os.fstat(fd).st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        os.close(fd)
        raise InputError(f"anybody may replace {path}: {path.parent} is writable by all and not sticky")
    return fd


def _open_directory(path: Path, parent_fd: int, *, create: bool) -> int:
    if create:
        with _making(path), suppress(FileExistsError):
            os.mkdir(path.name, _PRIVATE_DIRECTORY_MODE, dir_fd=parent_fd)
    fd = _open(path, os.O_DIRECTORY, parent_fd)
    return _accepted(fd, path, is_safe=not os.fstat(fd).st_mode & (stat.S_IWGRP | stat.S_IWOTH))


@contextmanager
def _making(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be made: {error.strerror}") from error


def _accepted(fd: int, path: Path, *, is_safe: bool) -> int:
    """The descriptor again if it is safe and of this user; else closes it and raises InputError."""
    status = os.fstat(fd)
    if is_safe and status.st_uid == os.geteuid():
        return fd
    os.close(fd)
    raise InputError(
        f"{path} may be another user's: it is {stat.filemode(status.st_mode)} of user {status.st_uid} "
        f"with {status.st_nlink} names; remove it"
    )


def _open(path: Path, flags: int, directory_fd: int | None, *, follow: bool = False) -> int:
    links = 0 if follow else os.O_NOFOLLOW
    target = path if directory_fd is None else path.name
    try:
        return os.open(target, flags | links | os.O_CLOEXEC, _PRIVATE_FILE_MODE, dir_fd=directory_fd)
    except FileNotFoundError:
        raise
    except OSError as error:
        reason = "it is a link" if path.is_symlink() else error.strerror
        raise InputError(f"{path} cannot be opened: {reason}") from error
