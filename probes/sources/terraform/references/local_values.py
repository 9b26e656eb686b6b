"""What a local value must stand for, although no plan shows how it is computed.

An ID that is unknown before apply comes from a resource that does not exist yet. Whatever a module can know
of such resources is in the module itself, in the modules that it calls, or in what it is given. If all of
that holds a single VPC, a local value that must be a new VPC can be no other.
"""

import re
from collections.abc import Iterator
from typing import Any

from probes.sources.terraform.file.document import Argument, ConfigResource, Expression, expressions_of
from probes.sources.terraform.file.module_tree import ModuleInstance, ResourceInstance
from probes.sources.terraform.file.resource_ids import ResourceIds
from probes.sources.terraform.references.known_values import KnownValues
from probes.sources.terraform.references.targets import (
    EvaluationScope,
    LiteralIds,
    LocalValue,
    ResourceTarget,
    Target,
)
from probes.sources.terraform.references.traversal import ReferenceTraversal
from probes.sources.terraform.schema.references import (
    EXPECTED,
    IDENTITY,
    PART_TYPES,
    PARTS,
    TGW_ATTACHMENT,
    TGW_ROUTE_TABLE,
    TRANSIT_GATEWAY,
    VPC,
)

DEDUCIBLE = frozenset({VPC, TRANSIT_GATEWAY, TGW_ROUTE_TABLE, TGW_ATTACHMENT})
"""
What AWS does not make by itself, as it does route tables, ACLs, groups and interfaces of a VPC; of Transit
Gateways it makes one table, which is known.
"""
CHOOSING_TABLE = frozenset(
    {
        "aws_ec2_transit_gateway_route_table_association",
        "aws_ec2_transit_gateway_route_table_propagation",
    }
)
"""
What puts an attachment into a table other than the default one, into which it comes by itself.
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
_WITHOUT_IDS = re.compile(
    r"(?:.*\.)?data\.aws_(?:iam_\w+|partition|regions?|availability_zones?|caller_identity|ip_ranges|default_tags"
    r"|organizations_\w+|ami|ec2_instance_types?|prefix_list|ec2_managed_prefix_list|vpc_endpoint_service)\..*"
)
"""
Data sources that tell no ID of a network.
"""
_ENABLED = ("default_route_table_association", "default_route_table_propagation")
Expected = frozenset[str]
Known = dict[str, ResourceInstance[Any]]
"""
IDs of new resources, each with the resource that makes it.
"""


class LocalValues:
    """Remembers what each module can know of."""

    def __init__(self, traversal: ReferenceTraversal, ids: ResourceIds) -> None:
        self._traversal = traversal
        self._ids = ids
        self._values = KnownValues()
        self._found: dict[tuple[int, Expected], Known | None] = {}

    def is_known(self, local: LocalValue) -> bool:
        """Whether a local value is known before apply and no ID."""
        return local.name in self._values.of(local.module)

    def stands_for(self, local: LocalValue, expected: Expected, user: ResourceInstance[Any]) -> str:
        """The ID of the only new resource that a local value which `user` refers to can be; empty for several."""
        found = self._known_to(local.module, expected) if expected in DEDUCIBLE else None
        ids = [name for name, maker in (found or {}).items() if _is_meant(maker, expected, user)]
        return ids[0] if len(ids) == 1 else ""

    def _known_to(self, module: ModuleInstance, expected: Expected) -> Known | None:
        """The new resources that a module can know of; None when anything may be among them."""
        key = (id(module), expected)
        if key not in self._found:
            self._found[key] = self._all_known_to(module, expected)
        return self._found[key]

    def _all_known_to(self, module: ModuleInstance, expected: Expected) -> Known | None:
        found: Known = {}
        for each in _with_children(module):
            if _is_opaque(each):
                return None
            for instance in _instances(each):
                if _is_managing(instance, expected):
                    return None
                found |= dict.fromkeys(self._new(instance, expected), instance)
        given = self._given(module, expected)
        return None if given is None else found | given

    def _given(self, module: ModuleInstance, expected: Expected) -> Known | None:
        """The new resources that the arguments of a module call may tell of."""
        found: Known = {}
        if module.parent is None or module.call is None:
            return found
        scope = EvaluationScope(module.parent, module.key, module.call.for_each_expression)
        for argument, expression in module.call.expressions.items():
            is_known = f"var.{argument}" in self._values.of(module)
            references = [] if is_known or not isinstance(expression, Argument) else expression.references
            for target in self._traversal.follow(scope, references):
                told = self._told_by(target, expected)
                if told is None:
                    return None
                found |= {name: maker for name, maker in told.items() if not _needs(maker, argument, module)}
        return found

    def _told_by(self, target: Target, expected: Expected) -> Known | None:
        match target:
            case LiteralIds():
                return {}
            case LocalValue():
                return {} if self.is_known(target) else self._known_to(target.module, expected)
            case str():
                return {} if _WITHOUT_IDS.fullmatch(target) else None
        if _may_tell_of(target, expected):
            return None
        return dict.fromkeys(self._new(target.instance, expected), target.instance)

    def _new(self, instance: ResourceInstance[Any], expected: Expected) -> Iterator[str]:
        """The IDs of the expected type that a resource makes and that are not known before apply."""
        if instance.type in expected:
            identity = self._ids.of(instance)
            yield from (identity,) if identity == instance.address else ()
        for (kind, attribute), part in PARTS.items():
            if kind == instance.type and attribute == part and PART_TYPES[part] in expected:
                own = self._ids.own_part(instance, part)
                yield from (self._ids.part(instance, part),) if own.endswith(f".{part}") else ()


def _is_meant(maker: ResourceInstance[Any], expected: Expected, user: ResourceInstance[Any]) -> bool:
    """Whether a default table of a Transit Gateway may be meant: not where there is none, nor to choose another."""
    if maker.type in expected or maker.type not in TRANSIT_GATEWAY:
        return True
    has_default = any(getattr(maker.attributes, option) != "disable" for option in _ENABLED)
    return has_default and user.type not in CHOOSING_TABLE


def _needs(maker: ResourceInstance[Any], argument: str, module: ModuleInstance) -> bool:
    """Whether a resource of the called module is made with an argument, which then cannot hold its ID."""
    is_of_call = maker.module.config is module.config
    return is_of_call and maker.config is not None and _mentions(maker.config, f"var.{argument}")


def _mentions(config: ConfigResource, name: str) -> bool:
    expressions = [each for each in expressions_of(config).values() if isinstance(each, Expression)]
    if config.for_each_expression:
        expressions.append(config.for_each_expression)
    return any(name in each.references for each in expressions)


def _may_tell_of(target: ResourceTarget, expected: Expected) -> bool:
    """Whether an attribute of a resource of another type may hold such an ID."""
    instance, attribute = target.instance, target.attribute
    if instance.type in expected:
        return False
    if _is_managing(instance, expected):
        return True
    if attribute in IDENTITY and instance.type.startswith(RETURN_NO_IDS):
        return False
    if instance.schema is None:
        return True
    attributes = (attribute,) if attribute else instance.schema.attributes.__struct_fields__
    return any(EXPECTED.get(each, Expected()) & expected for each in attributes)


def _is_managing(instance: ResourceInstance[Any], expected: Expected) -> bool:
    """Whether a resource only manages another one of the expected type, whose ID it has."""
    same = instance.schema.same_as if instance.schema else ""
    return bool(same and EXPECTED[same] & expected)


def _is_opaque(module: ModuleInstance) -> bool:
    """Whether a resource, or a data source that is read at apply, may answer with any ID."""
    types = {instance.type for instance in _instances(module)}
    names = (f"data.{each.type}.{each.name}" for each in module.config.resources if each.mode == "data")
    return any(each in RETURN_ANY_ID or not each.startswith(RETURN_NO_IDS) for each in types) or any(
        not _is_read(module, name) and not _WITHOUT_IDS.fullmatch(name) for name in names
    )


def _is_read(module: ModuleInstance, name: str) -> bool:
    """Whether a data source was read while planning; a plan also shows those that it will read at apply."""
    sources = module.file.data_sources.get(module.full_address(name), {})
    return any(b'"id"' in bytes(source.values) for source in sources.values())


def _instances(module: ModuleInstance) -> Iterator[ResourceInstance[Any]]:
    for instances in module.resources.values():
        yield from instances.values()


def _with_children(module: ModuleInstance) -> Iterator[ModuleInstance]:
    yield module
    for children in module.children.values():
        for child in children.values():
            yield from _with_children(child)
