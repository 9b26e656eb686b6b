import gzip
from pathlib import Path
from typing import Any

import pytest

from probes.model.errors import InputError
from probes.sources import load_state
from probes.sources.dump import load_dump
from suites.selftest.dump.small_dumps import REGION, SUBNET, VPC, Item, write

NO_PROTOCOL = "is no IP protocol: expected -1, a number up to 255 or a name such as tcp"
ENTRY: Item = {
    "RuleNumber": 100,
    "Egress": False,
    "RuleAction": "allow",
    "Protocol": "6",
    "CidrBlock": "10.0.0.0/8",
}
ACL: Item = {"NetworkAclId": "acl-1", "VpcId": "v", "IsDefault": True, "Associations": [], "Entries": []}
GROUP: Item = {
    "GroupId": "sg-1",
    "GroupName": "g",
    "VpcId": "v",
    "IpPermissions": [],
    "IpPermissionsEgress": [],
}


def message(folder: Path) -> str:
    with pytest.raises(InputError) as raised:
        load_dump(folder)
    return str(raised.value)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert message(tmp_path / "none") == f"{tmp_path / 'none'}: no such folder"


def test_a_file_is_no_dump(tmp_path: Path) -> None:
    path = write(tmp_path, "plan.json", {})

    assert message(path).startswith(f"{path}: not a folder")


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    assert message(tmp_path).startswith(f"{tmp_path}: the folder is empty")


def test_a_folder_without_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("hello", encoding="utf-8")

    assert message(tmp_path).startswith(f"{tmp_path}: no JSON file in it")


def test_a_folder_without_any_known_answer_says_what_it_found(tmp_path: Path) -> None:
    write(tmp_path, f"{REGION}/x.json", {"Addresses": []})

    assert "none of its 1 JSON files has a top-level key" in message(tmp_path)
    assert message(tmp_path).endswith("found Addresses")


@pytest.mark.parametrize(
    "content, expected",
    [
        (b'{"Vpcs": [{"VpcId": "vpc-1", "Ci', "truncated JSON: it ends after 32 bytes"),
        (b"", "empty file"),
        (b'{"Vpcs": [}', "malformed"),
        (b"[1, 2]", "expected a JSON object with a top-level key such as Vpcs"),
        (b'"Vpcs"', "expected a JSON object with a top-level key such as Vpcs"),
    ],
    ids=["truncated", "empty", "malformed", "list", "string"],
)
def test_a_file_that_is_no_answer_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "Vpcs.json"
    path.write_bytes(content)

    found = message(tmp_path)

    assert found.startswith(f"{path}: ")
    assert expected in found


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress(b"{}")[:-4]], ids=["other format", "cut off"])
def test_a_broken_gzip_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "Vpcs.json.gz"
    path.write_bytes(content)

    assert message(tmp_path).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "answer, expected",
    [
        ({"Vpcs": {}}, "Vpcs: expected `array`, got `object`"),
        ({"Vpcs": [VPC, "vpc-1"]}, "Vpcs[1]: expected `object`, got `str`"),
        ({"Vpcs": [{"VpcId": "v"}]}, "Vpcs[0].CidrBlock: required, but missing"),
        ({"Vpcs": [VPC | {"VpcId": 5}]}, "Vpcs[0].VpcId: expected `str`, got `int`"),
        ({"Vpcs": [VPC | {"CidrBlock": "10.34.x.0/16"}]}, "Vpcs[0].CidrBlock: '10.34.x.0/16' is not a CIDR"),
        (
            {"Vpcs": [VPC | {"CidrBlock": "10.66.0.1/18"}]},
            "Vpcs[0].CidrBlock: '10.66.0.1/18' has host bits set",
        ),
        (
            {"Vpcs": [VPC | {"CidrBlock": "2001:db8::/56"}]},
            "Vpcs[0].CidrBlock: '2001:db8::/56' is an IPv6 CIDR where an IPv4 CIDR is expected",
        ),
        (
            {"Subnets": [SUBNET, SUBNET | {"SubnetId": "s"}, {**SUBNET, "CidrBlock": "x"}]},
            "Subnets[2].CidrBlock: 'x' is not a CIDR",
        ),
        (
            {"Subnets": [{key: value for key, value in SUBNET.items() if key != "CidrBlock"}]},
            "Subnets[0].CidrBlock: required, but missing",
        ),
        (
            {"RouteTables": [{"RouteTableId": "r", "VpcId": "v", "Routes": [{"GatewayId": "local"}]}]},
            "RouteTables[0].Routes[0].DestinationCidrBlock: required, but missing",
        ),
        (
            {"NetworkInterfaces": [{"NetworkInterfaceId": "e"}]},
            "NetworkInterfaces[0].VpcId: required, but missing",
        ),
        (
            {"NetworkAcls": [ACL | {"Entries": [ENTRY, ENTRY | {"Protocol": "tpc"}]}]},
            f"NetworkAcls[0].Entries[1]: 'tpc' {NO_PROTOCOL}",
        ),
        (
            {"SecurityGroups": [GROUP | {"IpPermissions": [{"IpProtocol": "256"}]}]},
            f"SecurityGroups[0].IpPermissions[0]: '256' {NO_PROTOCOL}",
        ),
    ],
)
def test_a_malformed_item_is_named_by_its_json_path(tmp_path: Path, answer: Any, expected: str) -> None:  # noqa: ANN401
    path = write(tmp_path, f"{REGION}/answer.json", answer)

    assert message(tmp_path) == f"{path}: {expected}"


