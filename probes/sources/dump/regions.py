"""Which Region each file of a dump is from: its folder's name, else what the file says, else what it refers to."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from probes.model.errors import InputError
from probes.model.state.base import GLOBAL, REGION_PATTERN
from probes.sources.dump.files import ResponseFile

REGION = re.compile(REGION_PATTERN)
ACCOUNT = re.compile(r"\d{12}")
ZONE_IN_JSON = re.compile(rb'"(?:AvailabilityZone|ZoneName)"\s*:\s*"(%b)[a-z]"' % REGION_PATTERN.encode())
ARN_IN_JSON = re.compile(
    rb'"arn:aws[a-z-]*:(?:ec2|elasticloadbalancing|ecs|logs|autoscaling|cloudwatch|dynamodb|fsx)'
    rb":(%b):" % REGION_PATTERN.encode()
)
WORLDWIDE_ARN = re.compile(rb'"arn:aws[a-z-]*:globalaccelerator:')
ID_IN_JSON = re.compile(rb'"((?:[a-z]+-)+[0-9a-f]{8,17})"')


def accounts_of_folders(files: Iterable[ResponseFile], root: Path) -> dict[Path, str]:
    """The account that each folder of the files lies in by its name or that of one above it, or an empty string."""
    return _told_by_folders(files, root, lambda parts: next(filter(ACCOUNT.fullmatch, parts), ""))


def regions_of_files(files: Iterable[ResponseFile], root: Path) -> dict[Path, str]:
    """The Region of every file that holds a response, or says why it lacks one.

    Raises InputError naming the files whose Region nothing tells.
    """
    named = _told_by_folders(files, root, _region_among)
    regions = {file.path: named[file.path.parent] for file in files if named[file.path.parent]}
    return regions | _told_by_content(
        [file for file in files if file.path not in regions and (file.responses or file.missing)]
    )


def _told_by_folders(
    files: Iterable[ResponseFile], root: Path, told: Callable[[tuple[str, ...]], str]
) -> dict[Path, str]:
    above = root.resolve().name
    folders = {file.path.parent for file in files}
    return {folder: told((above, *folder.relative_to(root).parts)) for folder in folders}


def _region_among(parts: tuple[str, ...]) -> str:
    named = [part for part in parts if REGION.fullmatch(part) or part == GLOBAL]
    return named[-1] if named else ""


def _told_by_content(files: list[ResponseFile]) -> dict[Path, str]:
    told = {file.path: evidence for file in files if (evidence := _evidence(file.text))}
    named = set(told.values()) - {GLOBAL}
    if len(named) == 1:
        (region,) = named
        return {file.path: told.get(file.path, region) for file in files}
    placed = _linked(files, told)
    lost = [str(file.path) for file in files if file.path not in placed]
    if lost:
        raise InputError(
            f"cannot tell the Region of {', '.join(lost)}: no Region in the folder's name, and no zone, "
            "ARN or ID of a known Region in the file; put each Region's files into a folder named after it"
        )
    return placed


def _evidence(text: bytes) -> str:
    for pattern in (ZONE_IN_JSON, ARN_IN_JSON):
        found = set(pattern.findall(text))
        if len(found) == 1:
            return str(found.pop(), "ascii")
    return GLOBAL if WORLDWIDE_ARN.search(text) else ""


def _linked(files: list[ResponseFile], told: Mapping[Path, str]) -> dict[Path, str]:
    """The told Regions, and those of files that share resource IDs with files of exactly one Region."""
    placed = dict(told)
    ids = {file.path: set(ID_IN_JSON.findall(file.text)) for file in files}
    while True:
        known: dict[str, set[bytes]] = {}
        for path, region in placed.items():
            known.setdefault(region, set()).update(ids[path])
        found = {
            file.path: regions[0]
            for file in files
            if file.path not in placed
            and len(regions := [region for region in known if known[region] & ids[file.path]]) == 1
        }
        if not found:
            return placed
        placed |= found
