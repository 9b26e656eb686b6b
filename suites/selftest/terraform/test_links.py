"""Resources that only change others: interfaces' groups and addresses, default tables, what else is attached."""

from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest

from probes.model.state import NetworkInterface, State
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import Block, Json, block, load, reasons, ref, state, write

OF_VPC = {"vpc_id": ref("aws_vpc.main.id")}
OF_TGW = {"transit_gateway_id": ref("aws_ec2_transit_gateway.t.id")}
VPC = block("aws_vpc.main", {"cidr_block": "10.0.0.0/16"})
ZONE: Json = {"availability_zone": "eu-west-1a"}
SUBNET = block("aws_subnet.s", {"cidr_block": "10.0.0.0/24"} | ZONE, **OF_VPC)
GROUP = block("aws_security_group.g", {"name": "g"}, **OF_VPC)
MORE = block("aws_security_group.more", {"name": "more"}, **OF_VPC)
HOST = block(
    "aws_instance.h",
    {"instance_type": "g6e.4xlarge"},
    subnet_id=ref("aws_subnet.s.id"),
    vpc_security_group_ids=ref("aws_security_group.g.id"),
)
INTERFACE = block(
    "aws_network_interface.e",
    {"private_ips": ["10.0.0.9"]},
    subnet_id=ref("aws_subnet.s.id"),
    security_groups=ref("aws_security_group.g.id"),
)
TGW = block("aws_ec2_transit_gateway.t", {"amazon_side_asn": 64512})
ATTACHMENT = block(
    "aws_ec2_transit_gateway_vpc_attachment.a", {}, subnet_ids=ref("aws_subnet.s.id"), **OF_VPC, **OF_TGW
)
OWN_TABLE = block("aws_ec2_transit_gateway_route_table.own", {}, **OF_TGW)
MADE = "aws_ec2_transit_gateway.t.association_default_route_table_id"


def only_interface(network: State) -> NetworkInterface:
    (interface,) = network.network_interfaces
    return interface


def unknown(network: State, kind: str) -> set[tuple[str, str]]:
    return {(gap.resource, gap.field) for gap in network.gaps if gap.kind == kind}


@pytest.mark.parametrize(
    "owner, reference",
    [
        (HOST, "aws_instance.h.primary_network_interface_id"),
        (INTERFACE, "aws_network_interface.e.id"),
    ],
)
def test_a_group_can_be_given_to_an_interface_later(tmp_path: Path, owner: Block, reference: str) -> None:
    later = block(
        "aws_network_interface_sg_attachment.m",
        {},
        security_group_id=ref("aws_security_group.more.id"),
        network_interface_id=ref(reference),
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, MORE, owner, later)

    assert only_interface(network).group_ids == ("aws_security_group.g", "aws_security_group.more")
    assert network.not_modelled == ()


def test_a_later_group_that_cannot_be_told_is_a_gap_of_the_interface(tmp_path: Path) -> None:
    later = block(
        "aws_network_interface_sg_attachment.m",
        {},
        security_group_id=ref("local.group"),
        network_interface_id=ref("aws_network_interface.e.id"),
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, INTERFACE, later)

    assert unknown(network, "network_interfaces") == {("aws_network_interface.e", "group_ids")}


def test_an_interface_can_be_given_to_an_instance_later(tmp_path: Path) -> None:
    use = block(
        "aws_network_interface_attachment.u",
        {"device_index": 1},
        instance_id=ref("aws_instance.h.id"),
        network_interface_id=ref("aws_network_interface.e.id"),
    )

    network = load(tmp_path, VPC, SUBNET, GROUP, HOST, INTERFACE, use)

    assert {each.instance_id for each in network.network_interfaces} == {"aws_instance.h"}
    assert network.instances[0].network_interface_ids == (
        "aws_instance.h.primary_network_interface_id",
        "aws_network_interface.e",
    )


