"""Raw EC2 answers about VPCs as resources of the model."""

from collections.abc import Iterable

from probes.model.state import (
    GroupRef,
    NaclEntry,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    PrefixListRef,
    RouteTargetKind,
    SecurityGroup,
    SgRule,
    Subnet,
    Vpc,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.base import ANYWHERE
from probes.model.state.normal import (
    PORT_PROTOCOLS,
    destination_key,
    port_range,
    protocol_name,
    sorted_entries,
    sorted_routes,
    sorted_rules,
)
from probes.model.state.vpc import RouteOrigin
from probes.sources.describe import filters as rules
from probes.sources.describe import raw_vpc as raw
from probes.sources.describe.fields import AnyNetwork, tags_of

IMPLICIT_DENY_NUMBER = 32767
GONE_ASSOCIATIONS = frozenset({"disassociating", "disassociated", "failed"})
ORIGINS: dict[str, RouteOrigin] = {
    "CreateRouteTable": "CreateRouteTable",
    "EnableVgwRoutePropagation": "EnableVgwRoutePropagation",
    "Advertisement": "Advertisement",
}
GATEWAY_PREFIXES = {
    "local": RouteTargetKind.LOCAL,
    "igw": RouteTargetKind.INTERNET_GATEWAY,
    "vgw": RouteTargetKind.VPN_GATEWAY,
    "vpce": RouteTargetKind.VPC_ENDPOINT,
    "eigw": RouteTargetKind.EGRESS_ONLY_GATEWAY,
}


def vpc(region: str, item: raw.RawVpc) -> Vpc:
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
        owner_id=item.owner_id,
    )


def subnet(region: str, item: raw.RawSubnet) -> Subnet:
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


def vpc_route_table(region: str, item: raw.RawRouteTable) -> VpcRouteTable:
    """A VPC route table; associations on their way out and routes that AWS filters out are not listed."""
    live = [each for each in item.associations if each.association_state.state not in GONE_ASSOCIATIONS]
    return VpcRouteTable(
        region=region,
        id=item.route_table_id,
        tags=tags_of(item.tags),
        vpc_id=item.vpc_id,
        main=any(association.main for association in live),
        subnet_ids=tuple(sorted(association.subnet_id for association in live if association.subnet_id)),
        gateway_ids=tuple(sorted(association.gateway_id for association in live if association.gateway_id)),
        routes=sorted_routes(_vpc_route(route) for route in item.routes if route.state != "filtered"),
    )


def security_group(region: str, item: rules.RawSecurityGroup) -> SecurityGroup:
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


def network_acl(region: str, item: rules.RawNetworkAcl) -> NetworkAcl:
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


def prefix_list(region: str, item: raw.RawPrefixList) -> PrefixList:
    """A prefix list, empty when no answer holds its entries."""
    return PrefixList(
        region=region,
        id=item.prefix_list_id,
        tags=tags_of(item.tags),
        list_name=item.prefix_list_name,
        owner_id=item.owner_id,
        cidrs=tuple(sorted(item.cidrs or (), key=destination_key)),
        max_entries=item.max_entries,
    )


def network_interface(region: str, item: raw.RawNetworkInterface) -> NetworkInterface:
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
        public_ip=item.association.public_ip,
        description=item.description,
        source_dest_check=item.source_dest_check,
    )


def _vpc_route(route: raw.RawRoute) -> VpcRoute:
    target, target_id = _route_target(route)
    return VpcRoute(
        destination=(
            route.destination_cidr_block
            or route.destination_ipv6_cidr_block
            or route.destination_prefix_list_id
        ),
        target=target,
        target_id=target_id,
        state="active" if route.state == "active" else "blackhole",
        origin=ORIGINS.get(route.origin, "CreateRoute"),
    )


def _route_target(route: raw.RawRoute) -> tuple[RouteTargetKind, str]:
    named = (
        (RouteTargetKind.TRANSIT_GATEWAY, route.transit_gateway_id),
        (RouteTargetKind.NAT_GATEWAY, route.nat_gateway_id),
        (RouteTargetKind.VPC_PEERING, route.vpc_peering_connection_id),
        (RouteTargetKind.NETWORK_INTERFACE, route.network_interface_id),
        (RouteTargetKind.EGRESS_ONLY_GATEWAY, route.egress_only_internet_gateway_id),
        (GATEWAY_PREFIXES.get(route.gateway_id.partition("-")[0], RouteTargetKind.OTHER), route.gateway_id),
    )
    for target, target_id in named:
        if target_id:
            return target, target_id
    others = (route.carrier_gateway_id, route.local_gateway_id, route.core_network_arn, route.instance_id)
    return RouteTargetKind.OTHER, next(filter(None, others), "")


def _sg_rules(permissions: Iterable[rules.IpPermission]) -> tuple[SgRule, ...]:
    return sorted_rules(rule for permission in permissions for rule in _rules_of(permission))


def _rules_of(permission: rules.IpPermission) -> Iterable[SgRule]:
    protocol = protocol_name(permission.ip_protocol)
    low, high = port_range(protocol, permission.from_port, permission.to_port)
    for peer, description in _peers(permission):
        yield SgRule(protocol=protocol, from_port=low, to_port=high, peer=peer, description=description)


def _peers(permission: rules.IpPermission) -> Iterable[tuple[AnyNetwork | GroupRef | PrefixListRef, str]]:
    for ipv4 in permission.ip_ranges:
        yield ipv4.cidr_ip, ipv4.description
    for ipv6 in permission.ipv6_ranges:
        yield ipv6.cidr_ipv6, ipv6.description
    for listed in permission.prefix_list_ids:
        yield PrefixListRef(prefix_list_id=listed.prefix_list_id), listed.description
    for pair in permission.user_id_group_pairs:
        group = GroupRef(group_id=pair.group_id, vpc_id=pair.vpc_id, owner_id=pair.user_id)
        yield group, pair.description


def _nacl_entry(entry: rules.RawNaclEntry) -> NaclEntry:
    protocol = protocol_name(entry.protocol)
    ports = entry.port_range or rules.PortRange()
    icmp = entry.icmp_type_code or rules.IcmpTypeCode()
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
