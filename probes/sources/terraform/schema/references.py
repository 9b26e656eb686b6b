"""Which attribute joins which resource types, and what the AWS provider names in more than one way."""

VPC = frozenset({"aws_vpc", "aws_default_vpc"})
SUBNET = frozenset({"aws_subnet", "aws_default_subnet"})
VPC_ROUTE_TABLE = frozenset({"aws_route_table", "aws_default_route_table"})
SECURITY_GROUP = frozenset({"aws_security_group", "aws_default_security_group"})
NETWORK_ACL = frozenset({"aws_network_acl", "aws_default_network_acl"})
TRANSIT_GATEWAY = frozenset({"aws_ec2_transit_gateway"})
TGW_ROUTE_TABLE = frozenset({"aws_ec2_transit_gateway_route_table"})
TGW_VPC_ATTACHMENT = frozenset({"aws_ec2_transit_gateway_vpc_attachment"})
TGW_PEERING_ATTACHMENT = frozenset({"aws_ec2_transit_gateway_peering_attachment"})
TGW_OTHER_ATTACHMENT = frozenset(
    {
        "aws_ec2_transit_gateway_connect",
        "aws_networkmanager_transit_gateway_peering",
        "aws_vpn_connection",
        "aws_dx_gateway_association",
    }
)
TGW_ATTACHMENT = TGW_VPC_ATTACHMENT | TGW_PEERING_ATTACHMENT | TGW_OTHER_ATTACHMENT
VPC_PEERING = frozenset({"aws_vpc_peering_connection"})
VPC_ENDPOINT = frozenset({"aws_vpc_endpoint"})
NETWORK_INTERFACE = frozenset({"aws_network_interface"})
INSTANCE = frozenset({"aws_instance"})
GATEWAY = frozenset({"aws_internet_gateway", "aws_vpn_gateway", "aws_ec2_local_gateway"})
NAT_GATEWAY = frozenset({"aws_nat_gateway"})
PREFIX_LIST = frozenset({"aws_ec2_managed_prefix_list"})
LOAD_BALANCER = frozenset({"aws_lb", "aws_alb"})
TARGET_GROUP = frozenset({"aws_lb_target_group", "aws_alb_target_group"})
LOG_GROUP = frozenset({"aws_cloudwatch_log_group"})
BUCKET = frozenset({"aws_s3_bucket"})
KMS_KEY = frozenset({"aws_kms_key", "aws_kms_replica_key", "aws_kms_external_key"})
OTHER = frozenset[str]()
ID_PREFIXES = {
    SUBNET: "subnet-",
    SECURITY_GROUP: "sg-",
    VPC_ROUTE_TABLE: "rtb-",
    PREFIX_LIST: "pl-",
    NETWORK_INTERFACE: "eni-",
    LOAD_BALANCER: "arn:",
}
"""
How the IDs of what stands in lists begin.
"""

