from ipaddress import IPv4Address
from typing import Any

import pytest

from fixtures.live.facts import LiveFacts
from fixtures.live.run import Measurements
from probes.hosts.inventory import Host
from probes.hosts.measurements.round_trips import as_latency, from_samples
from probes.hosts.ssh.address import SshAddress
from probes.model.conformance.measurements import (
    UNDOCUMENTED,
    Direction,
    Latency,
    PathMtu,
    PortAttempt,
    PortOutcome,
)
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


ENDS: dict[str, Any] = {
    "source": "a",
    "destination": "b",
    "source_region": "us-east-1",
    "destination_region": "us-east-2",
}


def pings(received: int) -> Latency:
    trips = from_samples([17.5] * received + [None] * (100 - received))
    return as_latency(Latency(**ENDS), trips, error=0.01)


def attempt(outcome: PortOutcome, *, open_expected: bool) -> PortAttempt:
    return PortAttempt(**ENDS, claim=UNDOCUMENTED, port=22, open_expected=open_expected, outcome=outcome)


def sizes(*passed: bool) -> PathMtu:
    tried = dict(enumerate(passed, 8500))
    return PathMtu(
        **ENDS,
        largest_passed_bytes=max((size for size, one in tried.items() if one), default=None),
        smallest_lost_bytes=min((size for size, one in tried.items() if not one), default=None),
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
    unmeasured = Latency(**ENDS, error="b: cannot connect")
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
    wire = facts(latency=(pings(received),), ports=(attempt(outcome, open_expected=False),))
    ports = wire.ports(UNDOCUMENTED, THERE, open_expected=False)

    assert (len(ports.measured), len(ports.missing)) == ((1, 0) if is_told else (0, 1))


def test_silence_of_a_port_that_should_be_open_is_told_in_any_case() -> None:
    wire = facts(latency=(pings(0),), ports=(attempt(PortOutcome.NO_ANSWER, open_expected=True),))

    assert len(wire.ports(UNDOCUMENTED, THERE, open_expected=True).measured) == 1


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
    wire = facts(latency=(pings(1),), ports=(attempt(PortOutcome.REFUSED, open_expected=False),))
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
