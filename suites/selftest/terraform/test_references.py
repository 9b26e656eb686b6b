"""Resources joined through references, as a plan lists them."""

from pathlib import Path

import pytest

from probes.model.state import State
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import Block, Call, Json, Module, block, load, plan, reasons, ref, write

VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})
SUBNET: Json = {"cidr_block": "10.0.0.0/24", "availability_zone": "eu-west-1a"}


def subnet_values(number: int) -> Json:
    return {"cidr_block": f"10.0.{number}.0/24", "availability_zone": f"eu-west-1{'abc'[number]}"}


def subnet_vpc(network: State) -> str | None:
    (subnet,) = network.subnets
    return subnet.vpc_id


def test_a_reference_inside_a_module_is_that_module_s_resource(tmp_path: Path) -> None:
    inner = Module([VPC, block("aws_subnet.a", SUBNET, vpc_id=ref("aws_vpc.main.id"))])

    network = load(tmp_path, VPC, calls={"one": Call(inner), "two": Call(inner)})

    assert {(subnet.id, subnet.vpc_id) for subnet in network.subnets} == {
        ("module.one.aws_subnet.a", "module.one.aws_vpc.main"),
        ("module.two.aws_subnet.a", "module.two.aws_vpc.main"),
    }


def test_a_module_s_output_leads_to_its_resource(tmp_path: Path) -> None:
    inner = Module([VPC], outputs={"vpc_id": ref("aws_vpc.main.id")})

    network = load(
        tmp_path, block("aws_subnet.a", SUBNET, vpc_id=ref("module.net.vpc_id")), calls={"net": Call(inner)}
    )

    assert subnet_vpc(network) == "module.net.aws_vpc.main"


def test_a_module_s_input_leads_to_the_caller_s_resource(tmp_path: Path) -> None:
    inner = Module([block("aws_subnet.a", SUBNET, vpc_id=ref("var.vpc_id"))])
    middle = Module(calls={"inner": Call(inner, {"vpc_id": ref("var.network")})})

    network = load(tmp_path, VPC, calls={"middle": Call(middle, {"network": ref("aws_vpc.main.id")})})

    assert subnet_vpc(network) == "aws_vpc.main"


def test_a_resource_passed_whole_is_told_by_what_is_taken_of_it(tmp_path: Path) -> None:
    inner = Module([block("aws_subnet.a", SUBNET, vpc_id=ref("var.network.vpc_id"))])
    expressions = {"network": ref("aws_vpc.main.id", "aws_internet_gateway.main.id")}
    gateway = block("aws_internet_gateway.main", {}, vpc_id=ref("aws_vpc.main.id"))

    network = load(tmp_path, VPC, gateway, calls={"inner": Call(inner, expressions)})

    assert subnet_vpc(network) == "aws_vpc.main"


def test_instances_of_one_for_each_meet_by_key(tmp_path: Path) -> None:
    tables = Block("aws_route_table.t", {"a": {}, "b": {}}, {"vpc_id": ref("aws_vpc.main.id")})
    links = Block(
        "aws_route_table_association.t",
        {"a": {}, "b": {}},
        {
            "subnet_id": ref("aws_subnet.s", "each.key"),
            "route_table_id": ref("aws_route_table.t", "each.key"),
        },
    )
    subnets = Block(
        "aws_subnet.s", {"a": subnet_values(0), "b": subnet_values(1)}, {"vpc_id": ref("aws_vpc.main.id")}
    )

    network = load(tmp_path, VPC, subnets, tables, links)

    assert {table.id: table.subnet_ids for table in network.vpc_route_tables if not table.main} == {
        'aws_route_table.t["a"]': ('aws_subnet.s["a"]',),
        'aws_route_table.t["b"]': ('aws_subnet.s["b"]',),
    }