def test_every_malformed_item_is_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, f"{REGION}/a.json", {"Vpcs": [{"VpcId": "v"}, VPC, {"CidrBlock": "10.0.0.0/16"}]})
    write(tmp_path, f"{REGION}/b.json", {"Subnets": [{}]})

    lines = message(tmp_path).splitlines()

    assert [line.removeprefix(f"{tmp_path / REGION}/") for line in lines] == [
        "a.json: Vpcs[0].CidrBlock: required, but missing",
        "a.json: Vpcs[2].VpcId: required, but missing",
        "b.json: Subnets[0].SubnetId: required, but missing",
    ]


def test_a_flood_of_problems_is_cut_and_counted(tmp_path: Path) -> None:
    write(tmp_path, f"{REGION}/a.json", {"Vpcs": [{}] * 25})

    lines = message(tmp_path).splitlines()

    assert len(lines) == 21
    assert lines[-1] == "… and 5 more"


@pytest.mark.parametrize(
    "files, places",
    [
        ({"a.json": [VPC, VPC]}, ("a.json: Vpcs[1]", "a.json: Vpcs[0]")),
        ({"a.json": [VPC], "b.json": [VPC]}, ("b.json: Vpcs[0]", "a.json: Vpcs[0]")),
    ],
    ids=["in one file", "in two files"],
)
def test_duplicate_ids_are_named_with_both_places(
    tmp_path: Path, files: dict[str, list[Item]], places: tuple[str, str]
) -> None:
    for name, items in files.items():
        write(tmp_path, f"{REGION}/{name}", {"Vpcs": items})

    later, earlier = (str(tmp_path / REGION / place) for place in places)
    assert message(tmp_path) == f"{later}: duplicate ID vpc-0a1b2c3d4, also in {earlier}"


@pytest.mark.parametrize("reference", ["dump", "dump:", "folder", "s3:bucket", ""])
def test_an_unknown_reference_is_refused(reference: str) -> None:
    with pytest.raises(InputError, match="expected dump:DIR, terraform:FILE, aws or aws:PROFILE"):
        load_state(reference)


def test_reasons_that_are_malformed_are_named(tmp_path: Path) -> None:
    path = write(tmp_path, f"{REGION}/x.json", {"Vpcs": [VPC], "Unobserved": [{"Answer": "Subnets"}]})

    assert message(tmp_path) == f"{path}: Unobserved[0].Reason: required, but missing"


def test_a_key_that_occurs_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / REGION / "both.json"
    path.parent.mkdir()
    path.write_text('{"Subnets": [], "Vpcs": [{"Vpcs": ["Subnets"]}], "Subnets": []}', encoding="utf-8")

    assert message(tmp_path) == f"{path}: Subnets: the key stands here twice"


def test_a_file_of_too_many_keys_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, f"{REGION}/keys.json", {f"k{number}": [] for number in range(1001)})

    assert (
        message(tmp_path)
        == f"{path}: 1,001 top-level keys; no file of `aws … describe-*` responses has so many"
    )


def test_a_key_may_occur_again_inside_a_value(tmp_path: Path) -> None:
    write(tmp_path, f"{REGION}/both.json", {"Vpcs": [{**VPC, "Subnets": ["Vpcs"]}], "Subnets": []})

    assert len(load_dump(tmp_path).vpcs) == 1
