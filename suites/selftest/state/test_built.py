"""The built network is the document's, literally."""

from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from pathlib import Path

import pytest

from fixtures.build import Options, build_state, wide_spec
from probes.model.spec import Spec
from probes.model.state import State
from probes.sources.documents.spec import load_spec

SPEC = Path(__file__).resolve().parents[3] / "fixtures" / "specs" / "gpu-cluster.yaml"


@pytest.fixture(scope="module")
def spec() -> Spec:
    return load_spec(SPEC)


@pytest.fixture(scope="module")
def built(spec: Spec) -> State:
    return build_state(spec)


def test_it_has_the_documented_subnets_and_no_other(spec: Spec, built: State) -> None:
    documented = {(spec.region_of(name), cidr) for name, vpc in spec.vpcs.items() for cidr in vpc.all_subnets}

    assert {(subnet.region, subnet.cidr) for subnet in built.subnets} == documented


def test_three_zones_hold_one_subnet_of_each_tier(built: State) -> None:
    zones: dict[str, list[str | None]] = {tier: [] for tier in ("public", "private", "fsx", "tgw")}
    for subnet in built.subnets:
        if subnet.region == "us-east-1":
            zones[subnet.name.partition("-")[0]].append(subnet.az)

    assert {tier: len(set(found)) for tier, found in zones.items()} == {
        "public": 3,
        "private": 3,
        "fsx": 2,
        "tgw": 2,
    }
    assert all(len(set(found)) == len(found) for found in zones.values())


def test_the_addresses_in_the_document_s_examples_exist(built: State) -> None:
    names = {ip: interface.name for interface in built.network_interfaces for ip in interface.private_ips}

    assert names[IPv4Address("10.66.74.10")] == "gpu-use2-00"
    assert names[IPv4Address("10.66.84.50")] == "fsx-use2-0"


def test_no_address_is_given_twice_and_each_lies_in_its_subnet(built: State) -> None:
    cidrs = {subnet.id: subnet.cidr for subnet in built.subnets}
    addresses = [(ip, each.subnet_id) for each in built.network_interfaces for ip in each.private_ips]

    assert len({ip for ip, _ in addresses}) == len(addresses)
    assert all(ip in (cidrs[subnet_id or ""] or ()) for ip, subnet_id in addresses)


def test_it_runs_the_documented_gpus(built: State) -> None:
    regions = [instance.region for instance in built.instances]

    assert {region: regions.count(region) for region in built.regions} == {
        "us-east-1": 17,
        "us-east-2": 17,
        "us-west-2": 16,
    }


def test_every_reference_leads_to_a_resource(built: State) -> None:
    groups = {group.id for group in built.security_groups}
    interfaces = {interface.id for interface in built.network_interfaces}
    attachments = {(each.region, each.id) for each in built.tgw_attachments}

    assert {each for i in built.network_interfaces for each in i.group_ids} <= groups
    assert {each for e in built.vpc_endpoints for each in e.network_interface_ids} <= interfaces
    assert {each for f in built.fsx_file_systems for each in f.network_interface_ids or ()} <= interfaces
    for table in built.tgw_route_tables:
        used = {*table.associations, *(each for route in table.routes for each in route.attachment_ids)}
        assert {(table.region, each) for each in used} <= attachments


def test_building_twice_gives_the_same_ids(spec: Spec, built: State) -> None:
    assert build_state(spec) == built


def test_what_the_document_leaves_open_can_be_chosen(spec: Spec) -> None:
    bare = build_state(spec, Options(az_count=2, instances=1, services=False))

    assert {subnet.az for subnet in bare.subnets if subnet.region == "us-east-1"} == {
        "us-east-1a",
        "us-east-1b",
    }
    assert len(bare.instances) == 3
    assert bare.vpc_endpoints == ()


@pytest.mark.parametrize("count", [1, 3, 64, 144])
def test_a_wide_network_is_a_full_mesh_of_disjoint_regions(spec: Spec, count: int) -> None:
    wide = wide_spec(spec, count)
    cidrs = sorted(vpc.cidrs[0] for vpc in wide.vpcs.values())

    assert len(wide.regions) == len(set(wide.aws_regions)) == count
    assert len(wide.peerings) == count * (count - 1) // 2
    assert all(not one.overlaps(other) for one, other in pairwise(cidrs))
    assert all(subnet.subnet_of(vpc.cidrs[0]) for vpc in wide.vpcs.values() for subnet in vpc.all_subnets)
    assert wide.address_space == (IPv4Network("10.0.0.0/8"),)


@pytest.mark.parametrize("count", [0, 145])
def test_there_are_only_so_many_names_for_regions(spec: Spec, count: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 144 Regions"):
        wide_spec(spec, count)
