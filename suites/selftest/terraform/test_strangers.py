"""Plans and states as other people's configurations make them."""

from codecs import BOM_UTF8
from pathlib import Path

import pytest

from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import (
    Block,
    Call,
    Json,
    Key,
    Module,
    block,
    load,
    plan,
    reasons,
    ref,
    state,
    write,
)

ZONE: Json = {"availability_zone": "eu-west-1a"}
VPC = block("aws_vpc.v", {"cidr_block": "10.0.0.0/16"})
SUBNET = block("aws_subnet.s", {"cidr_block": "10.0.0.0/24"} | ZONE, vpc_id=ref("aws_vpc.v.id"))
IN_STATE: Json = {"id": "vpc-1", "cidr_block": "10.0.0.0/16", "arn": "arn:aws:ec2:us-east-1:1:vpc/vpc-1"}
HOST: Json = {
    "id": "i-1",
    "arn": "arn:aws:ec2:us-east-1:1:instance/i-1",
    "instance_type": "g6e.4xlarge",
    "subnet_id": "subnet-1",
    "private_ip": "10.0.0.5",
    "public_ip": "",
    "vpc_security_group_ids": ["sg-1"],
    "primary_network_interface_id": "eni-1",
    "network_interface": [],
    "primary_network_interface": [{"network_interface_id": "eni-1", "delete_on_termination": True}],
}


def test_modules_repeated_three_deep_keep_their_resources_apart(tmp_path: Path) -> None:
    subnet = Block("aws_subnet.s", {"x": {"cidr_block": "10.0.0.0/24"} | ZONE}, {"vpc_id": ref("var.vpc_id")})
    inner = Call(Module([subnet]), {"vpc_id": ref("aws_vpc.v[0].id")}, instances=("only",))
    vpc = Block("aws_vpc.v", {0: {"cidr_block": "10.0.0.0/16"}})
    middle = Module([vpc], calls={"subnets": inner}, outputs={"vpc_id": ref("aws_vpc.v[0].id")})
    table = Block("aws_route_table.t", {0: {}, 1: {}}, {"vpc_id": ref("module.net", "count.index")})
    outer = Module([table], calls={"net": Call(middle, instances=(0, 1))})

    network = load(tmp_path, calls={"region": Call(outer, instances=("a", "b"))})

    assert {subnet.id: subnet.vpc_id for subnet in network.subnets} == {
        f'module.region["{key}"].module.net[{number}].module.subnets["only"].aws_subnet.s["x"]': (
            f'module.region["{key}"].module.net[{number}].aws_vpc.v[0]'
        )
        for key in "ab"
        for number in (0, 1)
    }
    assert {table.id: table.vpc_id for table in network.vpc_route_tables if not table.main} == {
        f'module.region["{key}"].aws_route_table.t[{number}]': (
            f'module.region["{key}"].module.net[{number}].aws_vpc.v[0]'
        )
        for key in "ab"
        for number in (0, 1)
    }


def test_a_provider_that_a_module_inherits_has_the_caller_s_region(tmp_path: Path) -> None:
    providers: Json = {
        "aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}},
        "aws.west": {"name": "aws", "alias": "west", "expressions": {"region": ref("var.west")}},
    }
    vpc = Block("aws_vpc.v", {None: {"cidr_block": "10.0.0.0/16"}}, provider="aws.west")

    network = load(
        tmp_path, VPC, providers=providers, given={"west": "us-west-2"}, calls={"net": Call(Module([vpc]))}
    )

    assert {each.id: each.region for each in network.vpcs} == {
        "aws_vpc.v": "us-east-1",
        "module.net.aws_vpc.v": "us-west-2",
    }


@pytest.mark.parametrize("more, region", [({}, "us-east-1"), ({"aws.west": {"name": "aws"}}, "")])
def test_a_module_s_unnamed_provider_is_the_only_one_there_is(
    tmp_path: Path, more: Json, region: str
) -> None:
    only: Json = {"aws": {"name": "aws", "expressions": {"region": {"constant_value": "us-east-1"}}}}
    vpc = Block("aws_vpc.v", {None: {"cidr_block": "10.0.0.0/16"}}, provider="module.net:aws")

    network = load(tmp_path, providers=only | more, calls={"net": Call(Module([vpc]))})

    assert [each.region for each in network.vpcs] == [region]


