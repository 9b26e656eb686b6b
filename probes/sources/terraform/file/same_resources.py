"""One AWS resource that several configurations, or several addresses of one, manage or adopt."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from probes.model.errors import InputError
from probes.sources.terraform.file.module_tree import ModuleTree, ResourceInstance
from probes.sources.terraform.schema.base import ResourceType

ADOPTING = "aws_default_"
"""
Resources of these types manage what AWS has made: a second one is no second thing.
"""
NOT_COMPARED = frozenset({"id", "arn", "region", "tags", "tags_all"})
"""
Tags differ wherever configurations have default tags of their own.
"""


class Contradiction(Struct, frozen=True):
    """Two configurations differ about one resource: whichever is applied last will be right."""

    instance: ResourceInstance[Any]
    other: ResourceInstance[Any]
    attributes: tuple[str, ...]


def unite(tree: ModuleTree) -> list[Contradiction]:
    """Leave each resource that has an ID in the tree once. The answer is what is said of it in contradiction.

    Raises InputError where one file declares an ID twice and no resource of them adopts.
    """
    first: dict[tuple[object, str], ResourceInstance[Any]] = {}
    contradictions: list[Contradiction] = []
    for kind, instances in tree.instances.items():
        kept = []
        for instance in instances:
            schema = instance.schema
            if schema is None or schema.named_by != "id" or instance.identity is instance.address:
                kept.append(instance)
                continue
            other = first.setdefault((schema.attributes, instance.identity), instance)
            if other is instance or instance.shown.deposed_key:
                kept.append(instance)
                continue
            _refuse_second(other, instance, schema)
            differing = tuple(_differing(other, instance))
            contradictions += [Contradiction(other, instance, differing)] if differing else []
        tree.instances[kind] = kept
    return contradictions


def _refuse_second(first: ResourceInstance[Any], second: ResourceInstance[Any], schema: ResourceType) -> None:
    is_one_file = first.module.file is second.module.file
    adopts = any(each.type.startswith(ADOPTING) for each in (first, second))
    if is_one_file and not adopts and not schema.about_others:
        raise InputError(
            f"{second.module.file.path}: {schema.collection}: {second.identity} is there twice, "
            f"as {first.shown.address} and {second.shown.address}"
        )


def _differing(first: ResourceInstance[Any], second: ResourceInstance[Any]) -> Iterator[str]:
    for attribute in first.attributes.__struct_fields__:
        one, other = getattr(first.attributes, attribute), getattr(second.attributes, attribute)
        is_known = not any(value in (UNSET, None) for value in (one, other))
        if attribute not in NOT_COMPARED and is_known and _comparable(one) != _comparable(other):
            yield attribute


def _comparable(value: object) -> object:
    """Lists are compared without their order, which Terraform keeps for sets in no particular way."""
    return sorted(map(msgspec.json.encode, value)) if isinstance(value, list) else value
