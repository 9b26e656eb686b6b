"""Flows from or to what is not part of the network: the Internet, tenants, an address range beyond."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from probes.model.conformance.verdict import Violation
from probes.model.errors import EmptySelectionError
from probes.model.forwarding.oracle import forward, round_trip
from probes.model.intent.address_samples import AddressSamples
from probes.model.intent.crossed_vpcs import avoided
from probes.model.intent.flow_headers import Sample, divided_samples, of_flow
from probes.model.intent.observability import Doubts, require_no_ipv6, unless_refused
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.entry_points import tenants
from probes.model.network.trace import Hop, RoundTrip, Trace
from probes.model.spec import INTERNET, TENANTS, FlowSpec, Spec


class Question(NamedTuple):
    """One packet that stands for many."""

    source: Endpoint
    source_address: IPv4Address
    destination: Endpoint | None
    destination_address: IPv4Address


def is_outside(spec: Spec, end: str) -> bool:
    """Whether an end of a flow is not part of the network."""
    return end not in spec.roles and end not in spec.vpcs and ("/" in end or end in (INTERNET, TENANTS))


def outside_flow(roles: Roles, flow: FlowSpec) -> tuple[Violation, ...]:
    """Where the flow is not as documented, by the resource that decides.

    One packet is followed for every range of addresses and ports that nothing in the state divides. Raises
    EmptySelectionError when the network has none of the ends, UnobservableError when a packet's way hangs on
    what was not seen and no other packet is treated otherwise than documented.
    """
    wanted = divided_samples(roles.reachability, of_flow(flow))
    found: dict[tuple[str, str], Violation] = {}
    asked, doubts = False, Doubts()
    for question in _questions(roles, flow):
        asked = True
        for sample in wanted:
            with doubts.noted():
                for violation in _judged(roles, flow, question, sample):
                    found.setdefault((violation.resource, violation.expected), violation)
    if not asked:
        ends = f"{' or '.join(flow.sources)}, or no {' or '.join(flow.destinations)}"
        raise EmptySelectionError(f"flow {flow.name}: the network has no {ends}")
    if flow.expect == "denied" and not found:
        for end in (*flow.sources, *flow.destinations):
            if not is_outside(roles.spec, end) and INTERNET in (*flow.sources, *flow.destinations):
                with doubts.noted():
                    require_no_ipv6(roles.network, _inside(roles, end))
    return doubts.settled(found.values())


def _questions(roles: Roles, flow: FlowSpec) -> Iterator[Question]:
    spec, addresses = roles.spec, AddressSamples(roles.network.state)
    for source in flow.sources:
        for destination in flow.destinations:
            if is_outside(spec, destination):
                beyond = list(_addresses(spec, destination, addresses))
                for end in _inside(roles, source):
                    for here in addresses.within(end.networks):
                        yield from (Question(end, here, None, there) for there in beyond)
            else:
                for end in _inside(roles, destination):
                    for sender, here in _senders(roles, source, end, addresses):
                        for there in addresses.within(end.networks):
                            yield Question(sender, here, end, there)


def _inside(roles: Roles, name: str) -> list[Endpoint]:
    return [end for ends in roles.ends_of(name).values() for end in ends]


def _addresses(spec: Spec, end: str, addresses: AddressSamples) -> Iterable[IPv4Address]:
    if end == INTERNET:
        return addresses.on_the_internet()
    return addresses.within(spec.tenants.cidrs if end == TENANTS else (IPv4Network(end),))


def _senders(
    roles: Roles, name: str, target: Endpoint, addresses: AddressSamples
) -> Iterator[tuple[Endpoint, IPv4Address]]:
    """Who sends from outside to an endpoint: the Internet through its VPC, and tenants by every way in."""
    spec = roles.spec
    if name == INTERNET:
        sender = internet(target.region, target.vpc_id)
        yield from ((sender, address) for address in addresses.on_the_internet())
        return
    cidrs = spec.tenants.cidrs if name == TENANTS else (IPv4Network(name),)
    for sender in tenants(roles.network, cidrs, spec.aws_regions):
        yield from ((sender, address) for address in addresses.within(cidrs))


def _judged(roles: Roles, flow: FlowSpec, question: Question, sample: Sample) -> Iterator[Violation]:
    packet = sample.packet(question.source_address, question.destination_address)
    if flow.expect == "denied":
        there = forward(roles.network, packet, question.source, question.destination)
        if there.delivered and there.inspection.possible:
            raise unless_refused(roles.network, there)
        if there.delivered:
            yield _delivered(flow, there)
        return
    trip = round_trip(roles.network, packet, question.source, question.destination)
    if trip.works:
        yield from avoided(roles, flow, trip)
    else:
        yield _lost(flow, trip)


def _delivered(flow: FlowSpec, there: Trace) -> Violation:
    end = there.delivered_to
    return Violation(
        resource=f"{there.source.label} to {end.label if end else there.packet.destination}",
        expected=f"{flow.name} is denied",
        observed=f"{there.packet} is delivered",
        hint="remove the route or the rule that lets it through, or correct the document",
        trace=there.lines,
    )


def _lost(flow: FlowSpec, trip: RoundTrip) -> Violation:
    hop = trip.dropped_by or _last(trip)
    return Violation(
        resource=hop.resource,
        expected=flow.sentence or f"{flow.name} is delivered, and so are the replies",
        observed=f"{trip.forward.packet}: {hop.decision}",
        hint="the last hop of the trace decides: change its route or rule, or correct the document",
        trace=trip.lines,
    )


def _last(trip: RoundTrip) -> Hop:
    return (trip.reply or trip.forward).hops[-1]
