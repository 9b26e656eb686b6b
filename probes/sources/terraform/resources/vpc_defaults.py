"""What AWS makes together with a VPC: its main route table, default network ACL and default security group.

Terraform shows them only where an `aws_default_*` resource manages them. Elsewhere they are taken as AWS
creates them, which a plan for a new VPC knows and a file about an older one can only assume.
"""

from collections import Counter
from typing import Any

from msgspec import UNSET

from probes.model.state import Vpc
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.resources.reader import Reading
from probes.sources.terraform.schema import filters
from probes.sources.terraform.schema import vpc as network

ROUTE_TABLE = "default_route_table_id"
NETWORK_ACL = "default_network_acl_id"
SECURITY_GROUP = "default_security_group_id"
_PARTS = (ROUTE_TABLE, NETWORK_ACL, SECURITY_GROUP)


class Defaults:
    """The default parts of every VPC, under the name of the resource that manages them if there is one."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._vpcs = {
            reading.identity(instance): instance
            for instance in reading.of(network.Vpc, "aws_vpc", "aws_default_vpc")
        }
        _forget_shared([instance.attributes for instance in self._vpcs.values()])
        self._owners = {
            reading.identities.own_part(instance, part): vpc_id
            for vpc_id, instance in self._vpcs.items()
            for part in _PARTS
        }
        for table in reading.of(network.RouteTable, "aws_default_route_table"):
            self._adopt(table, table.attributes.default_route_table_id, ROUTE_TABLE, "vpc_route_tables")
        for acl in reading.of(filters.NetworkAcl, "aws_default_network_acl"):
            self._adopt(acl, acl.attributes.default_network_acl_id, NETWORK_ACL, "network_acls")
        for group in reading.of(filters.SecurityGroup, "aws_default_security_group"):
            vpc_id = reading.one(group, group.attributes.vpc_id, "vpc_id", "security_groups")
            self._take(self.part(vpc_id or "", SECURITY_GROUP), reading.identity(group), vpc_id)

    def part(self, vpc_id: str, part: str) -> str:
        """The ID of a VPC's default part."""
        instance = self._vpcs.get(vpc_id)
        if instance is None:
            return f"{vpc_id}.{part}"
        return self._reading.identities.part(instance, part)

    def owner(self, part: str) -> str | None:
        """The VPC that a default part belongs to; None when it is no part of a VPC in this file."""
        return self._owners.get(part)

    def main_table(self, vpc: Vpc) -> str:
        """The ID that AWS recorded for the VPC's main route table, else that of the one made with the VPC."""
        instance = self._vpcs[vpc.id]
        recorded = instance.attributes.main_route_table_id
        return recorded if isinstance(recorded, str) and recorded else self.part(vpc.id, ROUTE_TABLE)

    def _adopt(self, instance: Instance[Any], value: object, part: str, kind: str) -> None:
        identities = self._reading.identities
        if isinstance(value, str) and value:
            identities.assign(instance, value)
            return
        answer = self._reading.resolver.one(instance, part)
        if answer.missing:
            self._reading.unresolved(instance, part, answer, kind)
            return
        self._take(answer.ids[0], identities.of(instance), self._owners.get(answer.ids[0]))

    def _take(self, part: str, identity: str, vpc_id: str | None) -> None:
        self._reading.identities.adopt(part, identity)
        if vpc_id:
            self._owners[identity] = vpc_id


def _forget_shared(vpcs: list[network.Vpc]) -> None:
    """An ID that several VPCs record for a part of theirs is a placeholder, not an ID."""
    for part in (*_PARTS, "main_route_table_id"):
        uses = Counter(getattr(vpc, part) for vpc in vpcs)
        for vpc in vpcs:
            if uses[getattr(vpc, part)] > 1:
                setattr(vpc, part, UNSET)
