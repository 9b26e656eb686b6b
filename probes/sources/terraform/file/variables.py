"""What is known before apply: constants and the variables that stand for them."""

from collections.abc import Iterable

import msgspec

from probes.sources.terraform.file.addresses import IndexStep, Step, outermost, steps_of
from probes.sources.terraform.file.document import Argument
from probes.sources.terraform.file.module_tree import ModuleInstance


def value_of(module: ModuleInstance, expression: Argument) -> object:
    """The value of what a module or provider is given, if it is a constant or one variable; else None."""
    if isinstance(expression.constant_value, msgspec.Raw):
        return msgspec.json.decode(expression.constant_value)
    references = list(outermost(expression.references))
    return value_of_reference(module, references[0]) if len(references) == 1 else None


def value_of_reference(module: ModuleInstance, reference: str) -> object:
    """The value behind `var.x`, or a part of it; None for anything else and where the file does not show it."""
    match steps_of(reference):
        case ("var", str(name), *rest):
            return _pick(_variable(module, name), rest)
    return None


def _variable(module: ModuleInstance, name: str) -> object:
    given = module.call.expressions.get(name) if module.call else None
    if module.parent is not None and isinstance(given, Argument):
        return value_of(module.parent, given)
    if module.parent is None and name in module.file.document.variables:
        return msgspec.json.decode(module.file.document.variables[name].value)
    variable = module.config.variables.get(name)
    if variable is None or not isinstance(variable.default, msgspec.Raw):
        return None
    return msgspec.json.decode(variable.default)


def _pick(value: object, steps: Iterable[Step]) -> object:
    for step in steps:
        key = step.key if isinstance(step, IndexStep) else step
        try:
            value = value[key]  # type: ignore[index]  # any JSON value; what cannot be indexed is caught
        except (TypeError, KeyError, IndexError):
            return None
    return value
