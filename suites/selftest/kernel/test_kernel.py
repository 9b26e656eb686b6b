"""What the model predicts, the kernel does: drawn networks are built, and real packets fare as predicted."""

import os
from ipaddress import IPv4Network
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.lab.plan.model import LabPlan
from probes.model.network.index import Network
from probes.model.network.packets import ICMP, TCP, UDP
from probes.model.state import RouteTargetKind, State, VpcRoute
from suites.selftest.lab.networks import documented_spec
from suites.selftest.lab.packet_tests import QUIET_S, Observed, PacketTest, PacketTester, PacketTestRun
from suites.selftest.lab.random_packet_tests import (
    as_observed,
    packet_test,
    packet_tests,
    predicted,
    small_lab,
)
from suites.selftest.reachability.inspection_network import inspection_network
from suites.selftest.reachability.networks import interface, mesh
from suites.selftest.reachability.random_firewalls import changed_inspection
from suites.selftest.reachability.random_networks import states

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
NETWORKS = 120
ROUNDS = 84 if NIGHTLY else 1  # 10,080 networks; a round ends before pytest takes it for hung
INSPECTED = 20
PACKETS_PER_NETWORK = 24


@pytest.mark.parametrize("_round", range(ROUNDS))
@settings(
    max_examples=NETWORKS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(states(), st.data())
def test_real_packets_fare_as_the_model_predicts(
    tester: PacketTester, _round: int, state: State, data: st.DataObject
) -> None:
    plan = small_lab(state, documented_spec())
    network = Network(state)
    asked = data.draw(packet_tests(plan, PACKETS_PER_NETWORK))
    known = tuple(q for q in asked if predicted(network, plan, q) is not None)

    assert differences(tester, network, plan, known) == ""


@pytest.mark.parametrize("_round", range(ROUNDS))
@settings(
    max_examples=INSPECTED,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)
@given(st.randoms(use_true_random=True), st.data())
def test_real_packets_cross_firewalls_as_the_model_predicts(
    tester: PacketTester, _round: int, random: Random, data: st.DataObject
) -> None:
    state = changed_inspection(random)
    assume(all(endpoint.subnet_ids for endpoint in state.vpc_endpoints))
    plan, network = small_lab(state, documented_spec()), Network(state)
    asked = data.draw(packet_tests(plan, PACKETS_PER_NETWORK))
    known = tuple(q for q in asked if predicted(network, plan, q) is not None)

    assert differences(tester, network, plan, tuple(q for q in known if is_told(network, plan, q))) == ""


def test_firewalls_drop_answers_to_what_they_did_not_see(tester: PacketTester) -> None:
    answered = {}
    for appliance_mode in (True, False):
        plan = small_lab(inspection_network(appliance_mode=appliance_mode), documented_spec())
        hosts = {host.interface_id: host for host in plan.hosts}
        ends = (("eni-one-0", "eni-two-0"), ("eni-one-0", "eni-two-1"))
        asked = tuple(packet_test((hosts[a], hosts[b]), TCP, n) for n, (a, b) in enumerate(ends))
        answered[appliance_mode] = [was.answered for was in observed(tester, plan, asked, QUIET_S[1])]

    assert answered == {True: [True, True], False: [True, False]}


def is_told(network: Network, plan: LabPlan, asked: PacketTest) -> bool:
    """Whether the first answer shows what becomes of the connection.

    A firewall past which the first answer goes drops only what follows.
    """
    trip = predicted(network, plan, asked)
    decisive = trip.dropped_by if trip else None
    return decisive is None or "not the reply" not in decisive.decision


def test_everything_arrives_in_a_mesh_where_all_is_allowed(tester: PacketTester) -> None:
    plan = small_lab(mesh(3), documented_spec())
    pairs = [(one, other) for one in plan.hosts for other in plan.hosts if one is not other]
    asked = tuple(
        packet_test(pair, protocol, 3 * number + protocol % 3)
        for number, pair in enumerate(pairs)
        for protocol in (TCP, UDP, ICMP)
    )

    assert set(observed(tester, plan, asked, QUIET_S[1])) == {Observed(arrived=True, answered=True)}


@pytest.mark.parametrize("egress", [False, True])
def test_network_acl_counts_only_on_the_way_to_a_gateway_in_the_hosts_own_subnet(
    tester: PacketTester, *, egress: bool
) -> None:
    state = mesh(2)
    own = tuple(
        replace(side, subnet_ids=("subnet-r0-0", "subnet-r0-1")) if side.id == "att-r0" else side
        for side in state.tgw_attachments
    )
    one_way = tuple(
        replace(acl, entries=tuple(entry for entry in acl.entries if entry.egress is egress))
        if acl.region == "r0"
        else acl
        for acl in state.network_acls
    )
    state = replace(state, tgw_attachments=own, network_acls=one_way)
    plan = small_lab(state, documented_spec())
    here, there = (next(h for h in plan.hosts if h.region == region) for region in ("r0", "r1"))
    asked = (packet_test((here, there), UDP, 1), packet_test((there, here), UDP, 2))

    seen = observed(tester, plan, asked, QUIET_S[1])

    assert [was.arrived for was in seen] == [False, True]
    assert differences(tester, Network(state), plan, asked) == ""


@pytest.mark.parametrize("destination", ["10.66.0.0/21", "10.66.0.0/24", "10.66.0.8/29"])
def test_hosts_of_one_subnet_are_neighbours_whatever_its_route_table_says(
    tester: PacketTester, destination: str
) -> None:
    state = mesh(2)
    nowhere = VpcRoute(
        destination=IPv4Network(destination),
        target=RouteTargetKind.NAT_GATEWAY,
        target_id="nat-gone",
        state="blackhole",
    )
    state = replace(
        state,
        network_interfaces=(*state.network_interfaces, interface(0, 0, 11, ["sg-r0"])),
        vpc_route_tables=tuple(
            replace(table, routes=(*table.routes, nowhere)) if table.region == "r0" else table
            for table in state.vpc_route_tables
        ),
    )
    plan = small_lab(state, documented_spec())
    here, near, far = (
        next(h for h in plan.hosts if h.interface_id == f"eni-r{index}-0-{host}")
        for index, host in ((0, 10), (0, 11), (1, 10))
    )
    asked = (packet_test((here, near), ICMP, 1), packet_test((far, near), UDP, 2))

    seen = observed(tester, plan, asked, QUIET_S[1])

    assert [was.arrived for was in seen] == [True, False]
    assert differences(tester, Network(state), plan, asked) == ""


def differences(tester: PacketTester, network: Network, plan: LabPlan, asked: tuple[PacketTest, ...]) -> str:
    """Packets that fared otherwise than predicted and did so again when asked with more patience, with traces."""
    for quiet_s in QUIET_S:
        seen = observed(tester, plan, asked, quiet_s)
        trips = [predicted(network, plan, q) for q in asked]
        wrong = [
            (q, trip, was)
            for q, trip, was in zip(asked, trips, seen, strict=True)
            if trip and as_observed(trip) != was
        ]
        asked = tuple(q for q, _, _ in wrong)
    return "\n\n".join(
        "\n".join((f"kernel: {was}", f"model: {as_observed(trip)}", *trip.lines)) for _, trip, was in wrong
    )


def observed(
    tester: PacketTester, plan: LabPlan, asked: tuple[PacketTest, ...], quiet_s: float
) -> tuple[Observed, ...]:
    if not asked:
        return ()
    return tester.run(PacketTestRun(plan=plan, tests=asked, quiet_s=quiet_s)).observed
