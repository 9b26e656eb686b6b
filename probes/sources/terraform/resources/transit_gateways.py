"""Transit Gateways and their attachments."""

from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from probes.model.state import TgwAttachment, Vpc
from probes.model.state import TransitGateway as ObservedGateway
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.tgw_default_tables import DefaultTables, TransitGateway
from probes.sources.terraform.resources.tgw_other_attachments import policy_tables, read_other_attachments
from probes.sources.terraform.resources.values import tags_of, text_of
from probes.sources.terraform.schema.base import Flag, Tagged, Text, Texts

ATTACHMENT_STATES = frozenset(
    {"available", "deleted", "deleting", "failed", "failing", "initiating", "initiatingRequest", "modifying"}
    | {"pending", "pendingAcceptance", "rejected", "rejecting", "rollingBack"}
)


class TgwVpcAttachment(Tagged, gc=False):
    """`aws_ec2_transit_gateway_vpc_attachment`."""

    transit_gateway_id: Text = UNSET
    vpc_id: Text = UNSET
    subnet_ids: Texts = UNSET
    appliance_mode_support: Text = UNSET
    security_group_referencing_support: Text = UNSET
    transit_gateway_default_route_table_association: Flag = UNSET
    transit_gateway_default_route_table_propagation: Flag = UNSET


class TgwVpcAttachmentAccepter(TgwVpcAttachment, gc=False):
    """`aws_ec2_transit_gateway_vpc_attachment_accepter`."""

    transit_gateway_attachment_id: Text = UNSET


class TgwPeeringAttachment(Tagged, gc=False):
    """`aws_ec2_transit_gateway_peering_attachment`."""

    transit_gateway_id: Text = UNSET
    peer_transit_gateway_id: Text = UNSET
    peer_region: Text = UNSET
    state: Text = UNSET


class TgwPeeringAccepter(Tagged, gc=False):
    """`aws_ec2_transit_gateway_peering_attachment_accepter`."""

    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_id: Text = UNSET
    peer_transit_gateway_id: Text = UNSET
    peer_region: Text = UNSET


Accepter = ResourceInstance[TgwPeeringAccepter]


def read_transit_gateways(reader: Reader, defaults: DefaultTables) -> list[ObservedGateway]:
    """Transit Gateways with their default tables."""
    return [
        _gateway(reader, defaults, instance)
        for instance in reader.of(TransitGateway, "aws_ec2_transit_gateway")
    ]


def _gateway(
    reader: Reader, defaults: DefaultTables, instance: ResourceInstance[TransitGateway]
) -> ObservedGateway:
    resource, attributes = reader.own(instance), instance.attributes
    return ObservedGateway(
        region=instance.region,
        id=resource.id,
        tags=tags_of(attributes),
        state="available",
        asn=resource.number("amazon_side_asn", "asn", computed=True),
        owner_id=text_of(attributes.owner_id),
        default_association_table_id=defaults.of(instance, "association"),
        default_propagation_table_id=defaults.of(instance, "propagation"),
        auto_accept_shared_attachments=resource.flag("auto_accept_shared_attachments", default=False),
        dns_support=resource.flag("dns_support", default=True),
        sg_referencing_support=_optional_flag(attributes.security_group_referencing_support),
        encryption_support=text_of(attributes.encryption_support) or None,
    )


def _optional_flag(value: object) -> bool | None:
    return {"enable": True, "disable": False}.get(str(value))


def read_attachments(reader: Reader, gateways: list[ObservedGateway]) -> list[TgwAttachment]:
    """Every attachment; a peering once on each side."""
    vpc_attachments = [
        _vpc_attachment(reader, instance, reader.identity(instance))
        for instance in reader.of(TgwVpcAttachment, "aws_ec2_transit_gateway_vpc_attachment")
    ]
    found = [
        *vpc_attachments,
        *_foreign_vpc_attachments(reader, {attachment.id for attachment in vpc_attachments}),
        *_peerings(reader, {gateway.id: gateway for gateway in gateways}),
        *read_other_attachments(reader),
    ]
    policies = policy_tables(reader)
    return [replace(each, policy_table_id=policies.get(each.id, "")) for each in found] if policies else found


def _vpc_attachment(reader: Reader, instance: ResourceInstance[Any], identity: str) -> TgwAttachment:
    resource = reader.at(instance, identity)
    return TgwAttachment(
        region=instance.region,
        id=identity,
        tags=tags_of(instance.attributes),
        transit_gateway_id=resource.one("transit_gateway_id"),
        resource_type="vpc",
        resource_id=resource.one("vpc_id", "resource_id"),
        state="available",
        subnet_ids=resource.one_per_zone("subnet_ids"),
        appliance_mode=resource.flag("appliance_mode_support", "appliance_mode", default=False),
        sg_referencing_support=_sg_referencing(resource),
    )


