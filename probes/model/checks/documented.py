"""Which observed resource is the one that the document means.

An account holds other VPCs, Transit Gateways and security groups too; the suite judges only those of the
documented network. Everything here raises EmptySelectionError when it finds nothing and UnobservableError
when the source could not see what it needs.
"""

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import wraps
from ipaddress import IPv4Network
from typing import Any, Concatenate, ParamSpec, TypeVar

from probes.model.errors import EmptySelectionError
from probes.model.network.index import Network
from probes.model.spec import TIERS, Spec, Tier
from probes.model.state import (
    Resource,
    SecurityGroup,
    Subnet,
    TgwAttachment,
    TgwRouteTable,
    TransitGateway,
    Vpc,
)
from probes.model.state.collection import Collection

GONE = frozenset({"deleted", "deleting", "failed", "failing", "rejected", "rejecting"})

ResourceT = TypeVar("ResourceT", bound=Resource)


P = ParamSpec("P")
T = TypeVar("T")


def _once(find: Callable[Concatenate["Documented", P], T]) -> Callable[Concatenate["Documented", P], T]:
    """Remember what a method found: dozens of tests ask the same of each Region."""

    @wraps(find)
    def remembered(self: "Documented", /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (find.__name__, *args)
        if key not in self.found:
            self.found[key] = find(self, *args, **kwargs)
        found: T = self.found[key]
        return found

    return remembered


class Documented:
    """The documented network inside an observed state, Region by Region (AWS names)."""

    def __init__(self, spec: Spec, network: Network) -> None:
        self.spec = spec
        self.network = network
        self._collections: dict[str, Collection[Any]] = {}
        self.found: dict[tuple[object, ...], Any] = {}

    def collection(self, kind: str) -> Collection[Any]:
        """One collection of the state by its field name; its items are what `State` says they are."""
        if kind not in self._collections:
            self._collections[kind] = Collection(self.network.state, kind)
        return self._collections[kind]

    @_once
    def vpc(self, region: str) -> Vpc:
        """The VPC with the documented CIDR, else the only one that overlaps it, else the base network."""
        wanted = self.spec.regions[region].vpc_cidr
        what = f"VPC of the documented network in {region} ({wanted}, named like {self._vpc_name(region)!r})"
        return _only(self.vpc_candidates(region), what)

    def vpc_candidates(self, region: str) -> tuple[Vpc, ...]:
        """The VPCs that may be the documented one, likeliest only; empty when none overlaps the base network."""
        wanted = self.spec.regions[region].vpc_cidr
        pattern = self._vpc_name(region)
        vpcs = [v for v in self.collection("vpcs").in_region(region) if fnmatchcase(v.name, pattern)]
        exact = [vpc for vpc in vpcs if wanted in vpc.cidrs]
        near = [vpc for vpc in vpcs if any(cidr.overlaps(wanted) for cidr in vpc.cidrs)]
        inside = [vpc for vpc in vpcs if any(cidr.overlaps(self.spec.base_cidr) for cidr in vpc.cidrs)]
        return tuple(exact or near or inside)

    @_once
    def subnets(self, region: str) -> tuple[Subnet, ...]:
        """Every subnet of the documented VPC."""
        vpc = self.vpc(region)
        subnets = [s for s in self.collection("subnets").in_region(region) if s.vpc_id == vpc.id]
        if not subnets:
            raise EmptySelectionError(f"{vpc.label} has no subnet")
        return tuple(subnets)

    def tier_of(self, region: str, cidr: IPv4Network | None) -> Tier | None:
        """The tier whose documented subnet has this CIDR, or None for an undocumented one."""
        for tier in TIERS:
            if cidr in self.spec.regions[region].subnets.of(tier):
                return tier
        return None

    @_once
    def subnets_of_tier(self, region: str, tier: Tier) -> tuple[Subnet, ...]:
        """The observed subnets that the document lists for a tier."""
        subnets = tuple(s for s in self.subnets(region) if self.tier_of(region, s.cidr) == tier)
        if not subnets:
            raise EmptySelectionError(f"no documented {tier} subnet exists in {region}")
        return subnets

    @_once
    def security_groups(self, region: str) -> tuple[SecurityGroup, ...]:
        """The security groups of the documented VPC."""
        vpc = self.vpc(region)
        found = tuple(g for g in self.collection("security_groups").in_region(region) if g.vpc_id == vpc.id)
        if not found:
            raise EmptySelectionError(f"{vpc.label} has no security group")
        return found

    @_once
    def security_group(self, region: str, role: str) -> SecurityGroup:
        """The security group of a documented role, found by the spec's glob for it."""
        pattern = self._pattern(self.spec.roles[role].security_group, region)
        found = [group for group in self.security_groups(region) if _named(group, pattern)]
        group = _only(found, f"security group of role {role} in {region} (named like {pattern!r})")
        complete: SecurityGroup = self.collection("security_groups").complete(group)
        return complete

    @_once
    def transit_gateways(self, region: str) -> tuple[TransitGateway, ...]:
        """The Transit Gateways that the documented VPC is attached to, else every one of the Region."""
        gateways = [g for g in self.collection("transit_gateways").in_region(region) if g.state not in GONE]
        vpc_id = self.vpc(region).id
        attached = {a.transit_gateway_id for a in self._attachments(region) if a.resource_id == vpc_id}
        return tuple(g for g in gateways if g.id in attached) or tuple(gateways)

    def transit_gateway(self, region: str) -> TransitGateway:
        """The one documented Transit Gateway of a Region."""
        return _only(self.transit_gateways(region), f"Transit Gateway in {region}")

    @_once
    def attachments(self, region: str) -> tuple[TgwAttachment, ...]:
        """The attachments of the documented Transit Gateway, deleted and failed ones left out."""
        gateway = self.transit_gateway(region)
        return tuple(a for a in self._attachments(region) if a.transit_gateway_id == gateway.id)

    @_once
    def vpc_attachment(self, region: str) -> TgwAttachment:
        """The attachment that joins the documented VPC to its Region's Transit Gateway."""
        vpc = self.vpc(region)
        found = [a for a in self.attachments(region) if a.resource_type == "vpc" and a.resource_id == vpc.id]
        return _only(found, f"attachment of {vpc.label} to the Transit Gateway")

    @_once
    def peerings(self, region: str) -> tuple[TgwAttachment, ...]:
        """The peering attachments of the documented Transit Gateway, as its Region lists them."""
        return tuple(a for a in self.attachments(region) if a.resource_type == "peering")

    def peerings_to(self, region: str, peer_region: str) -> tuple[TgwAttachment, ...]:
        """The peering attachments from one Region's documented Transit Gateway to that of another; maybe none."""
        peer = self.transit_gateway(peer_region)
        return tuple(a for a in self.peerings(region) if a.peer_transit_gateway_id == peer.id)

    @_once
    def tgw_route_tables(self, region: str) -> tuple[TgwRouteTable, ...]:
        """The route tables of the documented Transit Gateway."""
        gateway = self.transit_gateway(region)
        collection = self.collection("tgw_route_tables")
        tables = [t for t in collection.in_region(region) if t.transit_gateway_id == gateway.id]
        live = tuple(collection.complete(t) for t in tables if t.state not in GONE)
        if not live:
            raise EmptySelectionError(f"{gateway.label} has no route table")
        return live

    def table_of(self, region: str, attachment: TgwAttachment) -> TgwRouteTable | None:
        """The route table that an attachment is associated with, if any."""
        for table in self.tgw_route_tables(region):
            if attachment.id in table.associations:
                return table
        return None

    @_once
    def serving_table(self, region: str) -> TgwRouteTable:
        """The table that carries the documented routes: the one the VPC attachment is associated with."""
        table = self.table_of(region, self.vpc_attachment(region))
        if table is not None:
            return table
        return _only(self.tgw_route_tables(region), f"Transit Gateway route table in {region}")

    def _attachments(self, region: str) -> tuple[TgwAttachment, ...]:
        found = self.collection("tgw_attachments").in_region(region)
        return tuple(a for a in found if a.state not in GONE)

    def _vpc_name(self, region: str) -> str:
        return self._pattern(self.spec.vpc_name, region)

    def _pattern(self, template: str, region: str) -> str:
        return template.format(alias=self.spec.alias_of(region), region=region)


def _named(group: SecurityGroup, pattern: str) -> bool:
    return fnmatchcase(group.group_name, pattern) or fnmatchcase(group.name, pattern)


def _only(found: Iterable[ResourceT], what: str) -> ResourceT:
    candidates = tuple(found)
    if not candidates:
        raise EmptySelectionError(f"found no {what}")
    if len(candidates) > 1:
        names = ", ".join(item.label for item in candidates)
        raise EmptySelectionError(f"cannot tell which is the {what}: {names}")
    return candidates[0]
