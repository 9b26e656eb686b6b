"""The set engine and the one-packet oracle agree on drawn networks: delivery, reply, and who decided."""

import os
from random import Random

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.entry_points import tenants
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.network.trace import RoundTrip
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox
from probes.model.state import State
from suites.selftest.reachability.drop_points import Decision, decision
from suites.selftest.reachability.networks import address, mesh, rule
from suites.selftest.reachability.outward import carries_out, leaves
from suites.selftest.reachability.random_dense_rules import with_dense_rules
from suites.selftest.reachability.random_merging import in_one_region
from suites.selftest.reachability.random_networks import endpoints_of, random_state, states
from suites.selftest.reachability.random_packets import Packets, Sent
from suites.selftest.reachability.random_source import PUBLIC, SERVICE, TENANT

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
ROUNDS = 7  # five packets each
OUTSIDE = msgspec.structs.replace(internet("r0", "vpc-r0"), networks=(PUBLIC, SERVICE))
NETWORKS = 100_000 if NIGHTLY else 1_000
DENSE_RULES = 500 if NIGHTLY else 40  # a group and direction: thousands a network


@settings(max_examples=NETWORKS // 16, deadline=None, suppress_health_check=list(HealthCheck))
@given(states(merging=True), st.randoms(use_true_random=True))
def test_both_evaluators_agree_on_delivery_and_on_who_decides_both_ways(state: State, random: Random) -> None:
    agree(state, random)


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_both_evaluators_agree_on_many_more_networks(random: Random) -> None:
    agree(random_state(random), random)


@settings(max_examples=NETWORKS // 50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_both_evaluators_agree_on_networks_with_dense_rules(random: Random) -> None:
    agree(with_dense_rules(random_state(random), random, DENSE_RULES), random)


@settings(max_examples=NETWORKS // 40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_every_header_is_in_the_one_class_that_its_rules_and_its_replys_make(random: Random) -> None:
    state = random_state(random)
    reachability = Reachability(Network(state), endpoints_of(state), outward=True)
    classes = reachability.compiled.header_classes
    for sent in Packets(reachability, OUTSIDE, random).some(ROUNDS):
        packet = sent.packet
        holding = [c[:2] for c in reachability.class_pairs if any(holds(box, packet) for box in c.boxes)]
        assert holding == [(classes.of(packet), classes.of(packet.reply()))]


@pytest.mark.parametrize("honours, said", [(True, "works"), (False, "fails"), (None, "unknown")])
def test_a_group_of_another_vpc_counts_over_a_tgw_that_honours_references(
    honours: bool | None,  # noqa: FBT001 - the Transit Gateway's own option
    said: str,
) -> None:
    state = in_one_region(mesh(2), shared=True)
    only = (rule("tcp", "sg-r0", 443),)
    state = msgspec.structs.replace(
        state,
        security_groups=tuple(
            msgspec.structs.replace(g, ingress=only) if g.id == "sg-r1" else g for g in state.security_groups
        ),
        transit_gateways=tuple(
            msgspec.structs.replace(g, sg_referencing_support=honours) for g in state.transit_gateways
        ),
    )
    ends = {end.id: end for end in endpoints_of(state, assuming=False)}
    source, destination = ends["eni-r0-0-10"], ends["eni-r1-1-10"]
    packet = Packet(
        source=address(0, 0, 10),
        destination=address(1, 1, 10),
        protocol=6,
        source_port=49152,
        destination_port=443,
    )

    sent = Sent(packet, source, destination)
    assert word(asked(Network(state), sent), sent) == said
    assert said in answers(Reachability(Network(state), list(ends.values())), sent)


def agree(state: State, random: Random) -> None:
    """The same answers of both about packets of a network: delivery, reply, who decided, and one whole set."""
    network = Network(state)
    reachability = Reachability(
        network, endpoints_of(state), external_sources=external_sources_of(network), outward=True
    )
    sent = list(Packets(reachability, OUTSIDE, random).some(ROUNDS))
    for each in sent:
        trip = asked(network, each)
        assert word(trip, each) in answers(reachability, each)
        if trip is not None and each.destination is not OUTSIDE:
            arrived = trip.forward.delivered_to
            there = arrived is not None and arrived.id == each.destination.id
            assert reachability.delivers(*each) is reachability.possible.delivers(*each) is there
        if trip is not None and each.destination is OUTSIDE:
            arrived = trip.forward.delivered_to
            out = arrived is not None and arrived.kind in ("internet", "service")
            assert leaves(reachability, *each[:2]) <= out <= leaves(reachability.possible, *each[:2])
        if trip is not None and each.destination is not OUTSIDE and each.source in reachability.endpoints:
            hop = trip.dropped_by
            decisive = Decision(hop.stage, hop.resource_id, trip.reply is not None) if hop else None
            assert decided(reachability, each) in (decisive, "unknown")
    for each in [each for each in sent if each.destination is not OUTSIDE][:1]:
        assert (each.packet in reachability.allowed(*each[1:])) is reachability.carries(*each)


def external_sources_of(network: Network) -> list[Endpoint]:
    """The Internet for each VPC, and the tenants where the ways in could be seen."""
    everybody = [internet(vpc.region, vpc.id) for vpc in network.state.vpcs]
    try:
        return [*everybody, *tenants(network, (TENANT,), ())]
    except UnobservableError:
        return everybody


def holds(headers: HeaderBox, packet: Packet) -> bool:
    values = packet.protocol, packet.source_port, packet.destination_port, packet.icmp_type, packet.icmp_code
    return all(low <= value <= high for (low, high), value in zip(headers, values, strict=True))


def asked(network: Network, sent: Sent) -> RoundTrip | None:
    """What the oracle says; None when it cannot tell."""
    destination = None if sent.destination is OUTSIDE else sent.destination
    try:
        return round_trip(network, sent.packet, sent.source, destination)
    except UnobservableError:
        return None


def word(trip: RoundTrip | None, sent: Sent) -> str:
    if trip is None:
        return "unknown"
    arrived = trip.forward.delivered_to
    if sent.destination is OUTSIDE:
        there = arrived is not None and arrived.kind in ("internet", "service")
    else:
        there = arrived is not None and arrived.id == sent.destination.id
    return "works" if trip.works and there else "fails"


def decided(reachability: Reachability, sent: Sent) -> Decision | str | None:
    try:
        return decision(reachability, *sent)
    except UnobservableError:
        return "unknown"


def answers(reachability: Reachability, sent: Sent) -> tuple[str, ...]:
    """What the oracle may say. The engine knows a packet for lost although a step of its way cannot be known."""
    if carried(reachability, sent):
        return ("works",)
    return ("unknown",) if carried(reachability.possible, sent) else ("fails", "unknown")


def carried(reachability: Reachability, sent: Sent) -> bool:
    if sent.destination is OUTSIDE:
        return carries_out(reachability, sent.packet, sent.source)
    return reachability.carries(*sent)
