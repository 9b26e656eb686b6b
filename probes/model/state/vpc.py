"""Observed VPC networking: subnets, routes, security groups, NACLs, interfaces and gateways."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal

import msgspec

from probes.model.state.base import Resource


class Vpc(Resource, frozen=True, kw_only=True):
    """`describe_vpcs`. The primary CIDR comes first; only associated blocks are listed."""

    cidrs: tuple[IPv4Network, ...]
    ipv6_cidrs: tuple[IPv6Network, ...] = ()
    owner_id: str | None = None


class Subnet(Resource, frozen=True, kw_only=True):
    """`describe_subnets`. `az` is the zone's name (account-specific), `az_id` its physical ID."""

    vpc_id: str | None
    cidr: IPv4Network | None
    az: str | None
    az_id: str | None = None


class RouteTargetKind(StrEnum):
    """What a VPC route can point at."""

    LOCAL = "local"
    TRANSIT_GATEWAY = "transit_gateway"
    INTERNET_GATEWAY = "internet_gateway"
    NAT_GATEWAY = "nat_gateway"
    VPC_PEERING = "vpc_peering"
    VPC_ENDPOINT = "vpc_endpoint"
    NETWORK_INTERFACE = "network_interface"
    EGRESS_ONLY_GATEWAY = "egress_only_gateway"
    VPN_GATEWAY = "vpn_gateway"
    OTHER = "other"


RouteOrigin = Literal["CreateRouteTable", "CreateRoute", "EnableVgwRoutePropagation", "Advertisement"]


class VpcRoute(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a VPC route table. The destination is a CIDR or a prefix-list ID (`pl-…`).

    `target_id` is None when the source does not know it (then the route's table has a Gap).
    """

    destination: IPv4Network | IPv6Network | str
    target: RouteTargetKind
    target_id: str | None
    state: Literal["active", "blackhole"] = "active"
    origin: RouteOrigin = "CreateRoute"


class VpcRouteTable(Resource, frozen=True, kw_only=True):
    """`describe_route_tables`.

    `subnet_ids` are explicit associations; a subnet in none uses the VPC's main table.
    """

    vpc_id: str | None
    main: bool
    subnet_ids: tuple[str, ...]
    gateway_ids: tuple[str, ...] = ()
    routes: tuple[VpcRoute, ...]


class GroupRef(msgspec.Struct, frozen=True, kw_only=True):
    """A security group named as the peer of a rule."""

    group_id: str
    vpc_id: str = ""
    owner_id: str = ""


class PrefixListRef(msgspec.Struct, frozen=True, kw_only=True):
    """A prefix list named as the peer of a rule."""

    prefix_list_id: str


class SgRule(msgspec.Struct, frozen=True, kw_only=True):
    """One permission for one peer.

    `protocol` is "tcp", "udp", "icmp", "icmpv6", "-1" (all) or an IP protocol number as text. Ports are None
    when the protocol has none or all are meant (AWS's -1/-1 and absent ports read as None). For icmp
    `from_port` is the type and `to_port` the code, None meaning all. `peer` is None when the source cannot
    know it.
    """

    protocol: str
    from_port: int | None
    to_port: int | None
    peer: IPv4Network | IPv6Network | GroupRef | PrefixListRef | None
    description: str = ""


class SecurityGroup(Resource, frozen=True, kw_only=True):
    """`describe_security_groups`, each permission split into one rule per peer."""

    vpc_id: str | None
    group_name: str
    ingress: tuple[SgRule, ...]
    egress: tuple[SgRule, ...]


class NaclEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One NACL entry; entries are kept sorted by (egress, number). The implicit `*` deny (32767) is not listed.

    `protocol` as in `SgRule`. Ports are None for all; `icmp_type`/`icmp_code` are None for all.
    """

    number: int
    egress: bool
    action: Literal["allow", "deny"]
    protocol: str
    cidr: IPv4Network | IPv6Network
    from_port: int | None = None
    to_port: int | None = None
    icmp_type: int | None = None
    icmp_code: int | None = None


class NetworkAcl(Resource, frozen=True, kw_only=True):
    """`describe_network_acls`. A subnet in no ACL's associations uses the VPC's default ACL."""

    vpc_id: str | None
    default: bool
    subnet_ids: tuple[str, ...]
    entries: tuple[NaclEntry, ...]


class PrefixList(Resource, frozen=True, kw_only=True):
    """`describe_managed_prefix_lists` with entries. `owner_id` is "AWS" for AWS-managed lists."""

    list_name: str
    owner_id: str
    cidrs: tuple[IPv4Network | IPv6Network, ...]
    max_entries: int | None = None


class NetworkInterface(Resource, frozen=True, kw_only=True):
    """`describe_network_interfaces`. The primary private address comes first. `interface_type` as AWS spells it.

    `public_ips` holds by private address the public or Elastic IP address that AWS translates it to.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-eips.html
    `prefixes` are delegated to the interface: each of their addresses is its own.
    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
    """

    vpc_id: str | None
    subnet_id: str | None
    private_ips: tuple[IPv4Address, ...]
    group_ids: tuple[str, ...]
    interface_type: str = "interface"
    instance_id: str = ""
    public_ips: dict[IPv4Address, IPv4Address] = msgspec.field(default_factory=dict)
    prefixes: tuple[IPv4Network, ...] = ()
    ipv6_ips: tuple[IPv6Address, ...] = ()
    description: str = ""
    source_dest_check: bool = True

    @property
    def networks(self) -> tuple[IPv4Network, ...]:
        """Every IPv4 address that is the interface's own."""
        return (*map(IPv4Network, self.private_ips), *self.prefixes)


class Instance(Resource, frozen=True, kw_only=True):
    """`describe_instances`. `state` is `pending`, `running`, `stopped` or another of AWS's words."""

    state: str
    instance_type: str
    vpc_id: str | None
    subnet_id: str | None
    network_interface_ids: tuple[str, ...]


class InternetGateway(Resource, frozen=True, kw_only=True):
    """`describe_internet_gateways`."""

    vpc_ids: tuple[str, ...]


class EgressOnlyGateway(Resource, frozen=True, kw_only=True):
    """`describe_egress_only_internet_gateways`: lets IPv6 out of a VPC and nothing in."""

    vpc_ids: tuple[str, ...]


class NatGateway(Resource, frozen=True, kw_only=True):
    """`describe_nat_gateways`."""

    vpc_id: str | None
    subnet_id: str | None
    state: str
    connectivity: Literal["public", "private"] = "public"
    private_ips: tuple[IPv4Address, ...] = ()


class VpcPeering(Resource, frozen=True, kw_only=True):
    """`describe_vpc_peering_connections`, as seen from `region`. `status` is the Status.Code."""

    status: str
    requester_vpc_id: str | None
    requester_region: str
    accepter_vpc_id: str | None
    accepter_region: str


FIREWALL_ENDPOINT = "GatewayLoadBalancer"
"""
The type of an endpoint that leads into a firewall.
"""


class VpcEndpoint(Resource, frozen=True, kw_only=True):
    """`describe_vpc_endpoints`. `endpoint_type` is "Gateway", "Interface" or "GatewayLoadBalancer".

    `policy` is JSON; without one the endpoint lets everything pass.
    """

    vpc_id: str | None
    service_name: str
    endpoint_type: str
    state: str
    route_table_ids: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    group_ids: tuple[str, ...] = ()
    network_interface_ids: tuple[str, ...] = ()
    private_dns: bool = False
    policy: str = ""
