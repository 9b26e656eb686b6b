"""What is known before apply: constants and the variables that stand for them."""

from collections.abc import Iterable

import msgspec

from probes.sources.terraform.file.addresses import Key, Step, outermost, steps_of
from probes.sources.terraform.file.document import Argument
from probes.sources.terraform.file.module_tree import Scope


def value_of(scope: Scope, expression: Argument) -> object:
    """The value of what a module or provider is given, if it is a constant or one variable; else None."""
    if isinstance(expression.constant_value, msgspec.Raw):
        return msgspec.json.decode(expression.constant_value)
    references = list(outermost(expression.references))
    return value_of_reference(scope, references[0]) if len(references) == 1 else None


def value_of_reference(scope: Scope, reference: str) -> object:
    """The value behind `var.x`, or a part of it; None for anything else and where the file does not show it."""
    match steps_of(reference):
        case ("var", str(name), *rest):
            return _pick(_variable(scope, name), rest)
    return None


def _variable(scope: Scope, name: str) -> object:
    given = scope.call.expressions.get(name) if scope.call else None
    if scope.parent is not None and isinstance(given, Argument):
        return value_of(scope.parent, given)
    if scope.parent is None and name in scope.file.document.variables:
        return msgspec.json.decode(scope.file.document.variables[name].value)
    variable = scope.config.variables.get(name)
    if variable is None or not isinstance(variable.default, msgspec.Raw):
        return None
    return msgspec.json.decode(variable.default)


def _pick(value: object, steps: Iterable[Step]) -> object:
    for step in steps:
        key = step.value if isinstance(step, Key) else step
        try:
            value = value[key]  # type: ignore[index]  # any JSON value; what cannot be indexed is caught
        except (TypeError, KeyError, IndexError):
            return None
    return value
