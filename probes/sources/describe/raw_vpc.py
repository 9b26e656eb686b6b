"""EC2's describe answers about VPCs, as typed items named as in botocore."""

from ipaddress import IPv4Address, IPv4Network

from probes.sources.describe.fields import AnyNetwork, Part, Raw, Tag, require


class CidrState(Part, frozen=True, kw_only=True):
    """VpcCidrBlockState."""

    state: str


class CidrAssociation(Part, frozen=True, kw_only=True):
    """VpcCidrBlockAssociation."""

    cidr_block: IPv4Network
    cidr_block_state: CidrState


class RawVpc(Raw, frozen=True, kw_only=True):
    """Vpc."""

    vpc_id: str
    cidr_block: IPv4Network
    cidr_block_association_set: tuple[CidrAssociation, ...] = ()
    owner_id: str | None = None


class RawSubnet(Raw, frozen=True, kw_only=True):
    """Subnet. Only an IPv6-only one has no CidrBlock."""

    subnet_id: str
    vpc_id: str
    cidr_block: IPv4Network | None = None
    ipv6_native: bool = False
    availability_zone: str
    availability_zone_id: str | None = None

    def __post_init__(self) -> None:
        require("CidrBlock", self.cidr_block or self.ipv6_native)


class RawRoute(Part, frozen=True, kw_only=True):
    """Route."""

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
        require("DestinationCidrBlock", cidr or self.destination_prefix_list_id)


class AssociationState(Part, frozen=True, kw_only=True):
    """RouteTableAssociationState."""

    state: str = "associated"


class RouteTableAssociation(Part, frozen=True, kw_only=True):
    """RouteTableAssociation."""

    main: bool = False
    subnet_id: str = ""
    gateway_id: str = ""
    association_state: AssociationState = AssociationState()


class RawRouteTable(Raw, frozen=True, kw_only=True):
    """RouteTable."""

    route_table_id: str
    vpc_id: str
    associations: tuple[RouteTableAssociation, ...] = ()
    routes: tuple[RawRoute, ...]


class RawPrefixList(Raw, frozen=True, kw_only=True):
    """ManagedPrefixList, or the PrefixList of describe_prefix_lists: AWS's own lists only, with their CIDRs."""

    prefix_list_id: str
    prefix_list_name: str
    owner_id: str = "AWS"
    max_entries: int | None = None
    state: str = ""
    cidrs: tuple[AnyNetwork, ...] | None = None


class PrefixListEntry(Part, frozen=True, kw_only=True):
    """PrefixListEntry."""

    cidr: AnyNetwork


class PrefixListEntries(Part, frozen=True, kw_only=True):
    """The answer of get_managed_prefix_list_entries with the list that was asked for."""

    prefix_list_id: str
    entries: tuple[PrefixListEntry, ...]


class GroupIdentifier(Part, frozen=True, kw_only=True):
    """GroupIdentifier."""

    group_id: str


class PrivateIp(Part, frozen=True, kw_only=True):
    """NetworkInterfacePrivateIpAddress."""

    private_ip_address: IPv4Address
    primary: bool = False


class EniAttachment(Part, frozen=True, kw_only=True):
    """NetworkInterfaceAttachment."""

    instance_id: str = ""
    device_index: int = 0


class EniAssociation(Part, frozen=True, kw_only=True):
    """NetworkInterfaceAssociation."""

    public_ip: IPv4Address | None = None


class RawNetworkInterface(Raw, frozen=True, kw_only=True):
    """NetworkInterface. An IPv6-only one has no private IPv4 addresses."""

    network_interface_id: str
    vpc_id: str
    subnet_id: str
    private_ip_addresses: tuple[PrivateIp, ...] = ()
    groups: tuple[GroupIdentifier, ...] = ()
    interface_type: str = "interface"
    attachment: EniAttachment = EniAttachment()
    association: EniAssociation = EniAssociation()
    description: str = ""
    source_dest_check: bool = True
    tag_set: tuple[Tag, ...] = ()
