"""Security groups and network ACLs: EC2's describe responses, named as in botocore, as resources of the model."""

from collections.abc import Iterable
from ipaddress import IPv4Network

import msgspec

from probes.model.state import (
    GroupRef,
    NaclEntry,
    NetworkAcl,
    PrefixListRef,
    SecurityGroup,
    SgRule,
)
from probes.model.state.base import ANYWHERE
from probes.model.state.normal import (
    PORT_PROTOCOLS,
    port_range,
    protocol_name,
    sorted_entries,
    sorted_rules,
)
from probes.sources.describe.fields import AnyNetwork, Part, Raw, require, tags_of

IMPLICIT_DENY_NUMBER = 32767


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


def security_group(region: str, item: RawSecurityGroup) -> SecurityGroup:
    """A security group, one rule per permission and peer."""
    return SecurityGroup(
        region=region,
        id=item.group_id,
        tags=tags_of(item.tags),
        vpc_id=item.vpc_id,
        group_name=item.group_name,
        ingress=_sg_rules(item.ip_permissions),
        egress=_sg_rules(item.ip_permissions_egress),
    )


def network_acl(region: str, item: RawNetworkAcl) -> NetworkAcl:
    """A NACL without its implicit `*` deny entries (32767 for IPv4, 32768 for IPv6)."""
    return NetworkAcl(
        region=region,
        id=item.network_acl_id,
        tags=tags_of(item.tags),
        vpc_id=item.vpc_id,
        default=item.is_default,
        subnet_ids=tuple(sorted(association.subnet_id for association in item.associations)),
        entries=sorted_entries(
            _nacl_entry(entry) for entry in item.entries if entry.rule_number < IMPLICIT_DENY_NUMBER
        ),
    )


def _sg_rules(permissions: Iterable[IpPermission]) -> tuple[SgRule, ...]:
    return sorted_rules(rule for permission in permissions for rule in _rules_of(permission))


def _rules_of(permission: IpPermission) -> Iterable[SgRule]:
    protocol = protocol_name(permission.ip_protocol)
    low, high = port_range(protocol, permission.from_port, permission.to_port)
    for peer, description in _peers(permission):
        yield SgRule(protocol=protocol, from_port=low, to_port=high, peer=peer, description=description)


def _peers(permission: IpPermission) -> Iterable[tuple[AnyNetwork | GroupRef | PrefixListRef, str]]:
    for ipv4 in permission.ip_ranges:
        yield ipv4.cidr_ip, ipv4.description
    for ipv6 in permission.ipv6_ranges:
        yield ipv6.cidr_ipv6, ipv6.description
    for listed in permission.prefix_list_ids:
        yield PrefixListRef(prefix_list_id=listed.prefix_list_id), listed.description
    for pair in permission.user_id_group_pairs:
        group = GroupRef(group_id=pair.group_id, vpc_id=pair.vpc_id, owner_id=pair.user_id)
        yield group, pair.description


def _nacl_entry(entry: RawNaclEntry) -> NaclEntry:
    protocol = protocol_name(entry.protocol)
    ports = entry.port_range or PortRange()
    icmp = entry.icmp_type_code or IcmpTypeCode()
    has_ports = protocol in PORT_PROTOCOLS
    low, high = port_range(protocol, ports.from_, ports.to) if has_ports else (None, None)
    icmp_type, icmp_code = (None, None) if has_ports else port_range(protocol, icmp.type, icmp.code)
    return NaclEntry(
        number=entry.rule_number,
        egress=entry.egress,
        action="allow" if entry.rule_action == "allow" else "deny",
        protocol=protocol,
        cidr=entry.cidr_block or entry.ipv6_cidr_block or ANYWHERE,
        from_port=low,
        to_port=high,
        icmp_type=icmp_type,
        icmp_code=icmp_code,
    )
