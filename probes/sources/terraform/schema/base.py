"""What resource types and their attributes are. Absent (UNSET) means not known before apply; null means not set."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from probes.model.state import Resource

Text = str | UnsetType | None
Number = int | str | UnsetType | None
Flag = bool | str | UnsetType | None
Texts = list[str | None] | UnsetType | None
TextMap = dict[str, str | None] | UnsetType | None


class Attributes(msgspec.Struct, gc=False):
    """What every AWS resource has. `region` is set by version 6 of the AWS provider."""

    id: Text = UNSET
    arn: Text = UNSET
    region: Text = UNSET


class Tagged(Attributes, gc=False):
    """A resource with tags; `tags_all` includes the provider's default tags, as AWS will show them.

    `tags` is raw because it is hardly ever needed beside `tags_all`.
    """

    tags: msgspec.Raw | UnsetType = UNSET
    tags_all: TextMap = UNSET


class FieldMap(NamedTuple):
    """A plain service: its type in the state, and what reads each field of it (`resources/fields.py`)."""

    makes: type[Resource]
    fields: Mapping[str, Callable[[Any, str], Any]]


@dataclass(frozen=True)
class ResourceType:
    """How resources of one type are read.

    `collection` is the one of the State that they tell about, `named_by` the attribute that holds AWS's name
    for them. A type with `same_as` only manages a resource of another type (or a part that AWS made), which
    that attribute names. One that is `about_others` adds to resources of another type, whose Region counts.
    """

    attributes: type[Attributes]
    collection: str
    _: KW_ONLY
    named_by: str = "id"
    same_as: str = ""
    about_others: bool = False
    fields: FieldMap | None = None

    @cached_property
    def decoder(self) -> "msgspec.json.Decoder[Attributes]":
        """Decodes the values of one resource."""
        return msgspec.json.Decoder(self.attributes)

    @cached_property
    def is_zoned(self) -> bool:
        """Whether its resources lie in one availability zone."""
        return "availability_zone" in self.attributes.__struct_fields__
