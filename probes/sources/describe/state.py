"""The answers of all Regions as one state: what they say, and what nobody answered."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from probes.model.errors import InputError
from probes.model.state import Gap, Resource, State
from probes.model.state.base import GLOBAL
from probes.sources.describe.collections import GLOBAL_KEYS, gaps_of, resources_of
from probes.sources.describe.decode import MalformedError, convert_items
from probes.sources.describe.missing import Absences
from probes.sources.describe.peerings import disagreements
from probes.sources.describe.region import Reason, RegionAnswers

Answers = Mapping[str, Mapping[str, Sequence[Any]]]
Place = Callable[[str], str]
NOTHING = Absences(())


def answers_to_state(answers: Answers, *, source: str = "") -> State:
    """The state in boto3's raw answers, by Region and top-level key.

    Raises InputError naming Region and JSON path of every malformed item.
    """
    typed: dict[str, dict[str, list[Any]]] = {}
    problems: list[str] = []
    for region, by_key in answers.items():
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
    answers: Answers, *, source: str = "", absences: Absences = NOTHING, place: Place | None = None
) -> State:
    """As `answers_to_state`, from items that are decoded already.

    An answer that is missing although `absences` does not say why is missing at `place(region)`.
    """
    told = tuple(absences.gaps())
    regions = regions_of(answers, _reason(absences, place))
    collections: dict[str, list[Resource]] = {}
    unseen: list[Gap] = []
    for region in regions:
        found = resources_of(region)
        unseen += gaps_of(region, found)
        for kind, resources in found.items():
            collections.setdefault(kind, []).extend(resources)
    fields: dict[str, Any] = {kind: tuple(sorted(items, key=_place)) for kind, items in collections.items()}
    state = State(
        source=source,
        regions=tuple(region.region for region in regions if region.region != GLOBAL),
        gaps=(*told, *_without(unseen, told)),
        **fields,
    )
    return msgspec.structs.replace(state, gaps=tuple(sorted({*state.gaps, *disagreements(state)})))


def regions_of(answers: Answers, reason: Reason) -> list[RegionAnswers]:
    """The answers by Region, those of global services gathered under "global" wherever they were found."""
    worldwide: dict[str, list[Any]] = {}
    regional: dict[str, dict[str, Sequence[Any]]] = {}
    for region, by_key in answers.items():
        for key, items in by_key.items():
            if key in GLOBAL_KEYS:
                worldwide.setdefault(key, []).extend(items)
            elif region != GLOBAL:
                regional.setdefault(region, {})[key] = items
    found = [RegionAnswers(name, regional[name], reason) for name in sorted(regional)]
    return [*found, RegionAnswers(GLOBAL, worldwide, reason)]


def _reason(absences: Absences, place: Place | None) -> Reason:
    def reason(region: str, key: str) -> str:
        return absences.reason(region, key) or f"no {key} answer" + (f" in {place(region)}" if place else "")

    return reason


def _without(unseen: Iterable[Gap], told: Sequence[Gap]) -> Iterable[Gap]:
    known = {(gap.kind, gap.region) for gap in told if not gap.resource}
    return (gap for gap in unseen if (gap.kind, gap.region) not in known)


def _place(resource: Resource) -> tuple[str, str]:
    return resource.region, resource.id
