"""Faults as data: what the command line accepts, and what each makes of a plan."""

from ipaddress import IPv4Network

import pytest

from fixtures.lab.errors import LabError
from fixtures.lab.faults.faults import (
    KINDS,
    AzDown,
    Blackhole,
    ClosedPort,
    DeadHost,
    Latency,
    Loss,
    MissingRoute,
    OpenedPort,
    PeeringDown,
    RegionDown,
    SlowHost,
    WrongNextHop,
    apply,
    apply_all,
    parse,
)
from fixtures.lab.plan.model import LabPlan
from suites.selftest.lab.networks import documented_plan

USE2_CIDR = IPv4Network("10.66.64.0/18")


def routes_to_use2(plan: LabPlan) -> set[str | None]:
    """Where the gateway of us-east-1 sends what is for us-east-2."""
    return {
        route.attachment_id
        for gateway in plan.fabric.gateways
        if gateway.region == "us-east-1"
        for table in gateway.tables
        for route in table.routes
        if route.destination == USE2_CIDR
    }


@pytest.mark.parametrize(
    "words, fault",
    [
        ("latency between=use1-use2 add_ms=30", Latency(between=("use1", "use2"), add_ms=30)),
        (
            "loss between=us-east-1,us-east-2 loss_ratio=0.05",
            Loss(between=("us-east-1", "us-east-2"), loss_ratio=0.05),
        ),
        ("blackhole region=use1 destination=10.66.64.0/18", Blackhole(region="use1", destination=USE2_CIDR)),
        ("opened-port host=gpu port=22", OpenedPort(host="gpu", port=22)),
    ],
)
def test_words_of_the_command_line_become_a_fault(words: str, fault: object) -> None:
    kind, *pairs = words.split()

    assert parse(kind, dict(pair.split("=", 1) for pair in pairs)) == fault


@pytest.mark.parametrize(
    "kind, arguments, message",
    [
        ("earthquake", {}, "no fault 'earthquake'; known are asymmetric-path, az-down, blackhole"),
        (
            "latency",
            {"between": "use1-use2"},
            r"missing required field `add_ms`.*it takes between=… add_ms=…",
        ),
        ("latency", {"between": "use1", "add_ms": "1"}, "fault latency: .*length 2"),
        ("blackhole", {"region": "use1", "destination": "10.66.64.1/18"}, "has host bits set"),
        ("dead-host", {"host": "gpu", "port": "22"}, "unknown field `port`"),
    ],
)
def test_wrong_words_are_answered_with_what_the_kind_takes(
    kind: str, arguments: dict[str, str], message: str
) -> None:
    with pytest.raises(LabError, match=message):
        parse(kind, arguments)


def test_every_kind_can_be_asked_for() -> None:
    assert len(KINDS) == 17


@pytest.mark.parametrize(
    "fault, message",
    [
        (Latency(between=("use1", "eu"), add_ms=1), "no region 'eu' in this lab; known are use1, use2, usw2"),
        (SlowHost(host="gpu-use1-00", kbit_per_s=0), "at least 1 kbit/s, not 0"),
        (DeadHost(host="gpu-use1-99"), "no host 'gpu-use1-99' among the 30 of this lab, such as gpu-use1"),
        (
            MissingRoute(region="use1", destination=IPv4Network("10.1.0.0/16")),
            "no TGW route 10.1.0.0/16 in use1",
        ),
        (AzDown(region="use1", az="z"), "no Availability Zone 'z' in use1; known are"),
        (
            WrongNextHop(region="use1", destination=USE2_CIDR, via="use1"),
            "no peering between us-east-1 and use1",
        ),
        (ClosedPort(host="gpu-use1-00", port=1, protocol="gre"), "a port fault is tcp or udp, not 'gre'"),
    ],
)
def test_fault_that_the_lab_does_not_have_a_place_for_is_refused(fault: object, message: str) -> None:
    with pytest.raises(LabError, match=message):
        apply(documented_plan(), fault)  # type: ignore[arg-type]  # every parameter is a fault


def test_faults_add_up_and_leave_the_healthy_plan_alone() -> None:
    plan = documented_plan()
    before = {link.quality.delay_ms for link in plan.fabric.links}
    longer = Latency(between=("use1", "use2"), add_ms=10)

    sick = apply_all(plan, (longer, longer))

    assert {link.quality.delay_ms for link in sick.fabric.links} - before == {8.75 + 10}
    assert {link.quality.delay_ms for link in documented_plan().fabric.links} == before


def test_route_faults_change_the_one_route() -> None:
    plan = documented_plan()
    (healthy,) = routes_to_use2(plan)

    blackholed = apply(plan, Blackhole(region="use1", destination=USE2_CIDR))
    missing = apply(plan, MissingRoute(region="use1", destination=USE2_CIDR))
    (astray,) = routes_to_use2(apply(plan, WrongNextHop(region="use1", destination=USE2_CIDR, via="usw2")))

    assert (routes_to_use2(blackholed), routes_to_use2(missing)) == ({None}, set())
    assert astray not in (None, healthy)


def test_lost_peering_takes_its_lines_and_its_attachments_on_both_sides() -> None:
    plan = documented_plan()
    (lost,) = routes_to_use2(plan)

    sick = apply(plan, PeeringDown(between=("use1", "use2")))

    assert len(sick.fabric.links) == len(plan.fabric.links) - 2
    assert lost not in {port.attachment_id for gateway in sick.fabric.gateways for port in gateway.ports}


def test_lost_region_takes_its_hosts_its_uplinks_and_its_peerings() -> None:
    sick = apply(documented_plan(), RegionDown(region="use1"))

    conditions = {(host.region == "us-east-1", host.condition) for host in sick.hosts}
    uplinks = {
        (router.region == "us-east-1", uplink.up) for router in sick.routers for uplink in router.uplinks
    }
    assert conditions == {(True, "dead"), (False, "running")}
    assert uplinks == {(True, False), (False, True)}
    assert len(sick.fabric.links) == 2
