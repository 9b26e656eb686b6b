"""What the document says about ways rather than flows: no Internet transit, symmetric paths."""

from collections.abc import Iterable, Iterator
from itertools import product

from probes.model.conformance.verdict import Findings, Violation
from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import forward
from probes.model.intent.example_addresses import address_in
from probes.model.intent.observability import Doubts, is_fully_observed
from probes.model.intent.peering_paths import PeeringPaths
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.firewalls import has_firewalls
from probes.model.network.packets import TCP, Packet
from probes.model.network.trace import Stage, Trace
from probes.model.reachability.address_classes import bits, union
from probes.model.state import RouteTargetKind, VpcRoute, VpcRouteTable


def internet_transit(roles: Roles) -> Findings:
    """Subnets whose longest match for another Region is not the Transit Gateway.

    Raises UnobservableError when a route that decides could not be seen and all others lead there.
    """
    doubts = Doubts()
    compiled = roles.reachability.compiled
    found: dict[str, Violation] = {}
    everyone = {vpc: union(map(compiled.addresses_of, ends)) for vpc, ends in roles.hosts.items()}
    region_of = roles.spec.region_of
    for vpc, ends in roles.hosts.items():
        remote = union(own for other, own in everyone.items() if region_of(other) != region_of(vpc))
        for end in ends:
            with doubts.noted():
                table = roles.network.route_table_of(roles.network.subnets[end.region, end.subnet_id])
                won = (route for route, addresses in compiled.routing.won(table) if addresses & remote)
                for route in won:
                    with doubts.noted():
                        found |= _another_way(table, route, end)
    return doubts.settled(found.values())


def _another_way(table: VpcRouteTable, route: VpcRoute | None, end: Endpoint) -> dict[str, Violation]:
    """The violation of a route that wins and leads elsewhere; raises UnobservableError when it is not known."""
    if route is None or route.target_id is None:
        raise UnobservableError(f"{table.label}: a route towards other Regions is not known")
    if route.target is RouteTargetKind.TRANSIT_GATEWAY:
        return {}
    violation = Violation(
        resource=table.label,
        expected="the Transit Gateway as the longest match for every other Region",
        observed=f"{route.destination} -> {route.target_id} wins for {end.label}",
        hint="remove the more specific route, or point it at the Transit Gateway",
    )
    return {f"{table.id} {route.destination}": violation}


def asymmetric_paths(roles: Roles) -> Findings:
    """Pairs of VPCs whose packets and replies cross different peerings. Losses are not judged here."""
    found: dict[tuple[str, str], Violation] = {}
    doubts = Doubts()
    told = is_fully_observed(roles.reachability) and not has_firewalls(roles.network)
    suspects = _suspects(roles) if told else None
    for source, destination in _representatives(roles, suspects):
        with doubts.noted():
            there = _probe(roles, source, destination)
            back = _probe(roles, destination, source)
            ways = _peerings(there), _peerings(back)
            regions = (source[0].region, destination[0].region)
            if there.delivered and back.delivered and ways[0] != ways[1][::-1]:
                found.setdefault(regions, _asymmetry(regions, ways, there, back))
    return doubts.settled(found.values())


def _asymmetry(
    regions: tuple[str, str], ways: tuple[tuple[str, ...], tuple[str, ...]], there: Trace, back: Trace
) -> Violation:
    return Violation(
        resource=f"{regions[0]} and {regions[1]}",
        expected="both directions cross the same peering",
        observed=f"there by {', '.join(ways[0])}; back by {', '.join(ways[1])}",
        hint="point both Transit Gateways' routes at the same peering",
        trace=(*there.lines, "reply:", *back.lines),
    )


def _peerings(trace: Trace) -> tuple[str, ...]:
    return tuple(hop.resource_id for hop in trace.hops if hop.stage is Stage.TGW_PEERING)


Located = tuple[Endpoint, int]


def _suspects(roles: Roles) -> set[tuple[str, str]]:
    """The pairs of VPCs some of whose hosts would use different peerings there and back."""
    taken = PeeringPaths(roles.reachability.compiled).between(roles.hosts)
    return {
        (one, other)
        for (one, other), there in taken.items()
        if len(there | {path[::-1] for path in taken.get((other, one), ())}) > 1
    }


def _representatives(
    roles: Roles, suspects: set[tuple[str, str]] | None
) -> Iterator[tuple[Located, Located]]:
    """Unordered pairs of hosts of two VPCs, one for each way in which routes tell the VPCs' hosts apart.

    Of all pairs of VPCs, unless some are suspected.
    """
    if suspects == set():
        return
    told_apart = {vpc: list(_told_apart(roles, ends)) for vpc, ends in roles.hosts.items()}
    for one, other in product(roles.spec.vpcs, repeat=2):
        if one < other and (suspects is None or (one, other) in suspects):
            yield from product(told_apart.get(one, ()), told_apart.get(other, ()))


def _told_apart(roles: Roles, hosts: Iterable[Endpoint]) -> Iterable[Located]:
    """One address class of the hosts for each way in which zones, VPC routes and TGW routes tell them apart."""
    compiled = roles.reachability.compiled
    edges = {edge.destinations for edges in compiled.graph.edges for edge in edges}
    routes = sorted(edges | {mask for delivers in compiled.graph.delivers for mask in delivers.values()})
    found: dict[tuple[tuple[int, ...], str], Located] = {}
    for end in hosts:
        for address_class in bits(compiled.addresses_of(end)):
            led_by = tuple(index for index, mask in enumerate(routes) if mask >> address_class & 1)
            found.setdefault((led_by, _zone(roles, end)), (end, address_class))
    return found.values()


def _zone(roles: Roles, end: Endpoint) -> str:
    subnet = roles.network.subnets[end.region, end.subnet_id]
    return f"{roles.network.route_table_of(subnet).id} {subnet.az_id or subnet.az}"


def _probe(roles: Roles, source: Located, destination: Located) -> Trace:
    compiled = roles.reachability.compiled
    packet = Packet(
        source=address_in(compiled, *source),
        destination=address_in(compiled, *destination),
        protocol=TCP,
        source_port=49152,
        destination_port=443,
    )
    return forward(roles.network, packet, source[0], destination[0])
