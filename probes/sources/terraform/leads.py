"""
Where references lead: from `module.network.vpc_id` or `each.value.id` to attributes of resource instances.
"""

from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from probes.sources.terraform.addresses import InstanceKey, Key, Step, outermost, steps_of
from probes.sources.terraform.document import Expression, expressions_of
from probes.sources.terraform.joins import IDENTITY, PARTS
from probes.sources.terraform.world import Instance, Scope

DEPTH_LIMIT = 40
KNOWN_BEFORE_APPLY = frozenset({"each", "count", "path", "terraform", "self"})
T = TypeVar("T")


class Found(Struct, frozen=True, eq=False):
    """
    An attribute of an instance that a reference mentions; "" stands for the whole instance.

    `part` is set where the expression takes one part of a value that several make up, of which the file does
    not show which is whose: leads of different parts are alternatives. `keyed` says that this one's key is
    the referring instance's.
    """

    instance: Instance[Any]
    attribute: str
    part: str = ""
    keyed: bool = False


class Each(Struct, frozen=True):
    """
    A step that picks what belongs to the referring instance, by its key if the value goes by keys at all.

    Whether an attribute of that is taken next is lost in `x[each.key].y`. None is a key that nothing has.
    """

    key: InstanceKey


class Local(Struct, frozen=True, eq=False):
    """
    A local value, of which the file shows nothing but its name.
    """

    scope: Scope
    name: str


Way = tuple[Step | Each, ...]
Lead = Found | Local | str
"""
Where a reference leads, or the reference itself when the file does not show what it means.
"""


class Place(Struct, frozen=True, eq=False):
    """
    Where an expression is written: its module, what `each` and `count` mean there, and how deep we are.
    """

    scope: Scope
    key: InstanceKey = None
    for_each: Expression | None = None
    depth: int = 0

    def deeper(self, scope: Scope, key: InstanceKey = None, for_each: Expression | None = None) -> "Place":
        """
        The place that an expression of this one refers to.
        """
        return Place(scope, key, for_each, self.depth + 1)


def place_of(instance: Instance[Any], depth: int = 0) -> Place:
    """
    Where the expressions of a resource are written.
    """
    for_each = instance.config.for_each_expression if instance.config else None
    return Place(instance.scope, instance.key, for_each, depth)


