"""What AWS makes together with a VPC: its main route table, default network ACL and default security group.

Terraform shows them only where an `aws_default_*` resource manages them. Elsewhere they are taken as AWS
creates them, which a plan for a new VPC knows and a file about an older one can only assume.
"""

from collections import Counter
from typing import Any

from msgspec import UNSET

from probes.model.state import Vpc as ObservedVpc
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.vpcs import Vpc

ROUTE_TABLE = "default_route_table_id"
NETWORK_ACL = "default_network_acl_id"
SECURITY_GROUP = "default_security_group_id"
_PARTS = (ROUTE_TABLE, NETWORK_ACL, SECURITY_GROUP)


class VpcDefaults:
    """The default parts of every VPC, under the name of the resource that manages them if there is one."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._vpcs = {
            reader.identity(instance): instance for instance in reader.of(Vpc, "aws_vpc", "aws_default_vpc")
        }
        _forget_shared([instance.attributes for instance in self._vpcs.values()])
        self._owners = {
            reader.ids.own_part(instance, part): vpc_id
            for vpc_id, instance in self._vpcs.items()
            for part in _PARTS
        }
        for table in reader.of(object, "aws_default_route_table"):
            self._adopt(table, ROUTE_TABLE)
        for acl in reader.of(object, "aws_default_network_acl"):
            self._adopt(acl, NETWORK_ACL)
        for group in reader.of(object, "aws_default_security_group"):
            vpc_id = reader.at(group).one("vpc_id")
            self._take(self.part(vpc_id or "", SECURITY_GROUP), reader.identity(group), vpc_id)

    def part(self, vpc_id: str, part: str) -> str:
        """The ID of a VPC's default part."""
        instance = self._vpcs.get(vpc_id)
        return f"{vpc_id}.{part}" if instance is None else self._reader.ids.part(instance, part)

    def owner(self, part: str) -> str | None:
        """The VPC that a default part belongs to; None when it is no part of a VPC in this file."""
        return self._owners.get(part)

    def main_table(self, vpc: ObservedVpc) -> str:
        """The ID that AWS recorded for the VPC's main route table, else that of the one made with the VPC."""
        recorded = self._vpcs[vpc.id].attributes.main_route_table_id
        return recorded if isinstance(recorded, str) and recorded else self.part(vpc.id, ROUTE_TABLE)

    def _adopt(self, instance: ResourceInstance[Any], part: str) -> None:
        known = getattr(instance.attributes, part)
        if isinstance(known, str) and known:
            instance.identity = known
            return
        made = self._reader.at(instance).one(part)
        if made:
            self._take(made, self._reader.identity(instance), self._owners.get(made))

    def _take(self, part: str, identity: str, vpc_id: str | None) -> None:
        self._reader.ids.adopt(part, identity)
        if vpc_id:
            self._owners[identity] = vpc_id


def _forget_shared(vpcs: list[Vpc]) -> None:
    """An ID that several VPCs record for a part of theirs is a placeholder, not an ID."""
    for part in (*_PARTS, "main_route_table_id"):
        uses = Counter(getattr(vpc, part) for vpc in vpcs)
        for vpc in vpcs:
            if uses[getattr(vpc, part)] > 1:
                setattr(vpc, part, UNSET)
