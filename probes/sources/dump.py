"""
State from a folder of raw `aws … describe-*` answers.

Layout `<account>/<region>/*.json`, either level absent, file names free, gzip too. The top-level key says
what a file holds. Per-table answers, which do not name their table, come in wrappers:
`TransitGatewayRoutes: [{TransitGatewayRouteTableId, Routes, AdditionalRoutesAvailable}]` and alike.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from probes.model.errors import InputError
from probes.model.state import Gap, State
from probes.sources.describe import typed_to_state
from probes.sources.describe.registry import ANSWERS
from probes.sources.describe.resources import KEY_OF_KIND
from probes.sources.dump_files import AnswerFile, gc_paused, raise_problems, read_files
from probes.sources.dump_regions import account_of, regions_of_files


class _Item(NamedTuple):
    """
    One item and where it was found.
    """

    value: Any
    account: str
    place: str


def load_dump(path: Path) -> State:
    """
    The network in a dump folder.

    Raises InputError naming every malformed file and JSON path, and every ID that two answers disagree about.
    """
    files = read_files(path)
    if not any(file.answers for file in files):
        raise InputError(
            f"{path}: none of its {len(files)} JSON files has a top-level key of `aws … describe-*`; "
            f"found {', '.join(_unknown_keys(files)) or 'no key'}"
        )
    with gc_paused():
        regions = regions_of_files(files, path)
        return _state(path, files, regions)


def _state(root: Path, files: list[AnswerFile], regions: dict[Path, str]) -> State:
    answers = _merged(root, files, regions)
    folders = _folders(root, files, regions)
    state = typed_to_state(
        answers,
        source=f"dump of {root}",
        gaps=_partial_pages(files, regions),
        reason=lambda region, key: f"no {key} answer in {folders.get(region, root)}",
    )
    return msgspec.structs.replace(state, not_modelled=_unknown_keys(files))


def _unknown_keys(files: Iterable[AnswerFile]) -> tuple[str, ...]:
    return tuple(sorted({key for file in files for key in file.unknown}))


def _folders(root: Path, files: Iterable[AnswerFile], regions: dict[Path, str]) -> dict[str, str]:
    folders: dict[str, set[str]] = {}
    for file in files:
        if file.path in regions:
            folders.setdefault(regions[file.path], set()).add(str(file.path.parent))
    return {region: " or ".join(sorted(found)) for region, found in folders.items()} | {"global": str(root)}


def _partial_pages(files: Iterable[AnswerFile], regions: dict[Path, str]) -> Iterable[Gap]:
    for file in files:
        if file.is_partial:
            for kind, key in KEY_OF_KIND.items():
                if key in file.answers:
                    yield Gap(
                        kind=kind,
                        region=regions[file.path],
                        reason=f"{file.path} is one page of several: its NextToken is set",
                    )


def _merged(
    root: Path, files: Iterable[AnswerFile], regions: dict[Path, str]
) -> dict[str, dict[str, list[Any]]]:
    merged: dict[str, dict[str, list[Any]]] = {}
    items: dict[tuple[str, str], list[_Item]] = {}
    for file in files:
        account = account_of(file, root)
        for key, values in file.answers.items():
            place = (regions[file.path], key)
            items.setdefault(place, []).extend(
                _Item(value, account, f"{file.path}: {key}[{index}]") for index, value in enumerate(values)
            )
    problems: list[str] = []
    for (region, key), found in items.items():
        merged.setdefault(region, {})[key] = _without_duplicates(key, found, problems)
    raise_problems(problems)
    return merged


def _without_duplicates(key: str, items: Iterable[_Item], problems: list[str]) -> list[Any]:
    """
    Each item once: two accounts may see one shared resource, but one account names an ID only once.
    """
    seen: dict[tuple[str, ...], _Item] = {}
    for item in items:
        identity = tuple(ANSWERS[key].identify(item.value))
        other = seen.get(identity)
        if other is None:
            seen[identity] = item
        elif other.account == item.account:
            problems.append(f"{item.place}: duplicate ID {', '.join(identity)}, also in {other.place}")
        elif getattr(item.value, "owner_id", "") == item.account:
            seen[identity] = item
    return [item.value for item in seen.values()]
