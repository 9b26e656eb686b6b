"""Which route one packet takes in a VPC route table or a Transit Gateway route table."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from probes.model.errors import UnobservableError
from probes.model.network.index import Network
from probes.model.network.packets import on_the_internet
from probes.model.state import RouteTargetKind, TgwRoute, TgwRouteTable, VpcRoute, VpcRouteTable

PROPAGATED = "EnableVgwRoutePropagation"


def vpc_route(network: Network, table: VpcRouteTable, address: IPv4Address) -> VpcRoute | None:
    """The VPC route for an address: longest prefix; on a tie local, static, prefix list, then propagated.

    A propagated route never wins within the VPC, however specific it is. Raises UnobservableError when a
    route that the source could not read might win.
    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    _require_routes(network, table)
    matching = list(_matching(network, table, address))
    if any(route.target is RouteTargetKind.LOCAL for _, route in matching):
        matching = [(length, route) for length, route in matching if route.origin != PROPAGATED]
    best = max(matching, key=lambda found: (found[0], vpc_route_rank(found[1])), default=None)
    if best is None or best[1].target is not RouteTargetKind.LOCAL:
        _require_prefix_lists(network, table, address)
    return best[1] if best else None


def vpc_route_rank(route: VpcRoute) -> int:
    """Among routes with one destination the highest rank wins: local, static, prefix list, propagated.

    https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html
    """
    if route.target is RouteTargetKind.LOCAL:
        return 3
    if route.origin == PROPAGATED:
        return 0
    return 1 if isinstance(route.destination, str) else 2


def tgw_route(network: Network, table: TgwRouteTable, address: IPv4Address) -> TgwRoute | None:
    """The TGW route for an address: longest prefix; on a tie static, prefix-list reference, propagated.

    Blackhole routes take part and drop; pending and deleted ones do not forward. Raises UnobservableError
    when the table was not read completely.
    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
    """
    network.require("tgw_route_tables", table.region, table.id, ("routes",))
    if not table.routes_complete:
        raise UnobservableError(f"{table.label}: AWS returned only a part of its routes")
    matching = [
        route
        for route in table.routes
        if route.state in ("active", "blackhole")
        and isinstance(route.destination, IPv4Network)
        and address in route.destination
    ]
    return max(
        matching,
        key=lambda route: (route.destination.prefixlen, tgw_route_rank(network, table, route)),
        default=None,
    )


def tgw_route_rank(network: Network, table: TgwRouteTable, route: TgwRoute) -> int:
    """Among routes with one destination the highest rank wins: static, prefix list, from a VPC, other propagated.

    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
    """
    if route.type == "static":
        return 2 if route.prefix_list_id else 3
    sides = [
        network.attachment(table.region, i, table.transit_gateway_id or "") for i in route.attachment_ids
    ]
    return int(any(side is not None and side.resource_type == "vpc" for side in sides))


def _matching(network: Network, table: VpcRouteTable, address: IPv4Address) -> Iterator[tuple[int, VpcRoute]]:
    """The routes that cover the address, each with its longest prefix that does."""
    for route in network.routes_of(table):
        covering = [cidr for cidr in _destinations(network, table, route) or () if address in cidr]
        if covering:
            yield max(cidr.prefixlen for cidr in covering), route


def _destinations(network: Network, table: VpcRouteTable, route: VpcRoute) -> tuple[IPv4Network, ...] | None:
    """The IPv4 destinations of a route; None for a prefix list whose entries the source does not know."""
    if isinstance(route.destination, str):
        return network.prefix_list_cidrs(table.region, route.destination)
    return (route.destination,) if isinstance(route.destination, IPv4Network) else ()


def _require_routes(network: Network, table: VpcRouteTable) -> None:
    """Raise UnobservableError when there may be routes that the source does not list."""
    gap = network.gap("vpc_route_tables", table.region, table.id, ("routes",))
    if gap is not None and all(route.target_id is not None for route in table.routes):
        raise UnobservableError(f"{table.label}: {gap.reason}")


def _require_prefix_lists(network: Network, table: VpcRouteTable, address: IPv4Address) -> None:
    """Raise UnobservableError when a route by an unread prefix list may cover the address.

    The prefix lists of gateway endpoints hold public addresses only.
    """
    for route in network.routes_of(table):
        private = route.target is RouteTargetKind.VPC_ENDPOINT and not on_the_internet(address)
        if not private and _destinations(network, table, route) is None:
            raise UnobservableError(
                f"{table.label}: the entries of prefix list {route.destination} are not known"
            )
