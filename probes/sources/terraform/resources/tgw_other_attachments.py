"""Attachments of Transit Gateways to what is neither a VPC nor a peer: VPN connections, Connect, and others."""

from collections.abc import Iterable
from typing import Any

from probes.model.state import TgwAttachment
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured, references_of
from probes.sources.terraform.resources.reader import Reading, tags_of
from probes.sources.terraform.schema import tgw

KIND = "tgw_attachments"
ATTACHMENT = "transit_gateway_attachment_id"
GATEWAY = "transit_gateway_id"
UNREAD = (
    "aws_dx_gateway_association",
    "aws_networkmanager_transit_gateway_peering",
    "aws_networkmanager_transit_gateway_route_table_attachment",
)


def read_other_attachments(reading: Reading) -> Iterable[TgwAttachment]:
    """VPN and Connect attachments; a gap for the types of which this file says too little."""
    for instance in reading.of(tgw.TgwOtherAttachment, "aws_ec2_transit_gateway_connect"):
        identity = reading.identity(instance)
        transport = reading.one(
            instance,
            instance.attributes.transport_attachment_id,
            "transport_attachment_id",
            KIND,
            identity,
            "resource_id",
        )
        yield _attachment(reading, instance, identity, "connect", transport)
    for instance in reading.of(tgw.TgwOtherAttachment, "aws_vpn_connection"):
        if instance.attributes.transit_gateway_id or configured(instance, GATEWAY):
            identity = reading.identities.part(instance, ATTACHMENT)
            yield _attachment(reading, instance, identity, "vpn", reading.identity(instance))
    for name in UNREAD:
        for unread in reading.of(object, name):
            if not _is_of_vpn_gateway(unread):
                reading.gap(KIND, f"{unread.address}: attachments of this type are not modelled")


def _is_of_vpn_gateway(instance: Instance[Any]) -> bool:
    attribute = "associated_gateway_id"
    written = (str(instance.raw().get(attribute, "")), *references_of(instance, attribute))
    return any(text.startswith(("vgw-", "aws_vpn_gateway.")) for text in written)


def policy_tables(reading: Reading) -> dict[str, str]:
    """The policy table of every attachment that has one."""
    found = {}
    name = "aws_ec2_transit_gateway_policy_table_association"
    for instance in reading.of(tgw.TgwPolicyTable, name):
        attributes = instance.attributes
        attachment = reading.one(instance, attributes.transit_gateway_attachment_id, ATTACHMENT, KIND)
        if attachment:
            found[attachment] = attributes.transit_gateway_policy_table_id or instance.address
    return found


def _attachment(
    reading: Reading, instance: Instance[Any], identity: str, resource_type: str, resource_id: str | None
) -> TgwAttachment:
    value = instance.attributes.transit_gateway_id
    return TgwAttachment(
        region=instance.region,
        id=identity,
        tags=tags_of(instance.attributes),
        transit_gateway_id=reading.one(instance, value, GATEWAY, KIND, identity, GATEWAY),
        resource_type=resource_type,
        resource_id=resource_id,
        state="available",
    )
