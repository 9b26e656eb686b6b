"""Mutations of the route tables of VPCs."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from typing import Any

from msgspec.structs import replace

from probes.model.spec import Spec
from probes.model.state import RouteTargetKind, State, VpcRoute, VpcRouteTable
from suites.selftest.mutations.addresses import halves
from suites.selftest.mutations.mutation import Mutation, Sites, adding, having

ANYWHERE = IPv4Network("0.0.0.0/0")
TABLES = "vpc_route_tables"
ROUTES = (
    "routes-to-tgw",
    "vpc-route",
    "internet-gateway",
    "no-internet-transit",
    "single-network",
    "flow",
)
TO_THE_INTERNET = ("no-internet-gateway", "attachment-subnets-local", "no-internet-transit", "flow")
Tables = Callable[[VpcRouteTable], object]


def of_routes(spec: Spec, state: State) -> Iterator[Mutation]:
    """Routes that are gone, lead elsewhere or to nothing, and such that are too many."""
    yield from Sites(state, "VPC route: dropped", *ROUTES).each(
        TABLES, "routes", lambda route: () if _is_written(route) else (route,)
    )
    yield from _changed(state, "blackhole", having(state="blackhole"))
    yield from _changed(state, "narrowed", lambda route: _narrowed(spec, route))
    yield from _changed(state, "to nothing that exists", _misled)
    yield from Sites(state, "VPC route: table without subnets", *ROUTES, "attachment-subnets-local").change(
        TABLES, having(subnet_ids=()), lambda table: any(map(_is_written, table.routes))
    )
    yield from _more(state)


def _changed(state: State, kind: str, change: Callable[[Any], Any]) -> Iterator[Mutation]:
    yield from Sites(state, f"VPC route: {kind}", *ROUTES).each(
        TABLES, "routes", lambda route: (change(route) if _is_written(route) else route,)
    )


def _is_written(route: VpcRoute) -> bool:
    """Whether somebody wrote it: AWS itself writes local routes and those to a gateway endpoint."""
    return route.target is not RouteTargetKind.LOCAL and not isinstance(route.destination, str)


def _misled(route: VpcRoute) -> VpcRoute:
    return replace(route, target_id=f"{(route.target_id or '')[:-8]}0000000a")


def _narrowed(spec: Spec, route: VpcRoute) -> VpcRoute:
    """The half of a route; the whole route where no VPC is lost by that."""
    if not isinstance(route.destination, IPv4Network):
        return route
    lost, half = halves(route.destination)
    used = [cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs if cidr.overlaps(lost)]
    declared = {name for one in spec.tiers.values() for name in one.routes}
    declared |= {name for vpc in spec.vpcs.values() for routes in vpc.routes.values() for name in routes}
    is_missed = str(ANYWHERE) in declared if route.destination == ANYWHERE else used
    return replace(route, destination=half) if is_missed else route


def _more(state: State) -> Iterator[Mutation]:
    """A route to the Internet where there is none, and one that takes another VPC's addresses there."""
    for gateway in state.internet_gateways:
        there = {vpc.id for vpc in state.vpcs if vpc.id in gateway.vpc_ids}
        yield from _routed(state, "to the Internet added", gateway.id, ANYWHERE, _without_default(there))
        for vpc in state.vpcs:
            if vpc.id not in there:
                half = halves(vpc.cidrs[0])[0]
                yield from _routed(
                    state, "another VPC by the Internet", gateway.id, half, _sending(there, half)
                )


def _routed(
    state: State, kind: str, gateway: str, destination: IPv4Network, where: Tables
) -> Iterator[Mutation]:
    route = VpcRoute(destination=destination, target=RouteTargetKind.INTERNET_GATEWAY, target_id=gateway)
    yield from Sites(state, f"VPC route: {kind}", *TO_THE_INTERNET, *ROUTES).change(
        TABLES, adding("routes", route), where
    )


def _without_default(vpcs: set[str]) -> Tables:
    return lambda table: (
        table.vpc_id in vpcs and table.subnet_ids and all(r.destination != ANYWHERE for r in table.routes)
    )


def _sending(vpcs: set[str], destination: IPv4Network) -> Tables:
    """The tables of these VPCs that lead a destination to the Transit Gateway."""
    return lambda table: (
        table.vpc_id in vpcs
        and table.subnet_ids
        and any(
            route.target is RouteTargetKind.TRANSIT_GATEWAY
            and isinstance(route.destination, IPv4Network)
            and destination.subnet_of(route.destination)
            for route in table.routes
        )
    )
