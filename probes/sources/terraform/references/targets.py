"""Where references lead: the kinds of targets, and the scope in which a reference is evaluated."""

from typing import Any, TypeVar

from msgspec import Struct

from probes.sources.terraform.file.addresses import IndexStep, InstanceKey, Step
from probes.sources.terraform.file.document import Expression
from probes.sources.terraform.file.module_tree import ModuleInstance, ResourceInstance

T = TypeVar("T")


class ResourceTarget(Struct, frozen=True, eq=False):
    """An attribute of an instance that a reference mentions; "" stands for the whole instance.

    `part` is set where the expression takes one part of a value that several make up, of which the file does
    not show which is whose: targets of different parts are alternatives. `keyed` says, of the instances of
    one list, whether this one's key is the referring instance's.
    """

    instance: ResourceInstance[Any]
    attribute: str
    part: str = ""
    keyed: bool | None = None


class LiteralIds(Struct, frozen=True):
    """IDs that are known before apply, of any kind; `part` as in ResourceTarget."""

    ids: tuple[str, ...]
    part: str = ""


class LocalValue(Struct, frozen=True, eq=False):
    """A local value, of which the file shows nothing but its name `local.x`."""

    module: ModuleInstance
    name: str

    @property
    def address(self) -> str:
        """The name with its module."""
        return self.module.full_address(self.name)


Target = ResourceTarget | LiteralIds | LocalValue | str
"""
Where a reference leads, or the reference itself when the file does not show what it means.
"""


class EachStep(Struct, frozen=True):
    """A step that picks what belongs to the referring instance, by its key if the value goes by keys at all.

    Whether an attribute of that is taken next is lost in `x[each.key].y`. None is a key that nothing has.
    """

    key: InstanceKey


ReferencePath = tuple[Step | EachStep, ...]


class EvaluationScope(Struct, frozen=True, eq=False):
    """Where an expression is written: its module, what `each` and `count` mean there, and how deep we are."""

    module: ModuleInstance
    key: InstanceKey = None
    for_each: Expression | None = None
    depth: int = 0

    def deeper(
        self, module: ModuleInstance, key: InstanceKey = None, for_each: Expression | None = None
    ) -> "EvaluationScope":
        """The scope of what an expression of this one refers to."""
        return EvaluationScope(module, key, for_each, self.depth + 1)


def scope_of(instance: ResourceInstance[Any], depth: int = 0) -> EvaluationScope:
    """The scope in which the expressions of a resource are evaluated."""
    for_each = instance.config.for_each_expression if instance.config else None
    return EvaluationScope(instance.module, instance.key, for_each, depth)


def pick(
    instances: dict[InstanceKey, T], path: ReferencePath, key: InstanceKey
) -> tuple[list[T] | None, ReferencePath]:
    """The instances meant and the steps left. None when a computed key picks one, nobody can say which.

    `key` is the referring instance's own key if its expression mentions `each` or `count`: the instance with
    the same key is then the one meant.
    """
    if path and isinstance(path[0], IndexStep) and None not in instances:
        chosen = instances.get(path[0].key)
        return ([] if chosen is None else [chosen]), path[1:]
    if len(instances) > 1 and key is not None:
        return ([instances[key]] if key in instances else None), path
    if path and isinstance(path[0], EachStep):
        chosen = instances.get(path[0].key)
        return (list(instances.values()) if chosen is None else [chosen]), path[1:]
    return list(instances.values()), path
