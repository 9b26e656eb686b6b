"""Temporary directories that are locked as long as their process lives.

The next process can tell by the lock which of them were left by one that was killed, and removes them. The kernel
drops the lock with its holder: no PID has to be believed.
"""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class LockedDirectory(NamedTuple):
    """A directory of mode 0700, and the descriptor that holds its lock."""

    path: Path
    fd: int

    def remove(self) -> None:
        """Removes it with what is in it, if it is still there, and gives up the lock."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.fd)


def new_directory(parent: Path, prefix: str) -> LockedDirectory:
    """A new one, once those are gone that killed processes left there. Raises OSError where none can be made."""
    remove_abandoned(parent, prefix)
    while True:
        path = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            fd = os.open(path, _FLAGS)
        except FileNotFoundError:  # another process took it for an abandoned one
            continue
        fcntl.flock(fd, fcntl.LOCK_EX)
        if os.fstat(fd).st_nlink:
            return LockedDirectory(path, fd)
        os.close(fd)


def remove_abandoned(parent: Path, prefix: str) -> None:
    """Remove the directories of this user that no process locks; what others could have changed stays."""
    for path in parent.iterdir():
        if path.name.startswith(prefix):
            with suppress(OSError), _opened(path) as fd:  # gone meanwhile, or no directory
                status = os.fstat(fd)
                if status.st_uid == os.geteuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, _FLAGS)
    try:
        yield fd
    finally:
        os.close(fd)
