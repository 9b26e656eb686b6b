"""Small Terraform plans as `terraform show -json` prints them, written block by block."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from probes.model.state import State
from probes.sources.terraform import load_terraform

Json = dict[str, Any]
Key = int | str | None
REGION = "eu-west-1"
PROVIDERS: Json = {"aws": {"name": "aws", "expressions": {"region": {"constant_value": REGION}}}}


def ref(*references: str) -> Json:
    """An expression that mentions these; Terraform lists each and then what it begins with."""
    return {"references": [part for reference in references for part in _unwrapped(reference)]}


def const(value: object) -> Json:
    """An expression that is a constant."""
    return {"constant_value": value}


@dataclass
class Block:
    """One resource block; `instances` holds the planned values by count or for_each key."""

    address: str
    instances: dict[Key, Json] = field(default_factory=lambda: {None: {}})
    expressions: Json = field(default_factory=dict)
    for_each: Json | None = None
    provider: str = "aws"


@dataclass
class Module:
    """What one module declares."""

    blocks: list[Block] = field(default_factory=list)
    outputs: dict[str, Json] = field(default_factory=dict)
    calls: dict[str, "Call"] = field(default_factory=dict)
    variables: Json = field(default_factory=dict)


@dataclass
class Call:
    """One module block; `instances` are its count or for_each keys."""

    module: Module
    expressions: Json = field(default_factory=dict)
    instances: tuple[Key, ...] = (None,)
    for_each: Json | None = None


def block(address: str, values: Json | None = None, **expressions: Json) -> Block:
    """A resource block without count or for_each."""
    return Block(address, {None: values or {}}, expressions)


def plan(*blocks: Block, providers: Json | None = None, **module: Any) -> Json:  # noqa: ANN401  # Module's fields
    """A plan whose root module has these blocks and, by keyword, whatever else a module has."""
    variables = module.pop("given", {})
    root = Module(list(blocks), **module)
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "variables": {name: {"value": value} for name, value in variables.items()},
        "planned_values": {"root_module": _shown(root, "")},
        "configuration": {
            "provider_config": PROVIDERS if providers is None else providers,
            "root_module": _configured(root),
        },
        "complete": True,
        "errored": False,
    }


def state(*resources: tuple[str, Json]) -> Json:
    """A state with these resources in its root module."""
    blocks = [Block(address, {None: values}) for address, values in resources]
    return {"format_version": "1.0", "values": {"root_module": _shown(Module(blocks), "")}}


def write(folder: Path, document: object) -> Path:
    """The document as a file."""
    path = folder / "plan.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def load(folder: Path, *blocks: Block, **module: Any) -> State:  # noqa: ANN401  # as `plan`
    """The network in a plan with these blocks."""
    return load_terraform(write(folder, plan(*blocks, **module)))


def reasons(network: State, kind: str) -> list[str]:
    """Why a source could not see what it could not see of one kind."""
    return [gap.reason for gap in network.gaps if gap.kind == kind]


def _unwrapped(reference: str) -> list[str]:
    parts = [reference]
    least = 3 if reference.startswith("data.") else 2
    while len(re.findall(r'\.|\["[^"]*"\]|\[\d+\]', parts[-1])) + 1 > least:
        parts.append(re.sub(r'(\.[\w-]+|\["[^"]*"\]|\[\d+\])$', "", parts[-1]))
    return parts


def _indexed(address: str, key: Key) -> str:
    if key is None:
        return address
    return f"{address}[{key}]" if isinstance(key, int) else f'{address}["{key}"]'


def _shown(module: Module, address: str) -> Json:
    prefix = f"{address}." if address else ""
    shown: Json = {
        "resources": [
            _resource(each, f"{prefix}{_indexed(each.address, key)}", key, values)
            for each in module.blocks
            for key, values in each.instances.items()
        ],
        "child_modules": [
            _shown(call.module, f"{prefix}{_indexed(f'module.{name}', key)}")
            for name, call in module.calls.items()
            for key in call.instances
        ],
    }
    return shown | ({"address": address} if address else {})


def _resource(each: Block, address: str, key: Key, values: Json) -> Json:
    kind, _, name = each.address.partition(".")
    shown = {"address": address, "mode": "managed", "type": kind, "name": name, "values": values}
    return shown | ({} if key is None else {"index": key})


def _configured(module: Module) -> Json:
    return {
        "resources": [_config_resource(each) for each in module.blocks],
        "outputs": {name: {"expression": expression} for name, expression in module.outputs.items()},
        "variables": module.variables,
        "module_calls": {
            name: {"expressions": call.expressions, "module": _configured(call.module)}
            | ({"for_each_expression": call.for_each} if call.for_each else {})
            for name, call in module.calls.items()
        },
    }


def _config_resource(each: Block) -> Json:
    kind, _, name = each.address.partition(".")
    config = {
        "address": each.address,
        "mode": "managed",
        "type": kind,
        "name": name,
        "provider_config_key": each.provider,
        "expressions": each.expressions,
    }
    return config | ({"for_each_expression": each.for_each} if each.for_each else {})
