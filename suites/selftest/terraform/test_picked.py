"""Parts of values that an expression picks: read where only one can be meant, named as a gap where not.

A plan lists `module.net.ids` and `count.index` for `module.net.ids[count.index]`, and for an object of
several lists the references of all of them together.
"""

from pathlib import Path

import pytest

from probes.model.state import State
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import (
    Block,
    Call,
    Json,
    Key,
    Module,
    block,
    load,
    plan,
    reasons,
    ref,
    write,
)

JOINED = ("vpc_id", "subnet_ids")
TO_VPC = {"vpc_id": ref("aws_vpc.main.id")}
VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})
GATEWAY = block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 64512})


def subnets(address: str, first: int) -> Block:
    values: dict[Key, Json] = {
        n: {"cidr_block": f"10.0.{first + n}.0/24", "availability_zone": f"eu-west-1{'ab'[n]}"}
        for n in range(2)
    }
    return Block(address, values, TO_VPC)


P, Q = subnets("aws_subnet.p", 0), subnets("aws_subnet.q", 10)
NETWORK = Module(
    [VPC, P, Q],
    outputs={"p": ref("aws_subnet.p"), "q": ref("aws_subnet.q"), "vpc_id": ref("aws_vpc.main.id")},
)


def attachments(subnet_ids: Json, *keys: Key, vpc_id: Json, for_each: Json | None = None) -> Block:
    joined = {
        "transit_gateway_id": ref("aws_ec2_transit_gateway.t.id"),
        "vpc_id": vpc_id,
        "subnet_ids": subnet_ids,
    }
    return Block("aws_ec2_transit_gateway_vpc_attachment.a", {key: {} for key in keys}, joined, for_each)


def attached(network: State) -> list[tuple[str | None, tuple[str, ...]]]:
    return [(each.resource_id, each.subnet_ids) for each in network.tgw_attachments]


def test_lists_of_an_object_per_key_are_told_apart_by_type(tmp_path: Path) -> None:
    """The community's Transit Gateway module: `vpc_attachments = {one = {vpc_id = …, subnet_ids = …}}`."""
    given = ref("module.net.vpc_id", "module.net.p")
    gateway = Module(
        [
            GATEWAY,
            attachments(
                ref("each.value.subnet_ids"),
                "one",
                vpc_id=ref("each.value.vpc_id"),
                for_each=ref("var.vpc_attachments"),
            ),
        ]
    )

    network = load(tmp_path, calls={"net": Call(NETWORK), "tgw": Call(gateway, {"vpc_attachments": given})})

    both = ("module.net.aws_subnet.p[0]", "module.net.aws_subnet.p[1]")
    assert attached(network) == [("module.net.aws_vpc.main", both)]
    assert reasons(network, "tgw_attachments") == []


def test_element_of_a_module_s_list_by_number_is_that_instance(tmp_path: Path) -> None:
    tables = Block("aws_route_table.t", {0: {}, 1: {}}, TO_VPC)
    inner = Module([VPC, tables], outputs={"table_ids": ref("aws_route_table.t")})
    routes = Block(
        "aws_route.r",
        {0: {"destination_cidr_block": "10.1.0.0/16"}, 1: {"destination_cidr_block": "10.2.0.0/16"}},
        {
            "route_table_id": ref("module.net.table_ids", "count.index"),
            "transit_gateway_id": ref("aws_ec2_transit_gateway.t.id"),
        },
    )

    network = load(tmp_path, GATEWAY, routes, calls={"net": Call(inner)})

    assert {
        (table.id, str(route.destination))
        for table in network.vpc_route_tables
        for route in table.routes
        if route.target != "local"
    } == {
        ("module.net.aws_route_table.t[0]", "10.1.0.0/16"),
        ("module.net.aws_route_table.t[1]", "10.2.0.0/16"),
    }


@pytest.mark.parametrize(
    "ids, picking",
    [
        pytest.param(ref("aws_route_table.t"), ref("count.index", "module.net.one"), id="or another"),
        pytest.param(ref("aws_route_table.one.id", "aws_route_table.t"), ref("count.index"), id="after one"),
    ],
)
def test_element_by_number_is_a_gap_where_it_may_be_another(tmp_path: Path, ids: Json, picking: Json) -> None:
    tables = [Block("aws_route_table.t", {0: {}, 1: {}}, TO_VPC), block("aws_route_table.one", **TO_VPC)]
    outputs = {"table_ids": ids, "one": ref("aws_route_table.one.id")}
    picked = {"references": [*ref("module.net.table_ids")["references"], *picking["references"]]}
    route = Block(
        "aws_route.r",
        {0: {"destination_cidr_block": "10.1.0.0/16"}},
        {"route_table_id": picked, "transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")},
    )

    network = load(tmp_path, GATEWAY, route, calls={"net": Call(Module([VPC, *tables], outputs=outputs))})

    (reason,) = reasons(network, "vpc_route_tables")
    assert reason.startswith("aws_route.r[0]: route_table_id refers to module.net.table_ids, count.index")
    assert "which may be any of module.net.aws_route_table.one, module.net.aws_route_table.t[0]" in reason


