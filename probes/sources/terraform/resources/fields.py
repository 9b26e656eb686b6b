"""Field maps of the plain services: a row says from which attribute a field of the state comes, and how.

A row is called with a reader of the resource and the name of its field. Where the field is named as the
attribute, the row need not name it again.
"""

from collections.abc import Callable
from typing import Any

from probes.model.state import Resource
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import tags_of
from probes.sources.terraform.schema.base import FieldMap, Tagged

Field = Callable[[ResourceReader[Any], str], Any]


def text(attribute: str = "", default: str = "", *, computed: bool = False) -> Field:
    """A text; `computed` as in `ResourceReader.text`."""
    return lambda resource, field: resource.text(
        attribute or field, field, default=default, computed=computed
    )


def number(attribute: str = "", default: int | None = None, *, computed: bool = False) -> Field:
    """A number; with a default, that is what an unset one or 0 means."""

    def read(resource: ResourceReader[Any], field: str) -> int | None:
        found = resource.number(attribute or field, field, computed=computed)
        return found if default is None else found or default

    return read


def flag(attribute: str = "", *, default: bool) -> Field:
    """A switch."""
    return lambda resource, field: resource.flag(attribute or field, field, default=default)


def one(attribute: str = "") -> Field:
    """An ID; None (and a gap) when nobody can say."""
    return lambda resource, field: resource.one(attribute or field, field)


def many(attribute: str = "") -> Field:
    """The IDs in a list."""
    return lambda resource, field: resource.many(attribute or field, field)


def in_blocks(block: str, argument: str) -> Field:
    """The IDs in an argument of blocks."""
    return lambda resource, field: resource.in_blocks(block, argument, field)


def always(value: object) -> Field:
    """A value that every applied resource has."""
    return lambda _resource, _field: value


def never_shown(what: str) -> Field:
    """What no Terraform file shows, for this reason."""

    def read(resource: ResourceReader[Any], field: str) -> None:
        resource.never_shown(what, field)

    return read


def read_fields(reader: Reader, fields: FieldMap, resource_type: str) -> list[Resource]:
    """The resources of one type, field by field."""
    return [_made(reader.own(instance), fields) for instance in reader.of(object, resource_type)]


def _made(resource: ResourceReader[Any], fields: FieldMap) -> Resource:
    attributes = resource.attributes
    common: dict[str, Any] = {
        "region": resource.instance.region,
        "id": resource.id,
        "tags": tags_of(attributes) if isinstance(attributes, Tagged) else {},
    }
    return fields.makes(**common, **{name: read(resource, name) for name, read in fields.fields.items()})
