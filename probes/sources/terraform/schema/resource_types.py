"""
Which resource types the model knows, and how the attributes of each are decoded.
"""

import msgspec

from probes.sources.terraform.schema import edge as balancer
from probes.sources.terraform.schema import filters
from probes.sources.terraform.schema import services as service
from probes.sources.terraform.schema import tgw
from probes.sources.terraform.schema import vpc as network
from probes.sources.terraform.schema.attribute_types import Attributes

_SHAPES: dict[str, type[Attributes]] = {
    "aws_vpc": network.Vpc,
    "aws_default_vpc": network.Vpc,
    "aws_vpc_ipv4_cidr_block_association": network.VpcCidrAssociation,
    "aws_subnet": network.Subnet,
    "aws_default_subnet": network.Subnet,
    "aws_route_table": network.RouteTable,
    "aws_default_route_table": network.RouteTable,
    "aws_route": network.Route,
    "aws_route_table_association": network.RouteTableAssociation,
    "aws_main_route_table_association": network.RouteTableAssociation,
    "aws_security_group": filters.SecurityGroup,
    "aws_default_security_group": filters.SecurityGroup,
    "aws_security_group_rule": filters.SecurityGroupRule,
    "aws_vpc_security_group_ingress_rule": filters.OnePeerRule,
    "aws_vpc_security_group_egress_rule": filters.OnePeerRule,
    "aws_vpc_security_group_rules_exclusive": filters.RulesExclusive,
    "aws_network_acl": filters.NetworkAcl,
    "aws_default_network_acl": filters.NetworkAcl,
    "aws_network_acl_rule": filters.NaclRule,
    "aws_network_acl_association": filters.NaclAssociation,
    "aws_internet_gateway": network.InternetGateway,
    "aws_internet_gateway_attachment": network.InternetGatewayAttachment,
    "aws_nat_gateway": network.NatGateway,
    "aws_vpc_peering_connection": network.VpcPeering,
    "aws_vpc_peering_connection_accepter": network.VpcPeeringAccepter,
    "aws_vpc_endpoint": network.VpcEndpoint,
    "aws_vpc_endpoint_route_table_association": network.VpcEndpointAssociation,
    "aws_vpc_endpoint_subnet_association": network.VpcEndpointAssociation,
    "aws_vpc_endpoint_security_group_association": network.VpcEndpointAssociation,
    "aws_vpc_endpoint_private_dns": network.VpcEndpointPrivateDns,
    "aws_ec2_managed_prefix_list": filters.PrefixList,
    "aws_ec2_managed_prefix_list_entry": filters.SinglePrefixListEntry,
    "aws_network_interface": network.NetworkInterface,
    "aws_network_interface_attachment": network.InterfaceUsed,
    "aws_network_interface_sg_attachment": network.InterfaceGroup,
    "aws_eip": network.Eip,
    "aws_eip_association": network.EipAssociation,
    "aws_instance": network.Instance,
    "aws_ec2_transit_gateway": tgw.TransitGateway,
    "aws_ec2_transit_gateway_vpc_attachment": tgw.TgwVpcAttachment,
    "aws_ec2_transit_gateway_vpc_attachment_accepter": tgw.TgwVpcAttachmentAccepter,
    "aws_ec2_transit_gateway_peering_attachment": tgw.TgwPeeringAttachment,
    "aws_ec2_transit_gateway_peering_attachment_accepter": tgw.TgwPeeringAccepter,
    "aws_ec2_transit_gateway_route_table": tgw.TgwRouteTable,
    "aws_ec2_transit_gateway_route": tgw.TgwRoute,
    "aws_ec2_transit_gateway_route_table_association": tgw.TgwMembership,
    "aws_ec2_transit_gateway_route_table_propagation": tgw.TgwMembership,
    "aws_ec2_transit_gateway_prefix_list_reference": tgw.TgwPrefixListReference,
    "aws_ec2_transit_gateway_default_route_table_association": tgw.TgwDefaultTable,
    "aws_ec2_transit_gateway_default_route_table_propagation": tgw.TgwDefaultTable,
    "aws_ec2_transit_gateway_policy_table_association": tgw.TgwPolicyTable,
    "aws_ec2_transit_gateway_connect": tgw.TgwOtherAttachment,
    "aws_vpn_connection": tgw.TgwOtherAttachment,
    "aws_flow_log": service.FlowLog,
    "aws_cloudwatch_log_group": service.LogGroup,
    "aws_s3_bucket_lifecycle_configuration": service.BucketLifecycle,
    "aws_lb": balancer.LoadBalancer,
    "aws_alb": balancer.LoadBalancer,
    "aws_lb_listener": balancer.Listener,
    "aws_alb_listener": balancer.Listener,
    "aws_lb_target_group": balancer.TargetGroup,
    "aws_alb_target_group": balancer.TargetGroup,
    "aws_lb_target_group_attachment": balancer.TargetGroupAttachment,
    "aws_vpc_endpoint_service": balancer.EndpointService,
    "aws_globalaccelerator_accelerator": balancer.Accelerator,
    "aws_globalaccelerator_listener": balancer.AcceleratorListener,
    "aws_globalaccelerator_endpoint_group": balancer.EndpointGroup,
    "aws_fsx_lustre_file_system": service.FsxLustre,
    "aws_dynamodb_table": service.DynamoTable,
    "aws_dynamodb_table_replica": service.DynamoReplica,
    "aws_cloudwatch_metric_alarm": service.MetricAlarm,
    "aws_ecs_service": service.EcsService,
    "aws_autoscaling_group": service.AutoScalingGroup,
    "aws_kms_alias": service.KmsAlias,
}

ZONED = frozenset(name for name, shape in _SHAPES.items() if "availability_zone" in shape.__struct_fields__)
DECODERS = {name: msgspec.json.Decoder(shape) for name, shape in _SHAPES.items()}
