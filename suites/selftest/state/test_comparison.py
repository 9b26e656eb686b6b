from ipaddress import IPv4Network
from typing import Any

import msgspec
import pytest

from probes.model.state import (
    Gap,
    NetworkAcl,
    Resource,
    SecurityGroup,
    SgRule,
    State,
    Subnet,
    TgwAttachment,
    TransitGateway,
    Vpc,
    VpcRouteTable,
)
from probes.model.state.normal import port_range, protocol_name
from suites.selftest.state.canonical import network_of
from suites.selftest.state.comparison import differences, equal_where_known

REGION = "us-east-1"
VPC = Vpc(region=REGION, id="vpc-1", cidrs=(IPv4Network("10.66.0.0/18"),))
SUBNET = Subnet(
    region=REGION, id="subnet-1", vpc_id="vpc-1", cidr=IPv4Network("10.66.0.0/24"), az="us-east-1a"
)


def network(**fields: tuple[Resource, ...]) -> State:
    values: dict[str, Any] = {"vpcs": (VPC,), "subnets": (SUBNET,), **fields}
    return State(regions=(REGION,), **values)


def group(*rules: SgRule, group_id: str = "sg-1") -> SecurityGroup:
    return SecurityGroup(
        region=REGION, id=group_id, vpc_id="vpc-1", group_name="gpu", ingress=rules, egress=()
    )


def rule(**fields: Any) -> SgRule:  # noqa: ANN401  # any field of a rule
    return SgRule(**{"protocol": "tcp", "from_port": 443, "to_port": 443, "peer": None, **fields})


def test_ids_source_tags_and_descriptions_do_not_count() -> None:
    one = network(security_groups=(group(rule(description="web")),))
    other = State(
        source="elsewhere",
        regions=(REGION,),
        vpcs=(msgspec.structs.replace(VPC, id="aws_vpc.main", tags={"Team": "x"}),),
        subnets=(msgspec.structs.replace(SUBNET, id="aws_subnet.a", vpc_id="aws_vpc.main"),),
        security_groups=(
            msgspec.structs.replace(group(rule(), group_id="aws_security_group.gpu"), vpc_id="aws_vpc.main"),
        ),
    )

    assert network_of(one) == network_of(other)


def test_a_resource_on_one_side_only_is_named() -> None:
    assert differences(network(), network(subnets=())) == [
        "subnets: us-east-1/subnet 10.66.0.0/24 is only in the first"
    ]
    assert differences(network(subnets=()), network()) == [
        "subnets: us-east-1/subnet 10.66.0.0/24 is only in the second"
    ]


def test_a_changed_field_is_named_with_both_values() -> None:
    moved = network(subnets=(msgspec.structs.replace(SUBNET, az="us-east-1b"),))

    assert differences(network(), moved) == [
        "subnets: us-east-1/subnet 10.66.0.0/24: az: 'us-east-1a' in the first, 'us-east-1b' in the second"
    ]
    assert not equal_where_known(network(), moved)


def test_what_is_none_is_not_known_and_does_not_count() -> None:
    assert equal_where_known(network(), network(subnets=(msgspec.structs.replace(SUBNET, az=None),)))


def test_an_unknown_peer_agrees_with_any_but_only_one() -> None:
    peers = [IPv4Network("10.0.0.0/8"), IPv4Network("172.16.0.0/12")]
    known = network(security_groups=(group(rule(peer=peers[0]), rule(peer=peers[1])),))
    half = network(security_groups=(group(rule(), rule(peer=peers[0])),))
    fewer = network(security_groups=(group(rule()),))

    assert equal_where_known(known, half)
    assert not equal_where_known(known, fewer)


@pytest.mark.parametrize("region", [REGION, ""])
def test_an_unseen_collection_does_not_count(region: str) -> None:
    blind = msgspec.structs.replace(
        network(subnets=()), gaps=(Gap(kind="subnets", region=region, reason="denied"),)
    )

    assert equal_where_known(network(), blind)
    assert equal_where_known(blind, network())


