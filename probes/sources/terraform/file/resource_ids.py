"""What a resource is called: AWS's ID where it is known, else the Terraform address."""

from typing import Any

from probes.sources.terraform.file.module_tree import ResourceInstance

NAMED_BY = {"aws_s3_bucket": "bucket"}
"""
Of the types that are not read but referred to, those that AWS knows by a name of the user's choice.
"""


class ResourceIds:
    """The ID of every resource, and of what AWS makes together with it.

    `adopt` says that a resource of the configuration manages such a part: both are one thing from then on.
    """

    def __init__(self) -> None:
        self._adopted: dict[str, str] = {}

    def of(self, instance: ResourceInstance[Any]) -> str:
        """The ID of a resource."""
        if not instance.identity:
            value = instance.raw().get(NAMED_BY.get(instance.type, "id"))
            instance.identity = value if isinstance(value, str) and value else instance.address
        return instance.identity

    def part(self, instance: ResourceInstance[Any], part: str) -> str:
        """The ID of a part, such as a VPC's default network ACL."""
        identity = self.own_part(instance, part)
        return self._adopted.get(identity, identity)

    def own_part(self, instance: ResourceInstance[Any], part: str) -> str:
        """The ID of a part before any adoption."""
        value = getattr(instance.attributes, part, None)
        return value if isinstance(value, str) and value else f"{self.of(instance)}.{part}"

    def adopt(self, part: str, identity: str) -> None:
        """Let a resource be the part that it manages."""
        if part != identity:
            self._adopted[part] = identity