def test_a_counted_resource_is_met_by_its_number_or_as_the_only_one(tmp_path: Path) -> None:
    vpc = Block("aws_vpc.main", {0: {"cidr_block": "10.0.0.0/16"}})
    subnets = Block(
        "aws_subnet.s", {0: subnet_values(0), 1: subnet_values(1)}, {"vpc_id": ref("aws_vpc.main[0].id")}
    )
    links = Block(
        "aws_route_table_association.t",
        {0: {}, 1: {}},
        {
            "subnet_id": ref("aws_subnet.s", "count.index"),
            "route_table_id": ref("aws_route_table.t", "count.index"),
        },
    )
    table = Block("aws_route_table.t", {0: {}}, {"vpc_id": ref("aws_vpc.main")})

    network = load(tmp_path, vpc, subnets, table, links)

    (shared,) = [each for each in network.vpc_route_tables if not each.main]
    assert shared.vpc_id == "aws_vpc.main[0]"
    assert shared.subnet_ids == ("aws_subnet.s[0]", "aws_subnet.s[1]")


def test_a_computed_key_that_fits_no_instance_is_a_gap(tmp_path: Path) -> None:
    vpcs = Block("aws_vpc.main", {"x": {"cidr_block": "10.0.0.0/16"}, "y": {"cidr_block": "10.1.0.0/16"}})
    subnets = Block("aws_subnet.s", {"x-1": SUBNET}, {"vpc_id": ref("aws_vpc.main", "each.key")})

    network = load(tmp_path, vpcs, subnets)

    assert subnet_vpc(network) is None
    (reason,) = reasons(network, "subnets")
    assert reason.startswith(
        'aws_subnet.s["x-1"]: vpc_id refers to aws_vpc.main, each.key; the file does not show'
    )


def test_a_splat_is_every_instance(tmp_path: Path) -> None:
    subnets = Block(
        "aws_subnet.s", {0: subnet_values(0), 1: subnet_values(1)}, {"vpc_id": ref("aws_vpc.main.id")}
    )
    attachment = block(
        "aws_ec2_transit_gateway_vpc_attachment.a",
        {},
        vpc_id=ref("aws_vpc.main.id"),
        transit_gateway_id=ref("aws_ec2_transit_gateway.t.id"),
        subnet_ids=ref("aws_subnet.s"),
    )

    network = load(
        tmp_path, VPC, subnets, block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 64512}), attachment
    )

    assert network.tgw_attachments[0].subnet_ids == ("aws_subnet.s[0]", "aws_subnet.s[1]")


def test_an_element_of_a_module_s_list_is_that_instance(tmp_path: Path) -> None:
    subnets = Block(
        "aws_subnet.s", {0: subnet_values(0), 1: subnet_values(1)}, {"vpc_id": ref("aws_vpc.main.id")}
    )
    inner = Module([VPC, subnets], outputs={"subnet_ids": ref("aws_subnet.s")})
    nat = block(
        "aws_nat_gateway.n", {"connectivity_type": "public"}, subnet_id=ref("module.net.subnet_ids[1]")
    )

    network = load(tmp_path, nat, calls={"net": Call(inner)})

    assert network.nat_gateways[0].subnet_id == "module.net.aws_subnet.s[1]"
    assert network.nat_gateways[0].vpc_id == "module.net.aws_vpc.main"


def test_each_value_of_a_resource_s_instances_is_the_instance(tmp_path: Path) -> None:
    subnets = Block(
        "aws_subnet.s", {"a": subnet_values(0), "b": subnet_values(1)}, {"vpc_id": ref("aws_vpc.main.id")}
    )
    links = Block(
        "aws_route_table_association.t",
        {"a": {}, "b": {}},
        {"subnet_id": ref("each.value.id"), "route_table_id": ref("aws_route_table.t.id")},
        for_each=ref("aws_subnet.s"),
    )
    table = block("aws_route_table.t", {}, vpc_id=ref("aws_vpc.main.id"))

    network = load(tmp_path, VPC, subnets, table, links)

    (shared,) = [each for each in network.vpc_route_tables if not each.main]
    assert shared.subnet_ids == ('aws_subnet.s["a"]', 'aws_subnet.s["b"]')


