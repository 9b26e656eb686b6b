"""State from a folder of raw `aws … describe-*` responses.

Layout `<account>/<region>/*.json`, either level absent, file names free, gzip too. The top-level key says
what a file holds. Per-table responses, which do not name their table, come in wrappers:
`TransitGatewayRoutes: [{TransitGatewayRouteTableId, Routes, AdditionalRoutesAvailable}]` and alike.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from probes.model.errors import InputError
from probes.model.memory import collector_paused
from probes.model.state import State
from probes.sources.describe import typed_to_state
from probes.sources.describe.missing import MissingResponses
from probes.sources.describe.response_keys import RESPONSE_KEYS
from probes.sources.dump.files import ResponseFile, raise_problems, read_files
from probes.sources.dump.regions import accounts_of_folders, regions_of_files


class _Seen(NamedTuple):
    """Where an item was found."""

    file: ResponseFile
    account: str
    number: int

    def words(self, key: str) -> str:
        """The place as an error names it."""
        return f"{self.file.path}: {key}[{self.number}]"


def load_dump(path: Path) -> State:
    """The network in a dump folder.

    Raises InputError naming every malformed file and JSON path, and every ID that two responses disagree about.
    """
    files = read_files(path)
    if not any(file.is_ours for file in files):
        raise InputError(
            f"{path}: none of its {len(files)} JSON files has a top-level key of `aws … describe-*`; "
            f"found {', '.join(_unknown_keys(files)) or 'no key'}"
        )
    with collector_paused():
        regions = regions_of_files(files, path)
        return _state(path, files, regions)


def _state(root: Path, files: list[ResponseFile], regions: dict[Path, str]) -> State:
    responses = _merged(root, files, regions)
    folders = _folders(root, files, regions)
    state = typed_to_state(
        responses,
        source=f"dump of {root}",
        missing=MissingResponses((regions[file.path], each) for file in files for each in file.missing),
        folder_of=lambda region: folders.get(region, str(root)),
    )
    return msgspec.structs.replace(state, not_modelled=_unknown_keys(files))


def _unknown_keys(files: Iterable[ResponseFile]) -> tuple[str, ...]:
    return tuple(sorted({key for file in files for key in file.unknown}))


def _folders(root: Path, files: Iterable[ResponseFile], regions: dict[Path, str]) -> dict[str, str]:
    folders: dict[str, set[str]] = {}
    for file in files:
        if file.path in regions:
            folders.setdefault(regions[file.path], set()).add(str(file.path.parent))
    return {region: " or ".join(sorted(found)) for region, found in folders.items()} | {"global": str(root)}


def _merged(
    root: Path, files: Iterable[ResponseFile], regions: dict[Path, str]
) -> dict[str, dict[str, list[Any]]]:
    merged: dict[str, dict[str, list[Any]]] = {}
    seen: dict[tuple[str, str], dict[tuple[str, ...], _Seen]] = {}
    accounts = accounts_of_folders(files, root)
    problems: list[str] = []
    for file in files:
        account = accounts[file.path.parent]
        for key, items in file.responses.items():
            place = (regions[file.path], key)
            kept = merged.setdefault(place[0], {}).setdefault(key, [])
            already = seen.setdefault(place, {})
            for number, item in enumerate(items):
                _keep(key, item, _Seen(file, account, number), kept, already, problems)
    raise_problems(problems)
    return merged


def _keep(  # noqa: PLR0913, PLR0917  # one item, and all that is known of those before it
    key: str,
    item: Any,  # noqa: ANN401  # an item of any response
    found: _Seen,
    kept: list[Any],
    already: dict[tuple[str, ...], _Seen],
    problems: list[str],
) -> None:
    """Each item once: two accounts may see one shared resource, but one account names an ID only once."""
    identity = RESPONSE_KEYS[key].identify(item)
    other = already.setdefault(identity, found)
    if other is found:
        kept.append(item)
    elif other.account == found.account:
        names = ", ".join(identity)
        problems.append(f"{found.words(key)}: duplicate ID {names}, also in {other.words(key)}")
    elif getattr(item, "owner_id", "") == found.account:
        kept[:] = [item if RESPONSE_KEYS[key].identify(each) == identity else each for each in kept]
