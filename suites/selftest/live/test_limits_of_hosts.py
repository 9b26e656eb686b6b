"""A host that could not carry the floor is no fault of the network."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from unittest.mock import create_autospec

import pytest
from moto import mock_aws
from msgspec.structs import replace

from fixtures.live.aws_instances import instance_bandwidths
from fixtures.live.run import MeasuringRun
from probes.hosts.measurements import host_limits
from probes.hosts.measurements.allowances import allowances_exceeded, growth
from probes.hosts.measurements.host_limits import InstanceBandwidth, cpu_limit, instance_limit, pair_limit
from probes.hosts.measurements.preflight import HostFacts, host_facts
from probes.hosts.ssh.shell import CommandResult
from probes.model.conformance.measurements import Direction, Measured, Throughput, WireFacts
from probes.model.errors import UnobservableError
from suites.live import test_throughput
from suites.selftest.live.test_run import BAD, PREFLIGHT, QUICK_SPEC, ScriptedFleet, healthy, result

Answer = Callable[[Sequence[str]], CommandResult]
PAIRS = (("us-east-1", "us-east-2"),)
judged = test_throughput.test_throughput_reaches_the_pairs_floor
DIRECTION = Direction(source_region="us-east-1", destination_region="us-east-2")


def on_ec2(
    vcpus: int, counters: Callable[[], int] = lambda: 0, instance_type: str = "", can_count: int = 1
) -> Answer:
    """The bad host is an EC2 instance of so many vCPUs, with large buffers."""

    def answer(argv: Sequence[str]) -> CommandResult:
        if "ethtool" in " ".join(argv):
            if "uname" in " ".join(argv):
                return result(f"{PREFLIGHT}{vcpus}\nena veth\n{instance_type}\n{can_count}\n")
            return result(f"     bw_out_allowance_exceeded: {counters()}\n     rx_drops: 9\n")
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
        (16, 3000, "has 16 vCPUs, so EC2 allows it 1000 Mbit/s (2 pairs of hosts at once"),
        (64, 3000, ""),
        (16, 1500, ""),  # two pairs of hosts at once can
        (16, 900, ""),
        (64, 1e9, "the hosts' TCP buffers allow "),
    ],
)
def test_limit_of_the_hosts_is_named_where_it_is_below_the_floor(
    monkeypatch: pytest.MonkeyPatch, vcpus: int, floor: float, limit: str
) -> None:
    monkeypatch.setattr(
        host_limits, "_SMALL_INSTANCE_MBIT_PER_S", 1000.0
    )  # below what the scripted buffers allow
    rows = throughput(on_ec2(vcpus), floor)

    assert {row.host_limited for row in rows} == {bool(limit)}
    assert all(limit in row.limit for row in rows)
    assert {"+" in row.source for row in rows} == {floor > 1000}  # of what one pair can carry
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


CARRIES_100_GBIT = InstanceBandwidth(vcpus=72, baseline_mbit_per_s=100_000, peak_mbit_per_s=100_000)
BURSTS_TO_50_GBIT = InstanceBandwidth(vcpus=32, baseline_mbit_per_s=12_000, peak_mbit_per_s=50_000)


def facts_of(instance_type: str = "c5n.18xlarge", vcpus: int = 72, *, counts: bool = True) -> HostFacts:
    return HostFacts(
        host="h",
        kernel="6.1",
        congestion_control="bbr",
        receive_buffer_max_bytes=64_000_000,
        send_buffer_max_bytes=64_000_000,
        ping_version="",
        ping_interval_s=0.01,
        iperf3_version=(3, 16),
        vcpus=vcpus,
        drivers=("ena",),
        instance_type=instance_type,
        counts_allowances=counts,
    )


@pytest.mark.parametrize(
    "host, bandwidth, most",
    [
        (facts_of(), CARRIES_100_GBIT, 50_000),
        (facts_of(), None, None),
        (facts_of(vcpus=16), None, 5_000),
        (facts_of(vcpus=0), BURSTS_TO_50_GBIT, 25_000),
        (facts_of(counts=False), BURSTS_TO_50_GBIT, 6_000),
        (facts_of(), InstanceBandwidth(vcpus=32, peak_mbit_per_s=8_000), 5_000),
        (facts_of(), InstanceBandwidth(vcpus=72), None),
        (replace(facts_of(vcpus=2), drivers=("vif",)), None, None),
    ],
)
def test_ec2_allows_half_to_other_regions_from_32_vcpus_on(
    host: HostFacts, bandwidth: InstanceBandwidth | None, most: float | None
) -> None:
    limit = instance_limit(host, {host.instance_type: bandwidth} if bandwidth else {})

    assert (limit.mbit_per_s if limit else None) == most


@pytest.mark.parametrize(
    "said, shaped_mbit_per_s",
    [
        (" rate 100Mbit", 100),
        (" rate 16Kbit  rate 2Gbit ", 0.016),
        (" bandwidth 1.5Gbit ", 1500),
        ("", None),
        (" rate 9" + "9" * 10**5, None),
    ],
)
def test_shaper_of_the_sender_is_a_limit_and_of_the_receiver_none(
    said: str, shaped_mbit_per_s: float | None
) -> None:
    fleet = ScriptedFleet(lambda _: result(f"{PREFLIGHT}64\nveth\n\n0\n{said}\n"))
    shaped, free = host_facts(fleet.shell(BAD)), replace(facts_of(), drivers=())
    assert shaped.shaped_mbit_per_s == shaped_mbit_per_s
    limit = pair_limit(shaped, free, {}, rtt_ms=None, streams=16)
    assert (limit.mbit_per_s if limit else None) == shaped_mbit_per_s
    assert pair_limit(free, shaped, {}, rtt_ms=None, streams=16) is None


@pytest.mark.parametrize(
    "version, percent, said",
    [
        ((3, 12), 99.2, "iperf3 used 99% of a CPU on h, where it can use 100%"),
        ((3, 12), 60.0, ""),
        ((3, 16), 160.0, ""),
        ((3, 16), 395.0, "iperf3 used 395% of a CPU on h, where it can use 400%"),
        ((3, 16), None, ""),
    ],
)
def test_cpu_that_is_used_up_is_a_limit(version: tuple[int, int], percent: float | None, said: str) -> None:
    assert cpu_limit(replace(facts_of(vcpus=4), iperf3_version=version), percent) == said


def test_sum_of_the_pairs_is_the_verdict_and_one_that_fails_spoils_it() -> None:
    (alone, *_), (both, *_) = throughput(healthy, 900), throughput(healthy, 1e6)
    assert both.mbit_per_s == 2 * (alone.mbit_per_s or 0)
    assert both.ceiling_mbit_per_s == 2 * (alone.ceiling_mbit_per_s or 0)

    def without_iperf3(argv: Sequence[str]) -> CommandResult:
        if "sh" in argv:
            return result(PREFLIGHT.replace("iperf 3.16", "sh: iperf3: not found"))
        return result("", 127) if "--version" in argv else healthy(argv)

    assert all("gpu-us-east-1a" in row.error for row in throughput(without_iperf3, 1e6))


def test_type_that_the_firmware_names_is_read_and_nothing_else() -> None:
    fleet = ScriptedFleet(on_ec2(64, instance_type="c5n.18xlarge"))
    assert host_facts(fleet.shell(BAD)).instance_type == "c5n.18xlarge"
    for odd in ("Standard PC (Q35 + ICH9, 2009)", "x" * 10**5, "a.b; rm", "HVM domU"):
        fleet = ScriptedFleet(on_ec2(64, instance_type=odd, can_count=0))
        facts = host_facts(fleet.shell(BAD))
        assert (facts.instance_type, facts.counts_allowances) == ("", False)


@contextmanager
def aws_beside_another() -> Iterator[None]:
    """Moto's AWS, without ending the one that other selftests of this process still use (conftest)."""
    mocked = mock_aws()
    mocked.start(reset=False)
    try:
        yield
    finally:
        mocked.stop(remove_data=False)


def test_aws_is_asked_for_each_type_once_and_its_refusal_is_told() -> None:
    said: list[str] = []
    with aws_beside_another():
        ask = instance_bandwidths("", "us-east-1", None, said.append)
        found = ask([facts_of(), facts_of(), facts_of("m5.large")])
        assert ask([facts_of("no.such")]) == {}

    assert found["c5n.18xlarge"] == CARRIES_100_GBIT
    assert found["m5.large"] == InstanceBandwidth(vcpus=2, baseline_mbit_per_s=750, peak_mbit_per_s=10_000)
    (refusal,) = said
    assert "the bandwidth of no.such is not known" in refusal
