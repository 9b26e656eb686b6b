"""The attributes that the model needs of VPC resources, named as the AWS provider names them."""

import msgspec
from msgspec import UNSET, UnsetType

from probes.sources.terraform.schema.attribute_types import Attributes, Flag, Tagged, Text, Texts


class Vpc(Tagged, gc=False):
    """`aws_vpc` and `aws_default_vpc`."""

    cidr_block: Text = UNSET
    assign_generated_ipv6_cidr_block: Flag = UNSET
    ipv6_cidr_block: Text = UNSET
    owner_id: Text = UNSET
    main_route_table_id: Text = UNSET
    default_route_table_id: Text = UNSET
    default_network_acl_id: Text = UNSET
    default_security_group_id: Text = UNSET


class VpcCidrAssociation(Attributes, gc=False):
    """`aws_vpc_ipv4_cidr_block_association`."""

    vpc_id: Text = UNSET
    cidr_block: Text = UNSET


class Subnet(Tagged, gc=False):
    """`aws_subnet` and `aws_default_subnet`."""

    vpc_id: Text = UNSET
    cidr_block: Text = UNSET
    availability_zone: Text = UNSET
    availability_zone_id: Text = UNSET
    map_public_ip_on_launch: Flag = UNSET


class RouteTargets(Attributes, gc=False):
    """Where a route can point. The interface comes last: AWS may record one beside a gateway."""

    gateway_id: Text = UNSET
    nat_gateway_id: Text = UNSET
    transit_gateway_id: Text = UNSET
    vpc_peering_connection_id: Text = UNSET
    vpc_endpoint_id: Text = UNSET
    egress_only_gateway_id: Text = UNSET
    local_gateway_id: Text = UNSET
    carrier_gateway_id: Text = UNSET
    core_network_arn: Text = UNSET
    network_interface_id: Text = UNSET


class InlineRoute(RouteTargets, gc=False):
    """One route written inside a route table."""

    cidr_block: Text = UNSET
    ipv6_cidr_block: Text = UNSET
    destination_prefix_list_id: Text = UNSET


class Route(RouteTargets, gc=False):
    """`aws_route`."""

    route_table_id: Text = UNSET
    destination_cidr_block: Text = UNSET
    destination_ipv6_cidr_block: Text = UNSET
    destination_prefix_list_id: Text = UNSET
    state: Text = UNSET


class RouteTable(Tagged, gc=False):
    """`aws_route_table` and `aws_default_route_table`."""

    vpc_id: Text = UNSET
    default_route_table_id: Text = UNSET
    route: list[InlineRoute] | UnsetType | None = UNSET
    propagating_vgws: Texts = UNSET


class RouteTableAssociation(Attributes, gc=False):
    """`aws_route_table_association` and `aws_main_route_table_association`."""

    route_table_id: Text = UNSET
    subnet_id: Text = UNSET
    gateway_id: Text = UNSET
    vpc_id: Text = UNSET


class InternetGateway(Tagged, gc=False):
    """`aws_internet_gateway`."""

    vpc_id: Text = UNSET


class InternetGatewayAttachment(Attributes, gc=False):
    """`aws_internet_gateway_attachment`."""

    vpc_id: Text = UNSET
    internet_gateway_id: Text = UNSET


class NatGateway(Tagged, gc=False):
    """`aws_nat_gateway`."""

    subnet_id: Text = UNSET
    connectivity_type: Text = UNSET
    private_ip: Text = UNSET


class VpcPeering(Tagged, gc=False):
    """`aws_vpc_peering_connection`."""

    vpc_id: Text = UNSET
    peer_vpc_id: Text = UNSET
    peer_region: Text = UNSET
    auto_accept: Flag = UNSET
    accept_status: Text = UNSET


class VpcPeeringAccepter(Tagged, gc=False):
    """`aws_vpc_peering_connection_accepter`."""

    vpc_peering_connection_id: Text = UNSET
    auto_accept: Flag = UNSET


class VpcEndpoint(Tagged, gc=False):
    """`aws_vpc_endpoint`."""

    vpc_id: Text = UNSET
    service_name: Text = UNSET
    vpc_endpoint_type: Text = UNSET
    state: Text = UNSET
    route_table_ids: Texts = UNSET
    subnet_ids: Texts = UNSET
    security_group_ids: Texts = UNSET
    network_interface_ids: Texts = UNSET
    private_dns_enabled: Flag = UNSET
    prefix_list_id: Text = UNSET
    cidr_blocks: Texts = UNSET


class VpcEndpointAssociation(Attributes, gc=False):
    """What a `aws_vpc_endpoint_…_association` adds to an endpoint."""

    vpc_endpoint_id: Text = UNSET
    route_table_id: Text = UNSET
    subnet_id: Text = UNSET
    security_group_id: Text = UNSET


class InterfaceAttachment(msgspec.Struct, gc=False):
    """The instance that an interface names itself."""

    instance: Text = UNSET


class NetworkInterface(Tagged, gc=False):
    """`aws_network_interface`."""

    subnet_id: Text = UNSET
    private_ip: Text = UNSET
    private_ips: Texts = UNSET
    private_ip_list: Texts = UNSET
    ipv4_prefixes: Texts = UNSET
    ipv6_addresses: Texts = UNSET
    security_groups: Texts = UNSET
    interface_type: Text = UNSET
    description: Text = UNSET
    source_dest_check: Flag = UNSET
    attachment: list[InterfaceAttachment] | UnsetType | None = UNSET


class InterfaceUse(msgspec.Struct, gc=False):
    """The interface that an instance names itself."""

    network_interface_id: Text = UNSET


class Instance(Tagged, gc=False):
    """`aws_instance`."""

    instance_type: Text = UNSET
    instance_state: Text = UNSET
    availability_zone: Text = UNSET
    subnet_id: Text = UNSET
    vpc_security_group_ids: Texts = UNSET
    private_ip: Text = UNSET
    secondary_private_ips: Texts = UNSET
    ipv6_addresses: Texts = UNSET
    public_ip: Text = UNSET
    associate_public_ip_address: Flag = UNSET
    source_dest_check: Flag = UNSET
    primary_network_interface_id: Text = UNSET
    network_interface: list[InterfaceUse] | UnsetType | None = UNSET
    primary_network_interface: list[InterfaceUse] | UnsetType | None = UNSET


class InterfaceUsed(Attributes, gc=False):
    """`aws_network_interface_attachment`."""

    network_interface_id: Text = UNSET
    instance_id: Text = UNSET


class InterfaceGroup(Attributes, gc=False):
    """`aws_network_interface_sg_attachment`."""

    network_interface_id: Text = UNSET
    security_group_id: Text = UNSET


class Eip(Attributes, gc=False):
    """`aws_eip`."""

    public_ip: Text = UNSET
    instance: Text = UNSET
    network_interface: Text = UNSET
    associate_with_private_ip: Text = UNSET
    private_ip: Text = UNSET

    @property
    def private(self) -> Text:
        """The private address that it is translated to."""
        return self.associate_with_private_ip or self.private_ip


class EipAssociation(Attributes, gc=False):
    """`aws_eip_association`."""

    public_ip: Text = UNSET
    allocation_id: Text = UNSET
    instance_id: Text = UNSET
    network_interface_id: Text = UNSET
    private_ip_address: Text = UNSET

    @property
    def private(self) -> Text:
        """The private address that it is translated to."""
        return self.private_ip_address


class VpcEndpointPrivateDns(Attributes, gc=False):
    """`aws_vpc_endpoint_private_dns`."""

    vpc_endpoint_id: Text = UNSET
    private_dns_enabled: Flag = UNSET
