"""What decides about packets behind a VPC route that leads to a NAT gateway: its subnet's filters and routes."""

from collections.abc import Iterator
from typing import TypeAlias

from probes.model.errors import UnobservableError
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.tgw_egress import NatKey
from probes.model.reachability.tgw_transit import LocationContext
from probes.model.state import RouteTargetKind, Subnet, VpcRoute

Beyond: TypeAlias = Iterator[tuple[tuple[object, ...], int, int]]


def beyond_route(
    compiled: CompiledNetwork,
    sender: LocationContext,
    route: VpcRoute | None,
    acl_class: int,
    ends: tuple[int, int],
) -> Beyond:
    """What else decides, with the senders and receivers concerned; nothing else for a route to anything but NAT.

    `ends` are the addresses of the senders and of the receivers of some packets that take the sender's route.
    """
    senders, receivers = ends
    subnet = _nat_subnet(compiled, sender, route)
    if subnet is None:
        yield (), senders, receivers
        return
    tgw_egress = compiled.tgw_egress
    if not tgw_egress.is_carried_by_nat(acl_class):
        yield ("not carried by NAT",), senders, receivers
        return
    entered = tgw_egress.acls.of(subnet, egress=False)[acl_class]
    entered |= tgw_egress.addresses_of_subnet.get((subnet.region, subnet.id), 0)
    if senders & ~entered:
        yield ("acl into NAT",), senders & ~entered, receivers
    senders &= entered
    left = tgw_egress.acls.of(subnet, egress=True)[acl_class]
    if senders and receivers & ~left:
        yield ("acl out of NAT",), senders, receivers & ~left
    receivers &= left
    if senders and receivers:
        for order, addresses in _routes(compiled, subnet):
            if receivers & addresses:
                yield ("route of NAT", order), senders, receivers & addresses
                receivers &= ~addresses
        if receivers:
            yield ("no route of NAT",), senders, receivers


def _nat_subnet(compiled: CompiledNetwork, sender: LocationContext, route: VpcRoute | None) -> Subnet | None:
    if route is None or route.target is not RouteTargetKind.NAT_GATEWAY or route.state == "blackhole":
        return None
    nat: NatKey = sender.location.region, route.target_id or ""
    gateway = compiled.network.nat_gateways.get(nat)
    if gateway is None or gateway.state != "available":
        return None
    try:
        return compiled.tgw_egress.nat_subnet(nat)
    except UnobservableError:
        return None


def _routes(compiled: CompiledNetwork, subnet: Subnet) -> Iterator[tuple[int, int]]:
    try:
        table = compiled.network.route_table_of(subnet)
    except UnobservableError:
        return
    for order, (_, addresses) in enumerate(compiled.routing.won(table)):
        yield order, addresses
