"""What the documented VPCs' route tables do with the other Regions' CIDRs."""

from collections.abc import Callable
from ipaddress import IPv4Network
from typing import NamedTuple

from probes.model.checks.cidr_sets import covers
from probes.model.checks.documented import Documented
from probes.model.checks.vpc_firewalls import firewalls_of
from probes.model.spec.claims import VpcRouteClaim
from probes.model.spec.topology import gateways_of, leads_to_gateway
from probes.model.state import RouteTargetKind, Subnet, VpcRoute, VpcRouteTable
from probes.model.state.collection import Collection

ENDPOINT = "endpoint"
FIREWALL = "firewall"
KINDS = {
    "internet-gateway": RouteTargetKind.INTERNET_GATEWAY,
    "nat-gateway": RouteTargetKind.NAT_GATEWAY,
    FIREWALL: RouteTargetKind.VPC_ENDPOINT,
    ENDPOINT: RouteTargetKind.VPC_ENDPOINT,
}


def effective_table(documented: Documented, subnet: Subnet) -> VpcRouteTable:
    """The table a subnet uses; raises UnobservableError when the source does not know all of it."""
    collection: Collection[VpcRouteTable] = documented.collection("vpc_route_tables")
    return collection.complete(documented.network.route_table_of(subnet))


def misleading_routes(
    documented: Documented, table: VpcRouteTable, cidr: IPv4Network, leads: Callable[[VpcRoute], bool]
) -> tuple[VpcRoute | None, ...]:
    """The route by which a CIDR does not get where it should, None where there is none; empty when all of it does.

    Two active routes for the halves of a CIDR are as good as one for all of it. Prefix lists are expanded.
    """
    prefixes = [
        (prefix, route)
        for route in table.routes
        for prefix in _destinations(documented, table.region, route)
        if prefix.overlaps(cidr)
    ]
    right = [
        prefix
        for prefix, route in prefixes
        if prefix.subnet_of(cidr) and route.state == "active" and leads(route)
    ]
    if covers(right, cidr):
        return ()
    covering = [(prefix.prefixlen, route) for prefix, route in prefixes if prefix.supernet_of(cidr)]
    best = max(covering, key=lambda pair: pair[0])[1] if covering else None
    return () if best is not None and best.state == "active" and leads(best) else (best,)


class Target(NamedTuple):
    """Where a documented route leads: a kind of target, and the IDs that it may have where the spec names them."""

    kind: RouteTargetKind
    ids: tuple[str, ...] | None = None

    def __str__(self) -> str:
        if self.ids:
            return f"{self.kind} {' or '.join(self.ids)}"
        return (
            f"a {self.kind.replace('_', ' ')}"
            if self.ids is None
            else f"a {self.kind}, of which there is none"
        )

    def is_met_by(self, route: VpcRoute) -> bool:
        """Whether a route leads there."""
        return route.target is self.kind and (self.ids is None or route.target_id in self.ids)


def declared_target(documented: Documented, claim: VpcRouteClaim) -> Target:
    """What the `via` of a declared route means in the observed network."""
    if claim.via == FIREWALL:
        return Target(KINDS[FIREWALL], tuple(firewall.id for firewall in firewalls_of(documented, claim.vpc)))
    if claim.via in KINDS:
        return Target(KINDS[claim.via])
    if leads_to_gateway(claim.via):
        named = claim.via.partition(":")[2]
        gateways = (named,) if named else gateways_of(documented.spec, claim.vpc)
        ids = (documented.transit_gateway(gateways[0]).id,) if len(gateways) == 1 else None
        return Target(RouteTargetKind.TRANSIT_GATEWAY, ids)
    return Target(RouteTargetKind.VPC_PEERING)


def declared_destinations(documented: Documented, claim: VpcRouteClaim) -> tuple[IPv4Network, ...]:
    """The CIDRs that a declared route is about: a CIDR, those of a VPC, or those behind an endpoint."""
    if claim.destination in documented.spec.vpcs:
        return documented.spec.vpcs[claim.destination].cidrs
    if claim.via != ENDPOINT:
        return (IPv4Network(claim.destination),)
    region = documented.spec.region_of(claim.vpc)
    lists = documented.collection("prefix_lists").in_region(region)
    return tuple(
        cidr
        for each in lists
        if each.list_name.endswith(f".{claim.destination}")
        for cidr in each.cidrs
        if isinstance(cidr, IPv4Network)
    )


def internet_routes(table: VpcRouteTable) -> tuple[VpcRoute, ...]:
    """The routes in use whose target is an Internet gateway; IPv6's egress-only gateway is none.

    A subnet with such a route is public, one without it private.
    https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
    """
    return tuple(
        route
        for route in table.routes
        if route.target is RouteTargetKind.INTERNET_GATEWAY and route.state == "active"
    )


def is_public(documented: Documented, table: VpcRouteTable) -> bool:
    """Whether a route of the table leads to an Internet gateway that is attached to the table's VPC."""
    attached = documented.collection("internet_gateways").in_region(table.region)
    gateways = {each.id for each in attached if table.vpc_id in each.vpc_ids}
    return any(route.target_id in gateways or route.target_id is None for route in internet_routes(table))


def route_words(route: VpcRoute | None) -> str:
    """A route as messages show it."""
    if route is None:
        return "no route"
    return f"{route.destination} to {route.target} {route.target_id}, {route.state}"


def _destinations(documented: Documented, region: str, route: VpcRoute) -> list[IPv4Network]:
    if isinstance(route.destination, IPv4Network):
        return [route.destination]
    if not isinstance(route.destination, str):
        return []
    lists = documented.collection("prefix_lists").in_region(region)
    return [
        cidr
        for prefix_list in lists
        if prefix_list.id == route.destination
        for cidr in prefix_list.cidrs
        if isinstance(cidr, IPv4Network)
    ]
