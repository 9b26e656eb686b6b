"""Lookups inside one VPC: subnets, interfaces, route tables, network ACLs, groups, prefix lists."""

from collections.abc import Iterable
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from probes.model.state import (
    Gap,
    NaclEntry,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    Resource,
    RouteTargetKind,
    SecurityGroup,
    State,
    Subnet,
    Vpc,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.base import ANYWHERE
from probes.model.state.vpc import FIREWALL_ENDPOINT

_R = TypeVar("_R", bound=Resource)
ResourceKey = tuple[str, str]


def by_key(resources: Iterable[_R]) -> dict[ResourceKey, _R]:
    """Resources by (region, ID)."""
    return {(resource.region, resource.id): resource for resource in resources}


class VpcIndex:
    """The VPC side of one observed network. Lookups return None for what is absent, raise for what is unseen."""

    def __init__(self, state: State) -> None:
        self.state = state

    @property
    def is_planned(self) -> bool:
        """Whether Terraform declares the network: then hosts may have addresses that no interface names yet."""
        return bool(self.state.addresses)

    @cached_property
    def _gaps(self) -> dict[tuple[str, str], list[Gap]]:
        gaps: dict[tuple[str, str], list[Gap]] = {}
        for gap in self.state.gaps:
            gaps.setdefault((gap.kind, gap.resource), []).append(gap)
        return gaps

    def gap(self, kind: str, region: str, resource: str = "", fields: tuple[str, ...] = ()) -> Gap | None:
        """The gap that hides a whole collection of a region, or one of these fields of one resource."""
        if not self.state.gaps:
            return None
        for gap in self._gaps.get((kind, ""), ()):
            if gap.region in ("", region):
                return gap
        if not resource:
            return None
        for gap in self._gaps.get((kind, resource), ()):
            if gap.region in ("", region) and (not gap.field or gap.field in fields):
                return gap
        return None

    def require(self, kind: str, region: str, resource: str = "", fields: tuple[str, ...] = ()) -> None:
        """Raise UnobservableError with the source's reason when a gap hides what is asked for."""
        if not self.state.gaps:
            return
        gap = self.gap(kind, region, resource, fields)
        if gap is not None:
            raise gap.error(f"{resource or kind} in {region} could not be seen")

    def require_of_all(self, kind: str, region: str, fields: tuple[str, ...], owner: tuple[str, str]) -> None:
        """Raise UnobservableError when some resource does not say one of these fields.

        It may be the one that was looked for in vain, unless it is known to have another owner.
        """
        if not self.state.gaps:
            return
        for resource, gap in self._partly_known.get((kind, region), ()):
            if gap.field in fields and getattr(resource, owner[0]) in (None, "", owner[1]):
                what = f"{gap.field} of {resource.label}"
                raise gap.error(f"{what} could not be seen")

    @cached_property
    def _partly_known(self) -> dict[tuple[str, str], list[tuple[Resource, Gap]]]:
        found: dict[tuple[str, str], list[tuple[Resource, Gap]]] = {}
        for kind in {gap.kind for gap in self.state.gaps if gap.field}:
            for resource in getattr(self.state, kind):
                for gap in self._gaps.get((kind, resource.id), ()):
                    if gap.region in ("", resource.region):
                        found.setdefault((kind, resource.region), []).append((resource, gap))
        return found

    @cached_property
    def vpcs(self) -> dict[ResourceKey, Vpc]:
        """VPCs by (region, ID)."""
        return by_key(self.state.vpcs)

    @cached_property
    def subnets(self) -> dict[ResourceKey, Subnet]:
        """Subnets by (region, ID)."""
        return by_key(self.state.subnets)

    @cached_property
    def security_groups(self) -> dict[ResourceKey, SecurityGroup]:
        """Security groups by (region, ID)."""
        return by_key(self.state.security_groups)

    @cached_property
    def prefix_lists(self) -> dict[ResourceKey, PrefixList]:
        """Prefix lists, customer's and AWS's, by (region, ID)."""
        return by_key(self.state.prefix_lists)

    @cached_property
    def vpc_route_tables(self) -> dict[ResourceKey, VpcRouteTable]:
        """VPC route tables by (region, ID)."""
        return by_key(self.state.vpc_route_tables)

    @cached_property
    def interfaces(self) -> dict[ResourceKey, NetworkInterface]:
        """Network interfaces by (region, ID)."""
        return by_key(self.state.network_interfaces)

    @cached_property
    def subnets_of_vpc(self) -> dict[ResourceKey, list[Subnet]]:
        """Subnets by (region, VPC ID)."""
        grouped: dict[ResourceKey, list[Subnet]] = {}
        for subnet in self.state.subnets:
            grouped.setdefault((subnet.region, subnet.vpc_id or ""), []).append(subnet)
        return grouped

    def subnet_by_address(self, region: str, vpc_id: str, address: IPv4Address) -> Subnet | None:
        """The subnet of a VPC that owns an address."""
        self.require("subnets", region)
        for subnet in self.subnets_of_vpc.get((region, vpc_id), ()):
            self.require("subnets", region, subnet.id, ("cidr",))
            if subnet.cidr is not None and address in subnet.cidr:
                return subnet
        return None

    @cached_property
    def _interfaces_by_address(self) -> dict[tuple[str, str, IPv4Address], NetworkInterface]:
        return {
            (interface.region, interface.subnet_id or "", address): interface
            for interface in self.state.network_interfaces
            for address in interface.private_ips
        }

    @cached_property
    def _interfaces_with_prefixes(self) -> dict[ResourceKey, list[NetworkInterface]]:
        found: dict[ResourceKey, list[NetworkInterface]] = {}
        for interface in self.state.network_interfaces:
            if interface.prefixes:
                found.setdefault((interface.region, interface.subnet_id or ""), []).append(interface)
        return found

    def interface_by_address(self, subnet: Subnet, address: IPv4Address) -> NetworkInterface | None:
        """The interface of a subnet that holds an address, as its own or in a delegated prefix.

        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html
        """
        found = self._interfaces_by_address.get((subnet.region, subnet.id, address))
        if found is not None:
            return found
        for interface in self._interfaces_with_prefixes.get((subnet.region, subnet.id), ()):
            if any(address in prefix for prefix in interface.prefixes):
                return interface
        return None

    @cached_property
    def interfaces_of_group(self) -> dict[ResourceKey, list[NetworkInterface]]:
        """Members of each security group, by (region, group ID)."""
        members: dict[ResourceKey, list[NetworkInterface]] = {}
        for interface in self.state.network_interfaces:
            for group_id in interface.group_ids:
                members.setdefault((interface.region, group_id), []).append(interface)
        return members

    @cached_property
    def _explicit_tables(self) -> dict[ResourceKey, VpcRouteTable]:
        return {(table.region, s): table for table in self.state.vpc_route_tables for s in table.subnet_ids}

    @cached_property
    def _main_tables(self) -> dict[ResourceKey, VpcRouteTable]:
        return {
            (table.region, table.vpc_id or ""): table for table in self.state.vpc_route_tables if table.main
        }

    def route_table_of(self, subnet: Subnet) -> VpcRouteTable:
        """The subnet's effective VPC route table: the explicit one, else the VPC's main one.

        A VPC whose main table is not listed has AWS's: local routes only.
        """
        self.require("vpc_route_tables", subnet.region)
        explicit = self._explicit_tables.get((subnet.region, subnet.id))
        if explicit is not None:
            return explicit
        of_vpc = ("vpc_id", subnet.vpc_id or "")
        self.require_of_all("vpc_route_tables", subnet.region, ("subnet_ids",), of_vpc)
        table = self._main_tables.get((subnet.region, subnet.vpc_id or ""))
        if table is not None:
            return table
        return VpcRouteTable(
            region=subnet.region,
            id=f"main table of {subnet.vpc_id}",
            vpc_id=subnet.vpc_id,
            main=True,
            subnet_ids=(),
            routes=(),
        )

    def routes_of(self, table: VpcRouteTable) -> tuple[VpcRoute, ...]:
        """The routes of a VPC route table with the `local` routes that AWS always adds."""
        vpc = self.vpcs.get((table.region, table.vpc_id or ""))
        listed = {route.destination for route in table.routes if route.target is RouteTargetKind.LOCAL}
        local = tuple(
            VpcRoute(
                destination=cidr, target=RouteTargetKind.LOCAL, target_id="local", origin="CreateRouteTable"
            )
            for cidr in (vpc.cidrs if vpc else ())
            if cidr not in listed
        )
        return local + table.routes

    @cached_property
    def _acls_by_subnet(self) -> dict[ResourceKey, NetworkAcl]:
        return {
            (acl.region, subnet_id): acl for acl in self.state.network_acls for subnet_id in acl.subnet_ids
        }

    @cached_property
    def _default_acls(self) -> dict[ResourceKey, NetworkAcl]:
        return {(acl.region, acl.vpc_id or ""): acl for acl in self.state.network_acls if acl.default}

    @cached_property
    def is_inspected(self) -> bool:
        """Whether any route leads into a firewall endpoint."""
        firewalls = {
            (each.region, each.id)
            for each in self.state.vpc_endpoints
            if each.endpoint_type == FIREWALL_ENDPOINT
        }
        return bool(firewalls) and any(
            (table.region, route.target_id) in firewalls
            for table in self.state.vpc_route_tables
            for route in table.routes
        )

    def network_acl_of(self, subnet: Subnet) -> NetworkAcl:
        """The subnet's effective network ACL: the associated one, else the VPC's default.

        A VPC whose default ACL is not listed has AWS's, which allows everything
        (https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html).
        """
        self.require("network_acls", subnet.region)
        associated = self._acls_by_subnet.get((subnet.region, subnet.id))
        if associated is not None:
            return associated
        of_vpc = ("vpc_id", subnet.vpc_id or "")
        self.require_of_all("network_acls", subnet.region, ("subnet_ids",), of_vpc)
        default = self._default_acls.get((subnet.region, subnet.vpc_id or ""))
        return default or _aws_default_acl(subnet.region, subnet.vpc_id or "")

    def prefix_list_cidrs(self, region: str, prefix_list_id: str) -> tuple[IPv4Network, ...] | None:
        """The IPv4 entries of a prefix list; empty when it refers to nothing, None when the source cannot know."""
        found = self.prefix_lists.get((region, prefix_list_id))
        if found is not None and self.gap("prefix_lists", region, prefix_list_id, ("cidrs",)) is None:
            return tuple(cidr for cidr in found.cidrs if isinstance(cidr, IPv4Network))
        if found is not None or self.gap("prefix_lists", region) is not None:
            return None
        return ()


def _aws_default_acl(region: str, vpc_id: str) -> NetworkAcl:
    entries = tuple(
        NaclEntry(number=100, egress=egress, action="allow", protocol="-1", cidr=ANYWHERE)
        for egress in (False, True)
    )
    return NetworkAcl(
        region=region,
        id=f"default ACL of {vpc_id}",
        vpc_id=vpc_id,
        default=True,
        subnet_ids=(),
        entries=entries,
    )
