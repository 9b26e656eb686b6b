"""Where references lead: the kinds of answers, and the place that a reference is written in."""

from typing import Any, TypeVar

from msgspec import Struct

from probes.sources.terraform.file.addresses import InstanceKey, Key, Step
from probes.sources.terraform.file.document import Expression
from probes.sources.terraform.file.module_tree import Instance, Scope

T = TypeVar("T")


class Found(Struct, frozen=True, eq=False):
    """An attribute of an instance that a reference mentions; "" stands for the whole instance.

    `part` is set where the expression takes one part of a value that several make up, of which the file does
    not show which is whose: leads of different parts are alternatives. `keyed` says, of the instances of one
    list, whether this one's key is the referring instance's.
    """

    instance: Instance[Any]
    attribute: str
    part: str = ""
    keyed: bool | None = None


class Known(Struct, frozen=True):
    """IDs that are known before apply, of any kind; `part` as in Found."""

    ids: tuple[str, ...]
    part: str = ""


class Each(Struct, frozen=True):
    """A step that picks what belongs to the referring instance, by its key if the value goes by keys at all.

    Whether an attribute of that is taken next is lost in `x[each.key].y`. None is a key that nothing has.
    """

    key: InstanceKey


class Local(Struct, frozen=True, eq=False):
    """A local value, of which the file shows nothing but its name."""

    scope: Scope
    name: str


Way = tuple[Step | Each, ...]
Lead = Found | Known | Local | str
"""
Where a reference leads, or the reference itself when the file does not show what it means.
"""


class Place(Struct, frozen=True, eq=False):
    """Where an expression is written: its module, what `each` and `count` mean there, and how deep we are."""

    scope: Scope
    key: InstanceKey = None
    for_each: Expression | None = None
    depth: int = 0

    def deeper(self, scope: Scope, key: InstanceKey = None, for_each: Expression | None = None) -> "Place":
        """The place that an expression of this one refers to."""
        return Place(scope, key, for_each, self.depth + 1)


def place_of(instance: Instance[Any], depth: int = 0) -> Place:
    """Where the expressions of a resource are written."""
    for_each = instance.config.for_each_expression if instance.config else None
    return Place(instance.scope, instance.key, for_each, depth)


def pick(instances: dict[InstanceKey, T], steps: Way, key: InstanceKey) -> tuple[list[T] | None, Way]:
    """The instances meant and the steps left. None when a computed key picks one, nobody can say which.

    `key` is the referring instance's own key if its expression mentions `each` or `count`: the instance with
    the same key is then the one meant.
    """
    if steps and isinstance(steps[0], Key) and None not in instances:
        chosen = instances.get(steps[0].value)
        return ([] if chosen is None else [chosen]), steps[1:]
    if len(instances) > 1 and key is not None:
        return ([instances[key]] if key in instances else None), steps
    if steps and isinstance(steps[0], Each):
        chosen = instances.get(steps[0].key)
        return (list(instances.values()) if chosen is None else [chosen]), steps[1:]
    return list(instances.values()), steps


def written(scope: Scope, name: str) -> str:
    """The full address of what a module calls by this name."""
    return f"{scope.address}.{name}" if scope.address else name
