"""Hosts and services around the network, as a plan shows them before they exist."""

from ipaddress import IPv4Address
from pathlib import Path

from probes.model.state import State, TableReplica
from suites.selftest.terraform.plans import Block, Json, block, const, load, reasons, ref

VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})
OF_VPC = {"vpc_id": ref("aws_vpc.main.id")}
SUBNET = block("aws_subnet.s", {"cidr_block": "10.0.0.0/24", "availability_zone": "eu-west-1a"}, **OF_VPC)
GROUP = block("aws_security_group.g", {"name": "g"}, **OF_VPC)
NLB = block(
    "aws_lb.nlb",
    {"name": "nlb", "load_balancer_type": "network", "internal": False},
    subnets=ref("aws_subnet.s.id"),
    security_groups=ref("aws_security_group.g.id"),
)


def gaps(network: State, kind: str) -> set[tuple[str, str]]:
    return {(gap.resource, gap.field) for gap in network.gaps if gap.kind == kind}


def test_an_instance_brings_its_interface(tmp_path: Path) -> None:
    instance = block(
        "aws_instance.i",
        {"instance_type": "g6e.4xlarge", "tags_all": {"Name": "gpu-1"}},
        subnet_id=ref("aws_subnet.s.id"),
        vpc_security_group_ids=ref("aws_security_group.g.id"),
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, instance)

    (host,), (interface,) = network.instances, network.network_interfaces
    assert (host.state, host.vpc_id, host.network_interface_ids) == (
        "running",
        "aws_vpc.main",
        (interface.id,),
    )
    assert interface.id == "aws_instance.i.primary_network_interface_id"
    assert (interface.subnet_id, interface.group_ids) == ("aws_subnet.s", ("aws_security_group.g",))
    assert gaps(network, "network_interfaces") == {(interface.id, "private_ips")}


def test_an_instance_without_a_choice_has_the_default_group(tmp_path: Path) -> None:
    instance = block("aws_instance.i", {"private_ip": "10.0.0.9"}, subnet_id=ref("aws_subnet.s.id"))

    network = load(tmp_path, VPC, SUBNET, instance)

    (interface,) = network.network_interfaces
    assert interface.group_ids == (network.security_groups[0].id,)
    assert interface.private_ips == (IPv4Address("10.0.0.9"),)


def test_an_interface_of_one_s_own_is_the_instance_s_only_one(tmp_path: Path) -> None:
    interface = block(
        "aws_network_interface.n", {"private_ips": ["10.0.0.9"]}, subnet_id=ref("aws_subnet.s.id")
    )
    uses: Json = {"network_interface": [{"device_index": 0}]}
    instance = Block(
        "aws_instance.i",
        {None: uses},
        {"network_interface": [{"network_interface_id": ref("aws_network_interface.n.id")}]},
    )

    network = load(tmp_path, VPC, SUBNET, interface, instance)

    assert network.instances[0].network_interface_ids == ("aws_network_interface.n",)
    assert [(each.id, each.instance_id) for each in network.network_interfaces] == [
        ("aws_network_interface.n", "aws_instance.i")
    ]


def test_a_flow_log_names_its_vpc_and_its_group(tmp_path: Path) -> None:
    logs = block("aws_cloudwatch_log_group.l", {"name": "/vpc/flow", "retention_in_days": 90})
    flow = block(
        "aws_flow_log.f",
        {"traffic_type": "ALL", "log_destination_type": "cloud-watch-logs", "subnet_id": None},
        log_destination=ref("aws_cloudwatch_log_group.l.arn"),
        **OF_VPC,
    )

    network = load(tmp_path, VPC, logs, flow)

    assert (network.flow_logs[0].resource_id, network.flow_logs[0].destination) == (
        "aws_vpc.main",
        "/vpc/flow",
    )
    assert (network.log_groups[0].id, network.log_groups[0].retention_days) == ("/vpc/flow", 90)
    assert gaps(network, "flow_logs") == {("aws_flow_log.f", "deliver_status")}


def test_a_bucket_keeps_what_its_enabled_rules_let_it(tmp_path: Path) -> None:
    rules = [
        {"status": "Enabled", "expiration": [{"days": 90}]},
        {"status": "Disabled", "expiration": [{"days": 1}]},
    ]
    lifecycle = block(
        "aws_s3_bucket_lifecycle_configuration.c", {"rule": rules}, bucket=ref("aws_s3_bucket.b.id")
    )

    network = load(tmp_path, block("aws_s3_bucket.b", {"bucket": "flow-logs"}), lifecycle)

    assert [(each.id, each.expiration_days) for each in network.bucket_lifecycles] == [("flow-logs", 90)]
    assert network.not_modelled == ("aws_s3_bucket",)


