"""EC2's answers about Transit Gateways, named as in botocore, and the wrappers of per-table answers."""

from probes.sources.describe.fields import AnyNetwork, Part, Raw


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


class RawTgwRouteTable(Raw, frozen=True, kw_only=True):
    """TransitGatewayRouteTable."""

    transit_gateway_route_table_id: str
    transit_gateway_id: str
    state: str
    default_association_route_table: bool = False
    default_propagation_route_table: bool = False


class RouteAttachment(Part, frozen=True, kw_only=True):
    """TransitGatewayRouteAttachment."""

    transit_gateway_attachment_id: str


class RawTgwRoute(Part, frozen=True, kw_only=True):
    """TransitGatewayRoute."""

    destination_cidr_block: AnyNetwork
    type: str
    state: str
    transit_gateway_attachments: tuple[RouteAttachment, ...] = ()
    prefix_list_id: str = ""


class TgwRoutes(Part, frozen=True, kw_only=True):
    """The answer of search_transit_gateway_routes with the table that was asked for."""

    transit_gateway_route_table_id: str
    routes: tuple[RawTgwRoute, ...]
    additional_routes_available: bool = False


class TableAttachment(Part, frozen=True, kw_only=True):
    """TransitGatewayRouteTableAssociation or TransitGatewayRouteTablePropagation."""

    transit_gateway_attachment_id: str
    resource_type: str = ""
    state: str


class TgwAssociations(Part, frozen=True, kw_only=True):
    """The answer of get_transit_gateway_route_table_associations with the table that was asked for."""

    transit_gateway_route_table_id: str
    associations: tuple[TableAttachment, ...]


class TgwPropagations(Part, frozen=True, kw_only=True):
    """The answer of get_transit_gateway_route_table_propagations with the table that was asked for."""

    transit_gateway_route_table_id: str
    transit_gateway_route_table_propagations: tuple[TableAttachment, ...]
