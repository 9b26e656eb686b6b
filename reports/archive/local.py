"""The archive in a folder, and what is removed from it when its time is over."""

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from probes.model.errors import InputError

_RUN = re.compile(r"\.?conformance-(\d{8}T\d{6})Z-[0-9a-z]{1,12}(?:\.\d+)?")
_OURS = ("results.json", "report.html", "junit.xml")
_READ_ONLY = 0o444


def write_locally(folder: Path, name: str, files: Mapping[str, bytes]) -> str:
    """Keep files as a folder of that name, whole or not at all.

    Raises InputError when it is there already or cannot be made.
    """
    draft, kept = folder / f".{name}.{os.getpid()}", folder / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.mkdir()
        try:
            for file, content in files.items():
                (draft / file).write_bytes(content)
                (draft / file).chmod(_READ_ONLY)
            if os.path.lexists(kept):
                raise InputError(f"archive {kept}: is there already, and was not overwritten")
            draft.rename(kept)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise InputError(f"archive {error.filename or kept}: {error.strerror}") from error
    return str(kept)


def expire(folder: Path, before: datetime) -> tuple[str, ...]:
    """Remove the runs in an archive that ended before a time; their names.

    Only what an archive holds is removed: files of its names, in folders named as it names them. A link is never
    followed, and a folder that holds anything else stays, with that.
    """
    if not folder.is_dir():
        return ()
    with os.scandir(folder) as entries:
        old = sorted(entry.name for entry in entries if _is_old(entry, before))
    return tuple(name for name in old if _remove(folder / name))


def _is_old(entry: os.DirEntry[str], before: datetime) -> bool:
    named = _RUN.fullmatch(entry.name)
    if not named or not entry.is_dir(follow_symlinks=False):
        return False
    with suppress(ValueError):  # no date
        return datetime.strptime(f"{named[1]}+0000", "%Y%m%dT%H%M%S%z").astimezone(UTC) < before
    return False


def _remove(run: Path) -> bool:
    """Whether nothing is left of the folder of a run."""
    with suppress(OSError):  # not empty, or not ours to remove: the next run tries again
        for name in _OURS:
            if not (run / name).is_dir() or (run / name).is_symlink():
                (run / name).unlink(missing_ok=True)
        run.rmdir()
        return True
    return False
