"""Transit Gateways and their attachments."""

from typing import Any

from msgspec.structs import replace

from probes.model.state import TgwAttachment, TransitGateway, Vpc
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.resources.availability_zones import one_per_zone
from probes.sources.terraform.resources.reader import Reading, flag_of, number_of, tags_of, text_of
from probes.sources.terraform.resources.tgw_default_tables import DefaultTables
from probes.sources.terraform.resources.tgw_other_attachments import policy_tables, read_other_attachments
from probes.sources.terraform.schema import tgw

KIND = "tgw_attachments"
ATTACHMENT_STATES = frozenset(
    {"available", "deleted", "deleting", "failed", "failing", "initiating", "initiatingRequest", "modifying"}
    | {"pending", "pendingAcceptance", "rejected", "rejecting", "rollingBack"}
)
Accepter = Instance[tgw.TgwPeeringAccepter]


def read_transit_gateways(reading: Reading, defaults: DefaultTables) -> list[TransitGateway]:
    """Transit Gateways with their default tables."""
    return [
        _gateway(reading, defaults, instance)
        for instance in reading.of(tgw.TransitGateway, "aws_ec2_transit_gateway")
    ]


def _gateway(
    reading: Reading, defaults: DefaultTables, instance: Instance[tgw.TransitGateway]
) -> TransitGateway:
    attributes, gateway_id = instance.attributes, reading.identity(instance)
    asn = number_of(attributes.amazon_side_asn)
    if asn is None:
        reading.unknown(instance, "amazon_side_asn", "transit_gateways", gateway_id, "asn")
    return TransitGateway(
        region=instance.region,
        id=gateway_id,
        tags=tags_of(attributes),
        state="available",
        asn=asn,
        owner_id=text_of(attributes.owner_id),
        default_association_table_id=defaults.of(instance, "association"),
        default_propagation_table_id=defaults.of(instance, "propagation"),
        auto_accept_shared_attachments=flag_of(attributes.auto_accept_shared_attachments, default=False),
        dns_support=flag_of(attributes.dns_support, default=True),
        sg_referencing_support=_optional_flag(attributes.security_group_referencing_support),
        encryption_support=text_of(attributes.encryption_support) or None,
    )


def _optional_flag(value: object) -> bool | None:
    return {"enable": True, "disable": False}.get(str(value))


def read_attachments(reading: Reading, gateways: list[TransitGateway]) -> list[TgwAttachment]:
    """Every attachment; a peering once on each side."""
    vpc_attachments = [
        _vpc_attachment(reading, instance)
        for instance in reading.of(tgw.TgwVpcAttachment, "aws_ec2_transit_gateway_vpc_attachment")
    ]
    found = [
        *vpc_attachments,
        *_foreign_vpc_attachments(reading, vpc_attachments),
        *_peerings(reading, {gateway.id: gateway for gateway in gateways}),
        *read_other_attachments(reading),
    ]
    policies = policy_tables(reading)
    return [replace(each, policy_table_id=policies.get(each.id, "")) for each in found] if policies else found


def _vpc_attachment(reading: Reading, instance: Instance[Any], identity: str = "") -> TgwAttachment:
    attributes = instance.attributes
    place = (KIND, identity or reading.identity(instance))
    gateway = reading.one(
        instance, attributes.transit_gateway_id, "transit_gateway_id", *place, "transit_gateway_id"
    )
    subnet_ids = reading.many(instance, attributes.subnet_ids, "subnet_ids", *place, "subnet_ids")
    one_per_zone(reading, instance, attributes.subnet_ids, "subnet_ids", subnet_ids, *place)
    return TgwAttachment(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        transit_gateway_id=gateway,
        resource_type="vpc",
        resource_id=reading.one(instance, attributes.vpc_id, "vpc_id", *place, "resource_id"),
        state="available",
        subnet_ids=subnet_ids,
        appliance_mode=flag_of(attributes.appliance_mode_support, default=False),
    )


