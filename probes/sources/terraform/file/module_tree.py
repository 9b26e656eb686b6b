"""Module instances and resource instances, each joined with its configuration."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from probes.model.errors import InputError
from probes.sources.terraform.file.addresses import InstanceKey, last_call
from probes.sources.terraform.file.document import (
    ConfigModule,
    ConfigResource,
    Document,
    ModuleCall,
    ShownModule,
    ShownResource,
    prior_values,
)
from probes.sources.terraform.schema.attribute_types import Attributes
from probes.sources.terraform.schema.resource_types import DECODERS

A = TypeVar("A")
NAMED_BY = {
    "aws_autoscaling_group": "name",
    "aws_cloudwatch_log_group": "name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_dynamodb_table": "name",
    "aws_kms_alias": "name",
    "aws_s3_bucket": "bucket",
}
"""
Resources that AWS knows by a name of the user's choice.
"""
TAGS = frozenset({"tags", "tags_all"})


class File:
    """One plan or state among those that make up the network; `label` tells equal addresses of several apart."""

    def __init__(self, path: Path, document: Document, label: str = "") -> None:
        self.path = path
        self.document = document
        self.label = label

    @cached_property
    def data_sources(self) -> dict[str, dict[InstanceKey, ShownResource]]:
        """The data sources that Terraform has read, by their full address without key, then by key."""
        found: dict[str, dict[InstanceKey, ShownResource]] = {}
        for tree in (prior_values(self.document), self.document.tree):
            _collect_data(tree, found)
        return found


class Scope(msgspec.Struct, eq=False):
    """One module instance: where names such as `aws_vpc.main`, `var.x` and `module.y` get their meaning.

    `resources` and `children` are keyed by name, then by count or for_each key. `regions` and `found`
    remember what provider configurations and references led to.
    """

    file: File
    address: str
    key: InstanceKey
    parent: "Scope | None"
    call: ModuleCall | None
    config: ConfigModule
    resources: dict[str, dict[InstanceKey, "Instance[Any]"]] = msgspec.field(default_factory=dict)
    children: dict[str, dict[InstanceKey, "Scope"]] = msgspec.field(default_factory=dict)
    regions: dict[str, str] = msgspec.field(default_factory=dict)
    found: dict[tuple[str, str, str], str] = msgspec.field(default_factory=dict)


class Instance(msgspec.Struct, Generic[A], eq=False):
    """One managed resource instance. `attributes` are decoded for the types that the model knows.

    `identity` is AWS's ID, or name, where it is known, else the Terraform address. Until somebody asks it is
    empty for the other types.
    """

    address: str
    type: str
    key: InstanceKey
    scope: Scope
    config: ConfigResource | None
    shown: ShownResource
    attributes: A
    identity: str
    region: str = ""

    def raw(self) -> dict[str, Any]:
        """Every attribute, for the few questions about types or attributes that the model does not know."""
        return msgspec.json.decode(self.shown.values, type=dict[str, Any])


class World:
    """Everything that the files show."""

    def __init__(self, files: Sequence[File]) -> None:
        self.instances: dict[str, list[Instance[Any]]] = defaultdict(list)
        self.files = files
        self.roots = [self._root(file) for file in files]

    def of(self, shape: type[A], *types: str) -> list[Instance[A]]:  # noqa: ARG002  # tells the type checker
        """The instances of some resource types, in the file's order, whose attributes have the given shape."""
        if len(types) == 1:
            return self.instances.get(types[0], [])
        return [instance for name in types for instance in self.instances.get(name, ())]

    def untie(self) -> None:
        """Let go of what refers to each other, so that it is freed without the garbage collector."""
        scopes = list(self.roots)
        for scope in scopes:
            scopes.extend(child for children in scope.children.values() for child in children.values())
        for scope in scopes:
            scope.resources.clear()
            scope.children.clear()

    def _root(self, file: File) -> Scope:
        scope = Scope(file, "", None, None, None, file.document.configuration.root_module)
        self._fill(scope, file.document.tree)
        return scope

    def _fill(self, scope: Scope, shown: ShownModule) -> None:
        self._add_resources(shown, scope)
        for module in shown.child_modules:
            name, key = last_call(module.address)
            call = scope.config.module_calls.get(name)
            config = call.module if call else ConfigModule()
            child = Scope(scope.file, module.address, key, scope, call, config)
            scope.children.setdefault(name, {})[key] = child
            self._fill(child, module)

    def _add_resources(self, shown: ShownModule, scope: Scope) -> None:
        """The busiest loop of all: it makes as few calls as it can."""
        blocks = _blocks(scope.config)
        path, label, resources = scope.file.path, scope.file.label, scope.resources
        sensitive = b"true" in b"".join([resource.sensitive_values for resource in shown.resources])
        for resource in shown.resources:
            if resource.mode != "managed":
                continue
            kind, key, name = resource.type, resource.index, f"{resource.type}.{resource.name}"
            address, attributes, identity = label + resource.address, None, ""
            if kind in DECODERS:
                try:
                    attributes = DECODERS[kind].decode(resource.values)
                except msgspec.MsgspecError as error:
                    raise InputError(f"{path}: {resource.address}: {error}") from error
                if sensitive:
                    _forget_sensitive(attributes, msgspec.json.decode(resource.sensitive_values))
                identity = getattr(attributes, NAMED_BY.get(kind, "id")) or address
            instance = Instance(address, kind, key, scope, blocks.get(name), resource, attributes, identity)
            self.instances[kind].append(instance)
            if resource.deposed_key:
                instance.address += f" (deposed {resource.deposed_key})"
            elif resources.setdefault(name, {}).setdefault(key, instance) is not instance:
                raise InputError(f"{path}: {resource.address} is listed twice")


def _blocks(config: ConfigModule) -> dict[str, ConfigResource]:
    return {f"{block.type}.{block.name}": block for block in config.resources if block.mode == "managed"}


def _collect_data(module: ShownModule, found: dict[str, dict[InstanceKey, ShownResource]]) -> None:
    for resource in module.resources:
        if resource.mode == "data":
            prefix = f"{module.address}." if module.address else ""
            name = f"{prefix}data.{resource.type}.{resource.name}"
            found.setdefault(name, {})[resource.index] = resource
    for child in module.child_modules:
        _collect_data(child, found)


def _forget_sensitive(attributes: Attributes, marks: object) -> None:
    """What the user marked as sensitive is treated as unknown, so that no message can print it."""
    fields = set(attributes.__struct_fields__)
    marked = {name for name, mark in marks.items() if _marked(mark)} if isinstance(marks, dict) else fields
    if marked & TAGS:
        marked |= TAGS
    for name in marked & fields:
        setattr(attributes, name, msgspec.UNSET)


def _marked(mark: object) -> bool:
    if isinstance(mark, dict):
        return any(map(_marked, mark.values()))
    if isinstance(mark, list):
        return any(map(_marked, mark))
    return mark is True