def test_a_collection_unseen_in_another_region_counts() -> None:
    blind = msgspec.structs.replace(
        network(subnets=()), gaps=(Gap(kind="subnets", region="us-west-2", reason="denied"),)
    )

    assert not equal_where_known(network(), blind)


def test_an_unseen_field_of_a_resource_does_not_count() -> None:
    blind = msgspec.structs.replace(
        network(subnets=(msgspec.structs.replace(SUBNET, az=""),)),
        gaps=(Gap(kind="subnets", region=REGION, resource="subnet-1", field="az", reason="unknown"),),
    )

    assert equal_where_known(network(), blind)
    assert not equal_where_known(network(), msgspec.structs.replace(blind, gaps=()))


def test_what_main_table_and_default_acl_hold_is_implied() -> None:
    def with_subnets(*subnet_ids: str) -> State:
        table = VpcRouteTable(
            region=REGION, id="rtb", vpc_id="vpc-1", main=True, subnet_ids=subnet_ids, routes=()
        )
        acl = NetworkAcl(
            region=REGION, id="acl", vpc_id="vpc-1", default=True, subnet_ids=subnet_ids, entries=()
        )
        return network(vpc_route_tables=(table,), network_acls=(acl,))

    assert network_of(with_subnets()) == network_of(with_subnets("subnet-1"))


def test_a_peering_s_two_sides_share_an_id_but_not_a_name() -> None:
    def side(region: str, own: str, peer: str, peer_region: str) -> TgwAttachment:
        return TgwAttachment(
            region=region,
            id="tgw-attach-1",
            transit_gateway_id=own,
            resource_type="peering",
            resource_id=peer,
            state="available",
            peer_transit_gateway_id=peer,
            peer_region=peer_region,
        )

    state = State(
        transit_gateways=tuple(
            TransitGateway(
                region=region, id=f"tgw-{region}", tags={"Name": "hub"}, state="available", asn=64512
            )
            for region in ("us-east-1", "us-west-2")
        ),
        tgw_attachments=(
            side("us-east-1", "tgw-us-east-1", "tgw-us-west-2", "us-west-2"),
            side("us-west-2", "tgw-us-west-2", "tgw-us-east-1", "us-east-1"),
        ),
    )

    assert [(a.id, a.peer_transit_gateway_id) for a in network_of(state).tgw_attachments] == [
        ("us-east-1/peering with us-west-2", "us-west-2/tgw of hub"),
        ("us-west-2/peering with us-east-1", "us-east-1/tgw of hub"),
    ]


def test_twins_are_numbered() -> None:
    twin = msgspec.structs.replace(VPC, id="vpc-2")

    found = network_of(State(vpcs=(VPC, twin))).vpcs

    assert [vpc.id for vpc in found] == [
        "us-east-1/vpc 10.66.0.0/18 ()",
        "us-east-1/vpc 10.66.0.0/18 () #2",
    ]


@pytest.mark.parametrize(
    "spelt, name",
    [
        ("6", "tcp"),
        ("TCP", "tcp"),
        ("17", "udp"),
        ("1", "icmp"),
        ("58", "icmpv6"),
        ("all", "-1"),
        ("50", "50"),
    ],
)
def test_a_protocol_has_one_name(spelt: str, name: str) -> None:
    assert protocol_name(spelt) == name


@pytest.mark.parametrize(
    "protocol, ports, expected",
    [
        ("tcp", (0, 65535), (None, None)),
        ("tcp", (-1, -1), (None, None)),
        ("tcp", (22, 22), (22, 22)),
        ("icmp", (8, -1), (8, None)),
        ("icmp", (None, None), (None, None)),
        ("50", (0, 0), (None, None)),
        ("-1", (0, 0), (None, None)),
    ],
)
def test_all_ports_are_none(
    protocol: str, ports: tuple[int | None, int | None], expected: tuple[int | None, int | None]
) -> None:
    assert port_range(protocol, *ports) == expected
