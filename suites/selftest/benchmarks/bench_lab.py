"""What the lab costs and how well it keeps its word: RTT while idle, throughput of one peering, time to come up."""

import json
import os
import re
import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from fixtures.build import Options, build_state
from fixtures.build.network.many_regions import wide_spec
from fixtures.lab.lab import Lab
from fixtures.lab.plan.compiler import compile_lab
from fixtures.lab.plan.model import LabPlan, PeeringLink
from suites.selftest.lab.machine import lab_name, running_lab
from suites.selftest.lab.measuring import host_of, midpoint_ms
from suites.selftest.lab.networks import documented_plan, documented_spec
from suites.selftest.lab.packet_tests import PacketTester, PacketTestRun
from suites.selftest.lab.random_packet_tests import small_lab
from suites.selftest.reachability.networks import mesh

RTT_TOLERANCE_MS = 0.3
THROUGHPUT_GOAL_MBIT_PER_S = 2000
WIDE_REGIONS = 8
HOSTS_PER_REGION = 3
WIDE_GOAL_S = 20.0
SMALL_GOAL_S = 1.0
DOCUMENTED_GOAL_S = 10.0
IPERF3_PORT = 5201


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with running_lab(_unlimited(documented_plan()), lab_name("bench")) as running:
        yield running


def _unlimited(plan: LabPlan) -> LabPlan:
    """Lines that the forwarder, not their rate, limits."""

    def fast(link: PeeringLink) -> PeeringLink:
        return replace(link, quality=replace(link.quality, rate_mbit_per_s=40_000.0, queue_bytes=500_000_000))

    return replace(plan, fabric=replace(plan.fabric, links=tuple(fast(link) for link in plan.fabric.links)))


def report(capsys: pytest.CaptureFixture[str], sentence: str) -> None:
    """Prints one measured sentence past pytest's capture."""
    with capsys.disabled():
        print(f"\n  {sentence} (load {os.getloadavg()[0]:.1f})", flush=True)  # noqa: T201 - a benchmark reports


def test_idle_round_trips_keep_to_the_set_value(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    expected_ms = midpoint_ms(documented_spec(), "use1", "use2")
    target = host_of(lab, "gpu", "use2").addresses[0]
    argv = ["ping", "-c", "500", "-i", "0.02", str(target)]
    printed = lab.exec(host_of(lab, "gpu", "use1").name, argv).stdout
    rtts_ms = sorted(float(text) for text in re.findall(r"time=([0-9.]+)", printed)[1:])
    off_ms = sorted(abs(rtt_ms - expected_ms) for rtt_ms in rtts_ms)
    p99_ms = off_ms[int(len(off_ms) * 0.99)]

    report(
        capsys,
        f"RTT set {expected_ms} ms: median {rtts_ms[len(rtts_ms) // 2]:.2f} ms, 99 % within {p99_ms:.2f} ms",
    )
    assert round(p99_ms, 2) <= RTT_TOLERANCE_MS


def test_one_peering_carries_two_gbit_per_s(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    server, client = host_of(lab, "gpu", "use2"), host_of(lab, "gpu", "use1")
    lab.open_probe_window(server.name, client.addresses[0], IPERF3_PORT)
    lab.exec(server.name, ["iperf3", "-s", "-1", "-D"])
    argv = ["iperf3", "-J", "-c", str(server.addresses[0]), "-t", "8", "-O", "2", "-P", "2"]
    result = json.loads(lab.exec(client.name, argv).stdout)
    mbit_per_s = result["end"]["sum_received"]["bits_per_second"] / 1e6

    report(capsys, f"one peering carries {mbit_per_s:.0f} Mbit/s at MTU 8500 over {documented_spec().name}")
    assert mbit_per_s >= THROUGHPUT_GOAL_MBIT_PER_S


def test_documented_lab_comes_up(capsys: pytest.CaptureFixture[str]) -> None:
    started_s = time.monotonic()
    with running_lab(documented_plan(), lab_name("bench-up")) as lab:
        took_s = time.monotonic() - started_s
        report(capsys, f"3 regions, {len(lab.hosts)} hosts are up in {took_s:.1f} s")
    assert took_s < DOCUMENTED_GOAL_S


def test_eight_regions_come_up(capsys: pytest.CaptureFixture[str]) -> None:
    spec = wide_spec(documented_spec(), WIDE_REGIONS)
    few = replace(
        spec, lab=replace(spec.lab, hosts_per_role=HOSTS_PER_REGION), roles={"gpu": spec.roles["gpu"]}
    )
    plan = compile_lab(build_state(spec, Options()), few)
    started_s = time.monotonic()
    with running_lab(plan, lab_name("bench-wide")) as lab:
        took_s = time.monotonic() - started_s
        peerings = len(plan.fabric.links) // 2
        report(
            capsys,
            f"{WIDE_REGIONS} regions, {peerings} peerings, {len(lab.hosts)} hosts are up in {took_s:.1f} s",
        )
    assert (took_s < WIDE_GOAL_S, peerings, len(plan.hosts)) == (True, 28, WIDE_REGIONS * HOSTS_PER_REGION)


def test_small_lab_is_built(capsys: pytest.CaptureFixture[str]) -> None:
    run = PacketTestRun(plan=small_lab(mesh(2), documented_spec()), tests=(), quiet_s=0.0)
    with PacketTester() as tester:
        took_s = [tester.run(run).build_s for _ in range(10)]

    report(capsys, f"a lab of 2 regions and 4 hosts is built in {sorted(took_s)[5]:.2f} s")
    assert max(took_s) < SMALL_GOAL_S
