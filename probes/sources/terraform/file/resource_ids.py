"""What a resource is called: AWS's ID where it is known, else the Terraform address."""

from typing import Any

from probes.sources.terraform.file.module_tree import NAMED_BY, Instance


class Identities:
    """The identity of every resource, and of what AWS makes together with it.

    `adopt` says that a resource of the configuration manages such a part: both are one thing from then on.
    """

    def __init__(self) -> None:
        self._adopted: dict[str, str] = {}

    def of(self, instance: Instance[Any]) -> str:
        """The identity of a resource."""
        if not instance.identity:
            instance.identity = _identity(instance)
        return instance.identity

    def part(self, instance: Instance[Any], part: str) -> str:
        """The identity of a part, such as a VPC's default network ACL."""
        identity = self.own_part(instance, part)
        return self._adopted.get(identity, identity)

    def own_part(self, instance: Instance[Any], part: str) -> str:
        """The identity of a part before any adoption."""
        value = getattr(instance.attributes, part, None)
        return value if isinstance(value, str) and value else f"{self.of(instance)}.{part}"

    def adopt(self, part: str, identity: str) -> None:
        """Let a resource be the part that it manages."""
        if part != identity:
            self._adopted[part] = identity

    def assign(self, instance: Instance[Any], identity: str) -> None:
        """Let a resource share another one's identity."""
        instance.identity = identity


def _identity(instance: Instance[Any]) -> str:
    value = instance.raw().get(NAMED_BY.get(instance.type, "id"))
    return value if isinstance(value, str) and value else instance.address
