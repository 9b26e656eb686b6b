import gzip
import json
from pathlib import Path

import msgspec
import pytest

from probes.model.errors import InputError
from probes.model.state import State
from probes.sources import load_state
from probes.sources.dump import load_dump
from suites.selftest.dump.small_dumps import REGION, SUBNET, TABLE, TGW, VPC, load, write

ACCOUNT = "111122223333"
TABLE_ID = TABLE["TransitGatewayRouteTableId"]


def network(state: State) -> State:
    return msgspec.structs.replace(state, source="", gaps=())


@pytest.fixture
def expected(tmp_path: Path) -> State:
    folder = tmp_path / "expected"
    return network(load(folder, Vpcs=[VPC], Subnets=[SUBNET]))


@pytest.mark.parametrize(
    "layout",
    [f"{ACCOUNT}/{REGION}", REGION, ACCOUNT, "", f"prod/{ACCOUNT}/{REGION}", "aws_configs"],
    ids=["account and region", "region", "account", "neither", "below another folder", "any folder"],
)
def test_account_and_region_folders_may_be_absent(tmp_path: Path, layout: str, expected: State) -> None:
    dump = tmp_path / "dump"
    write(dump / layout, "Vpcs.json", {"Vpcs": [VPC]})
    write(dump / layout, "Subnets.json", {"Subnets": [SUBNET]})

    assert network(load_dump(dump)) == expected


def test_file_names_are_free_and_a_file_may_hold_several_keys(tmp_path: Path, expected: State) -> None:
    dump = tmp_path / "dump"
    write(dump, f"{REGION}/everything.json", {"Vpcs": [VPC], "Subnets": [SUBNET]})

    assert network(load_dump(dump)) == expected


def test_gzipped_files_are_read(tmp_path: Path, expected: State) -> None:
    dump = tmp_path / "dump" / REGION
    dump.mkdir(parents=True)
    (dump / "all.json.gz").write_bytes(
        gzip.compress(json.dumps({"Vpcs": [VPC], "Subnets": [SUBNET]}).encode())
    )

    assert network(load_dump(tmp_path / "dump")) == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_and_editors_write_is_read(tmp_path: Path, encoding: str, expected: State) -> None:
    dump = tmp_path / "dump" / REGION
    dump.mkdir(parents=True)
    (dump / "all.json").write_text(json.dumps({"Vpcs": [VPC], "Subnets": [SUBNET]}), encoding=encoding)

    assert network(load_dump(tmp_path / "dump")) == expected


def test_links_and_hidden_files_add_nothing(tmp_path: Path, expected: State) -> None:
    dump = tmp_path / "dump"
    write(dump, f"{REGION}/everything.json", {"Vpcs": [VPC], "Subnets": [SUBNET]})
    (dump / REGION / "._everything.json").write_bytes(b"\0\5\x16\7")
    write(dump, ".cache/everything.json", {"Vpcs": []})
    (dump / "all").symlink_to(dump)
    (dump / "again").symlink_to(dump / REGION)

    assert network(load_dump(dump)) == expected


def test_the_region_folder_itself_may_be_given(tmp_path: Path, expected: State) -> None:
    write(tmp_path, f"{REGION}/Vpcs.json", {"Vpcs": [VPC]})
    write(tmp_path, f"{REGION}/Subnets.json", {"Subnets": [SUBNET]})

    assert network(load_state(f"dump:{tmp_path / REGION}")) == expected


def test_files_of_two_regions_in_one_folder_are_told_apart_by_what_they_refer_to(tmp_path: Path) -> None:
    far_vpc = {"VpcId": "vpc-0ffffffff", "CidrBlock": "10.66.64.0/18"}
    far_subnet = SUBNET | {
        "SubnetId": "subnet-0ffffffff",
        "VpcId": "vpc-0ffffffff",
        "AvailabilityZone": "us-east-2b",
    }
    write(tmp_path, "a.json", {"Vpcs": [VPC]})
    write(tmp_path, "b.json", {"Vpcs": [far_vpc]})
    write(tmp_path, "c.json", {"Subnets": [SUBNET]})
    write(tmp_path, "d.json", {"Subnets": [far_subnet]})

    state = load_dump(tmp_path)

    assert state.regions == ("us-east-1", "us-east-2")
    assert [(vpc.region, vpc.id) for vpc in state.vpcs] == [
        ("us-east-1", "vpc-0a1b2c3d4"),
        ("us-east-2", "vpc-0ffffffff"),
    ]


def test_a_file_of_no_known_region_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "vpcs.json", {"Vpcs": [VPC]})

    with pytest.raises(InputError, match=f"cannot tell the Region of {path}"):
        load_dump(tmp_path)


def test_global_answers_count_wherever_they_lie(tmp_path: Path) -> None:
    accelerator = {
        "AcceleratorArn": "arn:aws:globalaccelerator::1:accelerator/a",
        "Name": "gpu",
        "Enabled": True,
        "IpSets": [{"IpAddresses": ["192.0.2.1", "198.51.100.1", "2001:db8::1"]}],
    }

    state = load(tmp_path, Vpcs=[VPC], Accelerators=[accelerator])

    assert [(a.region, [str(ip) for ip in a.ips]) for a in state.accelerators] == [
        ("global", ["192.0.2.1", "198.51.100.1"])
    ]
    assert not [gap for gap in state.gaps if gap.kind == "accelerators"]


