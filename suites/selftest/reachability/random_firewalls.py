"""Drawn networks in which firewalls inspect: endpoints in a VPC, and routes into and out of them."""

from collections.abc import Sequence
from ipaddress import IPv4Network
from random import Random

from msgspec.structs import replace

from probes.model.state import (
    NaclEntry,
    NetworkAcl,
    NetworkInterface,
    RouteTargetKind,
    State,
    Subnet,
    TgwRoute,
    TgwRouteTable,
    VpcEndpoint,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.vpc import FIREWALL_ENDPOINT
from suites.selftest.reachability.inspection_network import BLOCKS, inspection_network
from suites.selftest.reachability.networks import ANY, BASE

STATES = ("available", "available", "available", "available", "pending")


def with_firewalls(state: State, random: Random) -> State:
    """The network with firewalls in one or two of its VPCs, for the VPC itself and for others by their TGW."""
    attached = {(side.region, side.resource_id) for side in state.tgw_attachments}
    vpcs = [vpc for vpc in state.vpcs if (vpc.region, vpc.id) in attached]
    for vpc in random.sample(vpcs, min(len(vpcs), random.choice((1, 1, 2)))):
        state = _inspecting(state, vpc.region, vpc.id, random)
    return state


def _inspecting(state: State, region: str, vpc_id: str, random: Random) -> State:
    own = [subnet for subnet in state.subnets if (subnet.region, subnet.vpc_id) == (region, vpc_id)]
    base = min(int(subnet.cidr.network_address) for subnet in own if subnet.cidr)
    inside = [
        Subnet(
            region=region,
            id=f"subnet-{vpc_id[4:]}-fw{number}",
            vpc_id=vpc_id,
            cidr=IPv4Network((base + 768 + 16 * number, 28)),
            az=own[number].az,
        )
        for number in range(random.choice((1, 2, 2, 2)))
    ]
    firewalls = [
        VpcEndpoint(
            region=region,
            id=f"vpce-{subnet.id}",
            vpc_id=vpc_id,
            service_name="inspection",
            endpoint_type=FIREWALL_ENDPOINT,
            state=random.choice(STATES),
            subnet_ids=(subnet.id,),
        )
        for subnet in inside
    ]
    side = next(s for s in state.tgw_attachments if (s.region, s.resource_id) == (region, vpc_id))
    tables = [
        *(_own(vpc_id, each, number, state, random) for number, each in enumerate(inside)),
        *(_leading_in(each, number, firewalls, random) for number, each in enumerate(own)),
    ]
    return replace(
        state,
        subnets=(*state.subnets, *inside),
        vpc_endpoints=(*state.vpc_endpoints, *firewalls),
        vpc_route_tables=(*(_without(t, {s.id for s in own}) for t in state.vpc_route_tables), *tables),
        tgw_route_tables=tuple(_led(t, side.id, region, random) for t in state.tgw_route_tables),
        tgw_attachments=tuple(
            replace(s, appliance_mode=random.random() < 0.6) if s is side else s
            for s in state.tgw_attachments
        ),
    )


def _without(table: VpcRouteTable, subnets: set[str]) -> VpcRouteTable:
    return replace(table, subnet_ids=tuple(each for each in table.subnet_ids if each not in subnets))


def _own(vpc_id: str, subnet: Subnet, number: int, state: State, random: Random) -> VpcRouteTable:
    """The table of a firewall's subnet: mostly back to the Transit Gateway."""
    tgw = next(s.transit_gateway_id for s in state.tgw_attachments if s.resource_id == vpc_id)
    targets = [(RouteTargetKind.TRANSIT_GATEWAY, tgw)] * 4
    targets += [
        (RouteTargetKind.NAT_GATEWAY, each.id) for each in state.nat_gateways if each.vpc_id == vpc_id
    ]
    targets += [(RouteTargetKind.INTERNET_GATEWAY, f"igw-{vpc_id[4:]}")]
    routes = [_to(BASE, *targets[0]), _to(ANY, *random.choice(targets))]
    return _table(subnet, f"fw{number}", routes[random.choice((0, 0, 0, 1)) :])


def _leading_in(subnet: Subnet, number: int, firewalls: list[VpcEndpoint], random: Random) -> VpcRouteTable:
    """The table of another subnet of the VPC: for some destinations into the firewall of its zone, or another."""
    mine = firewalls[number % 2 % len(firewalls)] if random.random() < 0.8 else random.choice(firewalls)
    tgw = _to(BASE, RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{subnet.region}")
    into = _to(random.choice((BASE, BASE, ANY)), RouteTargetKind.VPC_ENDPOINT, mine.id)
    hosts = number < 2
    return _table(subnet, f"in{number}", [tgw, into][random.random() < 0.5 :] if hosts else [into])


def _to(destination: IPv4Network, target: RouteTargetKind, target_id: str | None) -> VpcRoute:
    return VpcRoute(destination=destination, target=target, target_id=target_id)


def _table(subnet: Subnet, name: str, routes: Sequence[VpcRoute]) -> VpcRouteTable:
    return VpcRouteTable(
        region=subnet.region,
        id=f"rtb-{subnet.vpc_id}-{name}",
        vpc_id=subnet.vpc_id,
        main=False,
        subnet_ids=(subnet.id,),
        routes=tuple({str(route.destination): route for route in routes}.values()),
    )


def _led(table: TgwRouteTable, side: str, region: str, random: Random) -> TgwRouteTable:
    """A table of the VPC's Transit Gateway that others use leads, mostly, everything or some of it there."""
    if table.region != region or side in table.associations or random.random() < 0.3:
        return table
    everything = TgwRoute(destination=BASE, type="static", state="active", attachment_ids=(side,))
    kept = tuple(r for r in table.routes if r.destination != BASE and random.random() < 0.3)
    return replace(table, routes=(*kept, everything))


def changed_inspection(random: Random) -> State:
    """The network whose traffic a third VPC inspects, with up to three changes that matter to it."""
    state = inspection_network(appliance_mode=random.random() < 0.5)
    for _ in range(random.randrange(4)):
        state = random.choice(
            (_bypassed, _crossed_zones, _endpoint_changed, _acl_changed, _host_added, _led_on)
        )(state, random)
    return state


def _bypassed(state: State, random: Random) -> State:
    """A more specific route past the firewall, one way."""
    to = random.choice(("one", "two"))
    route = TgwRoute(
        destination=IPv4Network(BLOCKS[to]), type="static", state="active", attachment_ids=(f"att-{to}",)
    )
    number = random.randrange(2)
    tables = list(state.tgw_route_tables)
    tables[number] = replace(tables[number], routes=(*tables[number].routes[1:], route))
    return replace(state, tgw_route_tables=tuple(tables))


def _crossed_zones(state: State, random: Random) -> State:
    """A table of the inspecting VPC leads into the other zone's firewall."""
    wanted = random.choice(("rtb-inspection-tgw0", "rtb-inspection-tgw1"))
    into = _to(ANY, RouteTargetKind.VPC_ENDPOINT, random.choice(("vpce-0", "vpce-1")))
    return _with_routes(state, wanted, (into,))


def _endpoint_changed(state: State, random: Random) -> State:
    number = random.randrange(2)
    endpoints = list(state.vpc_endpoints)
    subnets = random.choice((endpoints[number].subnet_ids, ("subnet-inspection-firewall0",), ()))
    changed = replace(endpoints[number], state=random.choice(("available", "pending")), subnet_ids=subnets)
    endpoints[number] = changed
    return replace(state, vpc_endpoints=tuple(endpoints))


def _acl_changed(state: State, random: Random) -> State:
    """A network ACL of some subnet that refuses some sources or destinations, or a protocol."""
    subnet = random.choice(state.subnets)
    refused = random.choice((BLOCKS["one"], BLOCKS["two"], "10.66.17.0/24", "10.66.0.0/16", "10.66.0.0/24"))
    entries = [
        NaclEntry(
            number=90,
            egress=random.random() < 0.5,
            action="deny",
            protocol=random.choice(("-1", "6", "1")),
            cidr=IPv4Network(refused),
        ),
        *(NaclEntry(number=100, egress=e, action="allow", protocol="-1", cidr=ANY) for e in (False, True)),
    ]
    acl = NetworkAcl(
        region=subnet.region,
        id=f"acl-{len(state.network_acls)}",
        vpc_id=subnet.vpc_id,
        default=False,
        subnet_ids=(subnet.id,),
        entries=tuple(entries),
    )
    others = (
        replace(a, subnet_ids=tuple(i for i in a.subnet_ids if i != subnet.id)) for a in state.network_acls
    )
    return replace(state, network_acls=(*others, acl))


def _host_added(state: State, random: Random) -> State:
    """A host beside a firewall or beside the attachment of the inspecting VPC."""
    subnet = random.choice([each for each in state.subnets if each.vpc_id == "vpc-inspection" and each.cidr])
    number = len(state.network_interfaces)
    found = NetworkInterface(
        region=subnet.region,
        id=f"eni-inspection-{number}",
        vpc_id=subnet.vpc_id,
        subnet_id=subnet.id,
        private_ips=(subnet.cidr[number],) if subnet.cidr else (),
        group_ids=(),
    )
    return replace(state, network_interfaces=(*state.network_interfaces, found))


def _led_on(state: State, random: Random) -> State:
    """The firewalls' subnets, or a spoke's hosts, send some destinations elsewhere."""
    wanted = random.choice(("rtb-inspection-firewalls", "rtb-inspection-firewalls", "rtb-one-hosts"))
    targets = [(RouteTargetKind.VPC_ENDPOINT, "vpce-0"), (RouteTargetKind.TRANSIT_GATEWAY, "tgw")]
    routes = [_to(IPv4Network(random.choice(list(BLOCKS.values()))), *random.choice(targets))]
    if random.random() < 0.7:
        routes.append(_to(ANY, *targets[1]))
    return _with_routes(state, wanted, tuple(routes))


def _with_routes(state: State, wanted: str, routes: tuple[VpcRoute, ...]) -> State:
    tables = tuple(replace(t, routes=routes) if t.id == wanted else t for t in state.vpc_route_tables)
    return replace(state, vpc_route_tables=tables)