def test_one_region_of_a_repeated_provider_says_nothing_about_its_others(tmp_path: Path) -> None:
    providers: Json = {"aws.by": {"name": "aws", "alias": "by", "expressions": {"region": ref("each.value")}}}
    vpcs: dict[Key, Json] = {"east": {"cidr_block": "10.0.0.0/16"}, "west": {"cidr_block": "10.1.0.0/16"}}
    subnet: Json = {"cidr_block": "10.0.0.0/24", "availability_zone": "us-east-1a"}

    network = load(
        tmp_path,
        Block("aws_vpc.v", vpcs, provider="aws.by"),
        Block("aws_subnet.s", {"east": subnet}, provider="aws.by"),
        providers=providers,
    )

    assert {each.region for each in network.vpcs} == {""}
    assert len(reasons(network, "vpcs")) == 2


def test_a_plan_to_destroy_everything_leaves_nothing(tmp_path: Path) -> None:
    document = plan() | {"planned_values": {"root_module": {}}}
    document["resource_changes"] = [{"address": "aws_vpc.v", "change": {"actions": ["delete"]}}]
    document["prior_state"] = {
        "values": {"root_module": state(("aws_vpc.v", IN_STATE))["values"]["root_module"]}
    }

    assert load_terraform(write(tmp_path, document)).vpcs == ()


def test_a_resource_that_is_replaced_and_not_deleted_yet_is_still_there(tmp_path: Path) -> None:
    document = state(("aws_vpc.v", IN_STATE))
    (current,) = document["values"]["root_module"]["resources"]
    deposed = current | {"deposed_key": "0a1b2c3d", "values": IN_STATE | {"id": "vpc-0"}}
    document["values"]["root_module"]["resources"].append(deposed)

    network = load_terraform(write(tmp_path, document))

    assert [vpc.id for vpc in network.vpcs] == ["vpc-0", "vpc-1"]


def test_what_opentofu_and_newer_versions_add_is_no_obstacle(tmp_path: Path) -> None:
    document = plan(VPC, SUBNET) | {
        "format_version": "1.9",
        "timestamp": "2026-11-23T00:00:00Z",
        "applyable": True,
        "checks": [{"address": {"kind": "resource"}, "status": "pass"}],
        "relevant_attributes": [{"resource": "aws_vpc.v", "attribute": ["id"]}],
        "resource_drift": [{"address": "aws_vpc.gone", "change": {"actions": ["delete"]}}],
        "resource_changes": [{"address": "aws_vpc.v", "previous_address": "aws_vpc.old", "change": {}}],
    }
    root = document["planned_values"]["root_module"]
    root["resources"].append(
        {
            "address": "ephemeral.random_password.p",
            "mode": "ephemeral",
            "type": "random_password",
            "name": "p",
        }
    )

    network = load_terraform(write(tmp_path, document))

    assert ([subnet.vpc_id for subnet in network.subnets], network.not_modelled) == (["aws_vpc.v"], ())


def test_a_mark_before_the_text_is_no_obstacle(tmp_path: Path) -> None:
    path = write(tmp_path, plan(VPC))
    path.write_bytes(BOM_UTF8 + path.read_bytes())

    assert len(load_terraform(path).vpcs) == 1


def test_an_interface_that_aws_made_is_no_interface_of_the_configuration(tmp_path: Path) -> None:
    network = load_terraform(write(tmp_path, state(("aws_vpc.v", IN_STATE), ("aws_instance.i", HOST))))

    assert [(each.id, each.group_ids, each.instance_id) for each in network.network_interfaces] == [
        ("eni-1", ("sg-1",), "i-1")
    ]
    assert network.instances[0].network_interface_ids == ("eni-1",)


def test_an_interface_of_the_configuration_is_not_made_again(tmp_path: Path) -> None:
    interface: Json = {
        "id": "eni-1",
        "arn": "arn:aws:ec2:us-east-1:1:network-interface/eni-1",
        "subnet_id": "subnet-1",
        "private_ips": ["10.0.0.5"],
        "security_groups": ["sg-1"],
    }

    network = load_terraform(
        write(tmp_path, state(("aws_network_interface.e", interface), ("aws_instance.i", HOST)))
    )

    assert [(each.id, each.instance_id) for each in network.network_interfaces] == [("eni-1", "i-1")]


