"""Measuring inside a lab for its selftests, without SSH."""

import re
from ipaddress import IPv4Network

import pytest

from fixtures.lab.faults.faults import Fault, WrongNextHop
from fixtures.lab.lab import Lab
from fixtures.lab.plan.model import LabHost
from probes.model.spec import Spec
from probes.model.spec.topology import peering_between

_SLACK_MS = 3.0  # what a busy machine adds even to the shortest of many round trips
_MIN_RTT = re.compile(r"rtt min/avg/max/mdev = ([0-9.]+)/")
_RECEIVED = re.compile(r"(\d+) received")


def host_of(lab: Lab, role: str, alias: str) -> LabHost:
    """The first host of a role in a region."""
    return next(host for host in lab.hosts if host.role == role and lab.plan.aliases[host.region] == alias)


def ping(lab: Lab, source: LabHost, target: LabHost, *options: str, count: int = 20) -> str:
    """What ping printed."""
    argv = ["ping", "-c", str(count), "-i", "0.02", "-W", "1", *options, str(target.addresses[0])]
    return lab.exec(source.name, argv).stdout


def received(printed: str) -> int:
    """How many replies ping counted."""
    found = _RECEIVED.search(printed)
    assert found, printed
    return int(found[1])


def round_trip_ms(lab: Lab, one: str, other: str) -> float:
    """The shortest of some round trips between the first GPU hosts of two regions.

    The shortest is what the network takes; the others are what the machine was busy with.
    """
    return shortest_ms(ping(lab, host_of(lab, "gpu", one), host_of(lab, "gpu", other)))


def shortest_ms(printed: str) -> float:
    """The shortest round trip that ping printed."""
    found = _MIN_RTT.search(printed)
    assert found, printed
    return float(found[1])


def pings(lab: Lab, one: str, other: str, *options: str, count: int = 5) -> int:
    """How many of some pings between the first GPU hosts of two regions were answered."""
    return received(ping(lab, host_of(lab, "gpu", one), host_of(lab, "gpu", other), *options, count=count))


def about(expected_ms: float) -> object:
    """What a shortest round trip equals when the network takes that long."""
    return pytest.approx(expected_ms + _SLACK_MS / 2 - 0.15, abs=_SLACK_MS / 2 + 0.15)


def connects(lab: Lab, source: LabHost, target: LabHost, port: int) -> bool:
    """Whether a TCP connection comes about."""
    script = f"exec 3<>/dev/tcp/{target.addresses[0]}/{port}"
    return lab.exec(source.name, ["timeout", "1", "bash", "-c", script]).returncode == 0


def midpoint_ms(spec: Spec, one: str, other: str) -> float:
    """The RTT that the lab gives a peering."""
    rtt = peering_between(spec, one, other).rtt
    assert rtt is not None
    return (rtt.min_ms + rtt.max_ms) / 2


def runbook(spec: Spec) -> tuple[Fault, ...]:
    """The two routes that an operator replaces when the documented peering is lost."""
    detour = spec.ha.detour
    assert detour is not None
    one, other = detour.failed_peering
    return tuple(
        WrongNextHop(region=here, destination=_cidr(spec, there), via=detour.via)
        for here, there in ((one, other), (other, one))
    )


def _cidr(spec: Spec, alias: str) -> IPv4Network:
    return spec.vpcs[alias].cidrs[0]
