"""Terraform plans and states as `terraform show -json` prints them, made from a few lines of YAML.

A module is a mapping. `aws_vpc.main: {…}` is a resource with its arguments; `data.aws_vpc.old: {…}` is a data
source that was read while planning, without values one that is read at apply; `module.net: {…}` is a module
call whose body is a module again. Beside them stand `outputs`, `variables` (defaults) and `given` (what the
caller gives; for the root module the values of its variables).

An argument that begins with `=` is an expression, written as in Terraform and unknown before apply. A list of
mappings are blocks. What repeats a resource or module: `count` and `for_each` with the values of each instance
(for a module: the number or the keys), `each` with the expression of for_each. `expressions` says what is
configured where that is not what is planned, `computed` what is planned and not configured, and `provider` names
another provider configuration than `aws`.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
Key = int | str | None
REGION = "eu-west-1"
PROVIDERS: Json = {"aws": {"name": "aws", "expressions": {"region": {"constant_value": REGION}}}}
META = frozenset({"count", "for_each", "each", "provider", "expressions", "computed", "sensitive"})
MODULE = frozenset({"outputs", "variables", "given", "count", "for_each", "each"})
PREFIXES = frozenset({"data", "ephemeral"})
BLOCKS_AS_ATTRIBUTES = frozenset({"ingress", "egress", "route"})
"""
Blocks that the provider declares as attributes: Terraform lists the references of all of them together.
"""
_REFERENCE = re.compile(r'[a-zA-Z_][\w-]*(?:\.[a-zA-Z_][\w-]*|\.\d+|\["[^"]*"\]|\[\d+\])+')
_WITHIN_BRACKETS = re.compile(r"\[(?!\d+\]|\")([^\[\]]*)\]")
_LAST_STEP = re.compile(r'(\.[\w-]+|\["[^"]*"\]|\[\d+\])$')


def plan(root: Json, providers: Json | None = None, **more: Any) -> Json:  # noqa: ANN401  # any part of a plan
    """A plan with this root module; `more` takes the place of its top-level parts."""
    document = {
        "format_version": "1.2",
        "terraform_version": "1.9.8",
        "variables": {name: {"value": value} for name, value in root.get("given", {}).items()},
        "planned_values": {"root_module": _shown(root, "", {"managed", "ephemeral"})},
        "prior_state": {"values": {"root_module": _shown(root, "", {"data"})}},
        "configuration": {
            "provider_config": PROVIDERS if providers is None else _providers(providers),
            "root_module": _configured(root),
        },
        "complete": True,
        "errored": False,
    }
    return document | more


def state(root: Json, **more: Any) -> Json:  # noqa: ANN401  # as `plan`
    """A state with this root module, in which every value is known."""
    return {"format_version": "1.0", "values": {"root_module": _shown(root, "", {"managed"})}} | more


def write(folder: Path, document: object) -> Path:
    """The document as a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "plan.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def references(value: object) -> list[str]:
    """What the expressions in a value mention, as Terraform lists it: each, then what it begins with."""
    return [part for text in _texts(value) for found in _mentioned(text) for part in _unwrapped(found)]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str) and value.startswith("="):
        yield value[1:]
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _mentioned(text: str) -> Iterator[str]:
    """`aws_subnet.a[each.key].id` mentions `aws_subnet.a` and `each.key`, `aws_subnet.a[*].id` the former only."""
    computed = _WITHIN_BRACKETS.search(text)
    if computed is None:
        yield from _REFERENCE.findall(text)
        return
    after = re.sub(r"^(?:\.[\w-]+|\[\d+\])*", "", text[computed.end() :])
    yield from _mentioned(f"{text[: computed.start()]} {computed[1]} {after}")


def _unwrapped(reference: str) -> Iterator[str]:
    least = 3 if reference.startswith("data.") else 2
    while reference:
        yield reference
        shorter = _LAST_STEP.sub("", reference)
        reference = shorter if len(re.findall(r"\.|\[", shorter)) + 1 >= least else ""


def _providers(regions: Json) -> Json:
    """Provider configurations by key: the Region, or what else of one is to be said."""
    return {
        key: value
        if isinstance(value, dict)
        else {"name": "aws", "expressions": {"region": _expression(value)}}
        for key, value in regions.items()
    }


def _blocks(module: Json) -> Iterator[tuple[str, str, str, Json | None]]:
    """Mode, type, name and body of every resource and data source."""
    for address, body in module.items():
        if address in MODULE or address.startswith("module."):
            continue
        mode, _, rest = address.partition(".")
        mode, rest = (mode, rest) if mode in PREFIXES else ("managed", address)
        kind, _, name = rest.partition(".")
        yield mode, kind, name, body


