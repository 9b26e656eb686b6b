"""The responses of all Regions as one state: what they say, and what is missing of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from probes.model.errors import InputError
from probes.model.state import Gap, Resource, State
from probes.model.state.base import GLOBAL
from probes.sources.describe.collections import gaps_of, resources_of
from probes.sources.describe.decode import MalformedError, convert_items
from probes.sources.describe.missing import MissingResponses
from probes.sources.describe.peerings import disagreements, with_peer_regions
from probes.sources.describe.region import Reason, RegionResponses
from probes.sources.describe.response_keys import GLOBAL_KEYS

Responses = Mapping[str, Mapping[str, Sequence[Any]]]
"""
Items by Region and top-level key.
"""

FolderOf = Callable[[str], str]
NOTHING = MissingResponses(())


def responses_to_state(responses: Responses, *, source: str = "") -> State:
    """The state in boto3's raw responses.

    Raises InputError naming Region and JSON path of every malformed item.
    """
    typed: dict[str, dict[str, list[Any]]] = {}
    problems: list[str] = []
    for region, by_key in responses.items():
        typed[region] = {}
        for key, items in by_key.items():
            try:
                typed[region][key] = convert_items(key, items)
            except MalformedError as error:
                problems += [f"{region}: {message}" for message in error.messages]
    if problems:
        raise InputError("\n".join(problems))
    return typed_to_state(typed, source=source)


def typed_to_state(
    responses: Responses,
    *,
    source: str = "",
    missing: MissingResponses = NOTHING,
    folder_of: FolderOf | None = None,
) -> State:
    """As `responses_to_state`, from items that are decoded already.

    A response that is missing although `missing` does not say why is missing in `folder_of(region)`.
    """
    told = tuple(missing.gaps())
    regions = regions_of(responses, _reason(missing, folder_of))
    collections: dict[str, list[Resource]] = {}
    unseen: list[Gap] = []
    for region in regions:
        found = resources_of(region)
        unseen += gaps_of(region, found)
        for kind, resources in found.items():
            collections.setdefault(kind, []).extend(resources)
    fields: dict[str, Any] = {kind: tuple(sorted(items, key=_place)) for kind, items in collections.items()}
    state = with_peer_regions(
        State(
            source=source,
            regions=tuple(region.region for region in regions if region.region != GLOBAL),
            gaps=(*told, *_without(unseen, told)),
            **fields,
        )
    )
    return msgspec.structs.replace(state, gaps=tuple(sorted({*state.gaps, *disagreements(state)})))


def regions_of(responses: Responses, reason: Reason) -> list[RegionResponses]:
    """The responses by Region, those of global services gathered under "global" wherever they were found."""
    worldwide: dict[str, list[Any]] = {}
    regional: dict[str, dict[str, Sequence[Any]]] = {}
    for region, by_key in responses.items():
        for key, items in by_key.items():
            if key in GLOBAL_KEYS:
                worldwide.setdefault(key, []).extend(items)
            elif region != GLOBAL:
                regional.setdefault(region, {})[key] = items
    found = [RegionResponses(name, regional[name], reason) for name in sorted(regional)]
    return [*found, RegionResponses(GLOBAL, worldwide, reason)]


def _reason(missing: MissingResponses, folder_of: FolderOf | None) -> Reason:
    def reason(region: str, key: str) -> str:
        place = f" in {folder_of(region)}" if folder_of else ""
        return missing.reason(region, key) or f"no {key} response{place}"

    return reason


def _without(unseen: Iterable[Gap], told: Sequence[Gap]) -> Iterable[Gap]:
    known = {(gap.kind, gap.region) for gap in told if not gap.resource}
    return (gap for gap in unseen if (gap.kind, gap.region) not in known)


def _place(resource: Resource) -> tuple[str, str]:
    return resource.region, resource.id
