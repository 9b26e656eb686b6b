"""What an expression says beside its resources: IDs that are known, and conditions."""

import re
from collections.abc import Iterator

from probes.sources.terraform.file.addresses import Key, Step, steps_of
from probes.sources.terraform.file.variables import value_of_reference
from probes.sources.terraform.references.targets import Each, Known, Place, Way

_ID = re.compile(r"[a-z]+-[0-9a-f]+|arn:.*")


def known_ids(value: object, way: Way) -> Iterator[Known]:
    """The IDs in a value, or in the part of it that is picked."""
    is_lost = False
    for step in way:
        is_there, inner = _taken(value, step)
        is_lost = is_lost or (isinstance(step, Each) and not is_there)
        value = inner
    ids = tuple(text for text in _strings(value) if _ID.fullmatch(text))
    if is_lost:
        yield from (Known((text,), text) for text in ids)
    elif ids:
        yield Known(ids)


def _taken(value: object, step: Step | Each) -> tuple[bool, object]:
    """Whether a step picks something of a value, and what; a list goes without its numbers, as in `x[*].id`."""
    key = step if isinstance(step, str) else step.value if isinstance(step, Key) else step.key
    if isinstance(value, dict) and key in value:
        return True, value[key]
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return True, value[key]
    if isinstance(value, list) and isinstance(step, str):
        return True, [_taken(part, step)[1] for part in value]
    return False, value if isinstance(step, Each) else None


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | dict():
            for part in value.values() if isinstance(value, dict) else value:
                yield from _strings(part)


def chooses(place: Place, references: tuple[str, ...]) -> bool:
    """Whether an expression mentions something that can only be a condition: `var.public ? … : …`.

    That is a variable without any ID in it, or a key by which nothing is picked.
    """
    keys = [each for each in references if each.startswith(("each.", "count."))]
    if keys and not any(_goes_by_key(place, each) for each in references):
        return True
    return any(_is_condition(value_of_reference(place.scope, each)) for each in references)


def _goes_by_key(place: Place, reference: str) -> bool:
    first, *rest = steps_of(reference)
    name = ".".join(step for step in (first, *rest[:1]) if isinstance(step, str))
    return first in ("var", "module", "local") or name == "each.value" or _is_repeated(place, name)


def _is_repeated(place: Place, name: str) -> bool:
    return None not in place.scope.resources.get(name, {None: None})


def _is_condition(value: object) -> bool:
    match value:
        case bool() | int() | float():
            return True
        case str():
            return not _ID.fullmatch(value)
        case list() | dict():
            parts = list(value.values()) if isinstance(value, dict) else value
            return bool(parts) and all(_is_condition(part) for part in parts)
    return False
