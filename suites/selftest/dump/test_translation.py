"""What the answers mean, one rule of AWS's a test."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

import pytest

from probes.model.state import GroupRef, PrefixListRef, RouteTargetKind, SgRule, State
from suites.selftest.dump.small_dumps import (
    ATTACHMENT,
    GENERAL_ATTACHMENT,
    REGION,
    SUBNET,
    TABLE,
    TGW,
    VPC,
    Item,
    load,
)
from suites.selftest.state.canonical import kinds

ATTACHMENT_ID = "tgw-attach-0a1b2c3d4"
TABLE_ID = "tgw-rtb-0a1b2c3d4"
PROPAGATION: Item = {
    "TransitGatewayRouteTableId": TABLE_ID,
    "TransitGatewayRouteTablePropagations": [
        {"TransitGatewayAttachmentId": ATTACHMENT_ID, "ResourceType": "vpc", "State": "enabled"}
    ],
}


def gaps_of(state: State, resource: str) -> dict[str, str]:
    return {gap.field: gap.reason for gap in state.gaps if gap.resource == resource}


def static(cidr: str, attachment_id: str = "tgw-attach-0ffffffff") -> Item:
    attachments = [{"TransitGatewayAttachmentId": attachment_id}]
    return {
        "DestinationCidrBlock": cidr,
        "Type": "static",
        "State": "active",
        "TransitGatewayAttachments": attachments,
    }


def test_only_associated_cidr_blocks_of_a_vpc_count_and_the_primary_comes_first(tmp_path: Path) -> None:
    blocks = [
        {"CidrBlock": cidr, "CidrBlockState": {"State": state}}
        for cidr, state in (
            ("10.0.0.0/24", "associated"),
            ("10.66.0.0/18", "associated"),
            ("10.9.0.0/24", "disassociated"),
        )
    ]

    ipv6 = {"Ipv6CidrBlock": "2001:db8::/56", "Ipv6CidrBlockState": {"State": "associated"}}
    item = VPC | {"CidrBlockAssociationSet": blocks, "Ipv6CidrBlockAssociationSet": [ipv6]}

    (vpc,) = load(tmp_path, Vpcs=[item]).vpcs

    assert vpc.cidrs == (IPv4Network("10.66.0.0/18"), IPv4Network("10.0.0.0/24"))
    assert vpc.ipv6_cidrs == (IPv6Network("2001:db8::/56"),)


@pytest.mark.parametrize(
    "target, expected",
    [
        ({"GatewayId": "local"}, (RouteTargetKind.LOCAL, "local")),
        ({"GatewayId": "igw-1"}, (RouteTargetKind.INTERNET_GATEWAY, "igw-1")),
        ({"GatewayId": "vgw-1"}, (RouteTargetKind.VPN_GATEWAY, "vgw-1")),
        ({"GatewayId": "vpce-1"}, (RouteTargetKind.VPC_ENDPOINT, "vpce-1")),
        ({"TransitGatewayId": "tgw-1"}, (RouteTargetKind.TRANSIT_GATEWAY, "tgw-1")),
        ({"NatGatewayId": "nat-1"}, (RouteTargetKind.NAT_GATEWAY, "nat-1")),
        ({"VpcPeeringConnectionId": "pcx-1"}, (RouteTargetKind.VPC_PEERING, "pcx-1")),
        ({"InstanceId": "i-1", "NetworkInterfaceId": "eni-1"}, (RouteTargetKind.NETWORK_INTERFACE, "eni-1")),
        ({"EgressOnlyInternetGatewayId": "eigw-1"}, (RouteTargetKind.EGRESS_ONLY_GATEWAY, "eigw-1")),
        ({"CarrierGatewayId": "cagw-1"}, (RouteTargetKind.OTHER, "cagw-1")),
        ({"State": "blackhole"}, (RouteTargetKind.OTHER, "")),
    ],
)
def test_a_route_points_at_what_its_fields_name(
    tmp_path: Path, target: Item, expected: tuple[RouteTargetKind, str]
) -> None:
    route = {"DestinationCidrBlock": "0.0.0.0/0", **target}

    (table,) = load(
        tmp_path, RouteTables=[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": [route]}]
    ).vpc_route_tables

    assert [(each.target, each.target_id) for each in table.routes] == [expected]


def test_routes_to_prefix_lists_and_ipv6_come_after_ipv4_and_filtered_ones_are_left_out(
    tmp_path: Path,
) -> None:
    routes = [
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
        {"DestinationIpv6CidrBlock": "::/0", "GatewayId": "igw-1"},
        {"DestinationCidrBlock": "10.0.0.0/8", "GatewayId": "vgw-1", "State": "filtered"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1", "State": "blackhole"},
    ]

    (table,) = load(
        tmp_path, RouteTables=[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": routes}]
    ).vpc_route_tables

    assert [(route.destination, route.state) for route in table.routes] == [
        (IPv4Network("0.0.0.0/0"), "blackhole"),
        (IPv6Network("::/0"), "active"),
        ("pl-1", "active"),
    ]


def test_a_table_lists_live_associations_only(tmp_path: Path) -> None:
    associations = [
        {"Main": True},
        {"SubnetId": "subnet-2", "AssociationState": {"State": "associated"}},
        {"SubnetId": "subnet-1"},
        {"SubnetId": "subnet-3", "AssociationState": {"State": "disassociated"}},
        {"GatewayId": "igw-1"},
    ]

    (table,) = load(
        tmp_path,
        RouteTables=[{"RouteTableId": "rtb-1", "VpcId": "vpc-1", "Routes": [], "Associations": associations}],
    ).vpc_route_tables

    assert (table.main, table.subnet_ids, table.gateway_ids) == (True, ("subnet-1", "subnet-2"), ("igw-1",))


def group(*permissions: Item) -> list[Item]:
    return [
        {
            "GroupId": "sg-1",
            "GroupName": "gpu",
            "VpcId": "vpc-1",
            "IpPermissions": list(permissions),
            "IpPermissionsEgress": [],
        }
    ]


def test_a_permission_is_one_rule_for_each_peer(tmp_path: Path) -> None:
    permission = {
        "IpProtocol": "tcp",
        "FromPort": 443,
        "ToPort": 443,
        "IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "ours"}],
        "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
        "PrefixListIds": [{"PrefixListId": "pl-1"}],
        "UserIdGroupPairs": [{"GroupId": "sg-2", "UserId": "1", "VpcId": "vpc-2"}],
    }

    (found,) = load(tmp_path, SecurityGroups=group(permission)).security_groups

    peers = {repr(rule.peer): rule for rule in found.ingress}
    assert set(peers) == {
        repr(IPv4Network("10.0.0.0/8")),
        repr(IPv6Network("::/0")),
        repr(PrefixListRef(prefix_list_id="pl-1")),
        repr(GroupRef(group_id="sg-2", owner_id="1", vpc_id="vpc-2")),
    }
    assert peers[repr(IPv4Network("10.0.0.0/8"))] == SgRule(
        protocol="tcp", from_port=443, to_port=443, peer=IPv4Network("10.0.0.0/8"), description="ours"
    )


@pytest.mark.parametrize(
    "permission, expected",
    [
        ({"IpProtocol": "-1"}, ("-1", None, None)),
        ({"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}, ("-1", None, None)),
        ({"IpProtocol": "6", "FromPort": 1018, "ToPort": 1023}, ("tcp", 1018, 1023)),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535}, ("tcp", None, None)),
        ({"IpProtocol": "tcp", "FromPort": 0, "ToPort": 0}, ("tcp", 0, 0)),
        ({"IpProtocol": "udp", "FromPort": -1, "ToPort": -1}, ("udp", None, None)),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}, ("icmp", None, None)),
        ({"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1}, ("icmp", 8, None)),
        ({"IpProtocol": "1", "FromPort": 8, "ToPort": 0}, ("icmp", 8, 0)),
        ({"IpProtocol": "58"}, ("icmpv6", None, None)),
        ({"IpProtocol": "50"}, ("50", None, None)),
    ],
)
def test_one_spelling_for_each_protocol_and_port_range(
    tmp_path: Path, permission: Item, expected: tuple[str, int | None, int | None]
) -> None:
    anywhere = {"IpRanges": [{"CidrIp": "0.0.0.0/0"}]}

    (found,) = load(tmp_path, SecurityGroups=group(permission | anywhere)).security_groups

    assert [(rule.protocol, rule.from_port, rule.to_port) for rule in found.ingress] == [expected]


def test_acl_entries_are_in_order_without_the_implicit_denials(tmp_path: Path) -> None:
    common = {"CidrBlock": "10.66.0.0/16", "RuleAction": "allow"}
    entries = [
        common | {"RuleNumber": 32767, "Egress": False, "Protocol": "-1", "RuleAction": "deny"},
        common
        | {"RuleNumber": 90, "Egress": True, "Protocol": "1", "IcmpTypeCode": {"Type": -1, "Code": -1}},
        common
        | {"RuleNumber": 200, "Egress": False, "Protocol": "17", "PortRange": {"From": 0, "To": 65535}},
        common | {"RuleNumber": 100, "Egress": False, "Protocol": "6", "PortRange": {"From": 22, "To": 23}},
        {
            "Ipv6CidrBlock": "::/0",
            "RuleNumber": 32768,
            "Egress": True,
            "Protocol": "-1",
            "RuleAction": "deny",
        },
    ]
    acl = {"NetworkAclId": "acl-1", "VpcId": "vpc-1", "IsDefault": True, "Entries": entries}

    (found,) = load(tmp_path, NetworkAcls=[acl]).network_acls

    assert [(e.egress, e.number, e.protocol, e.from_port, e.to_port, e.icmp_type) for e in found.entries] == [
        (False, 100, "tcp", 22, 23, None),
        (False, 200, "udp", None, None, None),
        (True, 90, "icmp", None, None, None),
    ]


def test_an_interface_lists_its_primary_address_first(tmp_path: Path) -> None:
    interface = {
        "NetworkInterfaceId": "eni-1",
        "VpcId": "vpc-1",
        "SubnetId": "subnet-1",
        "PrivateIpAddresses": [
            {"PrivateIpAddress": "10.0.0.9", "Association": {"PublicIp": "203.0.113.6"}},
            {"PrivateIpAddress": "10.0.0.10", "Primary": True},
        ],
        "Ipv4Prefixes": [{"Ipv4Prefix": "10.0.0.16/28"}],
        "Ipv6Addresses": [{"Ipv6Address": "2001:db8::9"}],
        "Association": {"PublicIp": "203.0.113.5"},
        "Attachment": {"InstanceId": "i-1"},
        "TagSet": [{"Key": "Name", "Value": "fsx"}],
    }

    (found,) = load(tmp_path, NetworkInterfaces=[interface]).network_interfaces

    assert [str(address) for address in found.private_ips] == ["10.0.0.10", "10.0.0.9"]
    assert {str(private): str(public) for private, public in found.public_ips.items()} == {
        "10.0.0.10": "203.0.113.5",
        "10.0.0.9": "203.0.113.6",
    }
    assert [str(network) for network in found.networks] == ["10.0.0.10/32", "10.0.0.9/32", "10.0.0.16/28"]
    assert [str(address) for address in found.ipv6_ips] == ["2001:db8::9"]
    assert (found.instance_id, found.name) == ("i-1", "fsx")


def test_a_default_table_is_none_when_its_option_is_disabled(tmp_path: Path) -> None:
    options = {
        "AmazonSideAsn": 64512,
        "AssociationDefaultRouteTableId": TABLE_ID,
        "DefaultRouteTableAssociation": "disable",
        "PropagationDefaultRouteTableId": TABLE_ID,
        "DefaultRouteTablePropagation": "enable",
    }

    (gateway,) = load(tmp_path, TransitGateways=[TGW | {"Options": options}]).transit_gateways

    assert (gateway.default_association_table_id, gateway.default_propagation_table_id) == ("", TABLE_ID)
    assert (gateway.sg_referencing_support, gateway.encryption_support) == (None, None)


@pytest.mark.parametrize(
    "key, item",
    [
        ("TransitGateways", TGW),
        ("TransitGatewayRouteTables", TABLE),
        ("TransitGatewayVpcAttachments", ATTACHMENT),
        ("TransitGatewayAttachments", GENERAL_ATTACHMENT),
        ("NatGateways", {"NatGatewayId": "nat-1", "VpcId": "vpc-1"}),
        (
            "VpcEndpoints",
            {
                "VpcEndpointId": "vpce-1",
                "VpcId": "vpc-1",
                "ServiceName": "s",
                "VpcEndpointType": "Interface",
            },
        ),
    ],
)
@pytest.mark.parametrize("gone", ["deleting", "deleted"])
def test_what_is_deleted_or_being_deleted_is_left_out(
    tmp_path: Path, key: str, item: Item, gone: str
) -> None:
    state = load(tmp_path, **{key: [item | {"State": gone}]})

    assert [kind for kind in kinds() if getattr(state, kind)] == []


def test_terminated_instances_are_left_out(tmp_path: Path) -> None:
    instances = [
        {"InstanceId": f"i-{name}", "InstanceType": "g6e.xlarge", "State": {"Name": name}}
        for name in ("running", "terminated", "shutting-down", "stopped")
    ]

    state = load(tmp_path, Reservations=[{"ReservationId": "r-1", "Instances": instances}])

    assert [instance.id for instance in state.instances] == ["i-running", "i-stopped"]


def test_an_attachment_joins_its_general_and_its_own_answer(tmp_path: Path) -> None:
    state = load(
        tmp_path,
        TransitGatewayAttachments=[GENERAL_ATTACHMENT],
        TransitGatewayVpcAttachments=[ATTACHMENT | {"Options": {"ApplianceModeSupport": "enable"}}],
        TransitGatewayPeeringAttachments=[],
        TransitGatewayRouteTables=[TABLE],
        TransitGatewayRoutes=[{"TransitGatewayRouteTableId": TABLE_ID, "Routes": []}],
        TransitGatewayPropagations=[],
    )

    (attachment,) = state.tgw_attachments
    assert attachment.subnet_ids == ("subnet-0a1b2c3d4",)
    assert attachment.appliance_mode
    assert gaps_of(state, ATTACHMENT_ID) == {}
    assert state.tgw_route_tables[0].associations == (ATTACHMENT_ID,)


def test_a_peering_is_seen_from_its_own_region(tmp_path: Path) -> None:
    peering = {
        "TransitGatewayAttachmentId": "tgw-attach-0b",
        "RequesterTgwInfo": {"TransitGatewayId": "tgw-far", "Region": "us-east-2"},
        "AccepterTgwInfo": {"TransitGatewayId": "tgw-near", "Region": REGION},
        "State": "available",
    }

    (found,) = load(tmp_path, TransitGatewayPeeringAttachments=[peering]).tgw_attachments

    assert (found.transit_gateway_id, found.role) == ("tgw-near", "accepter")
    assert (found.peer_region, found.peer_transit_gateway_id) == ("us-east-2", "tgw-far")


def test_a_peering_inside_one_region_has_two_sides(tmp_path: Path) -> None:
    peering = {
        "TransitGatewayAttachmentId": "tgw-attach-0b",
        "AccepterTransitGatewayAttachmentId": "tgw-attach-0c",
        "RequesterTgwInfo": {"TransitGatewayId": "tgw-1", "Region": REGION},
        "AccepterTgwInfo": {"TransitGatewayId": "tgw-2", "Region": REGION},
        "State": "available",
    }

    found = load(tmp_path, TransitGatewayPeeringAttachments=[peering]).tgw_attachments

    assert [(a.id, a.transit_gateway_id, a.peer_transit_gateway_id, a.role) for a in found] == [
        ("tgw-attach-0b", "tgw-1", "tgw-2", "requester"),
        ("tgw-attach-0c", "tgw-2", "tgw-1", "accepter"),
    ]


def test_attachments_without_their_own_answer_have_gaps(tmp_path: Path) -> None:
    peering = GENERAL_ATTACHMENT | {
        "TransitGatewayAttachmentId": "tgw-attach-0b",
        "ResourceType": "peering",
        "ResourceId": "tgw-far",
    }

    state = load(tmp_path, TransitGatewayAttachments=[GENERAL_ATTACHMENT, peering])

    assert list(gaps_of(state, ATTACHMENT_ID)) == ["subnet_ids"]
    assert list(gaps_of(state, "tgw-attach-0b")) == ["peer_region"]


def test_propagated_routes_are_concluded_where_nobody_searched_the_table(tmp_path: Path) -> None:
    state = load(
        tmp_path,
        Vpcs=[VPC],
        TransitGatewayVpcAttachments=[ATTACHMENT],
        TransitGatewayRouteTables=[TABLE],
        TransitGatewayStaticRoutes=[
            {"TransitGatewayRouteTableId": TABLE_ID, "Routes": [static("10.66.64.0/18")]}
        ],
        TransitGatewayPropagations=[PROPAGATION],
    )

    (table,) = state.tgw_route_tables
    assert [(str(r.destination), r.type, r.derived) for r in table.routes] == [
        ("10.66.0.0/18", "propagated", True),
        ("10.66.64.0/18", "static", False),
    ]
    assert "routes" not in gaps_of(state, TABLE_ID)


def test_which_of_two_overlapping_vpcs_propagates_is_not_concluded(tmp_path: Path) -> None:
    inside = VPC | {"VpcId": "vpc-inside", "CidrBlock": "10.66.32.0/24"}
    second = ATTACHMENT | {"TransitGatewayAttachmentId": "tgw-attach-second", "VpcId": "vpc-inside"}
    listed = PROPAGATION["TransitGatewayRouteTablePropagations"]
    both = [*listed, listed[0] | {"TransitGatewayAttachmentId": "tgw-attach-second"}]

    state = load(
        tmp_path,
        Vpcs=[VPC, inside],
        TransitGatewayVpcAttachments=[ATTACHMENT, second],
        TransitGatewayRouteTables=[TABLE],
        TransitGatewayStaticRoutes=[{"TransitGatewayRouteTableId": TABLE_ID, "Routes": []}],
        TransitGatewayPropagations=[PROPAGATION | {"TransitGatewayRouteTablePropagations": both}],
    )

    assert "AWS propagates either 10.66.0.0/18" in gaps_of(state, TABLE_ID)["routes"]


@pytest.mark.parametrize("state", ["associating", "disassociating"])
def test_an_association_under_way_is_a_gap(tmp_path: Path, state: str) -> None:
    changing = GENERAL_ATTACHMENT | {
        "Association": {"TransitGatewayRouteTableId": TABLE_ID, "State": state},
    }

    found = load(tmp_path, TransitGatewayAttachments=[changing], TransitGatewayRouteTables=[TABLE])

    assert found.tgw_route_tables[0].associations == ()
    assert state in gaps_of(found, TABLE_ID)["associations"]


def test_a_static_route_beats_the_propagated_one_to_the_same_prefix(tmp_path: Path) -> None:
    state = load(
        tmp_path,
        Vpcs=[VPC],
        TransitGatewayVpcAttachments=[ATTACHMENT],
        TransitGatewayRouteTables=[TABLE],
        TransitGatewayStaticRoutes=[
            {"TransitGatewayRouteTableId": TABLE_ID, "Routes": [static("10.66.0.0/18")]}
        ],
        TransitGatewayPropagations=[PROPAGATION],
    )

    assert [route.type for route in state.tgw_route_tables[0].routes] == ["static"]


def test_searched_routes_are_taken_as_they_are(tmp_path: Path) -> None:
    routes = [
        static("10.66.64.0/18"),
        static("10.66.128.0/18") | {"State": "blackhole", "TransitGatewayAttachments": []},
        static("10.66.192.0/18") | {"State": "deleted"},
    ]

    state = load(
        tmp_path,
        Vpcs=[VPC],
        TransitGatewayVpcAttachments=[ATTACHMENT],
        TransitGatewayRouteTables=[TABLE],
        TransitGatewayRoutes=[{"TransitGatewayRouteTableId": TABLE_ID, "Routes": routes}],
        TransitGatewayPropagations=[PROPAGATION],
    )

    (table,) = state.tgw_route_tables
    assert [(str(r.destination), r.state, r.attachment_ids) for r in table.routes] == [
        ("10.66.64.0/18", "active", ("tgw-attach-0ffffffff",)),
        ("10.66.128.0/18", "blackhole", ()),
    ]


def test_a_table_that_no_answer_describes_has_gaps(tmp_path: Path) -> None:
    state = load(tmp_path, TransitGatewayRouteTables=[TABLE])

    assert set(gaps_of(state, TABLE_ID)) == {"routes", "propagations", "associations"}


def test_routes_that_a_vpn_propagates_cannot_be_concluded(tmp_path: Path) -> None:
    vpn = GENERAL_ATTACHMENT | {"ResourceType": "vpn", "ResourceId": "vpn-1"}

    state = load(
        tmp_path,
        TransitGatewayAttachments=[vpn],
        TransitGatewayRouteTables=[TABLE],
        TransitGatewayStaticRoutes=[{"TransitGatewayRouteTableId": TABLE_ID, "Routes": []}],
        TransitGatewayPropagations=[PROPAGATION],
    )

    assert ATTACHMENT_ID in gaps_of(state, TABLE_ID)["routes"]


def test_prefix_lists_without_entries_have_a_gap(tmp_path: Path) -> None:
    managed = {"PrefixListId": "pl-1", "PrefixListName": "mine", "OwnerId": "1", "MaxEntries": 5}
    aws = {"PrefixListId": "pl-2", "PrefixListName": "com.amazonaws.us-east-1.s3", "Cidrs": ["3.5.0.0/20"]}

    state = load(tmp_path, PrefixLists=[managed, aws])

    assert [(each.id, each.owner_id) for each in state.prefix_lists] == [("pl-1", "1"), ("pl-2", "AWS")]
    assert list(gaps_of(state, "pl-1")) == ["cidrs"]
    assert gaps_of(state, "pl-2") == {}


def test_the_two_answers_about_prefix_lists_complete_each_other(tmp_path: Path) -> None:
    managed = {"PrefixListId": "pl-2", "PrefixListName": "s3", "OwnerId": "AWS", "MaxEntries": 1}
    plain = {"PrefixListId": "pl-2", "PrefixListName": "s3", "Cidrs": ["3.5.0.0/20"]}

    state = load(tmp_path, PrefixLists=[managed, plain])

    assert [(each.max_entries, each.cidrs) for each in state.prefix_lists] == [
        (1, (IPv4Network("3.5.0.0/20"),))
    ]
    assert gaps_of(state, "pl-2") == {}


def test_a_target_group_without_health_answer_has_no_targets_but_a_gap(tmp_path: Path) -> None:
    group = {
        "TargetGroupArn": "arn:tg",
        "TargetType": "ip",
        "HealthCheckIntervalSeconds": 10,
        "UnhealthyThresholdCount": 2,
        "HealthyThresholdCount": 3,
    }

    state = load(tmp_path, TargetGroups=[group])

    assert state.target_groups[0].targets is None
    assert list(gaps_of(state, "arn:tg")) == ["targets"]


def test_keys_that_two_services_share_are_told_apart(tmp_path: Path) -> None:
    state = load(
        tmp_path,
        Subnets=[SUBNET],
        Listeners=[{"ListenerArn": "arn:aws:globalaccelerator::1:accelerator/a/listener/b"}],
        FileSystems=[{"FileSystemId": "fs-1", "LifeCycleState": "available"}],
        Aliases=[{"AliasArn": "arn:aws:lambda:us-east-1:1:function:f:live", "Name": "live"}],
    )

    assert [kind for kind in kinds() if getattr(state, kind)] == ["subnets"]


def test_the_replicas_of_a_global_table_include_its_own_region(tmp_path: Path) -> None:
    table = {
        "TableName": "t",
        "TableStatus": "ACTIVE",
        "Replicas": [{"RegionName": "us-west-2", "ReplicaStatus": "CREATING"}],
    }

    (found,) = load(tmp_path, Table=table).dynamo_tables

    assert [(replica.region, replica.status) for replica in found.replicas] == [
        (REGION, "ACTIVE"),
        ("us-west-2", "CREATING"),
    ]


def test_only_enabled_rules_of_a_bucket_expire_anything(tmp_path: Path) -> None:
    rules = [
        {"Status": "Disabled", "Expiration": {"Days": 1}},
        {"Status": "Enabled", "Expiration": {"Days": 90}},
        {"Status": "Enabled", "Transitions": []},
        {"Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}},
        {"Status": "Enabled", "Prefix": "old/", "Expiration": {"Days": 7}},
        {"Status": "Enabled", "Filter": {"And": {"Prefix": "a/"}}, "Expiration": {"Days": 8}},
        {"Status": "Enabled", "Filter": {"Tag": {"Key": "k", "Value": "v"}}, "Expiration": {"Days": 2}},
        {"Status": "Enabled", "Filter": {"ObjectSizeGreaterThan": 5}, "Expiration": {"Days": 3}},
    ]

    state = load(tmp_path, BucketLifecycleConfigurations=[{"Bucket": "logs", "Rules": rules}])

    (found,) = state.bucket_lifecycles
    assert (found.id, found.expirations) == ("logs", {"": 90, "tmp/": 1, "old/": 7, "a/": 8})
    assert [found.days_of(key) for key in ("AWSLogs/1/", "tmp/x", "a/x")] == [90, 1, 8]


def test_a_metric_takes_its_value_from_its_statistics(tmp_path: Path) -> None:
    def metric(name: str) -> Item:
        return {"Namespace": "N", "MetricName": name, "Dimensions": [{"Name": "D", "Value": "1"}]}

    state = load(
        tmp_path,
        Metrics=[metric("BytesOut"), metric("Latency"), metric("Idle"), metric("Listed")],
        MetricStatistics=[
            metric("BytesOut") | {"Statistic": "Sum", "Datapoints": [{"Sum": 2.0}, {"Sum": 3.0}]},
            metric("Latency") | {"Statistic": "p99", "Datapoints": [{"ExtendedStatistics": {"p99": 640.0}}]},
            metric("Idle") | {"Statistic": "Sum", "Datapoints": []},
        ],
    )

    assert [(each.id, each.statistic, each.value) for each in state.metrics] == [
        ("N/BytesOut/D=1", "Sum", 5.0),
        ("N/Idle/D=1", "Sum", None),
        ("N/Latency/D=1", "p99", 640.0),
        ("N/Listed/D=1", "", None),
    ]


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({"LogGroupName": "/vpc/flow"}, "/vpc/flow"),
        ({"LogDestination": "arn:aws:logs:us-east-1:1:log-group:/vpc/flow:*"}, "/vpc/flow"),
        ({"LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::bucket/x"}, "arn:aws:s3:::bucket/x"),
    ],
)
def test_a_flow_log_names_where_its_records_go(tmp_path: Path, fields: Item, expected: str) -> None:
    flow_log = {"FlowLogId": "fl-1", "ResourceId": "vpc-1", "FlowLogStatus": "ACTIVE", **fields}

    (found,) = load(tmp_path, FlowLogs=[flow_log]).flow_logs

    assert found.destination == expected


def test_an_alarm_on_an_expression_stands_for_its_first_metric(tmp_path: Path) -> None:
    metric = {"Namespace": "AWS/TransitGateway", "MetricName": "BytesIn", "Dimensions": []}
    queries = [{"Id": "e", "Expression": "m * 8"}, {"Id": "m", "MetricStat": {"Metric": metric}}]

    (found,) = load(tmp_path, MetricAlarms=[{"AlarmName": "a", "Metrics": queries}]).metric_alarms

    assert (found.namespace, found.metric) == ("AWS/TransitGateway", "BytesIn")
