"""What a local value must stand for, although no plan shows how it is computed.

An ID that is unknown before apply comes from a resource that does not exist yet. Whatever a module can know
of such resources is in the module itself, in the modules that it calls, or in what it is given. If all of
that holds a single VPC, a local value that must be a new VPC can be no other.
"""

from collections.abc import Iterator
from typing import Any

from probes.sources.terraform.file.document import Argument
from probes.sources.terraform.file.module_tree import ModuleInstance, ResourceInstance
from probes.sources.terraform.file.resource_ids import ResourceIds
from probes.sources.terraform.references.targets import (
    EvaluationScope,
    LiteralIds,
    LocalValue,
    ResourceTarget,
)
from probes.sources.terraform.references.traversal import ReferenceTraversal
from probes.sources.terraform.schema.references import EXPECTED, TRANSIT_GATEWAY, VPC

DEDUCIBLE = frozenset({VPC, TRANSIT_GATEWAY})
"""
What no resource of another type can make: AWS makes route tables, ACLs, groups and interfaces by itself.
"""
RETURN_NO_IDS = ("aws_", "null_", "random_", "terraform_", "time_", "tls_")
"""
Providers whose resources have no foreign ID among their attributes, or one that they were given.
"""
RETURN_ANY_ID = frozenset(
    {
        "aws_cloudformation_stack",
        "aws_cloudformation_stack_instances",
        "aws_lambda_invocation",
        "aws_serverlessapplicationrepository_cloudformation_stack",
        "aws_servicecatalog_provisioned_product",
    }
)
NO_IDS = ("data.aws_iam_", "data.aws_partition.", "data.aws_region.", "data.aws_availability_zones.")
Expected = frozenset[str]


class LocalValues:
    """Remembers what each module can know of."""

    def __init__(self, traversal: ReferenceTraversal, ids: ResourceIds) -> None:
        self._traversal = traversal
        self._ids = ids
        self._answers: dict[tuple[int, Expected], str] = {}

    def stands_for(self, local: LocalValue, expected: Expected) -> str:
        """The ID of the only resource that a local value can be; empty when there may be others."""
        if expected not in DEDUCIBLE:
            return ""
        key = (id(local.module), expected)
        if key not in self._answers:
            found = self._known_to(local.module, expected)
            self._answers[key] = next(iter(found)) if found and len(found) == 1 else ""
        return self._answers[key]

    def _known_to(self, module: ModuleInstance, expected: Expected) -> set[str] | None:
        """The new resources that a module can know of; None when anything may be among them."""
        found: set[str] = set()
        for each in _with_children(module):
            if _is_opaque(each):
                return None
            found |= {name for instance in _instances(each) if (name := self._new(instance, expected))}
        given = self._given(module, expected)
        return None if given is None else found | given

    def _given(self, module: ModuleInstance, expected: Expected) -> set[str] | None:
        if module.parent is None or module.call is None:
            return set()
        scope = EvaluationScope(module.parent, module.key, module.call.for_each_expression)
        found: set[str] = set()
        for expression in module.call.expressions.values():
            references = expression.references if isinstance(expression, Argument) else []
            for target in self._traversal.follow(scope, references):
                if isinstance(target, LiteralIds):
                    continue
                if isinstance(target, LocalValue):
                    return self._known_to(module.parent, expected)
                if isinstance(target, str) or _tells_of(target, expected):
                    return None
                found |= {name for name in (self._new(target.instance, expected),) if name}
        return found

    def _new(self, instance: ResourceInstance[Any], expected: Expected) -> str:
        if instance.type not in expected:
            return ""
        identity = self._ids.of(instance)
        return identity if identity == instance.address else ""


def _tells_of(target: ResourceTarget, expected: Expected) -> bool:
    """Whether an attribute of a resource of another type may hold such an ID."""
    schema = target.instance.schema
    if target.instance.type in expected:
        return False
    if not target.attribute or schema is None or schema.same_as:
        return True
    return bool(EXPECTED.get(target.attribute, Expected()) & expected)


def _is_opaque(module: ModuleInstance) -> bool:
    types = {instance.type for instance in _instances(module)}
    names = (f"data.{each.type}.{each.name}" for each in module.config.resources if each.mode == "data")
    return any(each in RETURN_ANY_ID or not each.startswith(RETURN_NO_IDS) for each in types) or any(
        module.full_address(name) not in module.file.data_sources and not name.startswith(NO_IDS)
        for name in names
    )


def _instances(module: ModuleInstance) -> Iterator[ResourceInstance[Any]]:
    for instances in module.resources.values():
        yield from instances.values()


def _with_children(module: ModuleInstance) -> Iterator[ModuleInstance]:
    yield module
    for children in module.children.values():
        for child in children.values():
            yield from _with_children(child)
