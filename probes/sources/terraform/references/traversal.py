"""Following references: from `module.network.vpc_id` or `each.value.id` to attributes of resource instances."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec.structs import replace

from probes.sources.terraform.file.addresses import IndexStep, Step, outermost, steps_of
from probes.sources.terraform.file.document import Expression
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.file.variables import value_of_reference
from probes.sources.terraform.references.conditionals import has_condition, literal_ids
from probes.sources.terraform.references.targets import (
    EachStep,
    EvaluationScope,
    LiteralIds,
    LocalValue,
    ReferencePath,
    ResourceTarget,
    Target,
    pick,
)
from probes.sources.terraform.schema.references import IDENTITY, PARTS

DEPTH_LIMIT = 40
KNOWN_BEFORE_APPLY = frozenset({"each", "count", "path", "terraform", "self"})


class ReferenceTraversal:
    """Follows references; what does not depend on `each` or `count` is followed once per module instance."""

    def __init__(self) -> None:
        self._targets: dict[tuple[int, str], tuple[Target, ...]] = {}

    def follow(
        self,
        scope: EvaluationScope,
        references: list[str],
        outer: ReferencePath = (),
        *,
        is_alone: bool = True,
    ) -> Iterator[Target]:
        """Every target of an expression; `outer` is what the referring expression picks from its value.

        Without `is_alone` the references are those of several expressions.
        """
        if scope.depth > DEPTH_LIMIT:
            yield from references[:1]
            return
        varies = any(reference.startswith(("each.", "count.")) for reference in references)
        mentioned = tuple(outermost(references))
        picks_one = len(mentioned) > 1 and (bool(outer) or (is_alone and has_condition(scope, mentioned)))
        for reference in mentioned:
            targets = (
                self._follow(scope, steps_of(reference), outer, varies=varies)
                if varies or outer
                else self._once(scope, reference)
            )
            yield from _parts(reference, targets) if picks_one else targets

    def _once(self, scope: EvaluationScope, reference: str) -> tuple[Target, ...]:
        key = (id(scope.module), reference)
        targets = self._targets.get(key)
        if targets is None:
            followed = self._follow(scope, steps_of(reference), (), varies=False)
            targets = self._targets[key] = tuple(followed)
        return targets

    def _follow(
        self, scope: EvaluationScope, steps: tuple[Step, ...], outer: ReferencePath, *, varies: bool
    ) -> Iterable[Target]:
        found: Iterable[Target] = ()
        match steps:
            case ("var", str(name), *own):
                picked = (EachStep(None),) if varies else ()
                found = self._variable(scope, name, (*own, *picked, *outer))
            case ("module", str(name), *own):
                found = self._module(scope, name, tuple(own), outer, varies=varies)
            case ("each", "value", *own):
                found = self._each_value(scope, (*own, *outer))
            case ("data", str(kind), str(name), *own):
                found = _data_source(scope, f"data.{kind}.{name}", tuple(own), outer, varies=varies)
            case ("local", str(name), *_):
                found = (LocalValue(scope.module, f"local.{name}"),)
            case (str(kind), str(name), *own) if kind not in KNOWN_BEFORE_APPLY:
                found = _resource(scope, f"{kind}.{name}", tuple(own), outer, varies=varies)
        return found

    def _variable(self, scope: EvaluationScope, name: str, path: ReferencePath) -> Iterable[Target]:
        """A variable of the root module, a constant or a default is known before apply."""
        module = scope.module
        expression = module.call.expressions.get(name) if module.call else None
        if module.parent and module.call and isinstance(expression, Expression) and expression.references:
            caller = scope.deeper(module.parent, module.key, module.call.for_each_expression)
            return self.follow(caller, expression.references, path)
        return literal_ids(value_of_reference(module, f"var.{name}"), path)

    def _module(
        self, scope: EvaluationScope, name: str, own: ReferencePath, outer: ReferencePath, *, varies: bool
    ) -> Iterator[Target]:
        if varies and any(isinstance(step, str) for step in own):
            own = (*own, EachStep(scope.key))  # the output is named, so what is picked is picked from it
        key = scope.key if varies else None
        children, left = pick(scope.module.children.get(name, {}), (*own, *outer), key)
        if children is None:
            yield scope.module.full_address(f"module.{name}")
            return
        for child in children:
            if left and isinstance(left[0], str):
                yield from self._output(scope.deeper(child), left[0], left[1:])
            else:
                yield from self._any_output(scope.deeper(child))

    def _output(self, scope: EvaluationScope, name: str, path: ReferencePath) -> Iterator[Target]:
        output = scope.module.config.outputs.get(name)
        if output is None:
            yield scope.module.full_address(f"output.{name}")
        elif output.expression.references:
            yield from self.follow(scope, output.expression.references, path)

    def _any_output(self, scope: EvaluationScope) -> Iterator[Target]:
        """`module.x[each.key].y` is listed as `module.x` and `each.key`: which output was meant is lost.

        The type that the caller expects tells them apart. Outputs that lead nowhere are left out: a module
        that names one resource of the type by an output and another one by a local is not told apart.
        """
        for name in scope.module.config.outputs:
            found = self._output(scope, name, ())
            yield from _parts(name, (each for each in found if isinstance(each, ResourceTarget | LiteralIds)))

    def _each_value(self, scope: EvaluationScope, path: ReferencePath) -> Iterable[Target]:
        """With `for_each = aws_subnet.private`, `each.value` is the subnet of the same key.

        `each.value["vpc_id"]` is an attribute of an object, as `each.value.vpc_id` is.
        """
        if scope.for_each is None or scope.key is None:
            return []
        outside = scope.deeper(scope.module)
        return self.follow(outside, scope.for_each.references, (EachStep(scope.key), *map(_named, path)))


def _data_source(
    scope: EvaluationScope, name: str, own: ReferencePath, outer: ReferencePath, *, varies: bool
) -> Iterator[Target]:
    """A data source that Terraform has read is known before apply."""
    address = scope.module.full_address(name)
    sources = scope.module.file.data_sources.get(address)
    picked, left = pick(sources or {}, (*own, *outer), scope.key if varies else None)
    if sources is None or picked is None:
        yield address
        return
    for source in picked:
        values = msgspec.json.decode(source.values, type=dict[str, Any])
        lost = not any(isinstance(step, str) for step in own)  # which attribute is meant: `x[each.key].id`
        yield from literal_ids(
            [values.get("id"), values.get("ids")] if lost else values, () if lost else left
        )


def _resource(
    scope: EvaluationScope, name: str, own: ReferencePath, outer: ReferencePath, *, varies: bool
) -> Sequence[Target]:
    """The instances that a reference means.

    `own` is the path that the reference itself is written with, `outer` what is picked of its value.
    """
    instances, key = scope.module.resources.get(name, {}), scope.key if varies else None
    named, _ = pick(instances, own, key)
    picked, left = pick(instances, (*own, *outer), key)
    if named is None or picked is None:
        return [scope.module.full_address(name)]
    attribute = next((step for step in left if isinstance(step, str)), "")
    if attribute and attribute not in own:
        return _taken_of_value(named, picked, attribute)
    if not attribute and len(named) > 1 and outer and isinstance(outer[0], EachStep):
        wanted = outer[0].key
        return [
            ResourceTarget(each, "", str(each.key), keyed=wanted is not None and each.key == wanted)
            for each in named
        ]
    return [ResourceTarget(each, attribute) for each in picked]


def _taken_of_value(
    named: list[ResourceInstance[Any]], picked: list[ResourceInstance[Any]], attribute: str
) -> Sequence[ResourceTarget]:
    """An attribute is taken of a value that resources make up: their own attribute, or an object's around them."""
    if len(picked) > 1 and attribute in IDENTITY:  # `{for s in aws_subnet.a : s.availability_zone => s}`
        return [ResourceTarget(each, "", str(each.key)) for each in named]
    if len(picked) > 1 or (picked and not _has(picked[0], attribute)):  # `{subnet_ids = aws_subnet.a[*].id}`
        return [ResourceTarget(each, "") for each in named]
    return [ResourceTarget(each, attribute) for each in picked]


def _named(step: Step | EachStep) -> Step | EachStep:
    key = step.key if isinstance(step, IndexStep) else None
    return key if isinstance(key, str) and key.isidentifier() else step


def _has(instance: ResourceInstance[Any], attribute: str) -> bool:
    """Whether a resource has an attribute, as far as this project knows; an object made of it may have others."""
    return (
        attribute in IDENTITY
        or (instance.type, attribute) in PARTS
        or hasattr(instance.attributes, attribute)
        or instance.configures(attribute)
    )


def _parts(reference: str, targets: Iterable[Target]) -> Iterator[Target]:
    for target in targets:
        if isinstance(target, ResourceTarget | LiteralIds):
            yield replace(target, part=f"{reference} {target.part}")
        else:
            yield target