def _sg_referencing(resource: ResourceReader[Any]) -> bool | None:
    """AWS enables it unless the configuration says otherwise; a state without it is older than the option.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTransitGatewayVpcAttachmentRequestOptions.html
    """
    attribute = "security_group_referencing_support"
    if resource.instance.config is None and getattr(resource.attributes, attribute) is UNSET:
        return None
    return resource.flag(attribute, "sg_referencing_support", default=True)


def _foreign_vpc_attachments(reader: Reader, known: set[str]) -> list[TgwAttachment]:
    """Attachments of other accounts' VPCs, of which this file only has the acceptance."""
    found = []
    name = "aws_ec2_transit_gateway_vpc_attachment_accepter"
    for instance in reader.of(TgwVpcAttachmentAccepter, name):
        identity = reader.at(instance).one("transit_gateway_attachment_id")
        if identity and identity not in known:
            found.append(_vpc_attachment(reader, instance, identity))
    return found


def _peerings(reader: Reader, gateways: dict[str, ObservedGateway]) -> list[TgwAttachment]:
    accepters: dict[str, Accepter] = {}
    for instance in reader.of(TgwPeeringAccepter, "aws_ec2_transit_gateway_peering_attachment_accepter"):
        identity = reader.at(instance).one("transit_gateway_attachment_id")
        if identity:
            accepters[identity] = instance
    sides: list[TgwAttachment] = []
    for requester in reader.of(TgwPeeringAttachment, "aws_ec2_transit_gateway_peering_attachment"):
        sides += _both_sides(reader, requester, accepters.pop(reader.identity(requester), None), gateways)
    return sides + [_accepter_alone(reader, accepter, identity) for identity, accepter in accepters.items()]


def _both_sides(
    reader: Reader,
    instance: ResourceInstance[TgwPeeringAttachment],
    accepter: Accepter | None,
    gateways: dict[str, ObservedGateway],
) -> list[TgwAttachment]:
    resource, attributes = reader.own(instance), instance.attributes
    far = resource.one("peer_transit_gateway_id")
    requester = TgwAttachment(
        region=instance.region,
        id=resource.id,
        tags=tags_of(attributes),
        transit_gateway_id=resource.one("transit_gateway_id"),
        resource_type="peering",
        resource_id=far,
        state=_peering_state(attributes, accepter),
        role="requester",
        peer_transit_gateway_id=far,
        peer_region=text_of(attributes.peer_region) or _region_of(gateways.get(far or ""), accepter),
    )
    if not requester.peer_region:
        reader.at(instance).gap("the Region of the peer cannot be told")
    return [requester, _other_side(requester, tags_of(accepter.attributes) if accepter else {})]


def _other_side(requester: TgwAttachment, tags: dict[str, str]) -> TgwAttachment:
    return replace(
        requester,
        region=requester.peer_region,
        tags=tags,
        transit_gateway_id=requester.peer_transit_gateway_id,
        resource_id=requester.transit_gateway_id,
        role="accepter",
        peer_transit_gateway_id=requester.transit_gateway_id,
        peer_region=requester.region,
    )


def _region_of(gateway: ObservedGateway | None, accepter: Accepter | None) -> str:
    if gateway is not None:
        return gateway.region
    return accepter.region if accepter is not None else ""


def _peering_state(attributes: TgwPeeringAttachment, accepter: Accepter | None) -> str:
    """A requester's recorded state may be older than the acceptance that the same file holds."""
    if accepter is not None:
        return "available"
    recorded = text_of(attributes.state)
    return recorded if recorded in ATTACHMENT_STATES else "pendingAcceptance"


def _accepter_alone(reader: Reader, instance: Accepter, identity: str) -> TgwAttachment:
    resource, attributes = reader.at(instance, identity), instance.attributes
    far = text_of(attributes.peer_transit_gateway_id) or None
    if far is None or not text_of(attributes.peer_region):
        resource.gap("the requester's side was not read", "peer_transit_gateway_id")
    return TgwAttachment(
        region=instance.region,
        id=identity,
        tags=tags_of(attributes),
        transit_gateway_id=resource.one("transit_gateway_id"),
        resource_type="peering",
        resource_id=far,
        state="available",
        role="accepter",
        peer_transit_gateway_id=far,
        peer_region=text_of(attributes.peer_region),
    )


def vpcs_of(attachments: list[TgwAttachment], vpcs: list[Vpc]) -> dict[str, Vpc]:
    """The VPC behind each VPC attachment, where the file holds it."""
    by_id = {vpc.id: vpc for vpc in vpcs}
    return {
        attachment.id: by_id[attachment.resource_id]
        for attachment in attachments
        if attachment.resource_type == "vpc" and attachment.resource_id in by_id
    }