def test_a_module_s_instance_is_met_by_key_and_its_output_by_type(tmp_path: Path) -> None:
    inner = Module([VPC], outputs={"vpc_id": ref("aws_vpc.main.id"), "name": ref("var.name")})
    call = Call(inner, instances=("a", "b"))
    subnets = Block("aws_subnet.s", {"b": SUBNET}, {"vpc_id": ref("module.net", "each.key")})

    network = load(tmp_path, subnets, calls={"net": call})

    assert subnet_vpc(network) == 'module.net["b"].aws_vpc.main'


def test_a_module_repeated_for_each_hands_its_key_to_its_inputs(tmp_path: Path) -> None:
    vpcs = Block("aws_vpc.main", {"a": {"cidr_block": "10.0.0.0/16"}, "b": {"cidr_block": "10.1.0.0/16"}})
    inner = Module([block("aws_subnet.s", SUBNET, vpc_id=ref("var.vpc_id"))])
    call = Call(inner, {"vpc_id": ref("aws_vpc.main", "each.key")}, instances=("a", "b"))

    network = load(tmp_path, vpcs, calls={"net": call})

    assert [(subnet.id, subnet.vpc_id) for subnet in network.subnets] == [
        ('module.net["a"].aws_subnet.s', 'aws_vpc.main["a"]'),
        ('module.net["b"].aws_subnet.s', 'aws_vpc.main["b"]'),
    ]


def test_a_local_value_is_named_as_what_the_plan_does_not_show(tmp_path: Path) -> None:
    other = block("aws_vpc.other", {"cidr_block": "10.1.0.0/16"})

    network = load(tmp_path, VPC, other, block("aws_subnet.a", SUBNET, vpc_id=ref("local.vpc_id")))

    assert subnet_vpc(network) is None
    assert reasons(network, "subnets") == [
        "aws_subnet.a: vpc_id refers to local.vpc_id; the file does not show what local.vpc_id stands for"
    ]


def test_a_choice_between_two_resources_is_a_gap(tmp_path: Path) -> None:
    other = block("aws_vpc.other", {"cidr_block": "10.1.0.0/16"})

    network = load(
        tmp_path, VPC, other, block("aws_subnet.a", SUBNET, vpc_id=ref("aws_vpc.main.id", "aws_vpc.other.id"))
    )

    assert subnet_vpc(network) is None
    assert "which may be any of aws_vpc.main, aws_vpc.other" in reasons(network, "subnets")[0]


def test_a_condition_is_no_candidate(tmp_path: Path) -> None:
    missing = Block("aws_vpc_ipv4_cidr_block_association.more", {})
    expression = ref(
        "var.create",
        "aws_vpc_ipv4_cidr_block_association.more[0].vpc_id",
        "aws_vpc.main.id",
        "data.aws_region.here.name",
    )
    document = plan(VPC, missing, block("aws_subnet.a", SUBNET, vpc_id=expression), given={"create": True})
    region = {
        "address": "data.aws_region.here",
        "mode": "data",
        "type": "aws_region",
        "name": "here",
        "values": {},
    }
    document["prior_state"] = {"values": {"root_module": {"resources": [region]}}}

    network = load_terraform(write(tmp_path, document))

    assert subnet_vpc(network) == "aws_vpc.main"


def test_a_data_source_that_is_read_at_apply_is_named(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, block("aws_subnet.a", SUBNET, vpc_id=ref("data.aws_vpc.found.id")))

    assert "what data.aws_vpc.found stands for" in reasons(network, "subnets")[0]


def test_an_attribute_of_a_neighbour_is_followed(tmp_path: Path) -> None:
    table = block("aws_route_table.t", {}, vpc_id=ref("aws_vpc.main.id"))

    network = load(
        tmp_path, VPC, table, block("aws_subnet.a", SUBNET, vpc_id=ref("aws_route_table.t.vpc_id"))
    )

    assert subnet_vpc(network) == "aws_vpc.main"


