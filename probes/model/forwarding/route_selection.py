"""Which route one packet takes in a VPC route table or a Transit Gateway route table."""

from ipaddress import IPv4Address, IPv4Network

from probes.model.errors import UnobservableError
from probes.model.network.index import Network
from probes.model.network.packets import on_the_internet
from probes.model.state import RouteTargetKind, TgwRoute, TgwRouteTable, VpcRoute, VpcRouteTable

PROPAGATED = "EnableVgwRoutePropagation"


def vpc_route(network: Network, table: VpcRouteTable, address: IPv4Address) -> VpcRoute | None:
    """The VPC route for an address: longest prefix; on a tie local, static, prefix list, then propagated.

    A propagated route never wins within the VPC, however specific it is. Raises UnobservableError when a
    route that the source could not read might win. Source: Amazon VPC user guide, route priority.
    """
    gap = network.gap("vpc_route_tables", table.region, table.id, ("routes",))
    if gap is not None and all(route.target_id is not None for route in table.routes):
        raise UnobservableError(f"{table.label}: {gap.reason}")
    best: tuple[tuple[int, int], VpcRoute] | None = None
    unread = ""
    routes = network.routes_of(table)
    inside = any(r.target is RouteTargetKind.LOCAL and _covers(r, address) for r in routes)
    for route in routes:
        if inside and route.origin == PROPAGATED:
            continue
        cidrs = _destinations(network, table, route)
        if cidrs is None:
            skip = route.target is RouteTargetKind.VPC_ENDPOINT and not on_the_internet(address)
            unread = unread if skip else str(route.destination)
            continue
        for cidr in cidrs:
            rank = (cidr.prefixlen, vpc_route_rank(route))
            if address in cidr and (best is None or rank > best[0]):
                best = rank, route
    if unread and (best is None or best[1].target is not RouteTargetKind.LOCAL):
        raise UnobservableError(f"{table.label}: the entries of prefix list {unread} are not known")
    return best[1] if best else None


def tgw_route(network: Network, table: TgwRouteTable, address: IPv4Address) -> TgwRoute | None:
    """The TGW route for an address: longest prefix; on a tie static, prefix-list reference, propagated.

    Blackhole routes take part and drop; pending and deleted ones do not forward. Raises UnobservableError
    when the table was not read completely. Source: Amazon VPC Transit Gateways guide, route evaluation order.
    """
    network.require("tgw_route_tables", table.region, table.id, ("routes",))
    if not table.routes_complete:
        raise UnobservableError(f"{table.label}: AWS returned only a part of its routes")
    matching = [
        route
        for route in network.tgw_routes_of(table)
        if route.state in ("active", "blackhole")
        and isinstance(route.destination, IPv4Network)
        and address in route.destination
    ]
    return max(
        matching,
        key=lambda route: (route.destination.prefixlen, tgw_route_rank(network, table, route)),
        default=None,
    )


def _covers(route: VpcRoute, address: IPv4Address) -> bool:
    return isinstance(route.destination, IPv4Network) and address in route.destination


def _destinations(network: Network, table: VpcRouteTable, route: VpcRoute) -> tuple[IPv4Network, ...] | None:
    if isinstance(route.destination, str):
        return network.prefix_list_cidrs(table.region, route.destination)
    return (route.destination,) if isinstance(route.destination, IPv4Network) else ()


def vpc_route_rank(route: VpcRoute) -> int:
    """The rank of a VPC route among those of one destination: the highest wins.

    https://docs.aws.amazon.com/vpc/latest/userguide/RouteTables.html#route-tables-priority
    """
    if route.target is RouteTargetKind.LOCAL:
        return 3
    if route.origin == PROPAGATED:
        return 0
    return 1 if isinstance(route.destination, str) else 2


def tgw_route_rank(network: Network, table: TgwRouteTable, route: TgwRoute) -> int:
    """The rank of a TGW route among those of one destination: the highest wins.

    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
    """
    if route.type == "static":
        return 2 if route.prefix_list_id else 3
    sides = [
        network.attachment(table.region, i, table.transit_gateway_id or "") for i in route.attachment_ids
    ]
    from_vpc = any(side is not None and side.resource_type == "vpc" for side in sides)
    return int(from_vpc)
