"""VPCs, subnets, prefix lists and interfaces: EC2's describe responses, named as in botocore, as resources."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from probes.model.state import (
    NetworkInterface,
    PrefixList,
    Subnet,
    Vpc,
)
from probes.model.state.normal import (
    destination_key,
)
from probes.sources.describe.fields import AnyNetwork, Part, Raw, Tag, require, tags_of


class CidrState(Part, frozen=True, kw_only=True):
    """VpcCidrBlockState."""

    state: str


class CidrAssociation(Part, frozen=True, kw_only=True):
    """VpcCidrBlockAssociation."""

    cidr_block: IPv4Network
    cidr_block_state: CidrState


class Ipv6CidrAssociation(Part, frozen=True, kw_only=True):
    """VpcIpv6CidrBlockAssociation."""

    ipv6_cidr_block: IPv6Network
    ipv6_cidr_block_state: CidrState


class RawVpc(Raw, frozen=True, kw_only=True):
    """Vpc."""

    vpc_id: str
    cidr_block: IPv4Network
    cidr_block_association_set: tuple[CidrAssociation, ...] = ()
    ipv6_cidr_block_association_set: tuple[Ipv6CidrAssociation, ...] = ()
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
    """The response of get_managed_prefix_list_entries with the list that was asked for."""

    prefix_list_id: str
    entries: tuple[PrefixListEntry, ...]


class GroupIdentifier(Part, frozen=True, kw_only=True):
    """GroupIdentifier."""

    group_id: str


class EniAssociation(Part, frozen=True, kw_only=True):
    """NetworkInterfaceAssociation."""

    public_ip: IPv4Address | None = None


class PrivateIp(Part, frozen=True, kw_only=True):
    """NetworkInterfacePrivateIpAddress."""

    private_ip_address: IPv4Address
    primary: bool = False
    association: EniAssociation = EniAssociation()


class DelegatedPrefix(Part, frozen=True, kw_only=True):
    """Ipv4PrefixSpecification."""

    ipv4_prefix: IPv4Network


class Ipv6Address(Part, frozen=True, kw_only=True):
    """NetworkInterfaceIpv6Address."""

    ipv6_address: IPv6Address


class EniAttachment(Part, frozen=True, kw_only=True):
    """NetworkInterfaceAttachment."""

    instance_id: str = ""
    device_index: int = 0


class RawNetworkInterface(Raw, frozen=True, kw_only=True):
    """NetworkInterface. An IPv6-only one has no private IPv4 addresses."""

    network_interface_id: str
    vpc_id: str
    subnet_id: str
    private_ip_addresses: tuple[PrivateIp, ...] = ()
    ipv4_prefixes: tuple[DelegatedPrefix, ...] = ()
    ipv6_addresses: tuple[Ipv6Address, ...] = ()
    groups: tuple[GroupIdentifier, ...] = ()
    interface_type: str = "interface"
    attachment: EniAttachment = EniAttachment()
    association: EniAssociation = EniAssociation()
    description: str = ""
    source_dest_check: bool = True
    tag_set: tuple[Tag, ...] = ()


def vpc(region: str, item: RawVpc) -> Vpc:
    """A VPC with its associated CIDR blocks, the primary first."""
    secondary = [
        association.cidr_block
        for association in item.cidr_block_association_set
        if association.cidr_block_state.state == "associated" and association.cidr_block != item.cidr_block
    ]
    return Vpc(
        region=region,
        id=item.vpc_id,
        tags=tags_of(item.tags),
        cidrs=(item.cidr_block, *sorted(secondary)),
        ipv6_cidrs=tuple(
            sorted(
                each.ipv6_cidr_block
                for each in item.ipv6_cidr_block_association_set
                if each.ipv6_cidr_block_state.state == "associated"
            )
        ),
        owner_id=item.owner_id,
    )


def subnet(region: str, item: RawSubnet) -> Subnet:
    """A subnet."""
    return Subnet(
        region=region,
        id=item.subnet_id,
        tags=tags_of(item.tags),
        vpc_id=item.vpc_id,
        cidr=item.cidr_block,
        az=item.availability_zone,
        az_id=item.availability_zone_id,
    )


def prefix_list(region: str, item: RawPrefixList) -> PrefixList:
    """A prefix list, empty when no response holds its entries."""
    return PrefixList(
        region=region,
        id=item.prefix_list_id,
        tags=tags_of(item.tags),
        list_name=item.prefix_list_name,
        owner_id=item.owner_id,
        cidrs=tuple(sorted(item.cidrs or (), key=destination_key)),
        max_entries=item.max_entries,
    )


def network_interface(region: str, item: RawNetworkInterface) -> NetworkInterface:
    """A network interface, its primary address first."""
    addresses = sorted(
        item.private_ip_addresses, key=lambda each: (not each.primary, each.private_ip_address)
    )
    return NetworkInterface(
        region=region,
        id=item.network_interface_id,
        tags=tags_of(item.tag_set),
        vpc_id=item.vpc_id,
        subnet_id=item.subnet_id,
        private_ips=tuple(address.private_ip_address for address in addresses),
        group_ids=tuple(sorted(group.group_id for group in item.groups)),
        interface_type=item.interface_type,
        instance_id=item.attachment.instance_id,
        public_ips=_public_ips(item, addresses),
        prefixes=tuple(sorted(each.ipv4_prefix for each in item.ipv4_prefixes)),
        ipv6_ips=tuple(sorted(each.ipv6_address for each in item.ipv6_addresses)),
        description=item.description,
        source_dest_check=item.source_dest_check,
    )


def _public_ips(item: RawNetworkInterface, addresses: Iterable[PrivateIp]) -> dict[IPv4Address, IPv4Address]:
    """The public addresses by private address; the interface's own association is that of its primary one."""
    return {
        each.private_ip_address: public
        for each in addresses
        if (public := each.association.public_ip or (each.primary and item.association.public_ip))
    }