def test_a_load_balancer_leads_to_its_targets_groups(tmp_path: Path) -> None:
    target_group = block(
        "aws_lb_target_group.t", {"port": 8080, "protocol": "TCP", "target_type": "ip"}, **OF_VPC
    )
    listener = Block(
        "aws_lb_listener.l",
        {None: {"port": 443, "protocol": "TCP", "default_action": [{"type": "forward"}]}},
        {
            "load_balancer_arn": ref("aws_lb.nlb.arn"),
            "default_action": [{"target_group_arn": ref("aws_lb_target_group.t.arn")}],
        },
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, NLB, target_group, listener)

    (found,) = network.load_balancers
    assert (found.type, found.scheme, found.vpc_id) == ("network", "internet-facing", "aws_vpc.main")
    assert (found.subnet_ids, found.group_ids) == (("aws_subnet.s",), ("aws_security_group.g",))
    assert network.listeners[0].load_balancer_id == "aws_lb.nlb"
    assert network.listeners[0].target_group_ids == ("aws_lb_target_group.t",)
    assert network.target_groups[0].targets is None
    assert gaps(network, "target_groups") == {("aws_lb_target_group.t", "targets")}


def test_an_accelerator_leads_to_the_load_balancers(tmp_path: Path) -> None:
    accelerator = block("aws_globalaccelerator_accelerator.a", {"name": "a", "enabled": True})
    listener = block(
        "aws_globalaccelerator_listener.l", {}, accelerator_arn=ref("aws_globalaccelerator_accelerator.a.arn")
    )
    group = Block(
        "aws_globalaccelerator_endpoint_group.g",
        {None: {"endpoint_group_region": "eu-west-1", "endpoint_configuration": [{"weight": 1}]}},
        {
            "listener_arn": ref("aws_globalaccelerator_listener.l.arn"),
            "endpoint_configuration": [{"endpoint_id": ref("aws_lb.nlb.arn"), "weight": const(1)}],
        },
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, NLB, accelerator, listener, group)

    assert network.accelerators[0].region == network.endpoint_groups[0].region == "global"
    assert network.endpoint_groups[0].accelerator_id == "aws_globalaccelerator_accelerator.a"
    assert [each.endpoint_id for each in network.endpoint_groups[0].endpoints] == ["aws_lb.nlb"]
    assert gaps(network, "accelerators") == {("aws_globalaccelerator_accelerator.a", "ips")}


def test_a_file_system_lies_in_its_subnet(tmp_path: Path) -> None:
    values: Json = {
        "storage_capacity": 7200,
        "per_unit_storage_throughput": 125,
        "deployment_type": "PERSISTENT_2",
    }
    system = block("aws_fsx_lustre_file_system.f", values, subnet_ids=ref("aws_subnet.s.id"))

    network = load(tmp_path, VPC, SUBNET, system)

    (found,) = network.fsx_file_systems
    assert (found.subnet_ids, found.vpc_id, found.network_interface_ids) == (
        ("aws_subnet.s",),
        "aws_vpc.main",
        None,
    )
    assert {field for _, field in gaps(network, "fsx_file_systems")} == {
        "network_interface_ids",
        "mount_name",
    }


def test_a_global_table_is_listed_in_every_region_of_it(tmp_path: Path) -> None:
    table = block("aws_dynamodb_table.t", {"name": "t", "replica": [{"region_name": "us-east-1"}]})
    replica = block(
        "aws_dynamodb_table_replica.r",
        {"region": "us-west-2"},
        global_table_arn=ref("aws_dynamodb_table.t.arn"),
    )

    network = load(tmp_path, table, replica)

    regions = ("eu-west-1", "us-east-1", "us-west-2")
    assert [each.region for each in network.dynamo_tables] == list(regions)
    assert {each.replicas for each in network.dynamo_tables} == {
        tuple(TableReplica(region=region, status="ACTIVE") for region in regions)
    }


