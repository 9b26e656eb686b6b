"""Files that are no plan, and plans that cannot be a network."""

from pathlib import Path

import pytest

from probes.model.errors import InputError
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import Block, Json, block, load, plan, ref, state, write

VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})
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
        (b"", "the file is empty; write it with: terraform plan -out=plan.out"),
        (b" \n", "the file is empty"),
        (PLAN, f"malformed or truncated JSON after {len(PLAN)} bytes"),
        (b"\x1f\x8b\x08\x00", "cannot be read"),
        (
            b"PK\x03\x04binary",
            "this is Terraform's own plan file; show it as JSON: terraform show -json plan.json",
        ),
        (b"Terraform will perform the following actions", "not what `terraform show -json` prints"),
        (b'{"@level":"info"}\n{"@level":"info"}', "not what `terraform show -json` prints"),
        (b"[1, 2]", "not `terraform show -json` output"),
        (TFSTATE, "this is a raw state file (.tfstate), write it with: terraform show -json > state.json"),
        (b'{"Vpcs": []}', "$.format_version is missing: not `terraform show -json` output; write it with"),
        (b'{"format_version": "1.0"}', "neither $.planned_values nor $.values"),
    ],
    ids=[
        "empty",
        "blank",
        "truncated",
        "gzip",
        "binary",
        "text",
        "log",
        "list",
        "tfstate",
        "other",
        "nothing",
    ],
)
def test_what_is_no_plan_is_refused_with_the_command_to_run(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)

    assert refused(path).startswith(problem) or problem in refused(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no such file; expected what `terraform show -json` prints" in refused(tmp_path / "none.json")


@pytest.mark.parametrize("version", ["2.0", "0.1", "x"])
def test_another_format_is_refused(tmp_path: Path, version: str) -> None:
    document = plan(VPC) | {"format_version": version}

    assert refused(write(tmp_path, document)) == (
        f"$.format_version is {version!r}; this suite reads format 1.x"
    )


def test_a_plan_that_failed_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, plan(VPC) | {"errored": True})).startswith("$.errored is true")


def test_a_plan_of_a_part_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, plan(VPC) | {"complete": False})).startswith("$.complete is false")


def test_what_powershell_redirects_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, plan(VPC))
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")

    assert len(load_terraform(path).vpcs) == 1


@pytest.mark.parametrize(
    "cidr, problem",
    [
        ("10.34.x.0/16", "'10.34.x.0/16' is not a CIDR such as 10.66.0.0/16"),
        ("10.66.0.1/16", "'10.66.0.1/16' has host bits set, the network is 10.66.0.0/16"),
        ("2600:1f00::/56", "'2600:1f00::/56' is an IPv6 CIDR where IPv4 is expected"),
        ("10.66.0.0/33", "'10.66.0.0/33' is not a CIDR"),
    ],
)
def test_a_bad_cidr_is_named_with_its_resource(tmp_path: Path, cidr: str, problem: str) -> None:
    message = refused(write(tmp_path, plan(block("aws_vpc.main", {"cidr_block": cidr}))))

    assert message.startswith(f"aws_vpc.main: cidr_block: {problem}")


def test_a_protocol_that_does_not_exist_is_named_with_its_resource(tmp_path: Path) -> None:
    rule = {"type": "ingress", "protocol": "tpc", "from_port": 0, "to_port": 0, "cidr_blocks": ["10.0.0.0/8"]}
    values = {"security_group_id": "sg-1", **rule}

    message = refused(write(tmp_path, plan(block("aws_security_group_rule.in", values))))

    assert message.startswith("aws_security_group_rule.in: protocol: 'tpc' is no IP protocol")


def test_a_wrong_type_is_named_with_resource_and_path(tmp_path: Path) -> None:
    message = refused(write(tmp_path, plan(block("aws_vpc.main", {"cidr_block": ["10.0.0.0/16"]}))))

    assert message.startswith("aws_vpc.main: Expected `str | null`, got `array`")
    assert message.endswith("`$.cidr_block`")


def test_an_address_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert refused(write(tmp_path, plan(VPC, VPC))) == "aws_vpc.main is listed twice"


def test_an_id_that_two_resources_claim_is_refused(tmp_path: Path) -> None:
    values: Json = {"id": "vpc-1", "cidr_block": "10.0.0.0/16", "arn": "arn:aws:ec2:us-east-1:1:vpc/vpc-1"}
    document = state(("aws_vpc.a", values), ("aws_vpc.b", values))

    assert refused(write(tmp_path, document)) == "vpcs: vpc-1 (us-east-1) is there twice"


def test_a_sensitive_value_is_never_printed(tmp_path: Path) -> None:
    secret = {"cidr_block": "10.66.0.7/16", "tags": {"Name": "hidden"}, "tags_all": {"Name": "hidden"}}
    document = plan(block("aws_vpc.main", secret))
    (resource,) = document["planned_values"]["root_module"]["resources"]
    resource["sensitive_values"] = {"cidr_block": True, "tags_all": {"Name": True}}

    network = load_terraform(write(tmp_path, document))

    assert "hidden" not in repr(network)
    assert "10.66.0.7" not in repr(network)
    assert [gap.field for gap in network.gaps if gap.kind == "vpcs"] == ["cidrs"]


def test_a_hundred_thousand_foreign_resources_are_one_word(tmp_path: Path) -> None:
    buckets = Block("aws_s3_object.o", {number: {"content": "x" * 100} for number in range(100_000)})

    network = load(tmp_path, VPC, buckets)

    assert network.not_modelled == ("aws_s3_object",)


def test_a_module_without_configuration_is_read_as_it_is(tmp_path: Path) -> None:
    document = plan(VPC)
    document["planned_values"]["root_module"]["child_modules"] = [
        {
            "address": "module.gone",
            "resources": [
                {"address": "module.gone.aws_subnet.s", "mode": "managed", "type": "aws_subnet", "name": "s"}
            ],
        }
    ]

    network = load_terraform(write(tmp_path, document))

    assert [gap.reason for gap in network.gaps if gap.field == "vpc_id"] == [
        "module.gone.aws_subnet.s: vpc_id is not known before apply and not set in the configuration"
    ]


def test_deep_references_end(tmp_path: Path) -> None:
    chain = [
        block(f"aws_route_table.t{n}", {}, vpc_id=ref(f"aws_route_table.t{n + 1}.vpc_id")) for n in range(99)
    ]
    last = block("aws_route_table.t99", {}, vpc_id=ref("aws_route_table.t0.vpc_id"))

    network = load(tmp_path, VPC, *chain, last)

    assert all(table.vpc_id is None for table in network.vpc_route_tables if not table.main)