@pytest.mark.parametrize(
    "links",
    [
        [block("aws_eip.a", {"public_ip": "192.0.2.7"}, instance=ref("aws_instance.h.id"))],
        [
            block("aws_eip.a", {"public_ip": "192.0.2.7"}),
            block(
                "aws_eip_association.a",
                {},
                allocation_id=ref("aws_eip.a.allocation_id"),
                instance_id=ref("aws_instance.h.id"),
            ),
        ],
    ],
    ids=["own", "association"],
)
def test_an_elastic_ip_makes_its_interface_public(tmp_path: Path, links: list[Block]) -> None:
    host = block("aws_instance.h", {"private_ip": "10.0.0.8"}, subnet_id=ref("aws_subnet.s.id"))

    network = load(tmp_path, VPC, SUBNET, GROUP, host, *links)

    assert only_interface(network).public_ips == {IPv4Address("10.0.0.8"): IPv4Address("192.0.2.7")}


@pytest.mark.parametrize("name", ["associate_with_private_ip", "private_ip"])
def test_an_elastic_ip_is_translated_to_the_private_address_that_it_names(tmp_path: Path, name: str) -> None:
    interface = block("aws_network_interface.e", {"private_ips": ["10.0.0.9", "10.0.0.10"]})
    eip = block(
        "aws_eip.a",
        {"public_ip": "192.0.2.7", name: "10.0.0.10"},
        network_interface=ref("aws_network_interface.e.id"),
    )

    network = load(tmp_path, VPC, SUBNET, interface, eip)

    assert only_interface(network).public_ips == {IPv4Address("10.0.0.10"): IPv4Address("192.0.2.7")}


def test_a_delegated_prefix_is_the_interface_s(tmp_path: Path) -> None:
    values: Json = {"private_ips": ["10.0.0.9"], "ipv4_prefixes": ["10.0.0.16/28"]}

    network = load(tmp_path, VPC, SUBNET, block("aws_network_interface.e", values))

    assert only_interface(network).prefixes == (IPv4Network("10.0.0.16/28"),)
    assert only_interface(network).networks == (IPv4Network("10.0.0.9/32"), IPv4Network("10.0.0.16/28"))


def test_an_elastic_ip_that_is_not_known_yet_is_a_gap_of_its_interface(tmp_path: Path) -> None:
    eip = block("aws_eip.a", {}, network_interface=ref("aws_network_interface.e.id"))
    of_nat = block("aws_eip.nat", {"instance": None})

    network = load(tmp_path, VPC, SUBNET, GROUP, INTERFACE, eip, of_nat)

    assert unknown(network, "network_interfaces") == {("aws_network_interface.e", "public_ips")}


def test_an_elastic_ip_of_an_instance_is_its_first_interface_s(tmp_path: Path) -> None:
    uses: Json = {"network_interface": [{"device_index": 0}], "instance_type": "t3.micro"}
    host = block("aws_instance.h", uses)
    host.expressions["network_interface"] = [{"network_interface_id": ref("aws_network_interface.e.id")}]
    eip = block("aws_eip.a", {"public_ip": "192.0.2.7"}, instance=ref("aws_instance.h.id"))

    network = load(tmp_path, VPC, SUBNET, GROUP, INTERFACE, host, eip)

    assert list(only_interface(network).public_ips.values()) == [IPv4Address("192.0.2.7")]


def test_a_host_in_a_subnet_that_gives_addresses_will_have_one(tmp_path: Path) -> None:
    public: Json = {"cidr_block": "10.0.0.0/24", "map_public_ip_on_launch": True}
    subnet = block("aws_subnet.s", public | ZONE, **OF_VPC)

    network = load(tmp_path, VPC, subnet, GROUP, HOST)

    interface = "aws_instance.h.primary_network_interface_id"
    assert (interface, "public_ips") in unknown(network, "network_interfaces")


