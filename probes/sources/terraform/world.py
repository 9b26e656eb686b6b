"""
Module instances and resource instances, each joined with its configuration.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from probes.model.errors import InputError
from probes.sources.terraform.addresses import InstanceKey, last_call
from probes.sources.terraform.attribute_types import Attributes
from probes.sources.terraform.attributes import DECODERS
from probes.sources.terraform.document import (
    ConfigModule,
    ConfigResource,
    Document,
    ModuleCall,
    RootVariable,
    ShownModule,
    ShownResource,
    prior_values,
)

A = TypeVar("A")
TAGS = frozenset({"tags", "tags_all"})


class Scope(msgspec.Struct, eq=False):
    """
    One module instance: where names such as `aws_vpc.main`, `var.x` and `module.y` get their meaning.

    `resources` and `children` are keyed by name, then by count or for_each key. `regions` and
    `found` remember what provider configurations and references led to.
    """

    address: str
    key: InstanceKey
    parent: "Scope | None"
    call: ModuleCall | None
    config: ConfigModule
    resources: dict[str, dict[InstanceKey, "Instance[Any]"]] = msgspec.field(default_factory=dict)
    children: dict[str, dict[InstanceKey, "Scope"]] = msgspec.field(default_factory=dict)
    regions: dict[str, str] = msgspec.field(default_factory=dict)
    found: dict[tuple[str, str], str] = msgspec.field(default_factory=dict)


class Instance(msgspec.Struct, Generic[A], eq=False):
    """
    One managed resource instance. `attributes` are decoded for the types that the model knows.
    """

    address: str
    type: str
    key: InstanceKey
    scope: Scope
    config: ConfigResource | None
    shown: ShownResource
    attributes: A
    region: str = ""
    identity: str = ""

    def raw(self) -> dict[str, Any]:
        """
        Every attribute, for the few questions about types or attributes that the model does not know.
        """
        values: dict[str, Any] = msgspec.json.decode(self.shown.values)
        return values


class World:
    """
    Everything that one file shows.
    """

    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self.document = document
        self.planned = document.planned_values is not None
        self.instances: dict[str, list[Instance[Any]]] = defaultdict(list)
        self.root = self._scope(document.tree, None, None, document.configuration.root_module)
        self._data: dict[str, ShownResource] | None = None

    @property
    def variables(self) -> dict[str, RootVariable]:
        """
        The values given to the root module's variables.
        """
        return self.document.variables

    def of(self, shape: type[A], *types: str) -> list[Instance[A]]:  # noqa: ARG002  # tells the type checker
        """
        The instances of some resource types, in the file's order, whose attributes have the given shape.
        """
        if len(types) == 1:
            return self.instances.get(types[0], [])
        return [instance for name in types for instance in self.instances.get(name, ())]

    def untie(self) -> None:
        """
        Let go of what refers to each other, so that it is freed without the garbage collector.
        """
        scopes = [self.root]
        for scope in scopes:
            scopes.extend(child for children in scope.children.values() for child in children.values())
        for scope in scopes:
            scope.resources.clear()
            scope.children.clear()

    def data_source(self, address: str) -> ShownResource | None:
        """
        A data source that Terraform has read, by its full address without key; None when it has not.
        """
        return self.data_sources().get(address)

    def data_sources(self) -> dict[str, ShownResource]:
        """
        The data sources that Terraform has read.
        """
        if self._data is None:
            self._data = {}
            for tree in (prior_values(self.document), self.document.tree):
                _collect_data(tree, self._data)
        return self._data

    def _scope(
        self, shown: ShownModule, parent: Scope | None, call: ModuleCall | None, config: ConfigModule
    ) -> Scope:
        key = last_call(shown.address)[1] if shown.address else None
        scope = Scope(shown.address, key, parent, call, config)
        self._add_resources(shown, scope)
        for child in shown.child_modules:
            name, child_key = last_call(child.address)
            child_call = config.module_calls.get(name)
            child_config = child_call.module if child_call else ConfigModule()
            scope.children.setdefault(name, {})[child_key] = self._scope(
                child, scope, child_call, child_config
            )
        return scope

    def _add_resources(self, shown: ShownModule, scope: Scope) -> None:
        blocks = {
            f"{block.type}.{block.name}": block for block in scope.config.resources if block.mode == "managed"
        }
        for resource in shown.resources:
            if resource.mode != "managed":
                continue
            kind, key, name = resource.type, resource.index, f"{resource.type}.{resource.name}"
            instance = Instance(
                resource.address, kind, key, scope, blocks.get(name), resource, self._attributes(resource)
            )
            siblings = scope.resources.get(name)
            if siblings is None:
                scope.resources[name] = {key: instance}
            elif key in siblings:
                raise InputError(f"{self.path}: {resource.address} is listed twice")
            else:
                siblings[key] = instance
            self.instances[kind].append(instance)

    def _attributes(self, resource: ShownResource) -> Attributes | None:
        decoder = DECODERS.get(resource.type)
        if decoder is None:
            return None
        try:
            attributes = decoder.decode(resource.values)
        except msgspec.MsgspecError as error:
            raise InputError(f"{self.path}: {resource.address}: {error}") from error
        if b"true" in bytes(resource.sensitive_values):
            _forget_sensitive(attributes, msgspec.json.decode(resource.sensitive_values))
        return attributes


def _collect_data(module: ShownModule, found: dict[str, ShownResource]) -> None:
    for resource in module.resources:
        if resource.mode == "data":
            prefix = f"{module.address}." if module.address else ""
            found[f"{prefix}data.{resource.type}.{resource.name}"] = resource
    for child in module.child_modules:
        _collect_data(child, found)


def _forget_sensitive(attributes: Attributes, marks: dict[str, Any]) -> None:
    """
    What the user marked as sensitive is treated as unknown, so that no message can print it.
    """
    marked = {name for name, mark in marks.items() if _marked(mark)}
    if marked & TAGS:
        marked |= TAGS
    for name in marked.intersection(attributes.__struct_fields__):
        setattr(attributes, name, msgspec.UNSET)


def _marked(mark: object) -> bool:
    if isinstance(mark, dict):
        return any(map(_marked, mark.values()))
    if isinstance(mark, list):
        return any(map(_marked, mark))
    return mark is True
