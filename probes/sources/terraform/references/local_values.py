"""What a local value must stand for, although no plan shows how it is computed.

An ID that is unknown before apply comes from a resource that does not exist yet. Whatever a module can know
of such resources is in the module itself, in the modules that it calls, or in what it is given. If all of
that holds a single VPC, a local value that must be a new VPC can be no other.
"""

from collections.abc import Iterator
from typing import Any

from probes.sources.terraform.file.document import Argument
from probes.sources.terraform.file.module_tree import Instance, Scope
from probes.sources.terraform.file.resource_ids import Identities
from probes.sources.terraform.kinds import KINDS
from probes.sources.terraform.references.targets import Found, Known, Local, Place, written
from probes.sources.terraform.references.traversal import Follower
from probes.sources.terraform.schema.references import EXPECTED, SAME_RESOURCE, TRANSIT_GATEWAY, VPC

DEDUCIBLE = frozenset({VPC, TRANSIT_GATEWAY})
"""
What no resource of another type can make: AWS makes route tables, ACLs, groups and interfaces by itself.
"""
ECHOES = ("aws_", "null_", "random_", "terraform_", "time_", "tls_")
"""
Providers whose resources have no foreign ID among their attributes, or one that they were given.
"""
CARRIERS = frozenset(
    {
        "aws_cloudformation_stack",
        "aws_cloudformation_stack_instances",
        "aws_lambda_invocation",
        "aws_serverlessapplicationrepository_cloudformation_stack",
        "aws_servicecatalog_provisioned_product",
    }
)
"""
Resources that can answer with the ID of anything.
"""
NO_IDS = ("data.aws_iam_", "data.aws_partition.", "data.aws_region.", "data.aws_availability_zones.")
Expected = frozenset[str]


class Deduction:
    """Remembers what each module can know of."""

    def __init__(self, follower: Follower, identities: Identities) -> None:
        self._follower = follower
        self._identities = identities
        self._answers: dict[tuple[int, Expected], str] = {}

    def stands_for(self, local: Local, expected: Expected) -> str:
        """The ID of the only resource that a local value can be; empty when there may be others."""
        if expected not in DEDUCIBLE:
            return ""
        key = (id(local.scope), expected)
        if key not in self._answers:
            found = self._known_to(local.scope, expected)
            self._answers[key] = next(iter(found)) if found and len(found) == 1 else ""
        return self._answers[key]

    def _known_to(self, scope: Scope, expected: Expected) -> set[str] | None:
        """The new resources that a module can know of; None when anything may be among them."""
        found: set[str] = set()
        for module in _with_children(scope):
            if _is_opaque(module):
                return None
            found |= {name for each in _instances(module) if (name := self._new(each, expected))}
        given = self._given(scope, expected)
        return None if given is None else found | given

    def _given(self, scope: Scope, expected: Expected) -> set[str] | None:
        if scope.parent is None or scope.call is None:
            return set()
        place = Place(scope.parent, scope.key, scope.call.for_each_expression)
        found: set[str] = set()
        for expression in scope.call.expressions.values():
            references = expression.references if isinstance(expression, Argument) else []
            for lead in self._follower.follow(place, references):
                if isinstance(lead, Known):
                    continue
                if isinstance(lead, Local):
                    return self._known_to(scope.parent, expected)
                if isinstance(lead, str) or _tells_of(lead, expected):
                    return None
                found |= {name for name in (self._new(lead.instance, expected),) if name}
        return found

    def _new(self, instance: Instance[Any], expected: Expected) -> str:
        if instance.type not in expected:
            return ""
        identity = self._identities.of(instance)
        return identity if identity == instance.address else ""


def _tells_of(lead: Found, expected: Expected) -> bool:
    """Whether an attribute of a resource of another type may hold such an ID."""
    if lead.instance.type in expected:
        return False
    return (
        not lead.attribute
        or lead.instance.type in SAME_RESOURCE
        or lead.instance.type not in KINDS
        or bool(EXPECTED.get(lead.attribute, Expected()) & expected)
    )


def _is_opaque(scope: Scope) -> bool:
    types = {instance.type for instance in _instances(scope)}
    names = (f"data.{each.type}.{each.name}" for each in scope.config.resources if each.mode == "data")
    return any(each in CARRIERS or not each.startswith(ECHOES) for each in types) or any(
        written(scope, name) not in scope.file.data_sources and not name.startswith(NO_IDS) for name in names
    )


def _instances(scope: Scope) -> Iterator[Instance[Any]]:
    for instances in scope.resources.values():
        yield from instances.values()


def _with_children(scope: Scope) -> Iterator[Scope]:
    yield scope
    for children in scope.children.values():
        for child in children.values():
            yield from _with_children(child)
