"""Files that are no plan, and the ways in which a plan is written to a file."""

import json
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
    assert "no such file; expected what `terraform show -json` prints" in refused(tmp_path / "none.json")


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


@pytest.mark.parametrize(
    "printed",
    [
        pytest.param("[command]/opt/terraform-bin show -json tfplan\n{}\n", id="setup-terraform's wrapper"),
        pytest.param(
            "[command]/opt/terraform-bin show -json tfplan\n{0}\n\n::debug::Terraform exited with code 0.\n"
            "::set-output name=stdout::{0}%0A\n::set-output name=exitcode::0\n",
            id="the wrapper with workflow commands",
        ),
        pytest.param(
            "16:12:23.091 INFO   Downloading configurations\n16:12:26.268 STDOUT terraform: {}\n",
            id="terragrunt",
        ),
        pytest.param(
            "time=2026-11-23T10:00:00Z level=info msg=running prefix=[/infra/net]\n{}\n", id="old terragrunt"
        ),
        pytest.param(
            "\x1b[0m\x1b[36m16:12:26.268\x1b[0m STDOUT \x1b[32mtofu\x1b[0m: {}\x1b[0m\n", id="colours"
        ),
        pytest.param("::group::show\n{}\n::endgroup::\n", id="GitHub group"),
        pytest.param("##[section]Starting: show\r\n{}\r\n##[section]Finishing: show\r\n", id="Azure section"),
        pytest.param(
            "section_start:1560896352:show\r\x1b[0K\x1b[0Kshow\n{}\nsection_end:1560896352:show\r\x1b[0K\n",
            id="GitLab section",
        ),
        pytest.param("2026-11-23T10:00:00.1234567Z {}\n", id="downloaded log"),
        pytest.param("\ufeff[command]terraform show -json\n\ufeff{}", id="marks"),
        pytest.param('{{"@level":"info","@message":"Terraform 1.9.8"}}\n{}\n', id="log lines in JSON"),
    ],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_what_is_printed_around_a_plan_is_left_aside(
    tmp_path: Path, printed: str, indent: int | None
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(printed.format(json.dumps(plan(VPC), indent=indent)), encoding="utf-8")

    assert len(load_terraform(path).vpcs) == 1


@pytest.mark.parametrize(
    "printed, cure",
    [
        ("[command]terraform show -json\n{}", "`terraform_wrapper: false`"),
        ("16:12:26.268 STDOUT terraform: {}", "--tf-forward-stdout"),
    ],
)
def test_a_cut_plan_in_somebody_s_output_is_named_with_the_cure(
    tmp_path: Path, printed: str, cure: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_text(printed.format(json.dumps(plan(VPC))[:-20]), encoding="utf-8")

    assert cure in refused(path)


def test_several_plans_in_one_output_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(2 * f"STDOUT terraform: {json.dumps(plan(VPC))}\n", encoding="utf-8")

    assert refused(path) == "2 plans or states in one file; write each to a file of its own"


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