def _foreign_vpc_attachments(reading: Reading, known: list[TgwAttachment]) -> list[TgwAttachment]:
    """Attachments of other accounts' VPCs, of which this file only has the acceptance."""
    ids = {attachment.id for attachment in known}
    found = []
    for instance in reading.of(
        tgw.TgwVpcAttachmentAccepter, "aws_ec2_transit_gateway_vpc_attachment_accepter"
    ):
        attribute = "transit_gateway_attachment_id"
        identity = reading.one(instance, instance.attributes.transit_gateway_attachment_id, attribute, KIND)
        if identity and identity not in ids:
            found.append(_vpc_attachment(reading, instance, identity))
    return found


def _peerings(reading: Reading, gateways: dict[str, TransitGateway]) -> list[TgwAttachment]:
    accepters: dict[str, Accepter] = {}
    for instance in reading.of(tgw.TgwPeeringAccepter, "aws_ec2_transit_gateway_peering_attachment_accepter"):
        attribute = "transit_gateway_attachment_id"
        identity = reading.one(instance, instance.attributes.transit_gateway_attachment_id, attribute, KIND)
        if identity:
            accepters[identity] = instance
    sides: list[TgwAttachment] = []
    for requester in reading.of(tgw.TgwPeeringAttachment, "aws_ec2_transit_gateway_peering_attachment"):
        sides += _both_sides(reading, requester, accepters.pop(reading.identity(requester), None), gateways)
    for identity, accepter in accepters.items():
        sides.append(_accepter_alone(reading, accepter, identity))
    return sides


def _both_sides(
    reading: Reading,
    instance: Instance[tgw.TgwPeeringAttachment],
    accepter: Accepter | None,
    gateways: dict[str, TransitGateway],
) -> list[TgwAttachment]:
    attributes, place = instance.attributes, (KIND, reading.identity(instance))
    near = reading.one(
        instance, attributes.transit_gateway_id, "transit_gateway_id", *place, "transit_gateway_id"
    )
    name = "peer_transit_gateway_id"
    far = reading.one(instance, attributes.peer_transit_gateway_id, name, *place, name)
    requester = _requester(instance, place[1], near, far)
    requester = replace(
        requester,
        state=_peering_state(attributes, accepter),
        peer_region=requester.peer_region or _region_of(gateways.get(far or ""), accepter),
    )
    if not requester.peer_region:
        reading.gap(KIND, f"{instance.address}: the Region of the peer cannot be told")
    return [requester, _other_side(requester, tags_of(accepter.attributes) if accepter else {})]


def _requester(
    instance: Instance[tgw.TgwPeeringAttachment], identity: str, near: str | None, far: str | None
) -> TgwAttachment:
    return TgwAttachment(
        region=instance.region,
        id=identity,
        tags=tags_of(instance.attributes),
        transit_gateway_id=near,
        resource_type="peering",
        resource_id=far,
        state="available",
        role="requester",
        peer_transit_gateway_id=far,
        peer_region=text_of(instance.attributes.peer_region),
    )


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


def _region_of(gateway: TransitGateway | None, accepter: Accepter | None) -> str:
    if gateway is not None:
        return gateway.region
    return accepter.region if accepter is not None else ""


def _peering_state(attributes: tgw.TgwPeeringAttachment, accepter: Accepter | None) -> str:
    """A requester's recorded state may be older than the acceptance that the same file holds."""
    if accepter is not None:
        return "available"
    recorded = text_of(attributes.state)
    return recorded if recorded in ATTACHMENT_STATES else "pendingAcceptance"


def _accepter_alone(reading: Reading, instance: Accepter, identity: str) -> TgwAttachment:
    attributes, place = instance.attributes, (KIND, identity)
    near = reading.one(
        instance, attributes.transit_gateway_id, "transit_gateway_id", *place, "transit_gateway_id"
    )
    far = text_of(attributes.peer_transit_gateway_id) or None
    if far is None or not text_of(attributes.peer_region):
        reason = f"{instance.address}: the requester's side was not read"
        reading.gap(KIND, reason, region=instance.region, resource=identity, field="peer_transit_gateway_id")
    return TgwAttachment(
        region=instance.region,
        id=identity,
        tags=tags_of(attributes),
        transit_gateway_id=near,
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
