"""In which Region each resource is.

In this order: the resource's own `region` (AWS provider 6), its provider configuration, its availability zone
or ARN, the zones and ARNs of other resources of the same provider configuration. A state carries no
configuration: there a resource is where what it refers to is, and a resource without any such tie is where
all the others of its module are.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any

from probes.model.state.base import GLOBAL
from probes.sources.terraform.file.document import Argument, ProviderConfig
from probes.sources.terraform.file.module_tree import File, ModuleInstance, ModuleTree, ResourceInstance
from probes.sources.terraform.file.resource_ids import ResourceIds
from probes.sources.terraform.file.variables import value_of

GLOBAL_SERVICE = "aws_globalaccelerator_"
_REGION = re.compile(r"[a-z]{2,}(?:-[a-z]+)+-\d+")
_ARN = re.compile(r"arn:[^:]*:[^:]*:([^:]+):")
_SAME_REGION = (
    "vpc_id",
    "subnet_id",
    "subnet_ids",
    "route_table_id",
    "security_group_id",
    "network_acl_id",
    "transit_gateway_id",
    "transit_gateway_route_table_id",
    "internet_gateway_id",
    "vpc_endpoint_id",
    "prefix_list_id",
)


def locate(tree: ModuleTree, ids: ResourceIds) -> None:
    """Set the Region of every resource that the model reads; it stays empty where nothing tells."""
    elsewhere = []
    evidence = _Evidence(tree)
    for kind, instances in _read(tree):
        common = GLOBAL if kind.startswith(GLOBAL_SERVICE) else ""
        for instance in instances:
            config = instance.config
            known = instance.module.regions.get(config.provider_config_key) if config else ""
            region = common or instance.attributes.region or known
            instance.region = region = _of_provider(instance, evidence) if region is None else region
            if not region:
                elsewhere.append(instance)
    unplaced = _by_themselves(elsewhere)
    if unplaced:
        _by_relation(tree, ids)
        _by_module(tree)


def _read(tree: ModuleTree) -> Iterator[tuple[str, list[ResourceInstance[Any]]]]:
    """The instances of the types that the model reads, by type."""
    return ((kind, found) for kind, found in tree.instances.items() if found[0].schema is not None)


@cache
def region_of_arn(arn: str) -> str:
    """The Region that an ARN names; empty when it names none."""
    match = _ARN.match(arn)
    return match[1] if match and _REGION.fullmatch(match[1]) else ""


@cache
def region_of_zone(zone: str) -> str:
    """The Region that a zone's name begins with (`us-east-1a`, `us-west-2-lax-1a`)."""
    match = _REGION.match(zone)
    return match[0] if match else ""


def _evident(instance: ResourceInstance[Any]) -> str:
    attributes = instance.attributes
    if attributes.arn:
        region = region_of_arn(attributes.arn)
        if region:
            return region
    zone = attributes.availability_zone if instance.schema and instance.schema.is_zoned else None
    return region_of_zone(zone) if zone else ""


def _default_region(instance: ResourceInstance[Any]) -> str:
    """The Region of a resource that did not choose one other than its provider's."""
    if not instance.attributes.region:
        return _evident(instance)
    return "" if instance.configures("region") else str(instance.attributes.region)


def _of_provider(instance: ResourceInstance[Any], evidence: "_Evidence") -> str:
    key, module = instance.config.provider_config_key if instance.config else "", instance.module
    region = module.regions[key] = _of_configuration(key, module) or evidence.region(module.file, key)
    return region


def _of_configuration(key: str, module: ModuleInstance) -> str:
    configurations = module.file.document.configuration.provider_config
    provider = configurations.get(key) or _only_one(configurations.values())
    expression = provider.expressions.get("region") if provider else None
    if provider is None or not isinstance(expression, Argument):
        return ""
    home = module
    while home.parent is not None and home.address != provider.module_address:
        home = home.parent
    value = value_of(home, expression)
    return value if isinstance(value, str) and _REGION.fullmatch(value) else ""


