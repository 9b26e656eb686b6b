"""Packets that a firewall endpoint inspects: both evaluators agree, and what AWS documents holds."""

import os
from ipaddress import IPv4Address
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from probes.model.forwarding.oracle import as_far_as_known
from probes.model.network.endpoints import of_interface
from probes.model.network.index import Network
from probes.model.network.packets import TCP, UDP, Packet
from probes.model.network.trace import RoundTrip, Stage
from probes.model.reachability.analysis import Reachability
from probes.model.state import State
from suites.selftest.reachability.inspection_network import (
    host,
    inspection_network,
    with_egress,
    without_way_back,
)
from suites.selftest.reachability.networks import rule
from suites.selftest.reachability.random_firewalls import changed_inspection, with_firewalls
from suites.selftest.reachability.random_networks import endpoints_of, random_state
from suites.selftest.reachability.random_packets import Packets
from suites.selftest.reachability.test_oracle import OUTSIDE, asked, carried, external_sources_of, word

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
NETWORKS = 20_000 if NIGHTLY else 150


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True), st.booleans())
def test_both_evaluators_agree_about_firewalls(random: Random, outward: bool) -> None:  # noqa: FBT001 - drawn
    agree(random, outward=outward)


def agree(random: Random, *, outward: bool) -> tuple[int, int, int]:
    """How many packets were decided, how many of these crossed a firewall and came back, and how many are open."""
    designed = random.choice((True, False))
    network = Network(
        changed_inspection(random) if designed else with_firewalls(random_state(random), random)
    )
    external = external_sources_of(network) if outward else []
    reachability = Reachability(
        network, endpoints_of(network.state), external_sources=external, outward=outward
    )
    decided = crossed = unknown = 0
    for each in Packets(reachability, OUTSIDE, random).some(5):
        if not outward and each.destination is OUTSIDE:
            continue
        trip = asked(network, each)
        said = word(trip, each)
        if carried(reachability, each):
            assert said == "works"
        elif carried(reachability.possible, each):
            unknown += said != "unknown"
        else:
            assert said in ("fails", "unknown")
        decided += trip is not None
        crossed += trip is not None and trip.works and bool(trip.forward.inspection.possible)
    return decided, crossed, unknown


def test_many_packets_cross_a_firewall_and_few_are_left_open() -> None:
    counts = [agree(Random(seed), outward=False) for seed in range(60)]  # noqa: S311 - the same networks each time
    decided, crossed, unknown = map(sum, zip(*counts, strict=True))

    assert crossed > decided / 50
    assert unknown == 0


def trip(state: State, zones: tuple[int, int], protocol: int = TCP) -> RoundTrip:
    packet = Packet(
        source=host("one", zones[0]),
        destination=host("two", zones[1]),
        protocol=protocol,
        source_port=49152,
        destination_port=443,
    )
    ends = {each.id: of_interface(each) for each in state.network_interfaces}
    source, destination = ends[f"eni-one-{zones[0]}"], ends[f"eni-two-{zones[1]}"]
    reachability = Reachability(Network(state))
    found = as_far_as_known(Network(state), packet, source, destination)
    assert reachability.carries(packet, source, destination) is found.works
    assert reachability.possible.carries(packet, source, destination) is (found.works or bool(found.unknown))
    assert not reachability.uninspected.carries(packet, source, destination)
    return found


@pytest.mark.parametrize("zones", [(0, 0), (1, 1), (0, 1), (1, 0)])
def test_appliance_mode_keeps_both_directions_at_one_firewall(zones: tuple[int, int]) -> None:
    found = trip(inspection_network(appliance_mode=True), zones)

    assert found.works
    assert found.forward.inspection.possible == {("r0", "vpce-0"), ("r0", "vpce-1")}


@pytest.mark.parametrize("zones, works", [((0, 0), True), ((1, 1), True), ((0, 1), False), ((1, 0), False)])
def test_without_appliance_mode_a_firewall_drops_connections_between_zones(
    zones: tuple[int, int],
    works: bool,  # noqa: FBT001 - what is expected
) -> None:
    found = trip(inspection_network(appliance_mode=False), zones)

    hop = found.dropped_by
    assert found.works is works
    assert hop is None or (hop.stage, hop.resource_id) == (Stage.FIREWALL, "vpce-0")
    assert hop is None or "not the reply" in hop.decision or "not the request" in hop.decision


def test_what_a_firewall_does_with_half_of_another_protocol_is_not_known() -> None:
    found = trip(inspection_network(appliance_mode=False), (0, 1), UDP)

    assert "vpce-0" in found.unknown


def test_a_firewall_that_is_not_available_drops() -> None:
    state = inspection_network()
    pending = tuple(replace(each, state="pending") for each in state.vpc_endpoints)

    hop = trip(replace(state, vpc_endpoints=pending), (0, 0)).dropped_by

    assert hop is not None
    assert (hop.stage, hop.decision) == (Stage.FIREWALL, "is pending")


def test_egress_by_whichever_zone_is_delivered_where_the_reply_comes_back_by_each() -> None:
    state = with_egress(inspection_network())
    asked_of = {each.id: of_interface(each) for each in state.network_interfaces}["eni-one-0"]
    packet = Packet(
        source=host("one", 0),
        destination=IPv4Address("8.8.8.8"),
        protocol=TCP,
        source_port=49152,
        destination_port=443,
    )

    found = as_far_as_known(Network(state), packet, asked_of)
    one_way = as_far_as_known(Network(without_way_back(state)), packet, asked_of)

    assert found.works
    assert found.forward.nat in {("r0", "nat-0"), ("r0", "nat-1")}
    assert "any of its NAT gateways" in one_way.unknown


def test_reference_to_a_group_behind_a_firewall_is_not_known() -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html."""
    state = inspection_network()
    only = (rule("tcp", "sg-one", 443),)
    state = replace(
        state,
        security_groups=tuple(
            replace(g, ingress=only) if g.id == "sg-two" else g for g in state.security_groups
        ),
        transit_gateways=tuple(replace(g, sg_referencing_support=True) for g in state.transit_gateways),
        tgw_attachments=tuple(replace(s, sg_referencing_support=True) for s in state.tgw_attachments),
    )

    assert "does not count through one" in trip(state, (0, 0)).unknown
