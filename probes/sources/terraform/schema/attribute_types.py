"""The kinds of attribute values. Absent (UNSET) means not known before apply; null means not set."""

import msgspec
from msgspec import UNSET, UnsetType

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