def _prefix(mode: str) -> str:
    return f"{mode}." if mode in PREFIXES else ""


def _calls(module: Json) -> Iterator[tuple[str, Json]]:
    return (
        (name.removeprefix("module."), body) for name, body in module.items() if name.startswith("module.")
    )


def _instances(body: Json) -> Iterable[tuple[Key, Any]]:
    if "count" in body:
        repeated = body["count"]
        return enumerate(repeated if isinstance(repeated, list) else [{}] * repeated)
    repeated = body.get("for_each", {None: {}})
    return repeated.items() if isinstance(repeated, dict) else [(key, {}) for key in repeated]


def _indexed(address: str, key: Key) -> str:
    if key is None:
        return address
    return f"{address}[{key}]" if isinstance(key, int) else f'{address}["{key}"]'


def _shown(module: Json, address: str, modes: set[str]) -> Json:
    prefix = f"{address}." if address else ""
    shown: Json = {
        "resources": [
            _resource(prefix, block, key, values)
            for block in _blocks(module)
            if block[0] in modes and block[3] is not None
            for key, values in _instances(block[3])
        ],
        "child_modules": [
            _shown(body, f"{prefix}{_indexed(f'module.{name}', key)}", modes)
            for name, body in _calls(module)
            for key, _ in _instances(body)
        ],
    }
    return shown | ({"address": address} if address else {})


def _resource(prefix: str, block: tuple[str, str, str, Json | None], key: Key, own: Json) -> Json:
    mode, kind, name, body = block
    body = body or {}
    arguments = {name: value for name, value in body.items() if name not in META} | own
    arguments |= body.get("computed", {})
    values = {name: _planned(value) for name, value in arguments.items() if not _is_unknown(value)}
    shown = {
        "address": f"{prefix}{_prefix(mode)}{_indexed(f'{kind}.{name}', key)}",
        "mode": mode,
        "type": kind,
        "name": name,
        "values": values,
        "sensitive_values": body.get("sensitive", {}),
    }
    return shown | ({} if key is None else {"index": key})


def _is_unknown(value: object) -> bool:
    if isinstance(value, str):
        return value.startswith("=")
    return isinstance(value, list) and any(isinstance(each, str) and each.startswith("=") for each in value)


def _planned(value: Any) -> Any:  # noqa: ANN401  # any JSON
    if isinstance(value, dict):
        return {name: _planned(inner) for name, inner in value.items() if not _is_unknown(inner)}
    return [_planned(inner) for inner in value] if isinstance(value, list) else value


def _configured(module: Json) -> Json:
    return {
        "resources": [_block(*block) for block in _blocks(module)],
        "outputs": {
            name: {"expression": _expression(each)} for name, each in module.get("outputs", {}).items()
        },
        "variables": {name: {"default": value} for name, value in module.get("variables", {}).items()},
        "module_calls": {
            name: {
                "expressions": {key: _expression(value) for key, value in body.get("given", {}).items()},
                "module": _configured(body),
            }
            | _for_each(body)
            for name, body in _calls(module)
        },
    }


def _block(mode: str, kind: str, name: str, body: Json | None) -> Json:
    body = body or {}
    inner = [values for key, values in _instances(body) if key is not None]
    arguments = {
        name: value for values in [*inner, body] for name, value in values.items() if name not in META
    }
    expressions = {
        name: _expression(value, name) for name, value in arguments.items() if value is not None
    } | {name: _expression(value, name) for name, value in body.get("expressions", {}).items()}
    config = {
        "address": f"{_prefix(mode)}{kind}.{name}",
        "mode": mode,
        "type": kind,
        "name": name,
        "provider_config_key": body.get("provider", "aws"),
        "expressions": expressions,
    }
    return config | _for_each(body)


def _for_each(body: Json) -> Json:
    return {"for_each_expression": _expression(body["each"])} if "each" in body else {}


def _expression(value: Any, name: str = "") -> Any:  # noqa: ANN401  # any JSON
    is_blocks = isinstance(value, list) and value and all(isinstance(each, dict) for each in value)
    if is_blocks and name not in BLOCKS_AS_ATTRIBUTES:
        return [{key: _expression(inner, key) for key, inner in each.items()} for each in value]
    mentioned = references(value)
    return {"references": mentioned} if mentioned else {"constant_value": value}