@pytest.mark.parametrize(
    "other, known",
    [("p", {'module.net["a"].aws_subnet.p[0]', 'module.net["a"].aws_subnet.p[1]'}), ("q", set())],
)
def test_list_that_is_one_output_of_several_is_read_where_they_agree(
    tmp_path: Path, other: str, known: set[str]
) -> None:
    outputs = {
        "ids": ref("aws_subnet.p"),
        "arns": ref(f"aws_subnet.{other}"),
        "vpc_id": ref("aws_vpc.main.id"),
    }
    acls = Block("aws_network_acl.n", {"a": {}}, {name: ref("module.net", "each.key") for name in JOINED})

    network = load(
        tmp_path, acls, calls={"net": Call(Module([VPC, P, Q], outputs=outputs), instances=("a", "b"))}
    )

    subnet_ids, missing = of_acl(network)
    assert (subnet_ids, len(missing)) == (known, int(not known))


def test_instances_under_other_keys_are_alternatives(tmp_path: Path) -> None:
    by_zone = acl(ref("each.value.id"), "eu-west-1a")
    by_zone.for_each = ref("aws_subnet.p")

    subnet_ids, (reason,) = of_acl(load(tmp_path, VPC, P, by_zone))

    assert subnet_ids == set()
    assert "which may be any of aws_subnet.p[0], aws_subnet.p[1]" in reason


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(ref("aws_subnet.p", "aws_subnet.q"), id="two lists"),
        pytest.param(ref("aws_subnet.p[0].id", "aws_subnet.q[1].id"), id="two elements"),
    ],
)
@pytest.mark.parametrize(
    "picking, keys",
    [
        pytest.param(ref("var.ids.private"), (None,), id="attribute"),
        pytest.param(ref("var.ids[0]"), (None,), id="number"),
        pytest.param(ref("var.ids", "each.key"), ("a", "b"), id="key"),
        pytest.param(ref("each.value.private"), ("a", "b"), id="value"),
    ],
)
def test_part_of_a_value_that_several_make_up_is_a_gap(
    tmp_path: Path, given: Json, picking: Json, keys: tuple[Key, ...]
) -> None:
    inner = Module([GATEWAY, attachments(picking, *keys, vpc_id=ref("var.vpc_id"), for_each=ref("var.ids"))])
    call = Call(inner, {"ids": given, "vpc_id": ref("aws_vpc.main.id")})

    network = load(tmp_path, VPC, P, Q, calls={"tgw": call})

    assert attached(network) == [("aws_vpc.main", ())] * len(keys)
    assert all("subnet_ids refers to" in reason for reason in reasons(network, "tgw_attachments"))
    assert len(reasons(network, "tgw_attachments")) == len(keys)


@pytest.mark.parametrize(
    "picking",
    [
        pytest.param(ref("module.net.p", "count.index"), id="one element, or one of several lists"),
        pytest.param(ref("count.index", "module.net.p", "module.net.q"), id="one list or the other"),
    ],
)
def test_list_that_depends_on_the_number_is_a_gap(tmp_path: Path, picking: Json) -> None:
    network = load(
        tmp_path,
        GATEWAY,
        attachments(picking, 0, 1, vpc_id=ref("module.net.vpc_id")),
        calls={"net": Call(NETWORK)},
    )

    assert attached(network) == [("module.net.aws_vpc.main", ())] * 2
    assert all("which may be any of module.net" in each for each in reasons(network, "tgw_attachments"))
    assert len(reasons(network, "tgw_attachments")) == 2


def acl(subnet_ids: Json, key: Key = None) -> Block:
    return Block("aws_network_acl.n", {key: {}}, {**TO_VPC, "subnet_ids": subnet_ids})


def of_acl(network: State) -> tuple[set[str], list[str]]:
    (found,) = [each for each in network.network_acls if "aws_network_acl.n" in each.id]
    return set(found.subnet_ids), [each for each in reasons(network, "network_acls") if "subnet_ids" in each]


@pytest.mark.parametrize("value", [True, 1, "prod", ["a", "b"], {"a": "10.0.0.0/24"}], ids=repr)
@pytest.mark.parametrize("inside", [False, True], ids=["in the root", "in a module"])
def test_list_that_depends_on_a_variable_is_a_gap(tmp_path: Path, value: object, *, inside: bool) -> None:
    expression = ref("var.public", "aws_subnet.p", "aws_subnet.q")
    blocks = [VPC, P, Q, acl(expression)]
    calls = {"net": Call(Module(blocks), {"public": ref("var.is_public")})}
    document = (
        plan(calls=calls, given={"is_public": value}) if inside else plan(*blocks, given={"public": value})
    )

    subnet_ids, (reason,) = of_acl(load_terraform(write(tmp_path, document)))

    assert subnet_ids == set()
    assert "subnet_ids refers to var.public, aws_subnet.p, aws_subnet.q, which may be any of" in reason