def test_a_state_s_elastic_ip_without_a_region_spoils_nothing(tmp_path: Path) -> None:
    vpc: Json = {"id": "vpc-1", "cidr_block": "10.0.0.0/16", "arn": "arn:aws:ec2:us-east-1:1:vpc/vpc-1"}
    eip: Json = {"id": "eipalloc-1", "public_ip": "192.0.2.7", "instance": "", "network_interface": "eni-1"}

    network = load_terraform(write(tmp_path, state(("aws_vpc.main", vpc), ("aws_eip.a", eip))))

    assert unknown(network, "network_interfaces") == set()


def default_table(use: str, **values: object) -> Block:
    return block(
        f"aws_ec2_transit_gateway_default_route_table_{use}.d",
        values,
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway_route_table.own.id"),
        **OF_TGW,
    )


def test_a_default_table_chosen_earlier_takes_the_attachments(tmp_path: Path) -> None:
    chosen = [default_table(use, id=f"tgw-1_{use}") for use in ("association", "propagation")]

    network = load(tmp_path, VPC, SUBNET, TGW, ATTACHMENT, OWN_TABLE, *chosen)

    (gateway,) = network.transit_gateways
    own = "aws_ec2_transit_gateway_route_table.own"
    assert (gateway.default_association_table_id, gateway.default_propagation_table_id) == (own, own)
    assert {
        table.id: (table.default_association, len(table.associations)) for table in network.tgw_route_tables
    } == {
        MADE: (False, 0),
        own: (True, 1),
    }
    assert [len(table.routes) for table in network.tgw_route_tables if table.id == own] == [1]


def test_a_default_table_chosen_by_the_same_plan_is_a_gap_of_both(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, SUBNET, TGW, ATTACHMENT, OWN_TABLE, default_table("association"))

    assert {table.id: table.associations for table in network.tgw_route_tables} == {
        MADE: (),
        "aws_ec2_transit_gateway_route_table.own": (),
    }
    assert unknown(network, "tgw_route_tables") == {
        (MADE, "associations"),
        ("aws_ec2_transit_gateway_route_table.own", "associations"),
    }


def test_a_vpn_and_a_connect_are_attachments_whose_routes_nobody_knows(tmp_path: Path) -> None:
    vpn = block("aws_vpn_connection.v", {}, **OF_TGW)
    of_vgw = block("aws_vpn_connection.old", {"vpn_gateway_id": "vgw-1", "transit_gateway_id": None})
    connect = block(
        "aws_ec2_transit_gateway_connect.c",
        {},
        transport_attachment_id=ref("aws_ec2_transit_gateway_vpc_attachment.a.id"),
        **OF_TGW,
    )
    route = block(
        "aws_ec2_transit_gateway_route.r",
        {"destination_cidr_block": "192.168.0.0/16"},
        transit_gateway_attachment_id=ref("aws_vpn_connection.v.transit_gateway_attachment_id"),
        transit_gateway_route_table_id=ref("aws_ec2_transit_gateway.t.association_default_route_table_id"),
    )

    network = load(tmp_path, VPC, SUBNET, TGW, ATTACHMENT, vpn, of_vgw, connect, route)

    attachment_id = "aws_vpn_connection.v.transit_gateway_attachment_id"
    assert {each.id: (each.resource_type, each.resource_id) for each in network.tgw_attachments} == {
        "aws_ec2_transit_gateway_vpc_attachment.a": ("vpc", "aws_vpc.main"),
        attachment_id: ("vpn", "aws_vpn_connection.v"),
        "aws_ec2_transit_gateway_connect.c": ("connect", "aws_ec2_transit_gateway_vpc_attachment.a"),
    }
    (table,) = network.tgw_route_tables
    assert len(table.associations) == len(table.propagations) == 3
    assert [r.attachment_ids for r in table.routes if r.type == "static"] == [(attachment_id,)]
    assert f"the routes that {attachment_id} propagates" in reasons(network, "tgw_route_tables")[1]


