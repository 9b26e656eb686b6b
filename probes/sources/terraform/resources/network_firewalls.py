"""AWS Network Firewall: the endpoints that AWS makes for a firewall, one in each of its subnets.

https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-components.html
"""

from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from probes.model.state import VpcEndpoint
from probes.model.state.vpc import FIREWALL_ENDPOINT
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.values import text_of
from probes.sources.terraform.schema.base import Tagged, Text


class Attachment(msgspec.Struct, gc=False):
    """One endpoint and its subnet."""

    endpoint_id: Text = UNSET
    subnet_id: Text = UNSET


class SyncState(msgspec.Struct, gc=False):
    """The firewall in one Availability Zone."""

    attachment: list[Attachment] | UnsetType | None = UNSET


class FirewallStatus(msgspec.Struct, gc=False):
    """The firewall in all of them."""

    sync_states: list[SyncState] | UnsetType | None = UNSET


class NetworkFirewall(Tagged, gc=False):
    """`aws_networkfirewall_firewall`."""

    vpc_id: Text = UNSET
    firewall_status: list[FirewallStatus] | UnsetType | None = UNSET


def read_firewall_endpoints(reader: Reader) -> list[VpcEndpoint]:
    """The endpoints of every firewall; those of one that is not there yet come with the apply."""
    return [
        endpoint
        for instance in reader.of(NetworkFirewall, "aws_networkfirewall_firewall")
        for endpoint in _endpoints(reader, instance)
    ]


def _endpoints(reader: Reader, instance: ResourceInstance[NetworkFirewall]) -> Iterator[VpcEndpoint]:
    if instance.attributes.firewall_status is UNSET:
        reason = f"{instance.address}: AWS makes its endpoints at the apply"
        reader.gap("vpc_endpoints", reason, region=instance.region, after_apply=True)
        return
    for each in _attachments(instance.attributes):
        endpoint_id, subnet_id = text_of(each.endpoint_id), text_of(each.subnet_id)
        if endpoint_id and subnet_id:
            yield VpcEndpoint(
                region=instance.region,
                id=endpoint_id,
                vpc_id=reader.at(instance).one("vpc_id"),
                service_name="network-firewall",
                endpoint_type=FIREWALL_ENDPOINT,
                state="available",
                subnet_ids=(subnet_id,),
            )


def _attachments(firewall: NetworkFirewall) -> Iterator[Attachment]:
    for status in firewall.firewall_status or ():
        for state in status.sync_states or ():
            yield from state.attachment or ()
