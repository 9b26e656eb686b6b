"""A lab that falls behind knows it, says why, and takes no figure for the network's that it spoiled itself."""

import pytest
from msgspec.structs import replace

from fixtures.lab.faults.faults import (
    AsymmetricPath,
    AzDown,
    DeadHost,
    Fault,
    Latency,
    Loss,
    PeeringDown,
    Rate,
    SlowHost,
    are_between,
)
from fixtures.lab.gateway import lag as lag_module
from fixtures.lab.gateway.lag import Lag, LagRecorder, Lateness
from fixtures.lab.system.cpu_time import CpuClock, CpuTime
from fixtures.live.lab_lag import LabLag
from probes.model.conformance.measurements import Latency as MeasuredLatency
from probes.model.conformance.measurements import Measurement, Throughput
from probes.model.errors import UnobservableError
from suites.selftest.lab.networks import documented_plan, documented_spec

KEPT_UP = Lag(late_ms=0.5, overruns=0, cpus_busy_ratio=0.7, cpus_stolen_ratio=0.0, throttled_ratio=0.0)
TRIPS = MeasuredLatency(
    source="gpu-use1-00",
    destination="gpu-use2-00",
    source_region="us-east-1",
    destination_region="us-east-2",
    sent=100,
    received=100,
    loss_ratio=0.0,
    slow_ratio=0.0,
    avg_ms=17.5,
    budget_max_ms=20.0,
)
RATE = Throughput(**TRIPS.ends, mbit_per_s=480.0, floor_mbit_per_s=300.0)
BUSY = "this machine's CPUs were 99% busy"


def starved(_one: str, _other: str, _start_s: float, _unrelated: tuple[type[Fault], ...]) -> tuple[str, ...]:
    """Answers as a lab without CPU time does."""
    return (BUSY,)


@pytest.mark.parametrize(
    "change, reasons",
    [
        ({}, ()),
        ({"late_ms": 16.0}, ("its gateways were 16 ms late",)),
        ({"overruns": 3}, ("its gateways lost 3 packets for want of time",)),
        ({"cpus_busy_ratio": 0.99}, (BUSY,)),
        ({"cpus_stolen_ratio": 0.2}, ("the hypervisor took 20% of the CPU time",)),
        ({"throttled_ratio": 0.5}, ("a CPU limit stopped it for 50% of the time",)),
    ],
)
def test_lab_that_fell_behind_says_why_with_the_figure(
    change: dict[str, float], reasons: tuple[str, ...]
) -> None:
    assert replace(KEPT_UP, **change).reasons == reasons


class Totals:
    """What the recorder reads, under the test's control."""

    def __init__(self) -> None:
        self.cpu = CpuTime(busy_s=0.0, stolen_s=0.0, total_s=0.0, throttled_s=0.0)

    def read(self) -> CpuTime:
        """The CPU time that the test has set."""
        return self.cpu


@pytest.fixture
def totals(monkeypatch: pytest.MonkeyPatch) -> Totals:
    totals = Totals()
    monkeypatch.setattr(lag_module, "CpuClock", lambda: totals)
    return totals


def test_lag_is_that_of_the_interval_and_of_no_other(totals: Totals) -> None:
    lateness = Lateness()
    recorder = LagRecorder(lateness, [], 0.0)
    for second in range(1, 11):
        lateness.add(0.040 if second == 5 else 0.0001, 100)
        busy_s = 2.0 * second if second > 5 else 0.0
        totals.cpu = CpuTime(busy_s=busy_s, stolen_s=0.0, total_s=2.0 * second, throttled_s=second / 10)
        recorder.record(float(second))

    before, during, after = (recorder.between(*interval) for interval in ((1, 4), (4, 5), (6, 10)))

    assert [lag.late_ms for lag in (before, during, after)] == [0.0, 64.0, 0.0]
    assert [lag.cpus_busy_ratio for lag in (before, after)] == [0.0, 1.0]
    assert during.throttled_ratio == pytest.approx(0.1)