@pytest.mark.parametrize(
    "value, known", [([], set()), (None, set()), (["subnet-0123", "sg-0123"], {"subnet-0123"})], ids=repr
)
@pytest.mark.parametrize("inside", [False, True], ids=["in the root", "in a module"])
def test_list_that_a_variable_adds_to_is_read(
    tmp_path: Path, value: object, known: set[str], *, inside: bool
) -> None:
    blocks = [VPC, P, Q, acl(ref("aws_subnet.p", "aws_subnet.q", "var.more"))]
    calls = {"net": Call(Module(blocks), {"more": ref("var.some")})}
    document = plan(calls=calls, given={"some": value}) if inside else plan(*blocks, given={"more": value})

    subnet_ids, missing = of_acl(load_terraform(write(tmp_path, document)))

    start = "module.net." if inside else ""
    made = {f"{start}aws_subnet.{name}[{n}]" for name in "pq" for n in range(2)}
    assert (subnet_ids, missing) == (made | known, [])


@pytest.mark.parametrize(
    "reference, known",
    [
        ("data.aws_subnet.old[0].id", {"subnet-0a"}),
        ("data.aws_subnet.old", {"subnet-0a", "subnet-0b"}),
        ("data.aws_subnets.all.ids", {"subnet-0c", "subnet-0d"}),
        ("data.aws_subnet.old[1].vpc_id", set()),
    ],
)
def test_list_that_a_data_source_adds_to_is_read(tmp_path: Path, reference: str, known: set[str]) -> None:
    document = plan(VPC, P, acl(ref("aws_subnet.p", reference)))
    read: list[Json] = [
        {"type": "aws_subnet", "name": "old", "index": 0, "values": {"id": "subnet-0a", "vpc_id": "vpc-01"}},
        {"type": "aws_subnet", "name": "old", "index": 1, "values": {"id": "subnet-0b", "vpc_id": "vpc-01"}},
        {
            "type": "aws_subnets",
            "name": "all",
            "values": {"id": "eu-west-1", "ids": ["subnet-0c", "subnet-0d"]},
        },
    ]
    resources = [{"address": f"data.{each['type']}.{each['name']}", "mode": "data", **each} for each in read]
    document["prior_state"] = {"values": {"root_module": {"resources": resources}}}

    subnet_ids, missing = of_acl(load_terraform(write(tmp_path, document)))

    assert (subnet_ids, missing) == ({"aws_subnet.p[0]", "aws_subnet.p[1]"} | known, [])


@pytest.mark.parametrize("references", [("var.create", "var.given"), ("var.given[0]", "var.create")])
def test_choice_between_what_is_known_and_what_is_not_is_a_gap(
    tmp_path: Path, references: tuple[str, ...]
) -> None:
    expression = ref("aws_subnet.p", *references)
    given = {"create": True, "given": ["subnet-0123"]}

    subnet_ids, (reason,) = of_acl(
        load_terraform(write(tmp_path, plan(VPC, P, acl(expression), given=given)))
    )

    assert subnet_ids == set()
    assert "which may be any of aws_subnet.p[0], aws_subnet.p[1], subnet-0123" in reason


def test_known_lists_of_which_one_is_picked_are_a_gap(tmp_path: Path) -> None:
    given = {"lists": {"one": {"ids": ["subnet-01"]}, "two": {"ids": ["subnet-02"]}}}
    document = plan(VPC, P, acl(ref("aws_subnet.p", "var.lists", "count.index"), 0), given=given)

    subnet_ids, (reason,) = of_acl(load_terraform(write(tmp_path, document)))

    assert subnet_ids == {"aws_subnet.p[0]"}
    assert "which may be any of subnet-01, subnet-02" in reason


def test_list_that_depends_on_a_key_by_which_nothing_goes_is_a_gap(tmp_path: Path) -> None:
    first, second = (block(f"aws_subnet.{name}", P.instances[n], **TO_VPC) for n, name in enumerate("xy"))

    network = load(
        tmp_path, VPC, first, second, acl(ref("each.key", "aws_subnet.x.id", "aws_subnet.y.id"), "one")
    )

    subnet_ids, (reason,) = of_acl(network)
    assert subnet_ids == set()
    assert "which may be any of aws_subnet.x, aws_subnet.y" in reason


def test_elements_of_the_same_key_are_read_together(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, P, Q, acl(ref("aws_subnet.p", "count.index", "aws_subnet.q"), 1))

    assert of_acl(network) == ({"aws_subnet.p[1]", "aws_subnet.q[1]"}, [])
