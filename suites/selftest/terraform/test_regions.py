"""Where a resource is, as far as a plan or state tells."""

from pathlib import Path

import pytest

from probes.model.state import State
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import Block, Call, Json, Module, block, const, load, ref, state, write

VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})


def provider(**region: Json) -> Json:
    return {"aws": {"name": "aws", "expressions": region}}


def regions(network: State) -> list[str]:
    return [vpc.region for vpc in network.vpcs]


@pytest.mark.parametrize(
    "expression, given",
    [
        (const("us-east-1"), {}),
        (ref("var.region"), {"region": "us-east-1"}),
        (ref("var.regions[1]"), {"regions": ["us-west-2", "us-east-1"]}),
        (ref('var.regions["main"]'), {"regions": {"main": "us-east-1"}}),
    ],
    ids=["constant", "variable", "element", "key"],
)
def test_the_provider_s_region_holds(tmp_path: Path, expression: Json, given: Json) -> None:
    network = load(tmp_path, VPC, providers=provider(region=expression), given=given)

    assert regions(network) == ["us-east-1"]


def test_a_variable_that_is_not_given_has_its_default(tmp_path: Path) -> None:
    variables = {"region": {"default": "us-east-1"}}

    network = load(tmp_path, VPC, providers=provider(region=ref("var.region")), variables=variables)

    assert regions(network) == ["us-east-1"]


def test_a_provider_inside_a_module_reads_the_module_s_inputs(tmp_path: Path) -> None:
    inner = Module([Block("aws_vpc.main", {None: {"cidr_block": "10.0.0.0/16"}}, provider="module.net:aws")])
    config = {"name": "aws", "module_address": "module.net", "expressions": {"region": ref("var.region")}}
    calls = {"net": Call(inner, {"region": const("us-east-1")})}

    network = load(tmp_path, providers={"module.net:aws": config}, calls=calls)

    assert regions(network) == ["us-east-1"]


def test_a_resource_s_own_region_wins(tmp_path: Path) -> None:
    network = load(tmp_path, block("aws_vpc.main", {"cidr_block": "10.0.0.0/16", "region": "us-west-2"}))

    assert regions(network) == ["us-west-2"]


def test_a_neighbour_s_zone_tells_the_region_of_an_unknown_provider(tmp_path: Path) -> None:
    subnet = block("aws_subnet.s", {"cidr_block": "10.0.0.0/24", "availability_zone": "us-west-2-lax-1a"})

    network = load(tmp_path, VPC, subnet, providers=provider(region=ref("local.region")))

    assert regions(network) == ["us-west-2"]


def test_neighbours_in_two_regions_tell_nothing(tmp_path: Path) -> None:
    subnets = Block(
        "aws_subnet.s",
        {
            0: {"cidr_block": "10.0.0.0/24", "availability_zone": "us-west-2a"},
            1: {"cidr_block": "10.0.1.0/24", "availability_zone": "us-east-1a"},
        },
    )

    network = load(tmp_path, VPC, subnets, providers=provider(region=ref("local.region")))

    assert regions(network) == [""]
    assert [gap.reason for gap in network.gaps if (gap.kind, gap.region) == ("vpcs", "")] == [
        "aws_vpc.main: its Region cannot be told"
    ]


def test_a_state_tells_regions_by_zone_by_arn_and_by_what_belongs_together(tmp_path: Path) -> None:
    arn = "arn:aws:ec2:us-east-1:111122223333:transit-gateway/tgw-1"
    document = state(
        ("aws_vpc.main", {"id": "vpc-1", "cidr_block": "10.0.0.0/16"}),
        ("aws_subnet.s", {"id": "subnet-1", "vpc_id": "vpc-1", "availability_zone": "us-west-2a"}),
        ("aws_security_group.g", {"id": "sg-1", "vpc_id": "vpc-1", "name": "g", "ingress": [], "egress": []}),
        ("aws_ec2_transit_gateway.t", {"id": "tgw-1", "arn": arn, "amazon_side_asn": 64512}),
        ("aws_ec2_transit_gateway_route_table.t", {"id": "tgw-rtb-1", "transit_gateway_id": "tgw-1"}),
    )

    network = load_terraform(write(tmp_path, document))

    assert regions(network) == ["us-west-2"]
    assert {group.region for group in network.security_groups} == {"us-west-2"}
    assert [table.region for table in network.tgw_route_tables if table.id == "tgw-rtb-1"] == ["us-east-1"]


def test_both_sides_of_a_peering_keep_their_regions_in_a_state(tmp_path: Path) -> None:
    def tgw(name: str, region: str) -> tuple[str, Json]:
        arn = f"arn:aws:ec2:{region}:111122223333:transit-gateway/tgw-{name}"
        return f"aws_ec2_transit_gateway.{name}", {"id": f"tgw-{name}", "arn": arn, "amazon_side_asn": 64512}

    ends = {"transit_gateway_id": "tgw-a", "peer_transit_gateway_id": "tgw-b", "peer_region": "us-west-2"}
    peering = {"id": "tgw-attach-1", "state": "pendingAcceptance"} | ends
    accepter = {
        "id": "tgw-attach-1",
        "transit_gateway_attachment_id": "tgw-attach-1",
        "transit_gateway_id": "tgw-b",
        "peer_transit_gateway_id": "tgw-a",
        "peer_region": "us-east-1",
    }
    document = state(
        tgw("a", "us-east-1"),
        tgw("b", "us-west-2"),
        ("aws_ec2_transit_gateway_peering_attachment.p", peering),
        ("aws_ec2_transit_gateway_peering_attachment_accepter.p", accepter),
    )

    network = load_terraform(write(tmp_path, document))

    assert [
        (each.region, each.transit_gateway_id, each.role, each.state) for each in network.tgw_attachments
    ] == [
        ("us-east-1", "tgw-a", "requester", "available"),
        ("us-west-2", "tgw-b", "accepter", "available"),
    ]
