"""Files that are no plan, and the ways in which a plan is written to a file."""

from codecs import BOM_UTF8
from pathlib import Path

import pytest

from probes.model.errors import InputError
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import plan, write

VPC = {"aws_vpc.main": {"cidr_block": "10.0.0.0/16"}}
PLAN = b'{"format_version": "1.2", "planned_values": {"root_module": {"resou'
TFSTATE = b'{"version": 4, "terraform_version": "1.9.8", "serial": 1, "lineage": "0a", "resources": []}'


def refused(path: Path) -> str:
    with pytest.raises(InputError) as refusal:
        load_terraform(path)
    message = str(refusal.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.mark.parametrize(
    "content, problem",
    [
        pytest.param(b"", "the file is empty; write it with: terraform plan -out=plan.out", id="empty"),
        pytest.param(b" \n", "the file is empty", id="blank"),
        pytest.param(PLAN, f"malformed or truncated JSON after {len(PLAN)} bytes", id="truncated"),
        pytest.param(b"\x1f\x8b\x08\x00", "cannot be read", id="gzip"),
        pytest.param(
            b"PK\x03\x04binary",
            "this is Terraform's own plan file; show it as JSON: terraform show -json plan.json",
            id="binary",
        ),
        pytest.param(
            b"Terraform will perform the following actions",
            "not what `terraform show -json` prints",
            id="text",
        ),
        pytest.param(
            b'{"@level":"info"}\n{"@level":"info"}', "not what `terraform show -json` prints", id="log"
        ),
        pytest.param(b"[1, 2]", "not `terraform show -json` output", id="list"),
        pytest.param(
            TFSTATE,
            "this is a raw state file (.tfstate), write it with: terraform show -json > state.json",
            id="tfstate",
        ),
        pytest.param(
            b'{"Vpcs": []}',
            "$.format_version is missing: not `terraform show -json` output; write it with",
            id="other",
        ),
        pytest.param(b'{"format_version": "1.0"}', "neither $.planned_values nor $.values", id="nothing"),
    ],
)
def test_what_is_no_plan_is_refused_with_the_command_to_run(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)

    assert problem in refused(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.json")


def test_a_folder_without_plans_is_named(tmp_path: Path) -> None:
    assert refused(tmp_path) == "no file in it ends with .json or .json.gz"


def test_what_powershell_redirects_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, plan(VPC))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")

    assert len(load_terraform(path).vpcs) == 1


def test_a_mark_before_the_text_is_no_obstacle(tmp_path: Path) -> None:
    path = write(tmp_path, plan(VPC))
    path.write_bytes(BOM_UTF8 + path.read_bytes())

    assert len(load_terraform(path).vpcs) == 1


def test_what_a_mac_archives_beside_a_plan_is_no_plan(tmp_path: Path) -> None:
    write(tmp_path, plan(VPC))
    (tmp_path / "._plan.json").write_bytes(b"\0\5\x16\7")

    assert len(load_terraform(tmp_path).vpcs) == 1


def test_an_address_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    document = plan(VPC)
    document["planned_values"]["root_module"]["resources"] *= 2

    assert refused(write(tmp_path, document)) == "aws_vpc.main is listed twice"


def test_a_hundred_thousand_foreign_resources_are_one_word(tmp_path: Path) -> None:
    objects = {"aws_s3_object.o": {"count": [{"content": "x" * 100}] * 100_000}}

    network = load_terraform(write(tmp_path, plan(VPC | objects)))

    assert network.not_modelled == ("aws_s3_object",)


def test_deep_references_end(tmp_path: Path) -> None:
    chain = {
        f"aws_route_table.t{n}": {"vpc_id": f"= aws_route_table.t{(n + 1) % 100}.vpc_id"} for n in range(100)
    }

    network = load_terraform(write(tmp_path, plan(VPC | chain)))

    assert all(table.vpc_id is None for table in network.vpc_route_tables if not table.main)
