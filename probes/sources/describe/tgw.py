"""Transit Gateways and attachments: EC2's describe responses, named as in botocore, as resources of the model."""

from collections.abc import Iterable

from probes.model.state import TgwAttachment, TransitGateway
from probes.sources.describe.fields import Part, Raw, tags_of


class EncryptionSupport(Part, frozen=True, kw_only=True):
    """EncryptionSupport."""

    encryption_state: str | None = None


class TgwOptions(Part, frozen=True, kw_only=True):
    """TransitGatewayOptions."""

    amazon_side_asn: int | None = None
    auto_accept_shared_attachments: str = "disable"
    default_route_table_association: str = "disable"
    association_default_route_table_id: str = ""
    default_route_table_propagation: str = "disable"
    propagation_default_route_table_id: str = ""
    dns_support: str = "enable"
    security_group_referencing_support: str | None = None
    encryption_support: EncryptionSupport = EncryptionSupport()


class RawTransitGateway(Raw, frozen=True, kw_only=True):
    """TransitGateway."""

    transit_gateway_id: str
    state: str
    owner_id: str = ""
    options: TgwOptions = TgwOptions()


class TgwAssociation(Part, frozen=True, kw_only=True):
    """TransitGatewayAttachmentAssociation."""

    transit_gateway_route_table_id: str = ""
    transit_gateway_policy_table_id: str = ""
    state: str = ""


class RawTgwAttachment(Raw, frozen=True, kw_only=True):
    """TransitGatewayAttachment."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str
    resource_type: str
    resource_id: str | None = None
    state: str
    association: TgwAssociation | None = None


class VpcAttachmentOptions(Part, frozen=True, kw_only=True):
    """TransitGatewayVpcAttachmentOptions."""

    appliance_mode_support: str = "disable"
    security_group_referencing_support: str | None = None


class RawTgwVpcAttachment(Raw, frozen=True, kw_only=True):
    """TransitGatewayVpcAttachment."""

    transit_gateway_attachment_id: str
    transit_gateway_id: str
    vpc_id: str
    state: str
    subnet_ids: tuple[str, ...]
    options: VpcAttachmentOptions = VpcAttachmentOptions()


class PeeringTgw(Part, frozen=True, kw_only=True):
    """PeeringTgwInfo. A Cloud WAN core network has no Transit Gateway's ID."""

    transit_gateway_id: str = ""
    region: str


class RawTgwPeeringAttachment(Raw, frozen=True, kw_only=True):
    """TransitGatewayPeeringAttachment. Only inside one Region has the accepter's side an ID of its own."""

    transit_gateway_attachment_id: str
    accepter_transit_gateway_attachment_id: str = ""
    requester_tgw_info: PeeringTgw
    accepter_tgw_info: PeeringTgw
    state: str


def transit_gateway(region: str, item: RawTransitGateway) -> TransitGateway:
    """A Transit Gateway. A default table whose option is disabled is none, even where AWS still names it."""
    options = item.options
    associates = options.default_route_table_association == "enable"
    propagates = options.default_route_table_propagation == "enable"
    return TransitGateway(
        region=region,
        id=item.transit_gateway_id,
        tags=tags_of(item.tags),
        state=item.state,
        asn=options.amazon_side_asn,
        owner_id=item.owner_id,
        default_association_table_id=options.association_default_route_table_id if associates else "",
        default_propagation_table_id=options.propagation_default_route_table_id if propagates else "",
        auto_accept_shared_attachments=options.auto_accept_shared_attachments == "enable",
        dns_support=options.dns_support == "enable",
        sg_referencing_support=_is_enabled(options.security_group_referencing_support),
        encryption_support=options.encryption_support.encryption_state,
    )


def _is_enabled(option: str | None) -> bool | None:
    return None if option is None else option == "enable"


def vpc_attachment(region: str, item: RawTgwAttachment | None, detail: RawTgwVpcAttachment) -> TgwAttachment:
    """A VPC attachment from its own response, with the policy table that only the general response names."""
    return TgwAttachment(
        region=region,
        id=detail.transit_gateway_attachment_id,
        tags=tags_of(detail.tags),
        transit_gateway_id=detail.transit_gateway_id,
        resource_type="vpc",
        resource_id=detail.vpc_id,
        state=detail.state,
        subnet_ids=tuple(sorted(detail.subnet_ids)),
        appliance_mode=detail.options.appliance_mode_support == "enable",
        sg_referencing_support=_is_enabled(detail.options.security_group_referencing_support),
        policy_table_id=_policy_table(item),
    )


def peering_sides(
    region: str, item: RawTgwAttachment | None, detail: RawTgwPeeringAttachment
) -> Iterable[TgwAttachment]:
    """A peering as `region` sees it: one side, or both when it joins two Transit Gateways of one Region."""
    requester, accepter = detail.requester_tgw_info, detail.accepter_tgw_info
    attachment = TgwAttachment(
        region=region,
        id=detail.transit_gateway_attachment_id,
        tags=tags_of(detail.tags),
        transit_gateway_id=requester.transit_gateway_id,
        resource_type="peering",
        resource_id=accepter.transit_gateway_id,
        state=detail.state,
        role="requester",
        peer_transit_gateway_id=accepter.transit_gateway_id,
        peer_region=accepter.region,
        policy_table_id=_policy_table(item),
    )
    own_id = detail.accepter_transit_gateway_attachment_id
    if region == requester.region:
        yield attachment
    if region == accepter.region and (region != requester.region or own_id):
        yield _other_side(attachment, own_id if region == requester.region else attachment.id, requester)


def other_attachment(region: str, item: RawTgwAttachment) -> TgwAttachment:
    """An attachment that only the general response describes: VPN, Connect, or one seen without its detail."""
    peering = item.resource_type == "peering"
    return TgwAttachment(
        region=region,
        id=item.transit_gateway_attachment_id,
        tags=tags_of(item.tags),
        transit_gateway_id=item.transit_gateway_id,
        resource_type=item.resource_type,
        resource_id=item.resource_id,
        state=item.state,
        peer_transit_gateway_id=item.resource_id if peering else "",
        policy_table_id=_policy_table(item),
    )


def _policy_table(item: RawTgwAttachment | None) -> str:
    if item is None or item.association is None:
        return ""
    return item.association.transit_gateway_policy_table_id


def _other_side(attachment: TgwAttachment, own_id: str, requester: PeeringTgw) -> TgwAttachment:
    return TgwAttachment(
        region=attachment.region,
        id=own_id,
        tags=attachment.tags,
        transit_gateway_id=attachment.peer_transit_gateway_id,
        resource_type="peering",
        resource_id=requester.transit_gateway_id,
        state=attachment.state,
        role="accepter",
        peer_transit_gateway_id=requester.transit_gateway_id,
        peer_region=requester.region,
        policy_table_id=attachment.policy_table_id,
    )
