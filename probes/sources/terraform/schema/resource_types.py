"""Every Terraform resource type that the model reads: one table, one row a type.

A row with `fields` is a plain service, which the field map reads. The others are read by the functions that
`translation.py` calls.
"""

from probes.sources.terraform.resources import (
    accelerators,
    instances,
    interface_attachments,
    load_balancers,
    monitoring,
    network_acls,
    network_firewalls,
    prefix_lists,
    security_groups,
    sg_rule_peers,
    storage,
    tgw_default_tables,
    tgw_other_attachments,
    tgw_route_tables,
    transit_gateways,
    vpc_endpoints,
    vpc_route_tables,
    vpc_routes,
    vpcs,
)
from probes.sources.terraform.schema.base import ResourceType

RESOURCE_TYPES = {
    "aws_vpc": ResourceType(vpcs.Vpc, "vpcs"),
    "aws_default_vpc": ResourceType(vpcs.Vpc, "vpcs"),
    "aws_vpc_ipv4_cidr_block_association": ResourceType(vpcs.VpcCidrAssociation, "vpcs", about_others=True),
    "aws_subnet": ResourceType(vpcs.Subnet, "subnets"),
    "aws_default_subnet": ResourceType(vpcs.Subnet, "subnets"),
    "aws_route_table": ResourceType(vpc_route_tables.RouteTable, "vpc_route_tables"),
    "aws_default_route_table": ResourceType(
        vpc_route_tables.RouteTable, "vpc_route_tables", same_as="default_route_table_id"
    ),
    "aws_route": ResourceType(vpc_routes.Route, "vpc_route_tables", about_others=True),
    "aws_route_table_association": ResourceType(
        vpc_route_tables.RouteTableAssociation, "vpc_route_tables", about_others=True
    ),
    "aws_main_route_table_association": ResourceType(
        vpc_route_tables.RouteTableAssociation, "vpc_route_tables", about_others=True
    ),
    "aws_vpn_gateway_route_propagation": ResourceType(
        vpc_route_tables.RoutePropagation, "vpc_route_tables", about_others=True
    ),
    "aws_vpc_route_server_propagation": ResourceType(
        vpc_route_tables.RoutePropagation, "vpc_route_tables", about_others=True
    ),
    "aws_security_group": ResourceType(security_groups.SecurityGroup, "security_groups"),
    "aws_default_security_group": ResourceType(security_groups.SecurityGroup, "security_groups"),
    "aws_security_group_rule": ResourceType(
        sg_rule_peers.SecurityGroupRule, "security_groups", about_others=True
    ),
    "aws_vpc_security_group_ingress_rule": ResourceType(
        sg_rule_peers.OnePeerRule, "security_groups", about_others=True
    ),
    "aws_vpc_security_group_egress_rule": ResourceType(
        sg_rule_peers.OnePeerRule, "security_groups", about_others=True
    ),
    "aws_vpc_security_group_rules_exclusive": ResourceType(
        security_groups.RulesExclusive, "security_groups", about_others=True
    ),
    "aws_network_acl": ResourceType(network_acls.NetworkAcl, "network_acls"),
    "aws_default_network_acl": ResourceType(
        network_acls.NetworkAcl, "network_acls", same_as="default_network_acl_id"
    ),
    "aws_network_acl_rule": ResourceType(network_acls.NaclRule, "network_acls", about_others=True),
    "aws_network_acl_association": ResourceType(
        network_acls.NaclAssociation, "network_acls", about_others=True
    ),
    "aws_internet_gateway": ResourceType(vpcs.InternetGateway, "internet_gateways"),
    "aws_internet_gateway_attachment": ResourceType(
        vpcs.InternetGatewayAttachment, "internet_gateways", about_others=True
    ),
    "aws_egress_only_internet_gateway": ResourceType(
        vpcs.EgressOnlyGateway, "egress_only_gateways", fields=vpcs.EGRESS_ONLY_GATEWAY
    ),
    "aws_nat_gateway": ResourceType(vpcs.NatGateway, "nat_gateways"),
    "aws_vpc_peering_connection": ResourceType(vpcs.VpcPeering, "vpc_peerings"),
    "aws_vpc_peering_connection_accepter": ResourceType(
        vpcs.VpcPeeringAccepter, "vpc_peerings", same_as="vpc_peering_connection_id"
    ),
    "aws_vpc_endpoint": ResourceType(vpc_endpoints.VpcEndpoint, "vpc_endpoints"),
    "aws_networkfirewall_firewall": ResourceType(network_firewalls.NetworkFirewall, "vpc_endpoints"),
    "aws_vpc_endpoint_route_table_association": ResourceType(
        vpc_endpoints.VpcEndpointAssociation, "vpc_endpoints", about_others=True
    ),
    "aws_vpc_endpoint_subnet_association": ResourceType(
        vpc_endpoints.VpcEndpointAssociation, "vpc_endpoints", about_others=True
    ),
    "aws_vpc_endpoint_security_group_association": ResourceType(
        vpc_endpoints.VpcEndpointAssociation, "vpc_endpoints", about_others=True
    ),
    "aws_vpc_endpoint_private_dns": ResourceType(
        vpc_endpoints.VpcEndpointPrivateDns, "vpc_endpoints", about_others=True
    ),
    "aws_vpc_endpoint_policy": ResourceType(
        vpc_endpoints.VpcEndpointPolicy, "vpc_endpoints", about_others=True
    ),
    "aws_ec2_managed_prefix_list": ResourceType(prefix_lists.PrefixList, "prefix_lists"),
    "aws_ec2_managed_prefix_list_entry": ResourceType(
        prefix_lists.SinglePrefixListEntry, "prefix_lists", about_others=True
    ),
    "aws_network_interface": ResourceType(instances.NetworkInterface, "network_interfaces"),
    "aws_network_interface_attachment": ResourceType(
        interface_attachments.InterfaceAttachment, "network_interfaces", about_others=True
    ),
    "aws_network_interface_sg_attachment": ResourceType(
        interface_attachments.InterfaceGroup, "network_interfaces", about_others=True
    ),
    "aws_eip": ResourceType(interface_attachments.Eip, "network_interfaces", about_others=True),
    "aws_eip_association": ResourceType(
        interface_attachments.EipAssociation, "network_interfaces", about_others=True
    ),
    "aws_instance": ResourceType(instances.Instance, "instances"),
    "aws_ec2_transit_gateway": ResourceType(tgw_default_tables.TransitGateway, "transit_gateways"),
    "aws_ec2_transit_gateway_vpc_attachment": ResourceType(
        transit_gateways.TgwVpcAttachment, "tgw_attachments"
    ),
    "aws_ec2_transit_gateway_vpc_attachment_accepter": ResourceType(
        transit_gateways.TgwVpcAttachmentAccepter, "tgw_attachments", same_as="transit_gateway_attachment_id"
    ),
    "aws_ec2_transit_gateway_peering_attachment": ResourceType(
        transit_gateways.TgwPeeringAttachment, "tgw_attachments"
    ),
    "aws_ec2_transit_gateway_peering_attachment_accepter": ResourceType(
        transit_gateways.TgwPeeringAccepter, "tgw_attachments", same_as="transit_gateway_attachment_id"
    ),
    "aws_ec2_transit_gateway_route_table": ResourceType(tgw_route_tables.TgwRouteTable, "tgw_route_tables"),
    "aws_ec2_transit_gateway_route": ResourceType(
        tgw_route_tables.TgwRoute, "tgw_route_tables", about_others=True
    ),
    "aws_ec2_transit_gateway_route_table_association": ResourceType(
        tgw_route_tables.TgwMembership, "tgw_route_tables", about_others=True
    ),
    "aws_ec2_transit_gateway_route_table_propagation": ResourceType(
        tgw_route_tables.TgwMembership, "tgw_route_tables", about_others=True
    ),
    "aws_ec2_transit_gateway_prefix_list_reference": ResourceType(
        tgw_route_tables.TgwPrefixListReference, "tgw_route_tables", about_others=True
    ),
    "aws_ec2_transit_gateway_default_route_table_association": ResourceType(
        tgw_default_tables.TgwDefaultTable, "transit_gateways", about_others=True
    ),
    "aws_ec2_transit_gateway_default_route_table_propagation": ResourceType(
        tgw_default_tables.TgwDefaultTable, "transit_gateways", about_others=True
    ),
    "aws_ec2_transit_gateway_policy_table_association": ResourceType(
        tgw_other_attachments.TgwPolicyTable, "tgw_attachments", about_others=True
    ),
    "aws_ec2_transit_gateway_connect": ResourceType(
        tgw_other_attachments.TgwOtherAttachment, "tgw_attachments"
    ),
    "aws_vpn_connection": ResourceType(tgw_other_attachments.TgwOtherAttachment, "tgw_attachments"),
    "aws_flow_log": ResourceType(monitoring.FlowLog, "flow_logs", fields=monitoring.FLOW_LOG),
    "aws_cloudwatch_log_group": ResourceType(
        monitoring.LogGroup, "log_groups", named_by="name", fields=monitoring.LOG_GROUP
    ),
    "aws_s3_bucket_lifecycle_configuration": ResourceType(monitoring.BucketLifecycle, "bucket_lifecycles"),
    "aws_lb": ResourceType(
        load_balancers.LoadBalancer, "load_balancers", fields=load_balancers.LOAD_BALANCER
    ),
    "aws_alb": ResourceType(
        load_balancers.LoadBalancer, "load_balancers", fields=load_balancers.LOAD_BALANCER
    ),
    "aws_lb_listener": ResourceType(load_balancers.Listener, "listeners", fields=load_balancers.LISTENER),
    "aws_alb_listener": ResourceType(load_balancers.Listener, "listeners", fields=load_balancers.LISTENER),
    "aws_lb_target_group": ResourceType(
        load_balancers.TargetGroup, "target_groups", fields=load_balancers.TARGET_GROUP
    ),
    "aws_alb_target_group": ResourceType(
        load_balancers.TargetGroup, "target_groups", fields=load_balancers.TARGET_GROUP
    ),
    "aws_lb_target_group_attachment": ResourceType(
        load_balancers.TargetGroupAttachment, "target_groups", about_others=True
    ),
    "aws_vpc_endpoint_service": ResourceType(
        load_balancers.EndpointService, "endpoint_services", fields=load_balancers.ENDPOINT_SERVICE
    ),
    "aws_globalaccelerator_accelerator": ResourceType(
        accelerators.Accelerator, "accelerators", fields=accelerators.ACCELERATOR
    ),
    "aws_globalaccelerator_listener": ResourceType(accelerators.AcceleratorListener, "endpoint_groups"),
    "aws_globalaccelerator_endpoint_group": ResourceType(
        accelerators.EndpointGroup, "endpoint_groups", fields=accelerators.ENDPOINT_GROUP
    ),
    "aws_fsx_lustre_file_system": ResourceType(
        storage.FsxLustre, "fsx_file_systems", fields=storage.FILE_SYSTEM
    ),
    "aws_dynamodb_table": ResourceType(storage.DynamoTable, "dynamo_tables", named_by="name"),
    "aws_dynamodb_table_replica": ResourceType(storage.DynamoReplica, "dynamo_tables"),
    "aws_cloudwatch_metric_alarm": ResourceType(
        monitoring.MetricAlarm, "metric_alarms", named_by="alarm_name", fields=monitoring.ALARM
    ),
    "aws_ecs_service": ResourceType(storage.EcsService, "ecs_services", fields=storage.ECS_SERVICE),
    "aws_autoscaling_group": ResourceType(
        storage.AutoScalingGroup, "auto_scaling_groups", named_by="name", fields=storage.SCALING_GROUP
    ),
    "aws_kms_alias": ResourceType(
        monitoring.KmsAlias, "kms_aliases", named_by="name", fields=monitoring.KEY_ALIAS
    ),
}
