"""A network of several Terraform configurations, read together."""

from pathlib import Path

import pytest

from probes.model.errors import InputError
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import Json, block, plan, ref, state, write


def tgw(name: str, region: str) -> tuple[str, Json]:
    arn = f"arn:aws:ec2:{region}:111122223333:transit-gateway/tgw-{name}"
    return "aws_ec2_transit_gateway.main", {"id": f"tgw-{name}", "arn": arn, "amazon_side_asn": 64512}


def into(folder: Path, name: str, document: Json) -> None:
    (folder / name).mkdir()
    write(folder / name, document)


def test_states_meet_by_their_ids(tmp_path: Path) -> None:
    ends = {"transit_gateway_id": "tgw-a", "peer_transit_gateway_id": "tgw-b", "peer_region": "us-west-2"}
    peering = ("aws_ec2_transit_gateway_peering_attachment.p", {"id": "tgw-attach-1"} | ends)
    accepting = {
        "id": "tgw-attach-1",
        "transit_gateway_attachment_id": "tgw-attach-1",
        "transit_gateway_id": "tgw-b",
    }
    accepter = ("aws_ec2_transit_gateway_peering_attachment_accepter.p", accepting)
    into(tmp_path, "east", state(tgw("a", "us-east-1"), peering))
    into(tmp_path, "west", state(tgw("b", "us-west-2"), accepter))

    network = load_terraform(tmp_path)

    assert network.source == "2 Terraform files (state)"
    assert [(gateway.region, gateway.id) for gateway in network.transit_gateways] == [
        ("us-east-1", "tgw-a"),
        ("us-west-2", "tgw-b"),
    ]
    assert [(each.region, each.role, each.state) for each in network.tgw_attachments] == [
        ("us-east-1", "requester", "available"),
        ("us-west-2", "accepter", "available"),
    ]


def test_equal_addresses_of_two_plans_are_two_resources(tmp_path: Path) -> None:
    for name, cidr in (("one", "10.0.0.0/16"), ("two", "10.1.0.0/16")):
        subnet: Json = {"cidr_block": cidr, "availability_zone": "eu-west-1a"}
        vpc = block("aws_vpc.main", {"cidr_block": cidr})
        into(tmp_path, name, plan(vpc, block("aws_subnet.s", subnet, vpc_id=ref("aws_vpc.main.id"))))

    network = load_terraform(tmp_path)

    assert [(subnet.id, subnet.vpc_id) for subnet in network.subnets] == [
        ("one/plan.json: aws_subnet.s", "one/plan.json: aws_vpc.main"),
        ("two/plan.json: aws_subnet.s", "two/plan.json: aws_vpc.main"),
    ]


def test_an_error_names_the_one_file(tmp_path: Path) -> None:
    into(tmp_path, "good", plan(block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})))
    into(tmp_path, "bad", plan(block("aws_vpc.main", {"cidr_block": "10.0.0.0/99"})))

    with pytest.raises(InputError) as refusal:
        load_terraform(tmp_path)

    assert str(refusal.value).startswith(
        f"{tmp_path / 'bad' / 'plan.json'}: aws_vpc.main: cidr_block: '10.0.0.0/99'"
    )


def test_a_folder_without_plans_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refusal:
        load_terraform(tmp_path)

    assert str(refusal.value) == f"{tmp_path}: no file in it ends with .json or .json.gz"


def test_hidden_files_are_no_plans(tmp_path: Path) -> None:
    into(tmp_path, "one", plan(block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})))
    into(tmp_path, ".terraform", {"Modules": []})
    (tmp_path / "one" / "._plan.json").write_bytes(b"\0\5\x16\7")

    assert len(load_terraform(tmp_path).vpcs) == 1
