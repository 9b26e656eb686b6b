"""The documented network as Terraform's own output, planned and applied."""

import gzip
from collections import Counter
from pathlib import Path

import pytest

from probes.model.state import State
from probes.sources import load_state
from probes.sources.terraform import load_terraform
from suites.selftest.state.comparison import differences

SAMPLES = Path(__file__).parents[1] / "samples" / "terraform"
REGIONS = ("us-east-1", "us-east-2", "us-west-2")


@pytest.fixture(scope="module")
def planned() -> State:
    return load_terraform(SAMPLES / "plan.json")


@pytest.fixture(scope="module")
def applied() -> State:
    return load_terraform(SAMPLES / "state.json")


def test_plan_and_state_are_one_network(planned: State, applied: State) -> None:
    assert differences(planned, applied) == []
    assert planned.regions == applied.regions == REGIONS


def test_the_plan_holds_every_region_s_network(planned: State) -> None:
    assert Counter(vpc.region for vpc in planned.vpcs) == dict.fromkeys(REGIONS, 1)
    assert Counter(subnet.region for subnet in planned.subnets) == dict.fromkeys(REGIONS, 10)
    assert Counter(table.region for table in planned.vpc_route_tables) == dict.fromkeys(REGIONS, 7)
    assert Counter(group.region for group in planned.security_groups) == dict.fromkeys(REGIONS, 6)
    assert Counter(table.region for table in planned.tgw_route_tables) == dict.fromkeys(REGIONS, 1)


def test_a_planned_resource_is_named_by_its_address(planned: State) -> None:
    assert [vpc.id for vpc in planned.vpcs] == [
        f"module.{name}.aws_vpc.main" for name in ("use1", "use2", "usw2")
    ]


def test_each_peering_is_listed_once_on_each_side(planned: State) -> None:
    peerings = [each for each in planned.tgw_attachments if each.resource_type == "peering"]

    assert {(each.region, each.role, each.peer_region) for each in peerings} == {
        ("us-east-1", "requester", "us-east-2"),
        ("us-east-2", "accepter", "us-east-1"),
        ("us-east-1", "requester", "us-west-2"),
        ("us-west-2", "accepter", "us-east-1"),
        ("us-east-2", "requester", "us-west-2"),
        ("us-west-2", "accepter", "us-east-2"),
    }
    assert {each.state for each in peerings} == {"available"}
    assert len({each.id for each in peerings}) == 3


def test_routes_over_an_accepter_lead_to_the_peering(planned: State) -> None:
    (table,) = [table for table in planned.tgw_route_tables if table.region == "us-west-2"]

    assert {str(route.destination): route.attachment_ids for route in table.routes} == {
        "10.66.0.0/18": ("aws_ec2_transit_gateway_peering_attachment.use1_usw2",),
        "10.66.64.0/18": ("aws_ec2_transit_gateway_peering_attachment.use2_usw2",),
        "10.66.128.0/18": ("module.usw2.aws_ec2_transit_gateway_vpc_attachment.vpc",),
    }
    assert len(table.associations) == 3


def test_every_reference_of_the_plan_is_resolved(planned: State) -> None:
    assert {(gap.kind, gap.field) for gap in planned.gaps} == {
        ("flow_logs", "deliver_status"),
        ("metrics", ""),
        ("nat_gateways", "private_ips"),
    }


def test_every_type_of_the_samples_is_modelled(planned: State, applied: State) -> None:
    assert planned.not_modelled == applied.not_modelled == ()


def test_tags_are_those_that_aws_will_show(planned: State) -> None:
    assert planned.vpcs[0].tags["Env"] == "prod"
    assert planned.vpcs[0].name == "vpc-use1"


def test_a_compressed_plan_reads_the_same(planned: State, tmp_path: Path) -> None:
    path = tmp_path / "plan.json.gz"
    path.write_bytes(gzip.compress((SAMPLES / "plan.json").read_bytes()))

    assert load_state(f"terraform:{path}").vpcs == planned.vpcs
