"""The attributes that the model needs of Transit Gateway resources."""

from msgspec import UNSET

from probes.sources.terraform.schema.attribute_types import Attributes, Flag, Number, Tagged, Text, Texts


class TransitGateway(Tagged, gc=False):
    """`aws_ec2_transit_gateway`."""

    amazon_side_asn: Number = UNSET
    owner_id: Text = UNSET
    default_route_table_association: Text = UNSET
    default_route_table_propagation: Text = UNSET
    association_default_route_table_id: Text = UNSET
    propagation_default_route_table_id: Text = UNSET
    auto_accept_shared_attachments: Text = UNSET
    dns_support: Text = UNSET
    security_group_referencing_support: Text = UNSET
    encryption_support: Text = UNSET


class TgwVpcAttachment(Tagged, gc=False):
    """`aws_ec2_transit_gateway_vpc_attachment`."""

    transit_gateway_id: Text = UNSET
    vpc_id: Text = UNSET
    subnet_ids: Texts = UNSET
    appliance_mode_support: Text = UNSET
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


class TgwRouteTable(Tagged, gc=False):
    """`aws_ec2_transit_gateway_route_table`."""

    transit_gateway_id: Text = UNSET
    default_association_route_table: Flag = UNSET
    default_propagation_route_table: Flag = UNSET


class TgwRoute(Attributes, gc=False):
    """`aws_ec2_transit_gateway_route`."""

    destination_cidr_block: Text = UNSET
    blackhole: Flag = UNSET
    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class TgwPrefixListReference(Attributes, gc=False):
    """`aws_ec2_transit_gateway_prefix_list_reference`."""

    prefix_list_id: Text = UNSET
    blackhole: Flag = UNSET
    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class TgwMembership(Attributes, gc=False):
    """`aws_ec2_transit_gateway_route_table_association` and `aws_ec2_transit_gateway_route_table_propagation`."""

    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class TgwDefaultTable(Attributes, gc=False):
    """`aws_ec2_transit_gateway_default_route_table_association` and `…_propagation`."""

    transit_gateway_id: Text = UNSET
    transit_gateway_route_table_id: Text = UNSET


class TgwPolicyTable(Attributes, gc=False):
    """`aws_ec2_transit_gateway_policy_table_association`."""

    transit_gateway_attachment_id: Text = UNSET
    transit_gateway_policy_table_id: Text = UNSET


class TgwOtherAttachment(Tagged, gc=False):
    """`aws_ec2_transit_gateway_connect`, and `aws_vpn_connection`, which need not be of a Transit Gateway."""

    transit_gateway_id: Text = UNSET
    transit_gateway_attachment_id: Text = UNSET
    transport_attachment_id: Text = UNSET
    transit_gateway_default_route_table_association: Flag = UNSET
    transit_gateway_default_route_table_propagation: Flag = UNSET
