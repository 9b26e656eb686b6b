"""What an expression says beside its resources: IDs that are known, and conditions."""

import re
from collections.abc import Iterator

from probes.sources.terraform.file.addresses import Step, steps_of
from probes.sources.terraform.file.variables import value_of_reference
from probes.sources.terraform.references.targets import EachStep, EvaluationScope, LiteralIds, ReferencePath

_ID = re.compile(r"[a-z]+-[0-9a-f]+|arn:.*")


def literal_ids(value: object, path: ReferencePath) -> Iterator[LiteralIds]:
    """The IDs in a value, or in the part of it that is picked."""
    is_lost = False
    for step in path:
        is_there, inner = _taken(value, step)
        is_lost = is_lost or (isinstance(step, EachStep) and not is_there)
        value = inner
    ids = tuple(text for text in _strings(value) if _ID.fullmatch(text))
    if is_lost:
        yield from (LiteralIds((text,), text) for text in ids)
    elif ids:
        yield LiteralIds(ids)


def _taken(value: object, step: Step | EachStep) -> tuple[bool, object]:
    """Whether a step picks something of a value, and what; a list goes without its numbers, as in `x[*].id`."""
    key = step if isinstance(step, str) else step.key
    if isinstance(value, dict) and key in value:
        return True, value[key]
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return True, value[key]
    if isinstance(value, list) and isinstance(step, str):
        return True, [_taken(part, step)[1] for part in value]
    return False, value if isinstance(step, EachStep) else None


def _strings(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list() | dict():
            for part in value.values() if isinstance(value, dict) else value:
                yield from _strings(part)


def has_condition(scope: EvaluationScope, references: tuple[str, ...]) -> bool:
    """Whether an expression mentions something that can only be a condition: `var.public ? … : …`.

    That is a variable without any ID in it, or a key by which nothing is picked.
    """
    keys = [each for each in references if each.startswith(("each.", "count."))]
    if keys and not any(_goes_by_key(scope, each) for each in references):
        return True
    return any(_is_condition(value_of_reference(scope.module, each)) for each in references)


def _goes_by_key(scope: EvaluationScope, reference: str) -> bool:
    first, *rest = steps_of(reference)
    name = ".".join(step for step in (first, *rest[:1]) if isinstance(step, str))
    if first in ("var", "module", "local") or name == "each.value":
        return True
    return None not in scope.module.resources.get(name, {None: None})


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