def test_a_known_id_wins_and_names_the_resource(tmp_path: Path) -> None:
    vpc = block("aws_vpc.main", {"id": "vpc-0123", "cidr_block": "10.0.0.0/16"})
    known = block("aws_subnet.a", SUBNET | {"vpc_id": "vpc-0123"}, vpc_id=ref("local.vpc_id"))
    new = block("aws_subnet.b", subnet_values(1), vpc_id=ref("aws_vpc.main.id"))

    network = load(tmp_path, vpc, known, new)

    assert {subnet.vpc_id for subnet in network.subnets} == {"vpc-0123"} == {vpc.id for vpc in network.vpcs}


def test_a_replaced_resource_is_preferred_to_what_is_known(tmp_path: Path) -> None:
    kept = block("aws_vpc.kept", {"id": "vpc-0123", "cidr_block": "10.1.0.0/16"})

    network = load(
        tmp_path, VPC, kept, block("aws_subnet.a", SUBNET, vpc_id=ref("aws_vpc.kept.id", "aws_vpc.main.id"))
    )

    assert subnet_vpc(network) == "aws_vpc.main"


def test_references_in_a_circle_end_in_a_gap(tmp_path: Path) -> None:
    inner = Module(outputs={"a": ref("var.a")})
    calls = {"net": Call(inner, {"a": ref("module.net.a")})}

    network = load(tmp_path, VPC, block("aws_subnet.a", SUBNET, vpc_id=ref("module.net.a")), calls=calls)

    assert subnet_vpc(network) is None
    assert len(reasons(network, "subnets")) == 1


@pytest.mark.parametrize("values", [[None, "subnet-1"], [None, None, None]])
def test_a_list_with_unknown_elements_must_have_as_many_references(
    tmp_path: Path, values: list[str | None]
) -> None:
    subnets = Block(
        "aws_subnet.s", {0: subnet_values(0), 1: subnet_values(1)}, {"vpc_id": ref("aws_vpc.main.id")}
    )
    attachment = block(
        "aws_ec2_transit_gateway_vpc_attachment.a",
        {"subnet_ids": values},
        vpc_id=ref("aws_vpc.main.id"),
        transit_gateway_id=ref("aws_ec2_transit_gateway.t.id"),
        subnet_ids=ref("aws_subnet.s"),
    )

    network = load(
        tmp_path, VPC, subnets, block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 1}), attachment
    )

    assert f"has {len(values)} elements" in reasons(network, "tgw_attachments")[0]


def test_equal_inputs_of_two_modules_keep_apart(tmp_path: Path) -> None:
    other = block("aws_vpc.other", {"cidr_block": "10.1.0.0/16"})
    inner = Module([block("aws_subnet.a", SUBNET, vpc_id=ref("var.vpc_id"))])
    calls = {
        "one": Call(inner, {"vpc_id": ref("aws_vpc.main.id")}),
        "two": Call(inner, {"vpc_id": ref("aws_vpc.other.id")}),
    }

    network = load(tmp_path, VPC, other, calls=calls)

    assert [subnet.vpc_id for subnet in network.subnets] == ["aws_vpc.main", "aws_vpc.other"]


def test_an_output_of_a_nested_module_is_followed(tmp_path: Path) -> None:
    inner = Module([VPC], outputs={"id": ref("aws_vpc.main.id")})
    middle = Module(outputs={"vpc_id": ref("module.inner.id")}, calls={"inner": Call(inner)})

    network = load(
        tmp_path, block("aws_subnet.a", SUBNET, vpc_id=ref("module.net.vpc_id")), calls={"net": Call(middle)}
    )

    assert subnet_vpc(network) == "module.net.module.inner.aws_vpc.main"


def test_an_accepter_of_itself_ends_in_a_gap(tmp_path: Path) -> None:
    name = "aws_ec2_transit_gateway_peering_attachment_accepter"
    accepter = block(f"{name}.a", {}, transit_gateway_attachment_id=ref(f"{name}.a.id"))

    network = load(tmp_path, accepter)

    assert network.tgw_attachments == ()
    assert len(reasons(network, "tgw_attachments")) == 1
