"""A lock file that one process holds at a time; on Unix it ends with the last one that inherits it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from probes.model.errors import InputError

if sys.platform == "win32":
    import msvcrt

    def _opened(path: Path) -> int:
        return os.open(path, os.O_RDWR | os.O_CREAT)

    def _try(fd: int) -> None:
        """Lock a byte far behind the text, which others may still read."""
        os.lseek(fd, 1 << 20, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(fd, 0, os.SEEK_SET)

else:
    import fcntl

    from probes.private_directory import open_own

    def _opened(path: Path) -> int:
        return open_own(path, os.O_RDWR | os.O_CREAT)

    def _try(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def alone(path: Path) -> Iterator[int]:
    """Hold a lock by the yielded descriptor; raises InputError, naming the holder, when another one does."""
    with os.fdopen(_opened(path), "r+", encoding="utf-8") as lock:
        try:
            _try(lock.fileno())
        except OSError as error:  # BlockingIOError on Unix, PermissionError on Windows
            raise InputError(f"{path}: another run is going on ({lock.read().strip()})") from error
        lock.truncate(0)
        lock.write(f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        lock.flush()
        yield lock.fileno()
