"""The document's drills, HA-03 to HA-07, on real packets and against the model's prediction."""

from collections.abc import Iterator

import pytest

from fixtures.lab.faults.faults import PeeringDown, RegionDown
from fixtures.lab.lab import Lab
from probes.model.failures.impact import Resilience
from probes.model.spec import DetourSpec
from suites.selftest.lab.machine import lab_name, running_lab
from suites.selftest.lab.measuring import (
    about,
    connects,
    host_of,
    ping,
    pings,
    received,
    round_trip_ms,
    runbook,
)
from suites.selftest.lab.networks import documented_plan, documented_spec, documented_state

USE1, USE2 = ("use1", "use2")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running_lab(documented_plan(), lab_name("drills")) as running:
        yield running


def documented_detour() -> DetourSpec:
    detour = documented_spec().ha.detour
    assert detour is not None
    return detour


def test_ha_05_lost_peering_leaves_local_and_other_traffic_alone(lab: Lab) -> None:
    one, other = (host for host in lab.hosts if (host.role, host.region) == ("gpu", "us-east-1"))

    with lab.fault(PeeringDown(between=(USE1, USE2))):
        answers = (received(ping(lab, one, other, count=3)), pings(lab, USE1, "usw2", count=3))

    assert answers == (3, 3)


def test_ha_06_nothing_reroutes_by_itself_and_the_runbook_does(lab: Lab) -> None:
    spec = documented_spec()
    one, other = documented_detour().failed_peering
    model = Resilience(spec, documented_state())
    failure = model.peering_failure((spec.region(one), spec.region(other)))
    predicted = model.impact(failure).worsened[one, other][1]

    with lab.fault(PeeringDown(between=(one, other))):
        assert (pings(lab, one, other), predicted.working) == (0, 0)
        with lab.fault(*runbook(spec)):
            assert pings(lab, one, other) == 5


def test_ha_07_detour_takes_as_long_as_predicted(lab: Lab) -> None:
    spec = documented_spec()
    claimed = documented_detour()
    one, other = claimed.failed_peering
    before, detour = Resilience(spec, documented_state()).detour((one, other), claimed.via)
    assert claimed.added is not None
    assert before.rtt is not None
    assert detour.rtt is not None

    with lab.fault(PeeringDown(between=(one, other)), *runbook(spec)):
        measured_ms = round_trip_ms(lab, one, other)

    assert measured_ms == about((detour.rtt.min_ms + detour.rtt.max_ms) / 2)
    assert measured_ms - before.rtt.max_ms > claimed.added.max_ms  # C04: the document errs


def test_ha_03_and_04_lost_region_leaves_the_others_serving(lab: Lab) -> None:
    failover = documented_spec().ha.failover
    assert failover is not None
    failed = failover.failed_region

    with lab.fault(RegionDown(region=failed)):
        client = host_of(lab, "gpu", USE2)
        serving = {
            alias: connects(lab, client, host_of(lab, "nlb", alias), 443) for alias in (USE1, USE2, "usw2")
        }

    assert serving == {USE1: False, USE2: True, "usw2": True}
    assert connects(lab, host_of(lab, "gpu", USE2), host_of(lab, "nlb", USE1), 443)
