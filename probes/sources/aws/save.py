"""Raw responses as a dump folder: all of it appears at once, or nothing does."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from probes.locked_directory import new_directory
from probes.model.errors import InputError
from probes.sources.aws.collect import Collected
from probes.sources.describe.missing import UNOBSERVED

SECRET_FIELDS = frozenset(
    {
        "AuthToken",
        "ClientSecret",
        "CustomerGatewayConfiguration",
        "Password",
        "PreSharedKey",
        "ResponseMetadata",
        "SecretAccessKey",
        "SecretString",
        "SessionToken",
        "UserData",
    }
)
"""
No call in `calls` answers with one of these today; a field that AWS adds tomorrow is not written either.
"""


def check_target(folder: Path) -> None:
    """Raises InputError when the folder cannot take a dump: two observations must not be mixed in one."""
    parent = folder.absolute().parent
    if folder.is_symlink():
        raise InputError(f"--save-state {folder}: is a link; name the folder itself")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"--save-state {folder}: exists already; name a new or an empty folder")
    if not parent.is_dir():
        raise InputError(f"--save-state {folder}: {parent} is not a folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise InputError(f"--save-state {folder}: {parent} may not be written")


def save(collected: Collected, folder: Path) -> None:
    """Write `<account>/<region>/<key>.json` for this user alone, beside each response what it lacks and why.

    What a run left that was killed at this is removed. Raises InputError when the folder cannot be written.
    """
    target = folder.absolute()
    try:
        partial = new_directory(target.parent, f".{target.name}.partial-")
        try:
            partial.path.chmod(0o700)  # whatever the umask says
            _write(collected, partial.path)
            partial.path.replace(target)
        finally:
            partial.remove()
    except OSError as error:
        raise InputError(f"--save-state {folder}: {error.strerror}") from error


def _write(collected: Collected, folder: Path) -> None:
    for account, region in {**collected.responses, **collected.missing}:
        place = folder
        for name in filter(None, (account, region)):
            place /= name
            place.mkdir(exist_ok=True)
            place.chmod(0o700)
        responses = collected.responses.get((account, region), {})
        missing = sorted(collected.missing.get((account, region), ()))
        for key in {**responses, **{each.key: None for each in missing}}:
            content: dict[str, Any] = {key: _scrubbed(responses[key])} if key in responses else {}
            if lacking := [each for each in missing if each.key == key]:
                content[UNOBSERVED] = lacking
            text = msgspec.json.format(msgspec.json.encode(content), indent=1)
            _write_private(place / f"{key}.json", text)


def _write_private(path: Path, text: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "wb") as file:
        os.fchmod(file.fileno(), 0o600)  # whatever the umask says
        file.write(text)


def _scrubbed(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    if isinstance(value, Mapping):
        return {key: _scrubbed(each) for key, each in value.items() if key not in SECRET_FIELDS}
    if isinstance(value, list | tuple):
        return [_scrubbed(each) for each in value]
    return value
