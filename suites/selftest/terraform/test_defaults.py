"""What AWS makes by itself, which a plan shows only where somebody manages it."""

from ipaddress import IPv4Network
from pathlib import Path

from probes.model.state import GroupRef, RouteTargetKind, SgRule, State, TgwRouteTable
from probes.model.state.base import ANYWHERE
from suites.selftest.terraform.plans import Block, Json, block, const, load, ref

CIDR = IPv4Network("10.0.0.0/16")
VPC = block("aws_vpc.main", {"cidr_block": str(CIDR)})
OF_VPC = {"vpc_id": ref("aws_vpc.main.id")}
OF_TGW = {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")}
SUBNET = block("aws_subnet.s", {"cidr_block": "10.0.0.0/24", "availability_zone": "eu-west-1a"}, **OF_VPC)


def tgw(**values: object) -> Block:
    return block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 64512} | values)


def attachment(**values: object) -> Block:
    expressions = OF_VPC | OF_TGW | {"subnet_ids": ref("aws_subnet.s.id")}
    return Block("aws_ec2_transit_gateway_vpc_attachment.a", {None: dict(values)}, expressions)


def membership(use: str, table: str) -> Block:
    return block(
        f"aws_ec2_transit_gateway_route_table_{use}.m",
        {},
        transit_gateway_attachment_id=ref("aws_ec2_transit_gateway_vpc_attachment.a.id"),
        transit_gateway_route_table_id=ref(f"aws_ec2_transit_gateway_route_table.{table}.id"),
    )


def only_table(network: State) -> TgwRouteTable:
    (table,) = network.tgw_route_tables
    return table


def test_a_new_vpc_has_a_main_table_an_open_acl_and_a_group_of_its_own(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, SUBNET)

    (table,), (acl,), (group,) = network.vpc_route_tables, network.network_acls, network.security_groups
    assert (table.main, table.vpc_id) == (True, "aws_vpc.main")
    assert [(route.destination, route.target) for route in table.routes] == [(CIDR, RouteTargetKind.LOCAL)]
    assert (acl.default, acl.subnet_ids) == (True, ("aws_subnet.s",))
    assert {(entry.egress, entry.action, entry.cidr) for entry in acl.entries} == {
        (False, "allow", ANYWHERE),
        (True, "allow", ANYWHERE),
    }
    everything: Json = {"protocol": "-1", "from_port": None, "to_port": None}
    assert group.group_name == "default"
    assert group.ingress == (SgRule(**everything, peer=GroupRef(group_id=group.id)),)
    assert group.egress == (SgRule(**everything, peer=ANYWHERE),)


def test_managed_defaults_take_the_place_of_what_aws_made(tmp_path: Path) -> None:
    table = block(
        "aws_default_route_table.d",
        {"route": []},
        default_route_table_id=ref("aws_vpc.main.default_route_table_id"),
    )
    acl = block(
        "aws_default_network_acl.d",
        {"ingress": [], "egress": []},
        default_network_acl_id=ref("aws_vpc.main.default_network_acl_id"),
    )
    group = block("aws_default_security_group.d", {"ingress": [], "egress": []}, **OF_VPC)

    network = load(tmp_path, VPC, SUBNET, table, acl, group)

    assert [(each.id, each.main) for each in network.vpc_route_tables] == [
        ("aws_default_route_table.d", True)
    ]
    assert [(each.id, each.entries, each.subnet_ids) for each in network.network_acls] == [
        ("aws_default_network_acl.d", (), ("aws_subnet.s",))
    ]
    assert [(each.id, each.ingress, each.egress) for each in network.security_groups] == [
        ("aws_default_security_group.d", (), ())
    ]
    assert [gap for gap in network.gaps if gap.kind != "metrics"] == []


def test_a_route_to_the_vpc_s_main_table_is_added_to_it(tmp_path: Path) -> None:
    route = block(
        "aws_route.r",
        {"destination_cidr_block": "0.0.0.0/0"},
        route_table_id=ref("aws_vpc.main.main_route_table_id"),
        gateway_id=ref("aws_internet_gateway.g.id"),
    )

    network = load(tmp_path, VPC, block("aws_internet_gateway.g", {}, **OF_VPC), route)

    (table,) = network.vpc_route_tables
    assert {route.target for route in table.routes} == {
        RouteTargetKind.LOCAL,
        RouteTargetKind.INTERNET_GATEWAY,
    }


