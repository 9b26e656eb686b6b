"""
EC2's describe answers about VPCs, as typed items named as in botocore.
"""

from ipaddress import IPv4Address, IPv4Network

import msgspec

from probes.sources.describe.parse import AnyNetwork, Part, Raw, Tag


class CidrState(Part, frozen=True, kw_only=True):
    """
    VpcCidrBlockState.
    """

    state: str


class CidrAssociation(Part, frozen=True, kw_only=True):
    """
    VpcCidrBlockAssociation.
    """

    cidr_block: IPv4Network
    cidr_block_state: CidrState


class RawVpc(Raw, frozen=True, kw_only=True):
    """
    Vpc.
    """

    vpc_id: str
    cidr_block: IPv4Network
    cidr_block_association_set: tuple[CidrAssociation, ...] = ()
    owner_id: str | None = None


class RawSubnet(Raw, frozen=True, kw_only=True):
    """
    Subnet. Only an IPv6-only one has no CidrBlock.
    """

    subnet_id: str
    vpc_id: str
    cidr_block: IPv4Network | None = None
    ipv6_native: bool = False
    availability_zone: str
    availability_zone_id: str | None = None

    def __post_init__(self) -> None:
        _require("CidrBlock", self.cidr_block or self.ipv6_native)


class RawRoute(Part, frozen=True, kw_only=True):
    """
    Route.
    """

    destination_cidr_block: IPv4Network | None = None
    destination_ipv6_cidr_block: AnyNetwork | None = None
    destination_prefix_list_id: str = ""
    gateway_id: str = ""
    nat_gateway_id: str = ""
    transit_gateway_id: str = ""
    vpc_peering_connection_id: str = ""
    network_interface_id: str = ""
    instance_id: str = ""
    egress_only_internet_gateway_id: str = ""
    carrier_gateway_id: str = ""
    local_gateway_id: str = ""
    core_network_arn: str = ""
    origin: str = "CreateRoute"
    state: str = "active"

    def __post_init__(self) -> None:
        cidr = self.destination_cidr_block or self.destination_ipv6_cidr_block
        _require("DestinationCidrBlock", cidr or self.destination_prefix_list_id)


class AssociationState(Part, frozen=True, kw_only=True):
    """
    RouteTableAssociationState.
    """

    state: str = "associated"


class RouteTableAssociation(Part, frozen=True, kw_only=True):
    """
    RouteTableAssociation.
    """

    main: bool = False
    subnet_id: str = ""
    gateway_id: str = ""
    association_state: AssociationState = AssociationState()


class RawRouteTable(Raw, frozen=True, kw_only=True):
    """
    RouteTable.
    """

    route_table_id: str
    vpc_id: str
    associations: tuple[RouteTableAssociation, ...] = ()
    routes: tuple[RawRoute, ...]


class IpRange(Part, frozen=True, kw_only=True):
    """
    IpRange.
    """

    cidr_ip: IPv4Network
    description: str = ""


class Ipv6Range(Part, frozen=True, kw_only=True):
    """
    Ipv6Range.
    """

    cidr_ipv6: AnyNetwork
    description: str = ""


class PrefixListId(Part, frozen=True, kw_only=True):
    """
    PrefixListId.
    """

    prefix_list_id: str
    description: str = ""


class UserIdGroupPair(Part, frozen=True, kw_only=True):
    """
    UserIdGroupPair.
    """

    group_id: str
    user_id: str = ""
    vpc_id: str = ""
    description: str = ""


class IpPermission(Part, frozen=True, kw_only=True):
    """
    IpPermission.
    """

    ip_protocol: str
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()
    prefix_list_ids: tuple[PrefixListId, ...] = ()
    user_id_group_pairs: tuple[UserIdGroupPair, ...] = ()


class RawSecurityGroup(Raw, frozen=True, kw_only=True):
    """
    SecurityGroup.
    """

    group_id: str
    group_name: str
    vpc_id: str
    ip_permissions: tuple[IpPermission, ...]
    ip_permissions_egress: tuple[IpPermission, ...]


class PortRange(Part, frozen=True, kw_only=True):
    """
    PortRange.
    """

    from_: int | None = msgspec.field(name="From", default=None)
    to: int | None = None


class IcmpTypeCode(Part, frozen=True, kw_only=True):
    """
    IcmpTypeCode.
    """

    type: int | None = None
    code: int | None = None


class RawNaclEntry(Part, frozen=True, kw_only=True):
    """
    NetworkAclEntry.
    """

    rule_number: int
    egress: bool
    rule_action: str
    protocol: str
    cidr_block: IPv4Network | None = None
    ipv6_cidr_block: AnyNetwork | None = None
    port_range: PortRange | None = None
    icmp_type_code: IcmpTypeCode | None = None

    def __post_init__(self) -> None:
        _require("CidrBlock", self.cidr_block or self.ipv6_cidr_block)


class NaclAssociation(Part, frozen=True, kw_only=True):
    """
    NetworkAclAssociation.
    """

    subnet_id: str


class RawNetworkAcl(Raw, frozen=True, kw_only=True):
    """
    NetworkAcl.
    """

    network_acl_id: str
    vpc_id: str
    is_default: bool
    associations: tuple[NaclAssociation, ...] = ()
    entries: tuple[RawNaclEntry, ...]


class RawPrefixList(Raw, frozen=True, kw_only=True):
    """
    ManagedPrefixList, or the PrefixList of describe_prefix_lists: AWS's own lists only, with their CIDRs.
    """

    prefix_list_id: str
    prefix_list_name: str
    owner_id: str = "AWS"
    max_entries: int | None = None
    state: str = ""
    cidrs: tuple[AnyNetwork, ...] | None = None


class PrefixListEntry(Part, frozen=True, kw_only=True):
    """
    PrefixListEntry.
    """

    cidr: AnyNetwork


class PrefixListEntries(Part, frozen=True, kw_only=True):
    """
    The answer of get_managed_prefix_list_entries with the list that was asked for.
    """

    prefix_list_id: str
    entries: tuple[PrefixListEntry, ...]


class GroupIdentifier(Part, frozen=True, kw_only=True):
    """
    GroupIdentifier.
    """

    group_id: str


class PrivateIp(Part, frozen=True, kw_only=True):
    """
    NetworkInterfacePrivateIpAddress.
    """

    private_ip_address: IPv4Address
    primary: bool = False


class EniAttachment(Part, frozen=True, kw_only=True):
    """
    NetworkInterfaceAttachment.
    """

    instance_id: str = ""
    device_index: int = 0


class EniAssociation(Part, frozen=True, kw_only=True):
    """
    NetworkInterfaceAssociation.
    """

    public_ip: IPv4Address | None = None


class RawNetworkInterface(Raw, frozen=True, kw_only=True):
    """
    NetworkInterface.
    """

    network_interface_id: str
    vpc_id: str
    subnet_id: str
    private_ip_addresses: tuple[PrivateIp, ...]
    groups: tuple[GroupIdentifier, ...] = ()
    interface_type: str = "interface"
    attachment: EniAttachment = EniAttachment()
    association: EniAssociation = EniAssociation()
    description: str = ""
    source_dest_check: bool = True
    tag_set: tuple[Tag, ...] = ()


def _require(field: str, value: object) -> None:
    if not value:
        raise ValueError(f"Object missing required field `{field}`")
