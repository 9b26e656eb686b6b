"""Module instances and resource instances, each joined with its configuration."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
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
    expressions_of,
    prior_values,
    references_of,
)
from probes.sources.terraform.schema.base import Attributes, ResourceType

A = TypeVar("A")
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


class ModuleInstance(msgspec.Struct, eq=False):
    """One module instance: where names such as `aws_vpc.main`, `var.x` and `module.y` get their meaning.

    `resources` and `children` are keyed by name, then by count or for_each key. `regions` and `found`
    remember what provider configurations and references led to.
    """

    file: File
    address: str
    key: InstanceKey
    parent: "ModuleInstance | None"
    call: ModuleCall | None
    config: ConfigModule
    resources: dict[str, dict[InstanceKey, "ResourceInstance[Any]"]] = msgspec.field(default_factory=dict)
    children: dict[str, dict[InstanceKey, "ModuleInstance"]] = msgspec.field(default_factory=dict)
    regions: dict[str, str] = msgspec.field(default_factory=dict)
    found: dict[tuple[str, str, str], str] = msgspec.field(default_factory=dict)

    def full_address(self, name: str) -> str:
        """The full address of what the module calls by this name."""
        return f"{self.address}.{name}" if self.address else name


class ResourceInstance(msgspec.Struct, Generic[A], eq=False):
    """One managed resource instance. `attributes` are decoded for the types that the model reads.

    `identity` is AWS's ID, or name, where it is known, else the Terraform address. Until somebody asks it is
    empty for the other types, which have no `schema` either.
    """

    address: str
    type: str
    key: InstanceKey
    module: ModuleInstance
    config: ConfigResource | None
    shown: ShownResource
    schema: ResourceType | None
    attributes: A
    identity: str
    region: str = ""

    def raw(self) -> dict[str, Any]:
        """Every attribute, for the few questions about types or attributes that the model does not read."""
        return msgspec.json.decode(self.shown.values, type=dict[str, Any])

    def configures(self, attribute: str) -> bool:
        """Whether the configuration sets an attribute or block; without a configuration nobody can say."""
        return self.config is not None and attribute in expressions_of(self.config)

    def references(self, attribute: str, inner: str = "") -> list[str]:
        """What the configuration says that an attribute, or `inner` in every block of the name, refers to."""
        return references_of(self.config, attribute, inner) if self.config else []


class ModuleTree:
    """Everything that the files show; `types` are the resource types to decode."""

    def __init__(self, files: Sequence[File], types: Mapping[str, ResourceType]) -> None:
        self.instances: dict[str, list[ResourceInstance[Any]]] = defaultdict(list)
        self.files = files
        self._types = types
        self.roots = [self._root(file) for file in files]

    def of(self, shape: type[A], *types: str) -> list[ResourceInstance[A]]:  # noqa: ARG002  # tells the type checker
        """The instances of some resource types, in the file's order, whose attributes have the given shape."""
        if len(types) == 1:
            return self.instances.get(types[0], [])
        return [instance for name in types for instance in self.instances.get(name, ())]

    def break_cycles(self) -> None:
        """Let go of what refers to each other, so that it is freed without the garbage collector."""
        modules = list(self.roots)
        for module in modules:
            modules.extend(child for children in module.children.values() for child in children.values())
        for module in modules:
            module.resources.clear()
            module.children.clear()

    def _root(self, file: File) -> ModuleInstance:
        root = ModuleInstance(file, "", None, None, None, file.document.configuration.root_module)
        self._fill(root, file.document.tree)
        return root

    def _fill(self, module: ModuleInstance, shown: ShownModule) -> None:
        self._add_resources(shown, module)
        for inner in shown.child_modules:
            name, key = last_call(inner.address)
            call = module.config.module_calls.get(name)
            config = call.module if call else ConfigModule()
            child = ModuleInstance(module.file, inner.address, key, module, call, config)
            module.children.setdefault(name, {})[key] = child
            self._fill(child, inner)

    def _add_resources(self, shown: ShownModule, module: ModuleInstance) -> None:
        """The busiest loop of all: it makes as few calls as it can."""
        blocks = _blocks(module.config)
        types, path, label = self._types, module.file.path, module.file.label
        sensitive = b"true" in b"".join([resource.sensitive_values for resource in shown.resources])
        for resource in shown.resources:
            if resource.mode != "managed":
                continue
            kind, key, name = resource.type, resource.index, f"{resource.type}.{resource.name}"
            address, attributes, identity = label + resource.address, None, ""
            schema = types.get(kind)
            if schema is not None:
                try:
                    attributes = schema.decoder.decode(resource.values)
                except msgspec.MsgspecError as error:
                    raise InputError(f"{path}: {resource.address}: {error}") from error
                if sensitive:
                    _forget_sensitive(attributes, msgspec.json.decode(resource.sensitive_values))
                identity = getattr(attributes, schema.named_by) or address
            instance = ResourceInstance(
                address, kind, key, module, blocks.get(name), resource, schema, attributes, identity
            )
            self.instances[kind].append(instance)
            if resource.deposed_key:
                instance.address += f" (deposed {resource.deposed_key})"
            elif module.resources.setdefault(name, {}).setdefault(key, instance) is not instance:
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
