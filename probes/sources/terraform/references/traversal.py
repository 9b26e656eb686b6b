"""Following references: from `module.network.vpc_id` or `each.value.id` to attributes of resource instances."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from probes.sources.terraform.file.addresses import Step, outermost, steps_of
from probes.sources.terraform.file.document import Expression, expressions_of
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.file.variables import value_of_reference
from probes.sources.terraform.references.conditionals import chooses, known_ids
from probes.sources.terraform.references.targets import (
    Each,
    Found,
    Known,
    Lead,
    Local,
    Place,
    Way,
    pick,
    written,
)
from probes.sources.terraform.schema.references import IDENTITY, PARTS

DEPTH_LIMIT = 40
KNOWN_BEFORE_APPLY = frozenset({"each", "count", "path", "terraform", "self"})


class Follower:
    """Follows references; what does not depend on `each` or `count` is followed once per module instance."""

    def __init__(self) -> None:
        self._leads: dict[tuple[int, str], tuple[Lead, ...]] = {}

    def follow(
        self, place: Place, references: list[str], rest: Way = (), *, is_alone: bool = True
    ) -> Iterator[Lead]:
        """Every lead of an expression; `rest` is what the referring expression picks from its value.

        Without `is_alone` the references are those of several expressions.
        """
        if place.depth > DEPTH_LIMIT:
            yield from references[:1]
            return
        varies = any(reference.startswith(("each.", "count.")) for reference in references)
        mentioned = tuple(outermost(references))
        picks_one = len(mentioned) > 1 and (bool(rest) or (is_alone and chooses(place, mentioned)))
        for reference in mentioned:
            leads = (
                self._follow(place, steps_of(reference), rest, varies=varies)
                if varies or rest
                else self._once(place, reference)
            )
            yield from _parts(reference, leads) if picks_one else leads

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
            case ("data", str(kind), str(name), *own):
                yield from _data_source(place, f"data.{kind}.{name}", tuple(own), rest, varies=varies)
            case ("local", str(name), *_):
                yield Local(place.scope, written(place.scope, f"local.{name}"))
            case (str(head), *_) if head in KNOWN_BEFORE_APPLY:
                return
            case (str(kind), str(name), *own):
                yield from _resource(place, f"{kind}.{name}", tuple(own), rest, varies=varies)

    def _variable(self, place: Place, name: str, rest: Way) -> Iterator[Lead]:
        """A variable of the root module, a constant or a default is known before apply."""
        scope = place.scope
        expression = scope.call.expressions.get(name) if scope.call else None
        if scope.parent and scope.call and isinstance(expression, Expression) and expression.references:
            caller = place.deeper(scope.parent, scope.key, scope.call.for_each_expression)
            yield from self.follow(caller, expression.references, rest)
        else:
            yield from known_ids(value_of_reference(scope, f"var.{name}"), rest)

    def _module(self, place: Place, name: str, own: Way, rest: Way, *, varies: bool) -> Iterator[Lead]:
        if varies and any(isinstance(step, str) for step in own):
            own = (*own, Each(place.key))  # the output is named, so what is picked is picked from it
        key = place.key if varies else None
        children, left = pick(place.scope.children.get(name, {}), (*own, *rest), key)
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
        """`module.x[each.key].y` is listed as `module.x` and `each.key`: which output was meant is lost.

        The type that the caller expects tells them apart. Outputs that lead nowhere are left out: a module
        that names one resource of the type by an output and another one by a local is not told apart.
        """
        for name in place.scope.config.outputs:
            leads = (lead for lead in self._output(place, name, ()) if isinstance(lead, Found | Known))
            yield from _parts(name, leads)

    def _each_value(self, place: Place, rest: Way) -> Iterator[Lead]:
        """With `for_each = aws_subnet.private`, `each.value` is the subnet of the same key."""
        if place.for_each is not None and place.key is not None:
            outside = place.deeper(place.scope)
            yield from self.follow(outside, place.for_each.references, (Each(place.key), *rest))


def _data_source(place: Place, name: str, own: Way, rest: Way, *, varies: bool) -> Iterator[Lead]:
    """A data source that Terraform has read is known before apply."""
    sources = place.scope.file.data_sources.get(written(place.scope, name))
    picked, left = pick(sources or {}, (*own, *rest), place.key if varies else None)
    if sources is None or picked is None:
        yield written(place.scope, name)
        return
    for source in picked:
        values = msgspec.json.decode(source.values, type=dict[str, Any])
        lost = not any(isinstance(step, str) for step in own)  # which attribute is meant: `x[each.key].id`
        yield from known_ids([values.get("id"), values.get("ids")] if lost else values, () if lost else left)


def _resource(place: Place, name: str, own: Way, rest: Way, *, varies: bool) -> Iterator[Lead]:
    """The instances that a reference means; `own` is what it picks itself, `rest` what is picked of its value."""
    instances, key = place.scope.resources.get(name, {}), place.key if varies else None
    named, _ = pick(instances, own, key)
    if named is None:
        yield written(place.scope, name)
        return
    picked, left = pick(instances, (*own, *rest), key)
    attribute = next((step for step in left if isinstance(step, str)), "")
    taken_of = picked if picked and attribute and attribute not in own else []
    if len(taken_of) > 1 and attribute in IDENTITY:  # `{for s in aws_subnet.a : s.availability_zone => s}`
        yield from (Found(instance, "", str(instance.key)) for instance in named)
    elif len(taken_of) > 1 or (taken_of and not _has(taken_of[0], attribute)):
        yield from (Found(instance, "") for instance in named)  # `{subnet_ids = aws_subnet.a[*].id}`
    elif attribute or len(named) == 1 or not (rest and isinstance(rest[0], Each)):
        yield from (Found(instance, attribute) for instance in picked or ())
    else:
        picks = rest[0].key
        for instance in named:
            yield Found(instance, "", str(instance.key), keyed=picks is not None and instance.key == picks)


def _has(instance: Instance[Any], attribute: str) -> bool:
    """Whether a resource has an attribute, as far as this project knows; an object made of it may have others."""
    return (
        attribute in IDENTITY
        or (instance.type, attribute) in PARTS
        or hasattr(instance.attributes, attribute)
        or (instance.config is not None and attribute in expressions_of(instance.config))
    )


def _parts(reference: str, leads: Iterable[Lead]) -> Iterator[Lead]:
    for lead in leads:
        yield replace(lead, part=f"{reference} {lead.part}") if isinstance(lead, Found | Known) else lead
