"""A lab without enough CPU time gives no false verdict, and a peering that is really slow is still found."""

import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations

import pytest
from msgspec.structs import replace

from fixtures.lab.faults.faults import Rate
from fixtures.lab.inventory import inventory
from fixtures.lab.lab import Lab
from fixtures.lab.plan.compiler import compile_lab
from fixtures.live.lab_lag import LabLag
from fixtures.live.run import LiveTarget, Measurements, measure
from fixtures.live.target import LabWindow
from probes.hosts.inventory import resolve
from probes.model.conformance.measurements import SLOW_LIMIT_RATIO
from probes.model.spec import Spec
from suites.selftest.lab.machine import lab_name, pids_of, running_lab
from suites.selftest.lab.networks import documented_spec, documented_state

HOGS_PER_CPU = 6
THROTTLED = {("us-east-1", "us-east-2"), ("us-east-2", "us-east-1")}


@pytest.fixture
def starved() -> Iterator[None]:
    """Programs that want all CPUs of this machine, several times over."""
    command = [sys.executable, "-c", "while True: pass"]
    hogs = [subprocess.Popen(command) for _ in range(HOGS_PER_CPU * (os.cpu_count() or 1))]
    yield
    for hog in hogs:
        hog.kill()
        hog.wait()


@pytest.mark.usefixtures("starved")
@pytest.mark.parametrize("is_ahead", [True, False], ids=["gateways-first", "gateways-as-others"])
def test_starved_lab_gives_no_false_verdict_and_a_slow_peering_is_found(*, is_ahead: bool) -> None:
    spec = _short(documented_spec())
    with running_lab(compile_lab(documented_state(), spec), lab_name("starved")) as lab:
        if not is_ahead:
            _take_precedence(lab)
        lab.add_fault(Rate(between=("use1", "use2"), factor=0.2))
        measured = _measure(spec, lab)

    assert _violations(spec, measured) == THROTTLED


def _short(spec: Spec) -> Spec:
    """The spec with measurements cut short."""
    live = replace(
        spec.live,
        ping_count_max=400,
        ping_interval_s=0.02,
        iperf3_streams=4,
        iperf3_duration_s=2,
        iperf3_omit_s=1,
    )
    return replace(spec, live=live)


def _take_precedence(lab: Lab) -> None:
    """Schedules the gateways' process as any other, as it is where the user may not give it precedence."""
    for pid in pids_of(str(lab.run_dir)):
        os.sched_setscheduler(pid, os.SCHED_OTHER, os.sched_param(0))


def _measure(spec: Spec, lab: Lab) -> Measurements:
    hosts = resolve(inventory(lab), {region: region for region in spec.aws_regions}, lab.run_dir).hosts
    lag = LabLag(spec, lab.why_late)
    target = LiveTarget(hosts=hosts, window=LabWindow(lab), rate_divisor=lab.plan.rate_divisor, lag=lag)
    return measure(spec, target, tuple(combinations(spec.aws_regions, 2)))


def _violations(spec: Spec, measured: Measurements) -> set[tuple[str, str]]:
    """The directions of figures that are judged nonconforming."""
    slow = [t for t in measured.throughput if (t.mbit_per_s or 0) < (t.floor_mbit_per_s or 0) and not t.error]
    late = [
        trips
        for trips in measured.latency
        if (trips.average and trips.average.exceeds(trips.budget_max_ms or 0))
        or (trips.loss and trips.loss.exceeds(spec.live.loss_limit_ratio))
        or (trips.slow and trips.slow.exceeds(SLOW_LIMIT_RATIO))
    ]
    return {(one.source_region, one.destination_region) for one in (*slow, *late)}
