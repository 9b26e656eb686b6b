"""What decides about packets behind a VPC route that leads to a NAT gateway: its subnet's filters and routes."""

from collections.abc import Iterator
from typing import TypeAlias

from probes.model.errors import UnobservableError
from probes.model.reachability.compiled import Setup
from probes.model.reachability.tgw_egress import NatKey
from probes.model.reachability.tgw_transit import End
from probes.model.state import RouteTargetKind, Subnet, VpcRoute

Beyond: TypeAlias = Iterator[tuple[tuple[object, ...], int, int]]


def beyond_route(
    setup: Setup, sender: End, route: VpcRoute | None, acl_class: int, ends: tuple[int, int]
) -> Beyond:
    """What else decides, with the senders and receivers concerned; nothing else for a route to anything but NAT.

    `ends` are the atoms of the senders and of the receivers of some packets that take the sender's route.
    """
    senders, receivers = ends
    subnet = _nat_subnet(setup, sender, route)
    if subnet is None:
        yield (), senders, receivers
        return
    exits = setup.exits
    entered = exits.acl_masks(subnet, egress=False)[acl_class]
    entered |= exits.atoms_of_subnet.get((subnet.region, subnet.id), 0)
    if senders & ~entered:
        yield ("acl into NAT",), senders & ~entered, receivers
    senders &= entered
    left = exits.acl_masks(subnet, egress=True)[acl_class]
    if senders and receivers & ~left:
        yield ("acl out of NAT",), senders, receivers & ~left
    receivers &= left
    if senders and receivers:
        for order, atoms in _routes(setup, subnet):
            if receivers & atoms:
                yield ("route of NAT", order), senders, receivers & atoms
                receivers &= ~atoms
        if receivers:
            yield ("no route of NAT",), senders, receivers


def _nat_subnet(setup: Setup, sender: End, route: VpcRoute | None) -> Subnet | None:
    if route is None or route.target is not RouteTargetKind.NAT_GATEWAY or route.state == "blackhole":
        return None
    nat: NatKey = sender.endpoint.region, route.target_id or ""
    gateway = setup.network.nat_gateways.get(nat)
    if gateway is None or gateway.state != "available":
        return None
    try:
        return setup.exits.nat_subnet(nat)
    except UnobservableError:
        return None


def _routes(setup: Setup, subnet: Subnet) -> Iterator[tuple[int, int]]:
    try:
        table = setup.network.route_table_of(subnet)
    except UnobservableError:
        return
    for order, (_, atoms) in enumerate(setup.routing.won(table)):
        yield order, atoms
