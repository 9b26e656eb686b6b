"""
The set engine and the one-packet oracle agree on drawn networks: on delivery, on the reply, on what is unknown.
"""

import os

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.model.endpoints import Endpoint
from probes.model.errors import UnobservableError
from probes.model.forwarding import round_trip
from probes.model.network import Network
from probes.model.packets import Packet
from probes.model.reachability import Reachability
from probes.model.state import State
from suites.selftest.drawn_networks import endpoints_of, packets, states

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
PACKETS_PER_NETWORK = 10
NETWORKS = 10_000 if NIGHTLY else 200


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(states(), st.data())
def test_both_evaluators_agree_on_delivery_both_ways(state: State, data: st.DataObject) -> None:
    network = Network(state)
    endpoints = endpoints_of(state)
    reachability = Reachability(network, endpoints)
    for _ in range(PACKETS_PER_NETWORK):
        source, destination = data.draw(st.sampled_from(endpoints)), data.draw(st.sampled_from(endpoints))
        packet = data.draw(packets(source, destination))
        assert oracle(network, packet, source, destination) in answers(
            reachability, packet, source, destination
        )


def oracle(network: Network, packet: Packet, source: Endpoint, destination: Endpoint) -> str:
    try:
        trip = round_trip(network, packet, source, destination)
    except UnobservableError:
        return "unknown"
    arrived = trip.forward.delivered_to
    return "works" if trip.works and arrived is not None and arrived.id == destination.id else "fails"


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
