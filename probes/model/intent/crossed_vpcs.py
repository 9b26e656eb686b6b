"""Whether a packet and its reply cross the VPCs that every path has to cross."""

from collections.abc import Iterator
from itertools import islice, product

from probes.model.conformance.verdict import Findings, Violation
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.delivered_traffic import DeliveredTraffic, Receivers, Senders
from probes.model.intent.flow_headers import of_flow, samples
from probes.model.intent.observability import Doubts
from probes.model.intent.roles import Ends, Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.network.trace import RoundTrip, Trace
from probes.model.reachability.address_classes import bits, union
from probes.model.reachability.analysis import Reachability
from probes.model.spec import FlowSpec


def inspected(roles: Roles, flow: FlowSpec, pairs: list[tuple[Ends, Ends]]) -> Findings:
    """Where some delivered packet or reply does not cross a VPC of `through`.

    Addresses and headers that no route and no network ACL tells apart take one way: of each of these cases one
    packet is followed that the security groups let through.
    """
    doubts = Doubts()
    found: dict[tuple[str, str], Violation] = {}
    for packet, source, destination in _delivered(roles, flow, pairs):
        with doubts.noted():
            trip = round_trip(roles.network, packet, source, destination)
            for violation in avoided(roles, flow, trip):
                found.setdefault((violation.resource, violation.expected), violation)
    return doubts.settled(found.values())


def _delivered(
    roles: Roles, flow: FlowSpec, pairs: list[tuple[Ends, Ends]]
) -> Iterator[tuple[Packet, Endpoint, Endpoint]]:
    """A packet of each case that the groups let through."""
    reachability = roles.reachability
    search, wanted = DeliveredTraffic(reachability), samples(reachability, of_flow(flow))
    for sources, destinations in pairs:
        senders = [Senders(reachability, sources, among=among) for among in _alike(reachability, sources)]
        receivers = [
            Receivers(reachability, destinations, among=among) for among in _alike(reachability, destinations)
        ]
        for one, other, sample in product(senders, receivers, wanted):
            for packet, source, destination, _ in islice(search.between(one, other, sample.boxes), 1):
                yield packet, source, destination


def _alike(reachability: Reachability, ends: Ends) -> list[int]:
    """The ranges of some endpoints, those together that are in one address class."""
    compiled = reachability.compiled
    classes = union(compiled.addresses_of(end) for end in ends)
    return [compiled.ranges.in_classes(1 << number) for number in bits(classes)]


def avoided(roles: Roles, flow: FlowSpec, trip: RoundTrip) -> Iterator[Violation]:
    """One violation for each VPC of `through` that the packet or its reply does not cross."""
    ways = [trip.forward, *([trip.reply] if trip.reply else [])]
    for name in flow.through:
        vpc = roles.documented.vpc(name)
        for way in ways:
            if vpc.id not in _crossed(roles.network, way):
                end = way.delivered_to
                yield Violation(
                    resource=f"{way.source.label} to {end.label if end else way.packet.destination}",
                    expected=f"{flow.name} crosses {vpc.label}",
                    observed=f"{way.packet} does not",
                    hint="lead the routes of both directions through that VPC, or correct the document",
                    trace=way.lines,
                )


def _crossed(network: Network, way: Trace) -> set[str]:
    """The VPCs in which the packet was looked at: by a route table, at an attachment, at either end."""
    found = {way.source.vpc_id, way.delivered_to.vpc_id if way.delivered_to else ""}
    sides = {(region, side): one.resource_id for (region, side, _), one in network.vpc_sides.items()}
    for hop in way.hops:
        table = network.vpc_route_tables.get((hop.region, hop.resource_id))
        found.add((table.vpc_id if table else sides.get((hop.region, hop.resource_id))) or "")
    return found
