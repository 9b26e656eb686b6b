"""Whether a packet and its reply cross the VPCs that every path has to cross."""

from collections.abc import Iterator

from probes.model.conformance.verdict import Violation
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.address_samples import AddressSamples
from probes.model.intent.flow_headers import divided_samples, of_flow
from probes.model.intent.observability import Doubts
from probes.model.intent.roles import Ends, Roles
from probes.model.network.index import Network
from probes.model.network.trace import RoundTrip, Trace
from probes.model.spec import FlowSpec


def inspected(roles: Roles, flow: FlowSpec, pairs: list[tuple[Ends, Ends]]) -> tuple[Violation, ...]:
    """One violation for each source and VPC of `through` that some delivered packet or reply does not cross."""
    doubts = Doubts()
    addresses = AddressSamples(roles.network.state)
    wanted = divided_samples(roles.reachability, of_flow(flow))
    found: dict[tuple[str, str], Violation] = {}
    for sources, destinations in pairs:
        for source in sources:
            for destination in destinations:
                for here in addresses.within(source.networks) if source != destination else ():
                    for there in addresses.within(destination.networks):
                        for sample in wanted:
                            with doubts.noted():
                                trip = round_trip(
                                    roles.network, sample.packet(here, there), source, destination
                                )
                                for violation in avoided(roles, flow, trip) if trip.works else ():
                                    found.setdefault((violation.resource, violation.expected), violation)
    return doubts.settled(found.values())


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
