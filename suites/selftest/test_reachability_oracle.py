"""
The set engine and the one-packet oracle agree on drawn networks: delivery, reply, and who decided.
"""

import os

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.model.endpoints import Endpoint, internet
from probes.model.errors import UnobservableError
from probes.model.forwarding import round_trip
from probes.model.network import Network
from probes.model.packets import Packet
from probes.model.reachability import Reachability
from probes.model.reachability_decisions import Decision, decision
from probes.model.state import State
from suites.selftest.drawing import PUBLIC, SERVICE, packets
from suites.selftest.drawn_merging import in_one_region
from suites.selftest.drawn_networks import endpoints_of, states
from suites.selftest.networks import address, mesh, rule

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PACKETS_PER_NETWORK = 10
OUTSIDE = msgspec.structs.replace(internet("r0", "vpc-r0"), networks=(PUBLIC, SERVICE))
NETWORKS = 10_000 if NIGHTLY else 200


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(states(merging=True), st.data())
def test_both_evaluators_agree_on_delivery_both_ways(state: State, data: st.DataObject) -> None:
    network = Network(state)
    endpoints = endpoints_of(state)
    reachability = Reachability(network, endpoints)
    for _ in range(PACKETS_PER_NETWORK):
        source, destination = data.draw(st.sampled_from(endpoints)), data.draw(st.sampled_from(endpoints))
        packet = data.draw(packets(source, destination))
        said = oracle(network, packet, source, destination)
        assert said in answers(reachability, packet, source, destination)
        if said != "unknown":
            assert decided(reachability, packet, source, destination) in (
                decisive(network, packet, source, destination),
                "unknown",
            )


@settings(max_examples=NETWORKS // 4, deadline=None, suppress_health_check=list(HealthCheck))
@given(states(merging=True), st.data())
def test_both_evaluators_agree_on_what_leaves_the_network(state: State, data: st.DataObject) -> None:
    network = Network(state)
    endpoints = endpoints_of(state)
    reachability = Reachability(network, endpoints)
    for _ in range(PACKETS_PER_NETWORK):
        source = data.draw(st.sampled_from(endpoints))
        packet = data.draw(packets(source, OUTSIDE))
        definite = reachability.carries_out(packet, source)
        possible = reachability.possible.carries_out(packet, source)
        assert outside(network, packet, source) in (
            ("works",) if definite else ("unknown",) if possible else ("fails", "unknown")
        )


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

    assert oracle(Network(state), packet, source, destination) == said
    assert said in answers(Reachability(Network(state), list(ends.values())), packet, source, destination)


def outside(network: Network, packet: Packet, source: Endpoint) -> str:
    try:
        trip = round_trip(network, packet, source)
    except UnobservableError:
        return "unknown"
    arrived = trip.forward.delivered_to
    out = arrived is not None and arrived.kind in ("internet", "service")
    return "works" if trip.works and out else "fails"


def oracle(network: Network, packet: Packet, source: Endpoint, destination: Endpoint) -> str:
    try:
        trip = round_trip(network, packet, source, destination)
    except UnobservableError:
        return "unknown"
    arrived = trip.forward.delivered_to
    return "works" if trip.works and arrived is not None and arrived.id == destination.id else "fails"


def decisive(network: Network, packet: Packet, source: Endpoint, destination: Endpoint) -> Decision | None:
    trip = round_trip(network, packet, source, destination)
    hop = trip.dropped_by
    return Decision(hop.stage, hop.resource_id, trip.reply is not None) if hop else None


def decided(
    reachability: Reachability, packet: Packet, source: Endpoint, destination: Endpoint
) -> Decision | str | None:
    try:
        return decision(reachability, packet, source, destination)
    except UnobservableError:
        return "unknown"


def answers(
    reachability: Reachability, packet: Packet, source: Endpoint, destination: Endpoint
) -> tuple[str, ...]:
    """
    What the oracle may say. The engine knows a packet for lost although a step of its way cannot be known.
    """
    if reachability.carries(packet, source, destination):
        return ("works",)
    if reachability.possible.carries(packet, source, destination):
        return ("unknown",)
    return ("fails", "unknown")