def test_a_policy_table_is_named_at_its_attachment(tmp_path: Path) -> None:
    association = block(
        "aws_ec2_transit_gateway_policy_table_association.p",
        {"transit_gateway_policy_table_id": "tgw-ptb-1"},
        transit_gateway_attachment_id=ref("aws_ec2_transit_gateway_vpc_attachment.a.id"),
    )

    network = load(tmp_path, VPC, SUBNET, TGW, ATTACHMENT, association)

    assert [each.policy_table_id for each in network.tgw_attachments] == ["tgw-ptb-1"]


@pytest.mark.parametrize(
    "gateway, seen", [("aws_vpn_gateway.v.id", True), ("aws_ec2_transit_gateway.t.id", False)]
)
def test_a_direct_connect_gateway_hides_which_attachments_there_are(
    tmp_path: Path, gateway: str, *, seen: bool
) -> None:
    association = block("aws_dx_gateway_association.d", {}, associated_gateway_id=ref(gateway))

    network = load(tmp_path, VPC, SUBNET, TGW, ATTACHMENT, association)

    assert (unknown(network, "tgw_attachments") == set()) is seen
    assert network.not_modelled == ("aws_dx_gateway_association",)


def test_rules_that_the_exclusive_list_leaves_out_are_removed(tmp_path: Path) -> None:
    https: Json = {"ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv4": "10.0.0.0/8"}
    of_group = {"security_group_id": ref("aws_security_group.g.id")}
    rules = [
        block(
            f"aws_vpc_security_group_ingress_rule.{name}",
            https | {"from_port": low, "to_port": low},
            **of_group,
        )
        for name, low in (("kept", 443), ("gone", 80))
    ]
    only = block(
        "aws_vpc_security_group_rules_exclusive.o",
        {"egress_rule_ids": []},
        ingress_rule_ids=ref("aws_vpc_security_group_ingress_rule.kept.id"),
        **of_group,
    )

    network = load(tmp_path, VPC, GROUP, *rules, only)

    (group,) = [each for each in network.security_groups if each.group_name == "g"]
    assert [rule.from_port for rule in group.ingress] == [443]
    assert unknown(network, "security_groups") == set()


def test_inline_rules_beside_an_exclusive_list_are_a_gap(tmp_path: Path) -> None:
    rule: Json = {"protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]}
    group = block("aws_security_group.g", {"name": "g", "ingress": [rule], "egress": []}, **OF_VPC)
    only = block(
        "aws_vpc_security_group_rules_exclusive.o",
        {"ingress_rule_ids": [], "egress_rule_ids": []},
        security_group_id=ref("aws_security_group.g.id"),
    )

    network = load(tmp_path, VPC, group, only)

    assert ("aws_security_group.g", "ingress") in unknown(network, "security_groups")


def test_private_dns_can_be_switched_by_a_resource_of_its_own(tmp_path: Path) -> None:
    endpoint = block(
        "aws_vpc_endpoint.e",
        {"service_name": "com.amazonaws.eu-west-1.kms", "vpc_endpoint_type": "Interface"},
        **OF_VPC,
    )
    switch = block(
        "aws_vpc_endpoint_private_dns.d",
        {"private_dns_enabled": True},
        vpc_endpoint_id=ref("aws_vpc_endpoint.e.id"),
    )

    assert load(tmp_path, VPC, endpoint, switch).vpc_endpoints[0].private_dns


@pytest.mark.parametrize("kind", ["aws_vpn_gateway_route_propagation", "aws_vpc_route_server_propagation"])
def test_routes_propagated_into_a_table_are_a_gap_of_it(tmp_path: Path, kind: str) -> None:
    table = block("aws_route_table.t", {}, **OF_VPC)
    propagation = block(f"{kind}.p", {}, route_table_id=ref("aws_route_table.t.id"))

    network = load(tmp_path, VPC, table, propagation)

    assert unknown(network, "vpc_route_tables") == {("aws_route_table.t", "routes")}


def test_a_spot_request_starts_instances_that_no_file_shows(tmp_path: Path) -> None:
    network = load(tmp_path, VPC, block("aws_spot_instance_request.s", {}))

    assert unknown(network, "instances") == {("", "")}