class Follower:
    """
    Follows references; what does not depend on `each` or `count` is followed once per module instance.
    """

    def __init__(self) -> None:
        self._leads: dict[tuple[int, str], tuple[Lead, ...]] = {}

    def follow(self, place: Place, references: list[str], rest: Way = ()) -> Iterator[Lead]:
        """
        Every lead of an expression; `rest` is what the referring expression picks from its value.
        """
        if place.depth > DEPTH_LIMIT:
            yield from references[:1]
            return
        varies = any(reference.startswith(("each.", "count.")) for reference in references)
        mentioned = tuple(outermost(references))
        for reference in mentioned:
            if not (varies or rest):
                yield from self._once(place, reference)
                continue
            leads = self._follow(place, steps_of(reference), rest, varies=varies)
            yield from _parts(reference, leads) if rest and len(mentioned) > 1 else leads

    def _once(self, place: Place, reference: str) -> tuple[Lead, ...]:
        key = (id(place.scope), reference)
        leads = self._leads.get(key)
        if leads is None:
            leads = self._leads[key] = tuple(self._follow(place, steps_of(reference), (), varies=False))
        return leads

    def _follow(self, place: Place, steps: tuple[Step, ...], rest: Way, *, varies: bool) -> Iterator[Lead]:
        match steps:
            case ("var", str(name), *own):
                picked = (Each(None),) if varies else ()
                yield from self._variable(place, name, (*own, *picked, *rest))
            case ("module", str(name), *own):
                yield from self._module(place, name, tuple(own), rest, varies=varies)
            case ("each", "value", *own):
                yield from self._each_value(place, (*own, *rest))
            case ("data", str(kind), str(name), *_):
                yield from self._data_source(place.scope, f"data.{kind}.{name}")
            case ("local", str(name), *_):
                yield Local(place.scope, written(place.scope, f"local.{name}"))
            case (str(head), *_) if head in KNOWN_BEFORE_APPLY:
                return
            case (str(kind), str(name), *own):
                yield from _resource(place, f"{kind}.{name}", tuple(own), rest, varies=varies)

    def _variable(self, place: Place, name: str, rest: Way) -> Iterator[Lead]:
        """
        A variable of the root module, or a default, is known before apply and leads nowhere.
        """
        scope = place.scope
        if scope.parent is None or scope.call is None:
            return
        expression = scope.call.expressions.get(name)
        if isinstance(expression, Expression) and expression.references:
            caller = place.deeper(scope.parent, scope.key, scope.call.for_each_expression)
            yield from self.follow(caller, expression.references, rest)

    def _module(self, place: Place, name: str, own: Way, rest: Way, *, varies: bool) -> Iterator[Lead]:
        if varies and any(isinstance(step, str) for step in own):
            own = (*own, Each(place.key))  # the output is named, so what is picked is picked from it
        key = place.key if varies else None
        children, left = _pick(place.scope.children.get(name, {}), (*own, *rest), key)
        if children is None:
            yield written(place.scope, f"module.{name}")
            return
        for child in children:
            if left and isinstance(left[0], str):
                yield from self._output(place.deeper(child), left[0], left[1:])
            else:
                yield from self._any_output(place.deeper(child))

    def _output(self, place: Place, name: str, rest: Way) -> Iterator[Lead]:
        output = place.scope.config.outputs.get(name)
        if output is None:
            yield written(place.scope, f"output.{name}")
        elif output.expression.references:
            yield from self.follow(place, output.expression.references, rest)

    def _any_output(self, place: Place) -> Iterator[Lead]:
        """
        `module.x[each.key].y` is listed as `module.x` and `each.key`: which output was meant is lost.

        The type that the caller expects tells them apart. Outputs that lead nowhere are left out: a module
        that names one resource of the type by an output and another one by a local is not told apart.
        """
        for name in place.scope.config.outputs:
            yield from (lead for lead in self._output(place, name, ()) if isinstance(lead, Found))

    def _each_value(self, place: Place, rest: Way) -> Iterator[Lead]:
        """
        With `for_each = aws_subnet.private`, `each.value` is the subnet of the same key.
        """
        if place.for_each is not None and place.key is not None:
            outside = place.deeper(place.scope)
            yield from self.follow(outside, place.for_each.references, (Each(place.key), *rest))

    @staticmethod
    def _data_source(scope: Scope, name: str) -> Iterator[Lead]:
        """
        A data source that Terraform has read is known before apply and leads nowhere.
        """
        if written(scope, name) not in scope.file.data_sources:
            yield written(scope, name)


def _resource(place: Place, name: str, own: Way, rest: Way, *, varies: bool) -> Iterator[Lead]:
    """
    The instances that a reference means; `own` is what it picks itself, `rest` what is picked of its value.
    """
    instances, key = place.scope.resources.get(name, {}), place.key if varies else None
    named, _ = _pick(instances, own, key)
    if named is None:
        yield written(place.scope, name)
        return
    picked, left = _pick(instances, (*own, *rest), key)
    attribute = next((step for step in left if isinstance(step, str)), "")
    is_object_s = attribute not in own and picked and (len(picked) > 1 or not _has(picked[0], attribute))
    if attribute and is_object_s:  # `{subnet_ids = aws_subnet.a[*].id}`
        yield from (Found(instance, "") for instance in named)
    elif attribute or len(named) == 1 or not (rest and isinstance(rest[0], Each)):
        yield from (Found(instance, attribute) for instance in picked or ())
    else:
        picks = rest[0].key
        for instance in named:
            yield Found(instance, "", str(instance.key), keyed=picks is not None and instance.key == picks)


def _has(instance: Instance[Any], attribute: str) -> bool:
    """
    Whether a resource has an attribute, as far as this project knows; an object made of it may have others.
    """
    return (
        attribute in IDENTITY
        or (instance.type, attribute) in PARTS
        or hasattr(instance.attributes, attribute)
        or (instance.config is not None and attribute in expressions_of(instance.config))
    )


def _parts(reference: str, leads: Iterable[Lead]) -> Iterator[Lead]:
    for lead in leads:
        yield replace(lead, part=f"{reference} {lead.part}") if isinstance(lead, Found) else lead


def _pick(instances: dict[InstanceKey, T], steps: Way, key: InstanceKey) -> tuple[list[T] | None, Way]:
    """
    The instances meant and the steps left. None when a computed key picks one, nobody can say which.

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
    """
    The full address of what a module calls by this name.
    """
    return f"{scope.address}.{name}" if scope.address else name
