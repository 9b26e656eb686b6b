"""A VPC peering between Regions has distance, an MTU and faults; it leads into its two VPCs and no further."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.build import Options, build_state
from fixtures.lab.faults.faults import Fault, Latency, Mtu, PeeringDown
from fixtures.lab.lab import Lab
from fixtures.lab.plan.compiler import compile_lab
from fixtures.lab.plan.model import LabHost
from probes.model.spec.topology import region_pairs
from probes.sources.documents.spec import load_spec
from suites.selftest.lab.machine import lab_name, running_lab
from suites.selftest.lab.measuring import about, ping, received, shortest_ms

PEERED = """
name: peered
regions: {west: us-west-2, east: us-east-1, far: eu-central-1}
vpcs:
  one: {region: west, cidr: 10.10.0.0/20, subnets: {app: [10.10.0.0/24]}}
  two: {region: east, cidr: 10.10.16.0/20, subnets: {app: [10.10.16.0/24]}}
  three: {region: far, cidr: 10.10.32.0/20, subnets: {app: [10.10.32.0/24]}}
vpc_peerings:
  - {between: [one, two], rtt: {min_ms: 10, max_ms: 30}}
  - {between: [two, three], rtt: {max_ms: 80}}
flows: [{from: one, to: two, icmp: true}, {from: two, to: three, icmp: true}]
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    path = Path(tmp_path_factory.mktemp("peered"), "peered.yaml")
    path.write_text(PEERED)
    spec = load_spec(path)
    assert region_pairs(spec) == (("us-west-2", "us-east-1"), ("us-east-1", "eu-central-1"))
    plan = compile_lab(build_state(spec, Options(instances=1)), spec)
    with running_lab(plan, lab_name("peered")) as running:
        yield running


def host_in(lab: Lab, alias: str) -> LabHost:
    return next(host for host in lab.hosts if lab.plan.aliases[host.region] == alias)


def answered(lab: Lab, one: str, other: str, *options: str) -> int:
    return received(ping(lab, host_in(lab, one), host_in(lab, other), *options, count=3))


def round_trip_ms(lab: Lab, one: str, other: str) -> float:
    return shortest_ms(ping(lab, host_in(lab, one), host_in(lab, other)))


def test_round_trips_are_the_documented_ones(lab: Lab) -> None:
    assert round_trip_ms(lab, "west", "east") == about(20)
    assert round_trip_ms(lab, "east", "far") == about(40)


def test_a_vpc_peering_leads_no_further(lab: Lab) -> None:
    assert answered(lab, "west", "far") == 0


def test_it_carries_8500_bytes_and_not_one_more(lab: Lab) -> None:
    assert [answered(lab, "west", "east", "-M", "do", "-s", str(size - 28)) for size in (8500, 8501)] == [
        3,
        0,
    ]


@pytest.mark.parametrize(
    "fault, options, seen",
    [
        (PeeringDown(between=("west", "east")), (), [0, 3]),
        (Mtu(between=("west", "east"), mtu_bytes=1500), ("-s", "4000", "-M", "do"), [0, 3]),
    ],
    ids=["down", "mtu"],
)
def test_its_faults_are_those_of_any_peering(
    lab: Lab, fault: Fault, options: tuple[str, ...], seen: list[int]
) -> None:
    with lab.fault(fault):
        found = [answered(lab, "west", "east", *options), answered(lab, "east", "far", *options)]

    assert found == seen
    assert answered(lab, "west", "east") == 3


def test_a_slow_one_is_slower(lab: Lab) -> None:
    with lab.fault(Latency(between=("west", "east"), add_ms=30)):
        assert round_trip_ms(lab, "west", "east") == about(50)
