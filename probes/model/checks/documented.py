"""Which observed resource is the one that the spec means.

An account holds other VPCs, Transit Gateways and security groups too; the suite judges only those of the
documented network. VPCs and Transit Gateways are called by their names in the spec. Everything here raises
EmptySelectionError when it finds nothing and UnobservableError when the source could not see what it needs.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import wraps
from ipaddress import IPv4Network
from typing import Any, Concatenate, ParamSpec, TypeVar

from probes.model.errors import EmptySelectionError
from probes.model.network.index import Network
from probes.model.spec import Find, Spec
from probes.model.spec.topology import attached_vpcs, gateways_of, routes_of
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
    """Remember what a method found: dozens of tests ask the same of each VPC."""

    @wraps(find)
    def remembered(self: "Documented", /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (find.__name__, *args)
        if key not in self.found:
            self.found[key] = find(self, *args, **kwargs)
        found: T = self.found[key]
        return found

    return remembered


class Documented:
    """The documented network inside an observed state."""

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
    def vpc(self, name: str) -> Vpc:
        """The VPC with the documented CIDRs, else the only one that overlaps them, else the address space."""
        claimed, region = self.spec.vpcs[name], self.spec.region_of(name)
        cidrs = ", ".join(map(str, claimed.cidrs))
        called = self._pattern(claimed.find.name, region, name)
        what = f"VPC {name} of the spec in {region} ({cidrs}, named like {called!r})"
        return _only(self.vpc_candidates(name), what)

    def vpc_candidates(self, name: str) -> tuple[Vpc, ...]:
        """The VPCs that may be the documented one, likeliest only; empty when nothing overlaps.

        A VPC that is clearly another one of the spec is no candidate.
        """
        claimed, region = self.spec.vpcs[name], self.spec.region_of(name)
        vpcs = [
            v for v in self.collection("vpcs").in_region(region) if self._fits(v, claimed.find, region, name)
        ]
        exact = [vpc for vpc in vpcs if claimed.cidrs[0] in vpc.cidrs]
        if exact:
            return tuple(exact)
        others = {
            cidr
            for other in self.spec.vpcs_in(region)
            if other != name
            for cidr in self.spec.vpcs[other].cidrs
        }
        left = [vpc for vpc in vpcs if not others.intersection(vpc.cidrs)]
        near = [vpc for vpc in left if _overlap(vpc, claimed.cidrs)]
        return tuple(near or [vpc for vpc in left if _overlap(vpc, self.spec.address_space)])

    def homes(self, role: str, region: str) -> tuple[str, ...]:
        """The VPCs of a Region in which a role lives."""
        return tuple(vpc for vpc in self.spec.vpcs_with(role) if self.spec.region_of(vpc) == region)

    @_once
    def subnets(self, vpc: str) -> tuple[Subnet, ...]:
        """Every subnet of the documented VPC."""
        observed = self.vpc(vpc)
        in_region = self.collection("subnets").in_region(observed.region)
        subnets = [subnet for subnet in in_region if subnet.vpc_id == observed.id]
        if not subnets:
            raise EmptySelectionError(f"{observed.label} has no subnet")
        return tuple(subnets)

    def tier_of(self, vpc: str, cidr: IPv4Network | None) -> str | None:
        """The tier whose documented subnet has this CIDR, or None for an undocumented one."""
        for tier, cidrs in self.spec.vpcs[vpc].subnets.items():
            if cidr in cidrs:
                return tier
        return None

    @_once
    def subnets_of_tier(self, vpc: str, tier: str) -> tuple[Subnet, ...]:
        """The observed subnets that the document lists for a tier."""
        subnets = tuple(s for s in self.subnets(vpc) if self.tier_of(vpc, s.cidr) == tier)
        if not subnets:
            raise EmptySelectionError(f"no documented {tier} subnet exists in {self.vpc(vpc).label}")
        return subnets

    @_once
    def security_groups(self, vpc: str) -> tuple[SecurityGroup, ...]:
        """The security groups of the documented VPC."""
        observed = self.vpc(vpc)
        in_region = self.collection("security_groups").in_region(observed.region)
        found = tuple(group for group in in_region if group.vpc_id == observed.id)
        if not found:
            raise EmptySelectionError(f"{observed.label} has no security group")
        return found

    def security_group(self, vpc: str, role: str) -> SecurityGroup:
        """The security group of a documented role, found by the spec's glob for it, with all of its rules."""
        collection: Collection[SecurityGroup] = self.collection("security_groups")
        return collection.complete(self.group_named(vpc, role))

    def group_id(self, vpc: str, role: str) -> str:
        """The ID of a documented role's security group, whose rules may not have been seen."""
        return self.group_named(vpc, role).id

    @_once
    def group_named(self, vpc: str, role: str) -> SecurityGroup:
        """The security group that the spec's glob finds for a role."""
        pattern = self.pattern(self.spec.roles[role].security_group, vpc, role)
        found = [group for group in self.security_groups(vpc) if _named(group, pattern)]
        return _only(found, f"security group of role {role} in VPC {vpc} (named like {pattern!r})")

    @_once
    def transit_gateways(self, gateway: str) -> tuple[TransitGateway, ...]:
        """The Transit Gateways that its documented VPCs are attached to, else every one of the Region.

        Where the document has several in the Region, those that most of its VPCs are attached to.
        """
        claimed, region = self.spec.transit_gateways[gateway], self.spec.gateway_region(gateway)
        gateways = [
            g
            for g in self.collection("transit_gateways").in_region(region)
            if g.state not in GONE and self._fits(g, claimed.find, region, gateway)
        ]
        vpc_ids = {self.vpc(vpc).id for vpc in attached_vpcs(self.spec, gateway)}
        attached = Counter(
            a.transit_gateway_id for a in self._attachments(region) if a.resource_id in vpc_ids
        )
        found = tuple(g for g in gateways if attached[g.id]) or tuple(gateways)
        several = sum(self.spec.gateway_region(other) == region for other in self.spec.transit_gateways) > 1
        most = max((attached[g.id] for g in found), default=0)
        return tuple(g for g in found if attached[g.id] == most) if several else found

    def transit_gateway(self, gateway: str) -> TransitGateway:
        """The one documented Transit Gateway of this name."""
        region = self.spec.gateway_region(gateway)
        return _only(self.transit_gateways(gateway), f"Transit Gateway {gateway} of the spec in {region}")

    @_once
    def attachments(self, gateway: str) -> tuple[TgwAttachment, ...]:
        """The attachments of the documented Transit Gateway, deleted and failed ones left out."""
        observed = self.transit_gateway(gateway)
        return tuple(a for a in self._attachments(observed.region) if a.transit_gateway_id == observed.id)

    @_once
    def vpc_attachment(self, gateway: str, vpc: str) -> TgwAttachment:
        """The attachment that joins a documented VPC to a Transit Gateway."""
        what = f"attachment of {self.vpc(vpc).label} to the Transit Gateway {gateway}"
        return _only(self._named(gateway, vpc), what)

    def attachments_of(self, vpc: str) -> tuple[TgwAttachment, ...]:
        """The attachments of a documented VPC to the documented Transit Gateways."""
        return tuple(self.vpc_attachment(gateway, vpc) for gateway in gateways_of(self.spec, vpc))

    @_once
    def peerings(self, gateway: str) -> tuple[TgwAttachment, ...]:
        """The peering attachments of the documented Transit Gateway, as its Region lists them."""
        return tuple(a for a in self.attachments(gateway) if a.resource_type == "peering")

    def peerings_to(self, gateway: str, peer: str) -> tuple[TgwAttachment, ...]:
        """The peering attachments from one documented Transit Gateway to another; maybe none."""
        wanted = self.transit_gateway(peer).id
        return tuple(a for a in self.peerings(gateway) if a.peer_transit_gateway_id == wanted)

    @_once
    def attachment(self, gateway: str, name: str) -> TgwAttachment:
        """The attachment that the spec calls by this name: a VPC's, a peering's, or one that leads elsewhere."""
        return _only(self._named(gateway, name), f"attachment {name} of Transit Gateway {gateway}")

    def attachments_named(self, gateway: str, names: Iterable[str]) -> tuple[TgwAttachment, ...]:
        """Those that exist of these attachments. Raises EmptySelectionError when there is none of them."""
        found = tuple(attachment for name in names for attachment in self._named(gateway, name))
        if not found:
            raise EmptySelectionError(f"found no documented attachment of Transit Gateway {gateway}")
        return found

    def _named(self, gateway: str, name: str) -> tuple[TgwAttachment, ...]:
        if name in attached_vpcs(self.spec, gateway):
            vpc = self.vpc(name).id
            return tuple(
                a for a in self.attachments(gateway) if (a.resource_type, a.resource_id) == ("vpc", vpc)
            )
        if name in self.spec.transit_gateways:
            return self.peerings_to(gateway, name)
        claimed = self.spec.transit_gateways[gateway].attachments[name]
        region = self.spec.gateway_region(gateway)
        return tuple(
            a
            for a in self.attachments(gateway)
            if a.resource_type == claimed.type and self._fits(a, claimed.find, region, name)
        )

    @_once
    def tgw_route_tables(self, gateway: str) -> tuple[TgwRouteTable, ...]:
        """The route tables of the documented Transit Gateway."""
        live = self.live_tables(gateway)
        if not live:
            raise EmptySelectionError(f"{self.transit_gateway(gateway).label} has no route table")
        return live

    def live_tables(self, gateway: str) -> tuple[TgwRouteTable, ...]:
        """As `tgw_route_tables`; empty when there is none."""
        observed = self.transit_gateway(gateway)
        collection = self.collection("tgw_route_tables")
        tables = [t for t in collection.in_region(observed.region) if t.transit_gateway_id == observed.id]
        return tuple(collection.complete(t) for t in tables if t.state not in GONE)

    def table_of(self, gateway: str, attachment: TgwAttachment) -> TgwRouteTable | None:
        """The route table that an attachment is associated with, if any."""
        for table in self.tgw_route_tables(gateway):
            if attachment.id in table.associations:
                return table
        return None

    @_once
    def route_table(self, gateway: str, name: str) -> TgwRouteTable:
        """The table of this name in the spec: the one with most of its attachments, fewest others, most routes.

        Where the tables do not differ in that, the claim's glob for the Name tag has to tell them apart.
        """
        claimed = self.spec.transit_gateways[gateway].route_tables[name]
        region = self.spec.gateway_region(gateway)
        tables = [t for t in self.tgw_route_tables(gateway) if self._fits(t, claimed.find, region, name)]
        what = f"route table {name} of the Transit Gateway {gateway}"
        if len(tables) <= 1:
            return _only(tables, what)
        wanted = self._known_attachments(gateway, claimed.associated)
        others = self.spec.transit_gateways[gateway].route_tables.items()
        foreign = self._known_attachments(gateway, (a for n, t in others if n != name for a in t.associated))
        routes = set(routes_of(self.spec, claimed))
        score = {
            table.id: (
                len(wanted.intersection(table.associations)),
                -len(foreign.intersection(table.associations)),
                len(routes.intersection(route.destination for route in table.routes)),
            )
            for table in tables
        }
        best = max(score.values())
        return _only([table for table in tables if score[table.id] == best], what)

    def _known_attachments(self, gateway: str, names: Iterable[str]) -> set[str]:
        """The IDs of those of these attachments that exist."""
        return {attachment.id for name in names for attachment in self._named(gateway, name)}

    def _attachments(self, region: str) -> tuple[TgwAttachment, ...]:
        found = self.collection("tgw_attachments").in_region(region)
        return tuple(a for a in found if a.state not in GONE)

    def pattern(self, template: str, vpc: str, role: str = "") -> str:
        """A glob of the spec with its placeholders filled in for a VPC and a role."""
        return template.format(role=role, region=self.spec.vpcs[vpc].region, vpc=vpc)

    def _fits(self, resource: Resource, find: Find, region: str, name: str) -> bool:
        """Whether a resource is what `find` asks for."""
        owner = getattr(resource, "owner_id", None)
        return (
            fnmatchcase(resource.name, self._pattern(find.name, region, name))
            and all(resource.tags.get(key) == value for key, value in find.tags.items())
            and (not find.account or owner in (None, "", find.account))
        )

    def _pattern(self, template: str, region: str, name: str) -> str:
        return template.format(role="", region=self.spec.alias(region), vpc=name)


def _overlap(vpc: Vpc, ranges: Iterable[IPv4Network]) -> bool:
    return any(cidr.overlaps(other) for cidr in vpc.cidrs for other in ranges)


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
