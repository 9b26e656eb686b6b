"""Rules and routes written inside their group, ACL or table, or as resources of their own."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest

from probes.model.state import (
    GroupRef,
    NaclEntry,
    PrefixListRef,
    RouteTargetKind,
    SecurityGroup,
    SgRule,
    State,
)
from suites.selftest.terraform.plans import Block, Json, block, const, load, reasons, ref

OF_VPC = {"vpc_id": ref("aws_vpc.main.id")}
VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})
PEER = block("aws_security_group.peer", {"name": "peer"}, **OF_VPC)
LIST = block(
    "aws_ec2_managed_prefix_list.l", {"name": "l", "entry": [{"cidr": "10.9.0.0/16"}], "max_entries": 2}
)
INLINE: Json = {
    "description": "",
    "from_port": 443,
    "to_port": 443,
    "protocol": "tcp",
    "cidr_blocks": [],
    "ipv6_cidr_blocks": [],
    "prefix_list_ids": [],
    "security_groups": [],
    "self": False,
}
ROUTE: Json = {
    "cidr_block": "0.0.0.0/0",
    "ipv6_cidr_block": "",
    "destination_prefix_list_id": "",
    "gateway_id": "",
    "nat_gateway_id": "",
    "transit_gateway_id": "",
    "network_interface_id": "",
}


def without(values: Json, *names: str) -> Json:
    return {name: value for name, value in values.items() if name not in names}


def group(network: State) -> SecurityGroup:
    (found,) = [each for each in network.security_groups if each.group_name == "g"]
    return found


def inline(*rules: Json, **expressions: Json) -> Block:
    return block(
        "aws_security_group.g", {"name": "g", "ingress": list(rules), "egress": []}, **OF_VPC, **expressions
    )


def tcp(peer: object) -> SgRule:
    return SgRule(protocol="tcp", from_port=443, to_port=443, peer=peer)  # type: ignore[arg-type]  # any peer


def test_an_inline_rule_is_one_rule_per_peer(tmp_path: Path) -> None:
    rule = INLINE | {"cidr_blocks": ["10.0.0.0/8"], "ipv6_cidr_blocks": ["fd00::/8"], "self": True}

    found = group(load(tmp_path, VPC, inline(rule)))

    assert set(found.ingress) == {
        tcp(IPv4Network("10.0.0.0/8")),
        tcp(IPv6Network("fd00::/8")),
        tcp(GroupRef(group_id="aws_security_group.g")),
    }


def test_a_peer_group_that_is_not_known_yet_is_found_by_reference(tmp_path: Path) -> None:
    rule = without(INLINE, "security_groups", "prefix_list_ids")
    expression = ref("aws_security_group.peer.id", "aws_ec2_managed_prefix_list.l.id", "var.port")

    found = group(load(tmp_path, VPC, PEER, LIST, inline(rule, ingress=expression)))

    assert set(found.ingress) == {
        tcp(GroupRef(group_id="aws_security_group.peer")),
        tcp(PrefixListRef(prefix_list_id="aws_ec2_managed_prefix_list.l")),
    }


def test_two_inline_rules_whose_groups_cannot_be_told_apart_are_a_gap(tmp_path: Path) -> None:
    other = block("aws_security_group.other", {"name": "other"}, **OF_VPC)
    one, two = without(INLINE, "security_groups"), without(INLINE | {"from_port": 80}, "security_groups")
    expression = ref("aws_security_group.peer.id", "aws_security_group.other.id")

    network = load(tmp_path, VPC, PEER, other, inline(one, two, ingress=expression))

    assert [rule.peer for rule in group(network).ingress] == [None, None]
    assert "belongs to one of 2 inline rules" in reasons(network, "security_groups")[0]


def test_rules_that_are_not_known_at_all_are_a_gap(tmp_path: Path) -> None:
    unknown = block("aws_security_group.g", {"name": "g"}, ingress=ref("local.rules"), **OF_VPC)

    network = load(tmp_path, VPC, unknown)

    assert [(gap.resource, gap.field) for gap in network.gaps if gap.kind == "security_groups"] == [
        ("aws_security_group.g", "ingress")
    ]


def test_stand_alone_rules_reach_their_group(tmp_path: Path) -> None:
    of_group = {"security_group_id": ref("aws_security_group.g.id")}
    old: Json = {"type": "egress", "protocol": "6", "from_port": 443, "to_port": 443, "cidr_blocks": None}
    older = block(
        "aws_security_group_rule.a",
        old | {"ipv6_cidr_blocks": None, "prefix_list_ids": None, "self": False},
        source_security_group_id=ref("aws_security_group.peer.id"),
        **of_group,
    )
    new: Json = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": None, "cidr_ipv6": None}
    newer = block(
        "aws_vpc_security_group_ingress_rule.b",
        new | {"prefix_list_id": None},
        referenced_security_group_id=ref("aws_security_group.peer.id"),
        **of_group,
    )

    found = group(load(tmp_path, VPC, PEER, inline(), older, newer))

    assert found.ingress == found.egress == (tcp(GroupRef(group_id="aws_security_group.peer")),)


def test_a_rule_for_a_group_that_cannot_be_told_hides_every_group_of_the_region(tmp_path: Path) -> None:
    values: Json = {"ip_protocol": "-1", "from_port": None, "to_port": None, "cidr_ipv4": "10.0.0.0/8"}
    rule = block("aws_vpc_security_group_ingress_rule.b", values, security_group_id=ref("local.group"))

    network = load(tmp_path, VPC, inline(), rule)

    assert [(gap.region, gap.resource) for gap in network.gaps if gap.kind == "security_groups"] == [
        ("eu-west-1", "")
    ]


def test_a_peer_in_another_account_keeps_its_account(tmp_path: Path) -> None:
    rule = INLINE | {"security_groups": ["111122223333/sg-0a"]}

    found = group(load(tmp_path, VPC, inline(rule)))

    assert found.ingress == (tcp(GroupRef(group_id="sg-0a", owner_id="111122223333")),)


@pytest.mark.parametrize(
    "values, expected",
    [
        (
            {"protocol": "6", "from_port": 22, "to_port": 23},
            {"protocol": "tcp", "from_port": 22, "to_port": 23},
        ),
        ({"protocol": "all", "from_port": 0, "to_port": 0}, {"protocol": "-1"}),
        ({"protocol": "esp", "from_port": 0, "to_port": 0}, {"protocol": "50"}),
        ({"protocol": "ipv6-icmp", "icmp_type": -1, "icmp_code": -1}, {"protocol": "icmpv6"}),
        ({"protocol": "icmp", "icmp_type": "8", "icmp_code": "-1"}, {"protocol": "icmp", "icmp_type": 8}),
        ({"protocol": "icmp", "icmp_type": -1, "icmp_code": -1}, {"protocol": "icmp"}),
    ],
)
def test_an_acl_entry_reads_as_aws_means_it(tmp_path: Path, values: Json, expected: Json) -> None:
    common: Json = {"rule_number": 100, "egress": False, "rule_action": "deny", "cidr_block": "10.0.0.0/8"}
    acl = block("aws_network_acl.n", {}, **OF_VPC)
    rule = block("aws_network_acl_rule.r", common | values, network_acl_id=ref("aws_network_acl.n.id"))

    network = load(tmp_path, VPC, acl, rule)

    (found,) = [each for each in network.network_acls if not each.default]
    entry = NaclEntry(number=100, egress=False, action="deny", cidr=IPv4Network("10.0.0.0/8"), **expected)
    assert found.entries == (entry,)


def test_inline_acl_entries_are_sorted_as_aws_evaluates_them(tmp_path: Path) -> None:
    entry: Json = {
        "action": "allow",
        "protocol": "-1",
        "from_port": 0,
        "to_port": 0,
        "icmp_type": 0,
        "icmp_code": 0,
    }
    entries = [
        entry | {"rule_no": number, "cidr_block": "10.0.0.0/8", "ipv6_cidr_block": ""}
        for number in (200, 100)
    ]
    acl = block("aws_network_acl.n", {"ingress": entries, "egress": entries[:1]}, **OF_VPC)

    network = load(tmp_path, VPC, acl)

    (found,) = [each for each in network.network_acls if not each.default]
    assert [(each.egress, each.number) for each in found.entries] == [(False, 100), (False, 200), (True, 200)]


def table(*routes: Json, **expressions: Json) -> Block:
    return block("aws_route_table.t", {"route": list(routes)}, **OF_VPC, **expressions)


def targets(network: State) -> dict[str, tuple[RouteTargetKind, str | None]]:
    (found,) = [each for each in network.vpc_route_tables if not each.main]
    return {str(route.destination): (route.target, route.target_id) for route in found.routes}


def test_inline_routes_find_their_unknown_targets_by_type(tmp_path: Path) -> None:
    internet, private = without(ROUTE, "gateway_id"), without(ROUTE, "transit_gateway_id")
    expression = ref("aws_internet_gateway.g.id", "aws_ec2_transit_gateway.t.id")

    network = load(
        tmp_path,
        VPC,
        block("aws_internet_gateway.g", {}, **OF_VPC),
        block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 64512}),
        table(internet, private | {"cidr_block": "10.0.0.0/8"}, route=expression),
    )

    assert targets(network) == {
        "10.0.0.0/16": (RouteTargetKind.LOCAL, "local"),
        "0.0.0.0/0": (RouteTargetKind.INTERNET_GATEWAY, "aws_internet_gateway.g"),
        "10.0.0.0/8": (RouteTargetKind.TRANSIT_GATEWAY, "aws_ec2_transit_gateway.t"),
    }


def test_a_local_route_that_is_written_down_is_not_a_second_one(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, table(ROUTE | {"cidr_block": "10.0.0.0/16", "gateway_id": "local"}))

    assert targets(network) == {"10.0.0.0/16": (RouteTargetKind.LOCAL, "local")}


def test_a_recorded_interface_is_not_the_target_where_a_gateway_is(tmp_path: Path) -> None:
    route = ROUTE | {"nat_gateway_id": "nat-1", "network_interface_id": "eni-1"}

    assert targets(load(tmp_path, VPC, table(route)))["0.0.0.0/0"] == (RouteTargetKind.NAT_GATEWAY, "nat-1")


def test_a_route_whose_target_cannot_be_told_is_a_gap_of_its_table(tmp_path: Path) -> None:
    route = block(
        "aws_route.r",
        {"destination_cidr_block": "0.0.0.0/0", "gateway_id": None},
        route_table_id=ref("aws_route_table.t.id"),
        nat_gateway_id=ref("local.nat"),
    )

    network = load(tmp_path, VPC, table(), route)

    assert targets(network)["0.0.0.0/0"] == (RouteTargetKind.NAT_GATEWAY, None)
    assert [(gap.resource, gap.field) for gap in network.gaps if gap.kind == "vpc_route_tables"] == [
        ("aws_route_table.t", "routes")
    ]


def test_a_gateway_endpoint_is_a_route_in_its_tables(tmp_path: Path) -> None:
    endpoint = block(
        "aws_vpc_endpoint.s3",
        {"service_name": "com.amazonaws.eu-west-1.s3", "vpc_endpoint_type": "Gateway"},
        route_table_ids=ref("aws_route_table.t.id"),
        **OF_VPC,
    )
    rule = without(INLINE, "prefix_list_ids")

    network = load(
        tmp_path, VPC, table(), endpoint, inline(rule, ingress=ref("aws_vpc_endpoint.s3.prefix_list_id"))
    )

    name = "aws_vpc_endpoint.s3.prefix_list_id"
    assert targets(network)[name] == (RouteTargetKind.VPC_ENDPOINT, "aws_vpc_endpoint.s3")
    assert group(network).ingress == (tcp(PrefixListRef(prefix_list_id=name)),)
    assert [(each.id, each.owner_id) for each in network.prefix_lists] == [(name, "AWS")]
    assert [(gap.resource, gap.field) for gap in network.gaps if gap.kind == "prefix_lists"] == [
        (name, "cidrs")
    ]


def test_a_table_outside_the_file_has_routes_that_nobody_knows(tmp_path: Path) -> None:
    route = block(
        "aws_route.r",
        {"destination_cidr_block": "0.0.0.0/0", "gateway_id": "igw-1", "route_table_id": "rtb-1"},
    )

    network = load(tmp_path, VPC, route)

    assert reasons(network, "vpc_route_tables") == ["aws_route.r: route table rtb-1 was not read"]


def test_a_constant_is_no_reference(tmp_path: Path) -> None:
    rule = inline(INLINE | {"cidr_blocks": ["10.0.0.0/8"]}, ingress=const([INLINE]))

    assert reasons(load(tmp_path, VPC, rule), "security_groups") == []


def test_what_a_vpn_gateway_propagates_is_unknown(tmp_path: Path) -> None:
    link = block(
        "aws_vpn_gateway_route_propagation.v",
        {"vpn_gateway_id": "vgw-1"},
        route_table_id=ref("aws_route_table.t.id"),
    )

    network = load(tmp_path, VPC, table(), link)

    assert [(gap.resource, gap.field) for gap in network.gaps if gap.kind == "vpc_route_tables"] == [
        ("aws_route_table.t", "routes")
    ]