EXPECTED = {
    "vpc_id": VPC,
    "peer_vpc_id": VPC,
    "subnet_id": SUBNET,
    "subnet_ids": SUBNET,
    "subnets": SUBNET,
    "vpc_zone_identifier": SUBNET,
    "route_table_id": VPC_ROUTE_TABLE,
    "route_table_ids": VPC_ROUTE_TABLE,
    "default_route_table_id": VPC_ROUTE_TABLE,
    "main_route_table_id": VPC_ROUTE_TABLE,
    "security_group_id": SECURITY_GROUP,
    "security_group_ids": SECURITY_GROUP,
    "security_groups": SECURITY_GROUP,
    "vpc_security_group_ids": SECURITY_GROUP,
    "source_security_group_id": SECURITY_GROUP,
    "referenced_security_group_id": SECURITY_GROUP,
    "default_security_group_id": SECURITY_GROUP,
    "ingress_rule_ids": frozenset({"aws_vpc_security_group_ingress_rule"}),
    "egress_rule_ids": frozenset({"aws_vpc_security_group_egress_rule"}),
    "network_acl_id": NETWORK_ACL,
    "default_network_acl_id": NETWORK_ACL,
    "transit_gateway_id": TRANSIT_GATEWAY,
    "peer_transit_gateway_id": TRANSIT_GATEWAY,
    "transit_gateway_attachment_id": TGW_ATTACHMENT,
    "transport_attachment_id": TGW_ATTACHMENT,
    "transit_gateway_route_table_id": TGW_ROUTE_TABLE,
    "vpc_peering_connection_id": VPC_PEERING,
    "vpc_endpoint_id": VPC_ENDPOINT,
    "network_interface_id": NETWORK_INTERFACE,
    "eni_id": NETWORK_INTERFACE,
    "network_interface": NETWORK_INTERFACE,
    "instance": INSTANCE,
    "instance_id": INSTANCE,
    "allocation_id": frozenset({"aws_eip"}),
    "gateway_id": GATEWAY,
    "internet_gateway_id": GATEWAY,
    "egress_only_gateway_id": frozenset({"aws_egress_only_internet_gateway"}),
    "local_gateway_id": frozenset({"aws_ec2_local_gateway"}),
    "carrier_gateway_id": frozenset({"aws_ec2_carrier_gateway"}),
    "core_network_arn": frozenset({"aws_networkmanager_core_network"}),
    "nat_gateway_id": NAT_GATEWAY,
    "prefix_list_id": PREFIX_LIST,
    "prefix_list_ids": PREFIX_LIST,
    "destination_prefix_list_id": PREFIX_LIST,
    "load_balancer_arn": LOAD_BALANCER,
    "network_load_balancer_arns": LOAD_BALANCER,
    "gateway_load_balancer_arns": LOAD_BALANCER,
    "endpoint_id": LOAD_BALANCER | INSTANCE | frozenset({"aws_eip"}),
    "target_group_arn": TARGET_GROUP,
    "accelerator_arn": frozenset({"aws_globalaccelerator_accelerator"}),
    "listener_arn": frozenset({"aws_globalaccelerator_listener"}),
    "global_table_arn": frozenset({"aws_dynamodb_table"}),
    "log_destination": LOG_GROUP | BUCKET | frozenset({"aws_kinesis_firehose_delivery_stream"}),
    "log_group_name": LOG_GROUP,
    "bucket": BUCKET,
    "cluster": frozenset({"aws_ecs_cluster"}),
    "target_key_id": KMS_KEY,
    "kms_key_id": KMS_KEY,
    "dimensions": TRANSIT_GATEWAY | TGW_ATTACHMENT,
}
"""
What may stand behind an attribute.
"""

PARTS = {
    ("aws_vpc", "main_route_table_id"): "default_route_table_id",
    ("aws_vpc", "default_route_table_id"): "default_route_table_id",
    ("aws_vpc", "default_network_acl_id"): "default_network_acl_id",
    ("aws_vpc", "default_security_group_id"): "default_security_group_id",
    ("aws_ec2_transit_gateway", "association_default_route_table_id"): "association_default_route_table_id",
    ("aws_ec2_transit_gateway", "propagation_default_route_table_id"): "association_default_route_table_id",
    ("aws_vpc_endpoint", "prefix_list_id"): "prefix_list_id",
    ("aws_instance", "primary_network_interface_id"): "primary_network_interface_id",
    ("aws_vpn_connection", "transit_gateway_attachment_id"): "transit_gateway_attachment_id",
}
"""
What AWS makes together with a resource. By default one table serves a Transit Gateway's associations and
propagations.
"""

PART_TYPES = {
    "default_route_table_id": "aws_default_route_table",
    "default_network_acl_id": "aws_default_network_acl",
    "default_security_group_id": "aws_default_security_group",
    "association_default_route_table_id": "aws_ec2_transit_gateway_route_table",
    "prefix_list_id": "aws_ec2_managed_prefix_list",
    "primary_network_interface_id": "aws_network_interface",
    "transit_gateway_attachment_id": "aws_vpn_connection",
}

IDENTITY = frozenset({"id", "arn", "name", "bucket", "key_id", "allocation_id", "security_group_rule_id"})
"""
Attributes whose value names the resource itself.
"""
