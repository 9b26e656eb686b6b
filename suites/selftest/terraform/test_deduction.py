"""Local values, of which a plan shows only the name: deduced where they can be but one thing."""

from pathlib import Path

import pytest

from probes.model.state import State
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import Block, Call, Json, Module, block, const, load, plan, ref, write

VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})
OTHER = block("aws_vpc.other", {"cidr_block": "10.1.0.0/16"})
SUBNET = block(
    "aws_subnet.a",
    {"cidr_block": "10.0.0.0/24", "availability_zone": "eu-west-1a"},
    vpc_id=ref("local.vpc_id"),
)
MODULE = Module([VPC, SUBNET], outputs={"vpc_id": ref("local.vpc_id")})


def vpcs_of_subnets(network: State) -> list[str | None]:
    return [subnet.vpc_id for subnet in network.subnets]


def test_a_local_value_of_a_module_with_one_new_vpc_is_that_vpc(tmp_path: Path) -> None:
    network = load(tmp_path, OTHER, calls={"net": Call(MODULE, {"cidr": const("10.0.0.0/16")})})

    assert vpcs_of_subnets(network) == ["module.net.aws_vpc.main"]
    assert [gap for gap in network.gaps if gap.kind != "metrics"] == []


def test_an_output_of_such_a_value_is_followed(tmp_path: Path) -> None:
    table = block("aws_route_table.t", {}, vpc_id=ref("module.net.vpc_id"))

    network = load(tmp_path, table, calls={"net": Call(MODULE)})

    assert {each.vpc_id for each in network.vpc_route_tables} == {"module.net.aws_vpc.main"}


def test_what_a_module_is_given_counts_too(tmp_path: Path) -> None:
    calls = {"net": Call(MODULE, {"peer": ref("aws_vpc.other.id")})}

    assert vpcs_of_subnets(load(tmp_path, OTHER, calls=calls)) == [None]


@pytest.mark.parametrize("blocks, deduced", [((), "module.net.aws_vpc.main"), ((OTHER,), None)])
def test_a_local_value_given_to_a_module_may_be_all_that_the_caller_knows(
    tmp_path: Path, blocks: tuple[Block, ...], deduced: str | None
) -> None:
    calls = {"net": Call(MODULE, {"tags": ref("local.tags")})}

    assert vpcs_of_subnets(load(tmp_path, *blocks, calls=calls)) == [deduced]


def test_an_attribute_of_something_else_is_no_vpc(tmp_path: Path) -> None:
    gateway = block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 64512})
    calls = {"net": Call(MODULE, {"tgw_id": ref("aws_ec2_transit_gateway.t.id")})}

    assert vpcs_of_subnets(load(tmp_path, OTHER, gateway, calls=calls)) == ["module.net.aws_vpc.main"]


@pytest.mark.parametrize(
    "given",
    [
        ref("aws_subnet.far.vpc_id"),
        ref("aws_cloudformation_stack.s.outputs"),
        ref("data.aws_vpc.later.id"),
    ],
    ids=["neighbour's VPC", "type of which nothing is known", "data source"],
)
def test_what_may_hide_a_vpc_forbids_the_deduction(tmp_path: Path, given: Json) -> None:
    far = block("aws_subnet.far", {"cidr_block": "10.1.0.0/24", "availability_zone": "eu-west-1a"})
    stack = block("aws_cloudformation_stack.s", {})
    far.expressions["vpc_id"] = ref("aws_vpc.other.id")

    network = load(tmp_path, OTHER, far, stack, calls={"net": Call(MODULE, {"given": given})})

    assert [each.vpc_id for each in network.subnets if each.id.startswith("module.net")] == [None]


@pytest.mark.parametrize("kind", ["aws_cloudformation_stack", "awscc_ec2_vpc"])
def test_a_resource_that_can_answer_with_any_id_forbids_the_deduction(tmp_path: Path, kind: str) -> None:
    assert vpcs_of_subnets(load(tmp_path, VPC, SUBNET, block(f"{kind}.s", {}))) == [None]


@pytest.mark.parametrize("kind, deduced", [("aws_vpc", None), ("aws_iam_policy_document", "aws_vpc.main")])
def test_a_data_source_read_at_apply_forbids_the_deduction(
    tmp_path: Path, kind: str, deduced: str | None
) -> None:
    document = plan(VPC, SUBNET)
    source = {"address": f"data.{kind}.d", "mode": "data", "type": kind, "name": "d", "expressions": {}}
    document["configuration"]["root_module"]["resources"].append(source)

    assert vpcs_of_subnets(load_terraform(write(tmp_path, document))) == [deduced]


def test_a_group_is_never_deduced_since_aws_makes_some_by_itself(tmp_path: Path) -> None:
    group = block("aws_security_group.g", {"name": "g"}, vpc_id=ref("aws_vpc.main.id"))
    rule = block(
        "aws_vpc_security_group_ingress_rule.r",
        {"ip_protocol": "-1", "cidr_ipv4": "10.0.0.0/8"},
        security_group_id=ref("local.group"),
    )

    network = load(tmp_path, VPC, group, rule)

    assert [gap.resource for gap in network.gaps if gap.kind == "security_groups"] == [""]