def test_another_table_can_become_the_main_one(tmp_path: Path) -> None:
    table = block("aws_route_table.t", {}, **OF_VPC)
    choice = block(
        "aws_main_route_table_association.c", {}, route_table_id=ref("aws_route_table.t.id"), **OF_VPC
    )

    network = load(tmp_path, VPC, table, choice)

    assert {each.id: each.main for each in network.vpc_route_tables} == {
        "aws_route_table.t": True,
        "aws_vpc.main.default_route_table_id": False,
    }


def test_subnets_without_an_acl_of_their_own_use_the_default_one(tmp_path: Path) -> None:
    other = block("aws_subnet.o", {"cidr_block": "10.0.1.0/24", "availability_zone": "eu-west-1b"}, **OF_VPC)
    acl = block("aws_network_acl.n", {}, subnet_ids=ref("aws_subnet.o.id"), **OF_VPC)

    network = load(tmp_path, VPC, SUBNET, other, acl)

    assert {each.default: each.subnet_ids for each in network.network_acls} == {
        False: ("aws_subnet.o",),
        True: ("aws_subnet.s",),
    }


def test_terraform_takes_the_open_egress_rule_out_of_a_new_group(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, block("aws_security_group.g", {"name": "g"}, **OF_VPC))

    assert [each.egress for each in network.security_groups if each.group_name == "g"] == [()]


def test_a_tgw_with_default_tables_takes_every_attachment_into_one(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, SUBNET, tgw(), attachment())

    table = only_table(network)
    assert table.id == "aws_ec2_transit_gateway.t.association_default_route_table_id"
    assert (table.default_association, table.default_propagation) == (True, True)
    assert table.associations == table.propagations == ("aws_ec2_transit_gateway_vpc_attachment.a",)
    assert [(route.destination, route.type) for route in table.routes] == [(CIDR, "propagated")]
    assert network.transit_gateways[0].default_association_table_id == table.id


def test_an_attachment_can_decline_the_default_table(tmp_path: Path) -> None:
    declined = attachment(
        transit_gateway_default_route_table_association=False,
        transit_gateway_default_route_table_propagation=False,
    )

    table = only_table(load(tmp_path, VPC, SUBNET, tgw(), declined))

    assert (table.associations, table.propagations, table.routes) == ((), (), ())


def test_a_tgw_without_default_tables_has_none(tmp_path: Path) -> None:
    off: Json = {"default_route_table_association": "disable", "default_route_table_propagation": "disable"}

    network = load(tmp_path, VPC, SUBNET, tgw(**off), attachment())

    assert network.tgw_route_tables == ()
    assert network.transit_gateways[0].default_association_table_id == ""


def test_a_table_of_one_s_own_takes_the_attachment_from_the_default_one(tmp_path: Path) -> None:
    own = block("aws_ec2_transit_gateway_route_table.own", {}, **OF_TGW)

    network = load(tmp_path, VPC, SUBNET, tgw(), attachment(), own, membership("association", "own"))

    assert {each.id: each.associations for each in network.tgw_route_tables} == {
        "aws_ec2_transit_gateway.t.association_default_route_table_id": (),
        "aws_ec2_transit_gateway_route_table.own": ("aws_ec2_transit_gateway_vpc_attachment.a",),
    }


def test_a_static_route_wins_over_a_propagated_one(tmp_path: Path) -> None:
    off: Json = {"default_route_table_association": "disable", "default_route_table_propagation": "disable"}
    own = block("aws_ec2_transit_gateway_route_table.own", {}, **OF_TGW)
    hole = block(
        "aws_ec2_transit_gateway_route.r",
        {"destination_cidr_block": str(CIDR), "blackhole": True, "transit_gateway_attachment_id": None},
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway_route_table.own.id"),
    )

    network = load(
        tmp_path, VPC, SUBNET, tgw(**off), attachment(), own, membership("propagation", "own"), hole
    )

    (route,) = only_table(network).routes
    assert (route.type, route.state, route.attachment_ids) == ("static", "blackhole", ())


def test_a_peering_that_nobody_accepts_is_pending(tmp_path: Path) -> None:
    peering = block(
        "aws_ec2_transit_gateway_peering_attachment.p",
        {"peer_region": "us-east-1", "peer_transit_gateway_id": "tgw-far"},
        peer_region=const("us-east-1"),
        **OF_TGW,
    )

    network = load(tmp_path, tgw(), peering)

    assert {(each.region, each.role, each.state) for each in network.tgw_attachments} == {
        ("eu-west-1", "requester", "pendingAcceptance"),
        ("us-east-1", "accepter", "pendingAcceptance"),
    }
