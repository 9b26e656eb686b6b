"""EC2's describe answers about security groups and network ACLs, as typed items named as in botocore."""

from ipaddress import IPv4Network

import msgspec

from probes.model.state.normal import protocol_name
from probes.sources.describe.fields import AnyNetwork, Part, Raw, require


class IpRange(Part, frozen=True, kw_only=True):
    """IpRange."""

    cidr_ip: IPv4Network
    description: str = ""


class Ipv6Range(Part, frozen=True, kw_only=True):
    """Ipv6Range."""

    cidr_ipv6: AnyNetwork
    description: str = ""


class PrefixListId(Part, frozen=True, kw_only=True):
    """PrefixListId."""

    prefix_list_id: str
    description: str = ""


class UserIdGroupPair(Part, frozen=True, kw_only=True):
    """UserIdGroupPair."""

    group_id: str
    user_id: str = ""
    vpc_id: str = ""
    description: str = ""


class IpPermission(Part, frozen=True, kw_only=True):
    """IpPermission."""

    ip_protocol: str
    from_port: int | None = None
    to_port: int | None = None
    ip_ranges: tuple[IpRange, ...] = ()
    ipv6_ranges: tuple[Ipv6Range, ...] = ()
    prefix_list_ids: tuple[PrefixListId, ...] = ()
    user_id_group_pairs: tuple[UserIdGroupPair, ...] = ()

    def __post_init__(self) -> None:
        protocol_name(self.ip_protocol)  # ValueError for what is none


class RawSecurityGroup(Raw, frozen=True, kw_only=True):
    """SecurityGroup."""

    group_id: str
    group_name: str
    vpc_id: str
    ip_permissions: tuple[IpPermission, ...]
    ip_permissions_egress: tuple[IpPermission, ...]


class PortRange(Part, frozen=True, kw_only=True):
    """PortRange."""

    from_: int | None = msgspec.field(name="From", default=None)
    to: int | None = None


class IcmpTypeCode(Part, frozen=True, kw_only=True):
    """IcmpTypeCode."""

    type: int | None = None
    code: int | None = None


class RawNaclEntry(Part, frozen=True, kw_only=True):
    """NetworkAclEntry."""

    rule_number: int
    egress: bool
    rule_action: str
    protocol: str
    cidr_block: IPv4Network | None = None
    ipv6_cidr_block: AnyNetwork | None = None
    port_range: PortRange | None = None
    icmp_type_code: IcmpTypeCode | None = None

    def __post_init__(self) -> None:
        require("CidrBlock", self.cidr_block or self.ipv6_cidr_block)
        protocol_name(self.protocol)  # ValueError for what is none


class NaclAssociation(Part, frozen=True, kw_only=True):
    """NetworkAclAssociation."""

    subnet_id: str


class RawNetworkAcl(Raw, frozen=True, kw_only=True):
    """NetworkAcl."""

    network_acl_id: str
    vpc_id: str
    is_default: bool
    associations: tuple[NaclAssociation, ...] = ()
    entries: tuple[RawNaclEntry, ...]
