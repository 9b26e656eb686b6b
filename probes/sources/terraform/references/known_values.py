"""Which variables and local values are known before apply, although a plan does not show their values.

An attribute whose value is planned is known, and so is what it is computed from. Taken for granted is that the
value of no branch of a condition that is not taken would have been unknown.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from probes.sources.terraform.file.addresses import outermost, steps_of
from probes.sources.terraform.file.document import (
    Argument,
    Expression,
    ProviderConfig,
    Variable,
    expressions_of,
)
from probes.sources.terraform.file.module_tree import ModuleInstance
from probes.sources.terraform.schema.references import EXPECTED

WHOLE = 2
"""
Steps of `var.x` and `local.x`: a known part says nothing about the rest.
"""
TAGS = "tags"
TAGS_ALL = "tags_all"


class KnownValues:
    """Remembers, for each module instance, the names `var.x` and `local.x` whose values are known."""

    def __init__(self) -> None:
        self._names: dict[int, frozenset[str]] = {}

    def of(self, module: ModuleInstance) -> frozenset[str]:
        """The names of a module instance whose values must be known and are no IDs, for all that is planned."""
        key = id(module)
        if key not in self._names:
            expressions = (*_of_resources(module), *self._of_calls(module), *_of_providers(module))
            names = {name for expression in expressions for name in _whole(expression)}
            switches = (f"var.{name}" for name, each in module.config.variables.items() if _is_switch(each))
            self._names[key] = frozenset(names.union(switches))
        return self._names[key]

    def _of_calls(self, module: ModuleInstance) -> Iterator[Expression]:
        """The arguments that the called modules, all instances of each, know."""
        for name, children in module.children.items():
            call = module.config.module_calls.get(name)
            for argument, expression in call.expressions.items() if call else ():
                if isinstance(expression, Argument) and all(
                    f"var.{argument}" in self.of(child) for child in children.values()
                ):
                    yield expression


def _of_resources(module: ModuleInstance) -> Iterator[Expression]:
    """The expressions of attributes that all instances of a resource know and that are no place for IDs."""
    for instances in module.resources.values():
        config = next(iter(instances.values())).config
        values = [each.raw() for each in instances.values()]
        for attribute, expression in expressions_of(config).items() if config else ():
            if attribute in EXPECTED or not isinstance(expression, Expression):
                continue
            if all(_is_known(each, attribute) for each in values):
                yield expression


def _is_known(values: dict[str, Any], attribute: str) -> bool:
    """A mapping is shown without what is not known in it; of tags the provider then leaves out `tags_all`."""
    value = values.get(attribute)
    return TAGS_ALL in values if attribute == TAGS else isinstance(value, str | int | float)


def _of_providers(module: ModuleInstance) -> Iterator[Expression]:
    """A provider must be configured before it plans anything."""
    providers: Iterable[ProviderConfig] = module.file.document.configuration.provider_config.values()
    for provider in providers if module.parent is None else ():
        if not provider.module_address:
            yield from (each for each in provider.expressions.values() if isinstance(each, Argument))


def _whole(expression: Expression) -> Iterator[str]:
    """The variables and local values that an expression mentions as a whole."""
    for reference in outermost(expression.references):
        steps = steps_of(reference)
        if len(steps) == WHOLE and steps[0] in ("var", "local"):
            yield reference


def _is_switch(variable: Variable) -> bool:
    """A variable whose default is a truth value or a number holds nothing else."""
    default = variable.default
    return isinstance(default, msgspec.Raw) and isinstance(msgspec.json.decode(default), bool | int | float)