def test_one_packet_in_a_hundred_may_be_late(totals: Totals) -> None:
    lateness = Lateness()
    recorder = LagRecorder(lateness, [], 0.0)
    lateness.add(0.0, 99)
    lateness.add(0.5, 1)
    totals.cpu = CpuTime(busy_s=0.0, stolen_s=0.0, total_s=2.0, throttled_s=0.0)
    recorder.record(1.0)

    assert recorder.between(0.0, 1.0).late_ms == 0.0


@pytest.mark.parametrize("late_s, bucket", [(0.0, 0), (0.0002, 0), (0.0003, 1), (0.0011, 3), (3600.0, 11)])
def test_packets_are_counted_by_how_late_they_were(late_s: float, bucket: int) -> None:
    lateness = Lateness()

    lateness.add(late_s, 7)

    assert [place for place, count in enumerate(lateness.counts) if count] == [bucket]


def test_time_of_the_cpus_is_read() -> None:
    clock = CpuClock()
    first = clock.read()
    while clock.read() == first:
        pass

    assert clock.read().total_s > first.total_s


@pytest.mark.parametrize(
    "fault, is_between",
    [
        (Rate(between=("use1", "use2"), factor=0.2), True),
        (Latency(between=("use2", "use1"), add_ms=5), True),
        (PeeringDown(between=("use1", "use2")), True),
        (AsymmetricPath(between=("use1", "use2"), via="usw2"), True),
        (SlowHost(host="gpu-use1-00", kbit_per_s=10), True),
        (AzDown(region="use2", az="a"), True),
        (Loss(between=("use1", "usw2"), loss_ratio=0.1), False),
        (DeadHost(host="gpu-use1-01"), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fault_counts_for_the_hosts_that_it_lies_between(fault: Fault, *, is_between: bool) -> None:
    plan = documented_plan()
    ends = plan.host("gpu-use1-00"), plan.host("gpu-use2-00")

    assert are_between(plan, (fault,), *ends) is is_between


@pytest.mark.parametrize(
    "measured, figure",
    [
        (replace(RATE, mbit_per_s=61.4), "61 of 300 Mbit/s"),
        (replace(TRIPS, avg_ms=31.0), "average 31.00 ms, 0.0% slow, 0.0% lost"),
        (replace(TRIPS, slow_ratio=0.2), "20.0% slow"),
        (replace(TRIPS, loss_ratio=0.2), "20.0% lost"),
        (replace(TRIPS, budget_max_ms=None), "average 17.50 ms"),  # handshakes within a Region
    ],
)
def test_figure_that_a_starved_lab_spoiled_is_unobservable(measured: Measurement, figure: str) -> None:
    with pytest.raises(UnobservableError, match=rf"{figure}.*, but the lab did not keep up: {BUSY}"):
        LabLag(documented_spec(), starved).require_kept_up(measured, 0.0)


@pytest.mark.parametrize(
    "measured",
    [RATE, TRIPS, replace(TRIPS, received=0, loss_ratio=1.0, avg_ms=None)],
    ids=["throughput", "latency", "silence"],
)
def test_good_figure_and_silence_are_the_networks_whatever_the_lab_did(measured: Measurement) -> None:
    LabLag(documented_spec(), starved).require_kept_up(measured, 0.0)


@pytest.mark.parametrize(
    "measured, unrelated", [(replace(RATE, mbit_per_s=1.0), ()), (replace(TRIPS, avg_ms=31.0), (Rate,))]
)
def test_low_rate_explains_a_throughput_and_no_round_trip(
    measured: Measurement, unrelated: tuple[type[Fault], ...]
) -> None:
    asked: list[tuple[type[Fault], ...]] = []

    def why_late(_one: str, _other: str, _start_s: float, kinds: tuple[type[Fault], ...]) -> tuple[str, ...]:
        asked.append(kinds)
        return ()

    LabLag(documented_spec(), why_late).require_kept_up(measured, 0.0)

    assert asked == [unrelated]


def test_bad_figure_of_a_lab_that_kept_up_is_the_networks() -> None:
    LabLag(documented_spec(), lambda *_: ()).require_kept_up(replace(RATE, mbit_per_s=1.0), 0.0)
