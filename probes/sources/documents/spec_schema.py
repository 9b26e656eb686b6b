"""The JSON Schema of a spec, for editors: as far as a schema can say it, what the reader accepts."""

import inspect
from collections.abc import Callable
from ipaddress import IPv4Network
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from probes.model.spec import Spec

Schema = dict[str, Any]
_IPV4_CIDR = r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$"
_PLAIN: dict[object, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    IPv4Network: {"type": "string", "pattern": _IPV4_CIDR},
}


def spec_schema() -> str:
    """The schema as it is kept in docs/spec.schema.json."""
    definitions: dict[str, Schema] = {}
    root = _of(Spec, definitions)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crossregion-conformance spec",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }
    return msgspec.json.format(msgspec.json.encode(schema)).decode() + "\n"


def _of(kind: Any, definitions: dict[str, Schema]) -> Schema:  # noqa: ANN401  # any annotation
    if kind in _PLAIN:
        return _PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}  # a struct may contain itself
            definitions[kind.__name__] = _of_struct(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    origin = get_origin(kind)
    if origin not in _COMPOSED:
        raise TypeError(f"no schema for {kind}")
    return _COMPOSED[origin](get_args(kind), definitions)


def _of_struct(kind: type[msgspec.Struct], definitions: dict[str, Schema]) -> Schema:
    hints = get_type_hints(kind)
    fields = msgspec.structs.fields(kind)
    return {
        "type": "object",
        "description": inspect.getdoc(kind),
        "properties": {field.encode_name: _of(hints[field.name], definitions) for field in fields},
        "required": [field.encode_name for field in fields if field.required],
        "additionalProperties": False,
    }


def _of_tuple(arguments: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    if arguments[-1] is Ellipsis:
        return {"type": "array", "items": _of(arguments[0], definitions)}
    size = len(arguments)
    each = [_of(argument, definitions) for argument in arguments]
    return {"type": "array", "prefixItems": each, "minItems": size, "maxItems": size}


def _of_union(arguments: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    return {"anyOf": [_of(argument, definitions) for argument in arguments]}


def _of_dict(arguments: tuple[Any, ...], definitions: dict[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}


def _of_literal(arguments: tuple[Any, ...], _: dict[str, Schema]) -> Schema:
    return {"enum": list(arguments)}


_COMPOSED: dict[Any, Callable[[tuple[Any, ...], dict[str, Schema]], Schema]] = {
    tuple: _of_tuple,
    dict: _of_dict,
    Union: _of_union,
    UnionType: _of_union,
    Literal: _of_literal,
}
