"""What the documented VPCs' route tables do with the other Regions' CIDRs."""

from ipaddress import IPv4Network

from probes.model.checks.documented import Documented
from probes.model.spec import Spec
from probes.model.state import RouteTargetKind, Subnet, VpcRoute, VpcRouteTable
from probes.model.state.collection import Collection


def remote_cidrs(spec: Spec, region: str) -> tuple[IPv4Network, ...]:
    """The documented VPC CIDRs of the other Regions."""
    return tuple(other.vpc_cidr for name, other in spec.regions.items() if name != region)


def effective_table(documented: Documented, subnet: Subnet) -> VpcRouteTable:
    """The table a subnet uses; raises UnobservableError when the source does not know all of it."""
    collection: Collection[VpcRouteTable] = documented.collection("vpc_route_tables")
    return collection.complete(documented.network.route_table_of(subnet))


def best_route(
    documented: Documented, region: str, table: VpcRouteTable, cidr: IPv4Network
) -> VpcRoute | None:
    """The longest-prefix route that covers a whole CIDR, prefix lists expanded; None when none does."""
    covering = [
        (prefix.prefixlen, route)
        for route in table.routes
        for prefix in _destinations(documented, region, route)
        if prefix.supernet_of(cidr)
    ]
    return max(covering, key=lambda pair: pair[0])[1] if covering else None


def internet_routes(table: VpcRouteTable) -> tuple[VpcRoute, ...]:
    """The routes in use whose target is an Internet gateway; IPv6's egress-only gateway is none.

    A subnet with such a route is public, one without it private (VPC user guide, "Subnet types").
    """
    return tuple(
        route
        for route in table.routes
        if route.target is RouteTargetKind.INTERNET_GATEWAY and route.state == "active"
    )


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
