"""Whether two sources observed one network, as far as both could see."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from probes.model.state import Gap, Resource, State
from suites.selftest.state.canonical import kinds, network_of


def differences(first: State, second: State) -> list[str]:
    """What the two say differently, a line each; empty when they agree wherever both know.

    What one of the two says it could not see does not count, be it a collection or a field, nor does None.
    """
    one, other = network_of(first), network_of(second)
    unseen = _Unseen((*one.gaps, *other.gaps))
    return [line for kind in kinds() for line in _of_kind(kind, one, other, unseen)]


def equal_where_known(first: State, second: State) -> bool:
    """Whether the two observed one network wherever both know."""
    return not differences(first, second)


class _Unseen:
    """The gaps of both sides."""

    def __init__(self, gaps: Iterable[Gap]) -> None:
        gaps = tuple(gaps)
        self._kinds = {(gap.kind, gap.region) for gap in gaps if not gap.resource}
        self._fields = {(gap.kind, gap.resource, gap.field) for gap in gaps if gap.resource}

    def collection(self, kind: str, region: str) -> bool:
        return (kind, region) in self._kinds or (kind, "") in self._kinds

    def field(self, kind: str, resource: str, field: str) -> bool:
        return not self._fields.isdisjoint({(kind, resource, field), (kind, resource, "")})


def _of_kind(kind: str, one: State, other: State, unseen: _Unseen) -> Iterator[str]:
    mine, theirs = _seen(kind, one, unseen), _seen(kind, other, unseen)
    for place in sorted(mine.keys() | theirs.keys()):
        if place not in mine:
            yield f"{kind}: {_label(*place)} is only in the second"
        elif place not in theirs:
            yield f"{kind}: {_label(*place)} is only in the first"
        else:
            yield from _of_resource(kind, mine[place], theirs[place], unseen)


def _seen(kind: str, state: State, unseen: _Unseen) -> dict[tuple[str, str], Resource]:
    resources: Iterable[Resource] = getattr(state, kind)
    return {
        (resource.region, resource.id): resource
        for resource in resources
        if not unseen.collection(kind, resource.region)
    }


def _label(region: str, identity: str) -> str:
    return identity if identity.startswith(f"{region}/") else f"{region}/{identity}"


def _of_resource(kind: str, one: Resource, other: Resource, unseen: _Unseen) -> Iterator[str]:
    for field in one.__struct_fields__:
        mine, theirs = getattr(one, field), getattr(other, field)
        if not unseen.field(kind, one.id, field) and not _agree(mine, theirs):
            yield f"{kind}: {_label(one.region, one.id)}: {field}: {_contrast(mine, theirs)}"


def _contrast(one: Any, other: Any) -> str:  # noqa: ANN401  # values of any field
    if isinstance(one, tuple) and isinstance(other, tuple):
        lost = [each for each in one if not any(_agree(each, twin) for twin in other)]
        new = [each for each in other if not any(_agree(each, twin) for twin in one)]
        return f"only in the first {lost}, only in the second {new}"
    return f"{one!r} in the first, {other!r} in the second"


def _agree(one: Any, other: Any) -> bool:  # noqa: ANN401  # values of any field
    if one is None or other is None or one == other:
        return True
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and _paired(one, list(other))
    if isinstance(one, msgspec.Struct) and type(one) is type(other):
        return all(_agree(getattr(one, field), getattr(other, field)) for field in one.__struct_fields__)
    return False


def _paired(ones: Iterable[Any], others: list[Any]) -> bool:
    """Whether each of one side agrees with one of the other: an unknown part may have changed the order."""
    for one in ones:
        found = next((other for other in others if _agree(one, other)), None)
        if found is None:
            return False
        others.remove(found)
    return True
