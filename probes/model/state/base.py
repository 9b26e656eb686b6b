"""What every observed resource has, and what a source says it could not see."""

from ipaddress import IPv4Network

import msgspec

from probes.model.errors import AfterApplyError, UnobservableError

GLOBAL = "global"
"""
The Region of what belongs to no Region, such as an accelerator.
"""

REGION_PATTERN = "[a-z]{2,4}(?:-[a-z]+)+-[0-9]{1,2}"
"""
Names of Regions in all partitions of AWS: us-east-1, us-gov-west-1, eusc-de-east-1, ….
"""

ANYWHERE = IPv4Network("0.0.0.0/0")
TGW_NAMESPACE = "AWS/TransitGateway"
DYNAMO_NAMESPACE = "AWS/DynamoDB"


class Gap(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something a source could not see.

    `kind` is the name of a `State` collection. Without `resource` the whole collection of `region` (of every
    region when that is empty) is unseen; with it, only the named `field` of that resource. `after_apply` says
    that no source of this kind shows it, so that it is no fault of the source.
    """

    kind: str
    reason: str
    region: str = ""
    resource: str = ""
    field: str = ""
    after_apply: bool = False

    def error(self, about: str) -> UnobservableError:
        """What is raised where the gap hides something."""
        kind = AfterApplyError if self.after_apply else UnobservableError
        return kind(f"{about}: {self.reason}")


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """What every AWS resource has. `id` is AWS's ID or ARN, or a Terraform address while AWS has not named it."""

    region: str
    id: str
    tags: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The Name tag, or an empty string."""
        return self.tags.get("Name", "")

    @property
    def label(self) -> str:
        """How messages name the resource: ID, Name tag, Region."""
        name = f' "{self.name}"' if self.name else ""
        return f"{self.id}{name} ({self.region})"