def test_an_interface_in_a_dynamic_block_is_a_gap_of_the_instance(tmp_path: Path) -> None:
    interface = block(
        "aws_network_interface.e", {"private_ips": ["10.0.0.9"]}, subnet_id=ref("aws_subnet.s.id")
    )
    host = block("aws_instance.i", {"instance_type": "t3.micro", "network_interface": [{"device_index": 0}]})

    network = load(tmp_path, VPC, SUBNET, interface, host)

    assert [each.id for each in network.network_interfaces] == ["aws_network_interface.e"]
    assert ("aws_instance.i", "network_interface_ids") in {(gap.resource, gap.field) for gap in network.gaps}


@pytest.mark.parametrize("number", [1, 2])
def test_a_list_may_pick_elements_by_number(tmp_path: Path, number: int) -> None:
    subnets = Block(
        "aws_subnet.s",
        {
            index: {"cidr_block": f"10.0.{index}.0/24", "availability_zone": f"eu-west-1{zone}"}
            for index, zone in enumerate("abc")
        },
        {"vpc_id": ref("aws_vpc.v.id")},
    )
    attachment = block(
        "aws_ec2_transit_gateway_vpc_attachment.a",
        {},
        subnet_ids=ref(*(f"aws_subnet.s[{index}].id" for index in range(number))),
        vpc_id=ref("aws_vpc.v.id"),
        transit_gateway_id=ref("aws_ec2_transit_gateway.t.id"),
    )

    network = load(
        tmp_path, VPC, subnets, block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 1}), attachment
    )

    assert network.tgw_attachments[0].subnet_ids == tuple(f"aws_subnet.s[{index}]" for index in range(number))


TIERS = Block(
    "aws_subnet.s",
    {tier: {"cidr_block": f"10.0.{number}.0/24"} | ZONE for number, tier in enumerate(("private", "tgw"))},
    {"vpc_id": ref("aws_vpc.v.id")},
)


@pytest.mark.parametrize(
    "address, attribute, kind, more",
    [
        (
            "aws_ec2_transit_gateway_vpc_attachment.x",
            "subnet_ids",
            "tgw_attachments",
            {"transit_gateway_id": "tgw-1"},
        ),
        (
            "aws_vpc_endpoint.x",
            "subnet_ids",
            "vpc_endpoints",
            {"vpc_endpoint_type": "Interface", "service_name": "com.amazonaws.eu-west-1.kms"},
        ),
        ("aws_lb.x", "subnets", "load_balancers", {"name": "x"}),
    ],
)
def test_a_list_that_must_pick_among_subnets_of_one_zone_is_a_gap(
    tmp_path: Path, address: str, attribute: str, kind: str, more: Json
) -> None:
    filtered = block(address, more, **{attribute: ref("aws_subnet.s")}, vpc_id=ref("aws_vpc.v.id"))

    network = load(tmp_path, VPC, TIERS, filtered)

    assert f"{address}: {attribute} refers to several subnets in eu-west-1a, AWS takes one each" in reasons(
        network, kind
    )


def test_acls_that_refer_to_the_same_subnets_are_a_gap(tmp_path: Path) -> None:
    acls = [
        block(f"aws_network_acl.{name}", {}, subnet_ids=ref("aws_subnet.s"), vpc_id=ref("aws_vpc.v.id"))
        for name in ("private", "tgw")
    ]

    network = load(tmp_path, VPC, TIERS, *acls)

    assert {(gap.resource, gap.field) for gap in network.gaps if gap.kind == "network_acls"} == {
        ("aws_network_acl.private", "subnet_ids"),
        ("aws_network_acl.tgw", "subnet_ids"),
    }


@pytest.mark.parametrize("elsewhere", ["launch_template", "security_groups"])
def test_groups_that_stand_elsewhere_are_not_the_default_one(tmp_path: Path, elsewhere: str) -> None:
    host = block("aws_instance.i", {"instance_type": "t3.micro"}, subnet_id=ref("aws_subnet.s.id"))
    host.expressions[elsewhere] = [{}]

    network = load(tmp_path, VPC, SUBNET, host)

    interface = "aws_instance.i.primary_network_interface_id"
    assert network.network_interfaces[0].group_ids == ()
    assert (interface, "group_ids") in {(gap.resource, gap.field) for gap in network.gaps}


def test_an_application_load_balancer_without_groups_will_have_one_that_is_not_shown(tmp_path: Path) -> None:
    balancer = block("aws_lb.x", {"name": "x"}, subnets=ref("aws_subnet.s.id"))

    network = load(tmp_path, VPC, SUBNET, balancer)

    assert [(gap.resource, gap.field) for gap in network.gaps if gap.kind == "load_balancers"] == [
        ("aws_lb.x", "group_ids")
    ]