def test_an_alarm_on_a_new_transit_gateway_has_its_dimension(tmp_path: Path) -> None:
    tgw = block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 64512})
    values: Json = {
        "alarm_name": "a",
        "namespace": "AWS/TransitGateway",
        "metric_name": "BytesIn",
        "dimensions": {},
    }
    alarm = block("aws_cloudwatch_metric_alarm.a", values, dimensions=ref("aws_ec2_transit_gateway.t.id"))

    network = load(tmp_path, tgw, alarm)

    (found,) = network.metric_alarms
    assert (found.id, found.dimensions) == ("a", {"TransitGateway": "aws_ec2_transit_gateway.t"})


def test_a_service_and_a_scaling_group_name_their_subnets(tmp_path: Path) -> None:
    service = Block(
        "aws_ecs_service.e",
        {
            None: {
                "name": "router",
                "desired_count": 3,
                "network_configuration": [{"assign_public_ip": False}],
            }
        },
        {
            "cluster": ref("aws_ecs_cluster.c.id"),
            "network_configuration": [
                {"subnets": ref("aws_subnet.s.id"), "security_groups": ref("aws_security_group.g.id")}
            ],
        },
    )
    values: Json = {"name": "gpu", "min_size": 17, "max_size": 25, "desired_capacity": None}
    scaling = block("aws_autoscaling_group.a", values, vpc_zone_identifier=ref("aws_subnet.s.id"))

    network = load(tmp_path, VPC, SUBNET, GROUP, block("aws_ecs_cluster.c", {}), service, scaling)

    (router,), (gpus,) = network.ecs_services, network.auto_scaling_groups
    assert (router.cluster, router.subnet_ids) == ("aws_ecs_cluster.c", ("aws_subnet.s",))
    assert (router.group_ids, router.running_count) == (("aws_security_group.g",), None)
    assert (gpus.id, gpus.desired, gpus.maximum, gpus.subnet_ids) == ("gpu", 17, 25, ("aws_subnet.s",))
    assert reasons(network, "instances") == [
        "aws_autoscaling_group.a: Terraform does not show the instances that the group starts"
    ]


def test_an_endpoint_service_leads_to_its_load_balancer(tmp_path: Path) -> None:
    service = block(
        "aws_vpc_endpoint_service.s",
        {"acceptance_required": True},
        network_load_balancer_arns=ref("aws_lb.nlb.arn"),
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, NLB, service)

    assert network.endpoint_services[0].load_balancer_ids == ("aws_lb.nlb",)


def test_a_key_alias_is_known_by_its_name(tmp_path: Path) -> None:
    alias = block("aws_kms_alias.a", {"name": "alias/tenant"}, target_key_id=ref("aws_kms_key.k.key_id"))

    network = load(tmp_path, block("aws_kms_key.k", {}), alias)

    assert [(each.id, each.target_key_id) for each in network.kms_aliases] == [
        ("alias/tenant", "aws_kms_key.k")
    ]


def test_a_vpc_peering_is_listed_in_both_regions(tmp_path: Path) -> None:
    values: Json = {"peer_vpc_id": "vpc-far", "peer_region": "us-east-1", "auto_accept": False}
    peering = block("aws_vpc_peering_connection.p", values, **OF_VPC)

    network = load(tmp_path, VPC, peering)

    assert [(each.region, each.status, each.accepter_vpc_id) for each in network.vpc_peerings] == [
        ("eu-west-1", "pending-acceptance", "vpc-far"),
        ("us-east-1", "pending-acceptance", "vpc-far"),
    ]


def test_what_association_resources_add_belongs_to_the_endpoint(tmp_path: Path) -> None:
    endpoint = block(
        "aws_vpc_endpoint.kms",
        {
            "service_name": "com.amazonaws.eu-west-1.kms",
            "vpc_endpoint_type": "Interface",
            "private_dns_enabled": True,
        },
        **OF_VPC,
    )
    of_endpoint = {"vpc_endpoint_id": ref("aws_vpc_endpoint.kms.id")}
    subnet = block(
        "aws_vpc_endpoint_subnet_association.s", {}, subnet_id=ref("aws_subnet.s.id"), **of_endpoint
    )
    group = block(
        "aws_vpc_endpoint_security_group_association.g",
        {},
        security_group_id=ref("aws_security_group.g.id"),
        **of_endpoint,
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, endpoint, subnet, group)

    (found,) = network.vpc_endpoints
    assert (found.subnet_ids, found.group_ids) == (("aws_subnet.s",), ("aws_security_group.g",))
