from ipaddress import IPv4Address
from typing import Any

import pytest
from msgspec.structs import replace

from fixtures.live.facts import LiveFacts
from fixtures.live.measurements import LatencyProbe, Measurements, MtuProbe, PortProbe
from fixtures.live.plan import PortCheck
from probes.hosts.inventory import Host
from probes.hosts.measurements.mtu import PathMtuResult, SizeResult
from probes.hosts.measurements.ping import PingResult
from probes.hosts.measurements.ports import PortOutcome, PortResult
from probes.hosts.ssh.address import SshAddress
from probes.model.conformance.measurements import Direction, WireLatency
from probes.model.errors import EmptySelectionError, UnobservableError

THERE = Direction(source_region="us-east-1", destination_region="us-east-2")
HOSTS = {
    name: Host(
        name=name,
        region=region,
        role="gpu",
        az=f"{region}a",
        address=address,
        ssh=SshAddress(hostname=name, username="x"),
    )
    for name, region, address in (("a", "us-east-1", "10.66.10.10"), ("b", "us-east-2", "10.66.74.10"))
}


def pings(received: int, *, avg_ms: float = 17.5, mdev_ms: float = 0.1) -> LatencyProbe:
    result = PingResult(
        source="a",
        destination="10.66.74.10",
        sent=100,
        received=received,
        rtt_samples_ms=(avg_ms,) * received,
        rtt_min_ms=avg_ms if received else None,
        rtt_avg_ms=avg_ms if received else None,
        rtt_max_ms=avg_ms if received else None,
        rtt_mdev_ms=mdev_ms if received else None,
        payload_bytes=56,
        interval_s=0.2,
    )
    return LatencyProbe(source="a", destination="b", result=result)


def knock(outcome: PortOutcome, *, open_expected: bool) -> PortProbe:
    check = PortCheck(
        requirement="SG-GPU-I4",
        source="a",
        destination="b",
        address="10.66.74.10",
        port=22,
        open_expected=open_expected,
    )
    result = PortResult(source="a", destination="10.66.74.10", port=22, outcome=outcome, waited_s=4.0)
    return PortProbe(check=check, result=result)


def sizes(*passed: bool) -> MtuProbe:
    results = tuple(
        SizeResult(packet_bytes=8500 + n, sent=3, received=3 * one, reported_mtu_bytes=None)
        for n, one in enumerate(passed)
    )
    return MtuProbe(
        source="a",
        destination="b",
        result=PathMtuResult(source="a", destination="10.66.74.10", sizes=results),
    )


def facts(**measured: Any) -> LiveFacts:  # noqa: ANN401  # fields of Measurements
    nothing: dict[str, Any] = dict.fromkeys(Measurements.__struct_fields__, ())
    return LiveFacts(Measurements(**(nothing | measured)), HOSTS)


def test_pings_that_nobody_answered_are_loss_but_no_round_trip() -> None:
    wire = facts(latency=(pings(0),))

    assert [measured.loss_ratio for measured in wire.latency(THERE).measured] == [1.0]
    with pytest.raises(UnobservableError, match="a to b: none of 100 answered"):
        wire.round_trips(THERE).require_complete()


def test_nothing_measured_is_no_pass() -> None:
    with pytest.raises(EmptySelectionError):
        facts().latency(THERE).require_complete()


def test_host_that_could_not_be_asked_is_missing_with_its_reason() -> None:
    unmeasured = LatencyProbe(source="a", destination="b", unmeasured="b: cannot connect")
    with pytest.raises(UnobservableError, match="b: cannot connect"):
        facts(latency=(unmeasured,)).latency(THERE).require_complete()


@pytest.mark.parametrize(
    "received, outcome, is_told",
    [
        (100, PortOutcome.NO_ANSWER, True),
        (0, PortOutcome.NO_ANSWER, False),
        (0, PortOutcome.OPEN, True),
        (0, PortOutcome.REFUSED, True),
    ],
)
def test_silence_of_a_closed_port_needs_a_path_that_is_alive(
    received: int, outcome: PortOutcome, *, is_told: bool
) -> None:
    wire = facts(latency=(pings(received),), ports=(knock(outcome, open_expected=False),))
    ports = wire.ports("SG-GPU-I4", THERE, open_expected=False)

    assert (len(ports.measured), len(ports.missing)) == ((1, 0) if is_told else (0, 1))


def test_silence_of_a_port_that_should_be_open_is_told_in_any_case() -> None:
    wire = facts(latency=(pings(0),), ports=(knock(PortOutcome.NO_ANSWER, open_expected=True),))

    assert len(wire.ports("SG-GPU-I4", THERE, open_expected=True).measured) == 1


@pytest.mark.parametrize(
    "received, passed, told",
    [
        (100, (True, False), [(8500, 8501)]),
        (100, (False, False), [(None, 8500)]),
        (0, (False, False), []),
    ],
)
def test_sizes_tell_of_the_mtu_only_where_something_passes(
    received: int, passed: tuple[bool, ...], told: list[tuple[int | None, int | None]]
) -> None:
    wire = facts(latency=(pings(received),), mtu=(sizes(*passed),))

    assert [(m.largest_passed_bytes, m.smallest_lost_bytes) for m in wire.mtu(THERE).measured] == told


def test_flow_is_answered_by_a_refusal_too() -> None:
    wire = facts(latency=(pings(1),), ports=(knock(PortOutcome.REFUSED, open_expected=False),))
    flows = wire.flows(THERE).measured

    assert [flow.answered for flow in flows] == [True, True]
    assert [str(flow.packet) for flow in flows] == [
        "icmp type 8 code 0 10.66.10.10 -> 10.66.74.10",
        "tcp 10.66.10.10:40000 -> 10.66.74.10:22",
    ]


def test_only_the_pings_to_one_address_can_be_asked_for() -> None:
    wire = facts(latency=(pings(100),))

    assert wire.latency(THERE, address=IPv4Address("10.66.74.11")).measured == ()
    assert len(wire.latency(THERE, address=IPv4Address("10.66.74.10")).measured) == 1


@pytest.mark.parametrize(
    "avg_ms, mdev_ms, open_question", [(19.0, 0.1, False), (19.99, 0.5, True), (21.0, 0.1, False)]
)
def test_average_near_the_limit_is_known_to_be_uncertain(
    avg_ms: float, mdev_ms: float, *, open_question: bool
) -> None:
    (measured,) = facts(latency=(pings(100, avg_ms=avg_ms, mdev_ms=mdev_ms),)).latency(THERE).measured

    assert isinstance(measured, WireLatency)
    assert measured.straddles(20.0) is open_question


@pytest.mark.parametrize("slow, variation_ms", [(0, 0.0), (5, 0.0), (6, 30.0)])
def test_a_few_stray_pings_are_no_variation(slow: int, variation_ms: float) -> None:
    probe = pings(100)
    assert probe.result is not None
    samples = (17.5,) * (100 - slow) + (47.5,) * slow
    probe = replace(probe, result=replace(probe.result, rtt_samples_ms=samples))

    (measured,) = facts(latency=(probe,)).latency(THERE).measured

    assert isinstance(measured, WireLatency)
    assert measured.variation_ms == variation_ms
