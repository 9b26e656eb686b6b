"""Attachments of Transit Gateways to what is neither a VPC nor a peer: VPN connections, Connect, and others."""

from collections.abc import Iterable
from typing import Any

from msgspec import UNSET

from probes.model.state import TgwAttachment
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import tags_of
from probes.sources.terraform.schema.base import Attributes, Flag, Tagged, Text

ATTACHMENT = "transit_gateway_attachment_id"
UNREAD = (
    "aws_dx_gateway_association",
    "aws_networkmanager_transit_gateway_peering",
    "aws_networkmanager_transit_gateway_route_table_attachment",
)


class TgwOtherAttachment(Tagged, gc=False):
    """`aws_ec2_transit_gateway_connect`, and `aws_vpn_connection`, which need not be of a Transit Gateway."""

    transit_gateway_id: Text = UNSET
    transit_gateway_attachment_id: Text = UNSET
    transport_attachment_id: Text = UNSET
    transit_gateway_default_route_table_association: Flag = UNSET
    transit_gateway_default_route_table_propagation: Flag = UNSET


class TgwPolicyTable(Attributes, gc=False):
    """`aws_ec2_transit_gateway_policy_table_association`."""

    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_policy_table_id: Text = UNSET


def read_other_attachments(reader: Reader) -> Iterable[TgwAttachment]:
    """VPN and Connect attachments; a gap for the types of which this file says too little."""
    for instance in reader.of(TgwOtherAttachment, "aws_ec2_transit_gateway_connect"):
        connect = reader.own(instance)
        transport = connect.one("transport_attachment_id", "resource_id")
        yield _attachment(connect, "connect", transport)
    for instance in reader.of(TgwOtherAttachment, "aws_vpn_connection"):
        if instance.attributes.transit_gateway_id or instance.configures("transit_gateway_id"):
            vpn = reader.at(instance, reader.ids.part(instance, ATTACHMENT))
            yield _attachment(vpn, "vpn", reader.identity(instance))
    for name in UNREAD:
        for unread in reader.of(object, name):
            if not _is_of_vpn_gateway(unread):
                reason = "attachments of this type are not modelled"
                reader.at(unread, collection="tgw_attachments").gap(reason)


def _attachment(
    resource: ResourceReader[TgwOtherAttachment], resource_type: str, resource_id: str | None
) -> TgwAttachment:
    return TgwAttachment(
        region=resource.instance.region,
        id=resource.id,
        tags=tags_of(resource.attributes),
        transit_gateway_id=resource.one("transit_gateway_id"),
        resource_type=resource_type,
        resource_id=resource_id,
        state="available",
    )


def _is_of_vpn_gateway(instance: ResourceInstance[Any]) -> bool:
    attribute = "associated_gateway_id"
    written = (str(instance.raw().get(attribute, "")), *instance.references(attribute))
    return any(text.startswith(("vgw-", "aws_vpn_gateway.")) for text in written)


def policy_tables(reader: Reader) -> dict[str, str]:
    """The policy table of every attachment that has one."""
    found = {}
    for instance in reader.of(TgwPolicyTable, "aws_ec2_transit_gateway_policy_table_association"):
        attachment = reader.at(instance).one(ATTACHMENT)
        if attachment:
            found[attachment] = instance.attributes.transit_gateway_policy_table_id or instance.address
    return found