def _only_one(configurations: Iterable[ProviderConfig]) -> ProviderConfig | None:
    """Before version 1.1, Terraform does not show which configuration a module inherits: unless there is one."""
    found = [each for each in configurations if each.name == "aws"]
    return found[0] if len(found) == 1 and not found[0].module_address else None


class _Evidence:
    """What its resources show of a provider configuration that names no Region: zones, ARNs, `region`."""

    def __init__(self, tree: ModuleTree) -> None:
        self._tree = tree

    def region(self, file: File, key: str) -> str:
        """The one Region that the resources of a provider configuration show; empty when it is not one."""
        regions = self._shown.get((file, key), set())
        return next(iter(regions)) if len(regions) == 1 and _is_one_provider(file, key) else ""

    @cached_property
    def _shown(self) -> dict[tuple[File, str], set[str]]:
        shown: dict[tuple[File, str], set[str]] = defaultdict(set)
        for _, instances in _read(self._tree):
            for instance in instances:
                region = _default_region(instance) if instance.config else ""
                if instance.config and region:
                    shown[instance.module.file, instance.config.provider_config_key].add(region)
        return shown


def _by_themselves(instances: list[ResourceInstance[Any]]) -> list[ResourceInstance[Any]]:
    """Place what shows its own Region. The answer is what stays unplaced."""
    for instance in instances:
        instance.region = _evident(instance)
    return [instance for instance in instances if not instance.region]


def _is_one_provider(file: File, key: str) -> bool:
    """OpenTofu repeats a provider configuration with for_each, all of them under one key."""
    provider = file.document.configuration.provider_config.get(key)
    expression = provider.expressions.get("region") if provider else None
    references = expression.references if isinstance(expression, Argument) else []
    return bool(key) and not any(reference.startswith("each.") for reference in references)


def _by_relation(tree: ModuleTree, ids: ResourceIds) -> None:
    """Resources that refer to each other inside a Region form groups; one located member locates the group.

    Both sides of a peering have one ID, so peerings tie no group together.
    """
    groups = _Groups()
    known: dict[str, str] = {}
    placed = [(instance, _node(instance, ids)) for kind in tree.instances.values() for instance in kind]
    for instance, node in placed:
        for neighbour in _neighbours(instance):
            groups.join(node, neighbour)
    for instance, node in placed:
        if instance.region:
            known.setdefault(groups.leader(node), instance.region)
    for instance, node in placed:
        instance.region = instance.region or known.get(groups.leader(node), "")


def _node(instance: ResourceInstance[Any], ids: ResourceIds) -> str:
    manages = instance.schema is not None and bool(instance.schema.same_as)
    both_sides = manages or instance.type.endswith("peering_attachment")
    return instance.address if both_sides else ids.of(instance)


def _neighbours(instance: ResourceInstance[Any]) -> Iterable[str]:
    for attribute in _SAME_REGION:
        value = getattr(instance.attributes, attribute, None)
        values = value if isinstance(value, list) else [value]
        yield from (text for text in values if isinstance(text, str) and text)


class _Groups:
    """Disjoint sets of names."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def leader(self, name: str) -> str:
        while (parent := self._parent.get(name, name)) != name:
            self._parent[name] = name = self._parent.get(parent, parent)
        return name

    def join(self, one: str, other: str) -> None:
        self._parent[self.leader(one)] = self.leader(other)


def _by_module(tree: ModuleTree) -> None:
    regions: dict[int, set[str]] = {}
    loose = []
    for instances in tree.instances.values():
        for instance in instances:
            if instance.region:
                regions.setdefault(id(instance.module), set()).add(instance.region)
            elif instance.attributes is not None and instance.config is None:
                loose.append(instance)
    for instance in loose:
        candidates = regions.get(id(instance.module), set())
        if len(candidates) == 1:
            instance.region = next(iter(candidates))