def test_unknown_keys_are_listed_once(tmp_path: Path) -> None:
    write(tmp_path, "us-east-1/a.json", {"Vpcs": [VPC], "Addresses": [], "NextToken": ""})
    write(tmp_path, "us-east-2/a.json", {"Vpcs": [], "Addresses": [], "DBInstances": []})

    assert load_dump(tmp_path).not_modelled == ("Addresses", "DBInstances")


def test_what_no_file_answers_is_a_gap_that_names_key_and_folder(tmp_path: Path) -> None:
    state = load(tmp_path, Vpcs=[VPC])

    reasons = {gap.kind: gap.reason for gap in state.gaps if gap.region == REGION}
    assert "vpcs" not in reasons
    assert reasons["transit_gateways"] == f"no TransitGateways response in {tmp_path / REGION}"


def test_one_page_of_several_is_a_gap(tmp_path: Path) -> None:
    path = write(tmp_path, f"{REGION}/Vpcs.json", {"Vpcs": [VPC], "NextToken": "abc"})

    (gap,) = [gap for gap in load_dump(tmp_path).gaps if gap.kind == "vpcs"]

    assert gap.reason == f"{path} is one page of several: its NextToken is set"


def test_one_page_about_a_table_counts_for_nothing(tmp_path: Path) -> None:
    route = {"DestinationCidrBlock": "10.66.0.0/18", "Type": "static", "State": "blackhole"}
    path = write(tmp_path, f"{REGION}/routes-{TABLE_ID}.json", {"Routes": [route], "NextToken": "abc"})

    state = load(tmp_path, TransitGatewayRouteTables=[TABLE])

    (gap,) = [gap for gap in state.gaps if (gap.resource, gap.field) == (TABLE_ID, "routes")]
    assert gap.reason == f"{path} is one page of several: its NextToken is set"
    assert state.tgw_route_tables[0].routes == ()


def test_what_a_dump_says_it_could_not_observe_is_a_gap_with_that_reason(tmp_path: Path) -> None:
    denied = [
        {"Answer": key, "Reason": f"{key} denied"} for key in ("NetworkAcls", "Accelerators", "Subnets")
    ]
    write(tmp_path, f"{REGION}/denied.json", {"Unobserved": denied})

    state = load(tmp_path, Subnets=[SUBNET])

    reasons = {gap.kind: (gap.region, gap.reason) for gap in state.gaps if "denied" in gap.reason}
    assert reasons == {
        "network_acls": (REGION, "NetworkAcls denied"),
        "accelerators": ("global", "Accelerators denied"),
        "subnets": (REGION, "Subnets denied"),
    }
    assert [subnet.id for subnet in state.subnets] == [SUBNET["SubnetId"]]


def test_ends_of_a_peering_that_contradict_each_other_are_a_gap(tmp_path: Path) -> None:
    ends = {
        f"{side}TgwInfo": {"TransitGatewayId": f"tgw-{region}", "Region": region}
        for side, region in (("Requester", "us-east-1"), ("Accepter", "us-east-2"))
    }
    for region, state in (("us-east-1", "available"), ("us-east-2", "pendingAcceptance")):
        gateway = TGW | {"TransitGatewayId": f"tgw-{region}"}
        peering = {"TransitGatewayAttachmentId": "tgw-attach-1", "State": state, **ends}
        write(tmp_path, f"{region}/tgw.json", {"TransitGateways": [gateway]})
        write(tmp_path, f"{region}/peerings.json", {"TransitGatewayPeeringAttachments": [peering]})

    reasons = {gap.reason for gap in load_dump(tmp_path).gaps if gap.resource == "tgw-attach-1"}

    assert reasons == {
        "the two ends of the peering disagree: us-east-1 says available, us-east-2 says pendingAcceptance",
        "the two ends of the peering disagree: us-east-2 says pendingAcceptance, us-east-1 says available",
    }


def test_an_answer_that_names_no_table_is_placed_by_its_file_name(tmp_path: Path) -> None:
    route = {"DestinationCidrBlock": "10.66.0.0/18", "Type": "static", "State": "blackhole"}
    write(tmp_path, f"{REGION}/tables.json", {"TransitGatewayRouteTables": [TABLE]})
    write(
        tmp_path,
        f"{REGION}/routes-{TABLE_ID}.json",
        {"Routes": [route], "AdditionalRoutesAvailable": True},
    )

    (found,) = load_dump(tmp_path).tgw_route_tables

    assert [(str(r.destination), r.state) for r in found.routes] == [("10.66.0.0/18", "blackhole")]
    assert not found.routes_complete


def test_the_owner_of_a_shared_resource_is_believed(tmp_path: Path) -> None:
    shared = {"TransitGatewayId": "tgw-0a1b2c3d4", "State": "available", "OwnerId": "222222222222"}
    owned = shared | {"Tags": [{"Key": "Name", "Value": "hub"}]}
    write(tmp_path, f"111111111111/{REGION}/tgw.json", {"TransitGateways": [shared]})
    write(tmp_path, f"222222222222/{REGION}/tgw.json", {"TransitGateways": [owned]})

    (gateway,) = load_dump(tmp_path).transit_gateways

    assert gateway.name == "hub"
