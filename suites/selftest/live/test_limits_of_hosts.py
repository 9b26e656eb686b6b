"""A host that could not carry the floor is no fault of the network."""

from collections.abc import Callable, Sequence
from itertools import count
from unittest.mock import create_autospec

import pytest
from msgspec.structs import replace

from fixtures.live.run import MeasuringRun
from probes.hosts.measurements import preflight
from probes.hosts.measurements.allowances import allowances_exceeded, growth
from probes.hosts.ssh.shell import CommandResult
from probes.model.conformance.measurements import Direction, Measured, Throughput, WireFacts
from probes.model.errors import UnobservableError
from suites.live import test_throughput
from suites.selftest.live.test_run import PREFLIGHT, QUICK_SPEC, ScriptedFleet, healthy, result

Answer = Callable[[Sequence[str]], CommandResult]
PAIRS = (("us-east-1", "us-east-2"),)
judged = test_throughput.test_throughput_reaches_the_pairs_floor
DIRECTION = Direction(source_region="us-east-1", destination_region="us-east-2")


def on_ec2(vcpus: int, counters: Callable[[], int] = lambda: 0) -> Answer:
    """The bad host is an EC2 instance of so many vCPUs, with large buffers."""

    def answer(argv: Sequence[str]) -> CommandResult:
        if "ethtool" in " ".join(argv):
            return result(f"     bw_out_allowance_exceeded: {counters()}\n     rx_drops: 9\n")
        if "sh" in argv:
            return result(f"{PREFLIGHT}{vcpus}\nena veth\n")
        return healthy(argv)

    return answer


def throughput(bad: Answer, floor_mbit_per_s: float) -> tuple[Throughput, ...]:
    spec = replace(
        QUICK_SPEC,
        peerings=tuple(
            replace(peering, throughput_floor_mbit_per_s=floor_mbit_per_s) for peering in QUICK_SPEC.peerings
        ),
    )
    fleet = ScriptedFleet(bad)
    return MeasuringRun(spec, fleet, fleet).measure(PAIRS).throughput


@pytest.mark.parametrize(
    "vcpus, floor, limit",
    [
        (16, 1500, "has 16 vCPUs, so EC2 allows it 1000 Mbit/s"),
        (64, 1500, ""),
        (16, 900, ""),
        (64, 1e9, "the hosts' TCP buffers allow "),
    ],
)
def test_limit_of_the_hosts_is_named_where_it_is_below_the_floor(
    monkeypatch: pytest.MonkeyPatch, vcpus: int, floor: float, limit: str
) -> None:
    monkeypatch.setattr(
        preflight, "_SMALL_INSTANCE_MBIT_PER_S", 1000.0
    )  # below what the scripted buffers allow
    rows = throughput(on_ec2(vcpus), floor)

    assert {row.host_limited for row in rows} == {bool(limit)}
    assert all(limit in row.limit for row in rows)
    assert limit or {row.limit for row in rows} == {""}


def test_allowance_that_was_used_up_during_the_test_is_named() -> None:
    rows = throughput(on_ec2(64, count(100, 7).__next__), 10)

    assert {row.host_limited for row in rows} == {True}
    assert all("bw_out_allowance_exceeded grew by 7 on " in row.limit for row in rows)


def test_counters_are_summed_over_adapters_and_nothing_else_is_read() -> None:
    text = (
        "     bw_in_allowance_exceeded: 3\n     bw_in_allowance_exceeded: 4\n     queue_0_tx_cnt: 5\nx"
        + "9" * 10**6
    )
    fleet = ScriptedFleet(lambda _: result(text))
    (name, *_) = fleet.hosts

    assert allowances_exceeded(fleet.shell(name)) in ({"bw_in_allowance_exceeded": 7}, {})
    assert growth({"a": 1, "b": 2}, {"a": 1, "b": 5, "c": 9}) == {"b": 3}


@pytest.mark.parametrize("limited", [True, False])
def test_slow_pair_is_unobservable_only_where_its_hosts_are_the_limit(limited: bool) -> None:  # noqa: FBT001  # parametrised
    row = Throughput(
        source="a",
        destination="b",
        source_region="us-east-1",
        destination_region="us-east-2",
        mbit_per_s=100.0,
        streams=16,
        retransmits=0,
        host_limited=limited,
        limit="the hosts' TCP buffers allow 226 Mbit/s over 16 flows at 70.0 ms" if limited else "",
    )
    facts = create_autospec(WireFacts, instance=True)
    facts.throughput.return_value = Measured((row,))
    expected = UnobservableError if limited else AssertionError
    with pytest.raises(expected, match="226" if limited else "1 violations"):
        judged(facts, DIRECTION, 500.0, 1.0, lambda _: None)
