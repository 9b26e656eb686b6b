"""What gets through between the Regions, and what must not."""

import pytest

from probes.model.conformance.measurements import Direction, Measured, PortAttempt, PortOutcome, WireFacts
from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec

requirement = pytest.mark.requirement


@requirement("PEER-05")
def test_gpu_hosts_reach_each_other_across_regions(wire: WireFacts, direction: Direction) -> None:
    """Every measured GPU host is reached from every one of the other Region."""
    latency = wire.latency(direction)
    violations = [
        Violation(
            resource=measured.path,
            expected="pings answered",
            observed=f"none of {measured.sent} answered",
            hint="trace the flow in the configuration: it names the resource that drops it",
        )
        for measured in latency.measured
        if not measured.received
    ]

    assert violations == []
    latency.require_complete()


@requirement("TGW-07")
def test_path_carries_exactly_the_transit_gateways_mtu(
    spec: Spec, wire: WireFacts, direction: Direction
) -> None:
    """A packet of the Transit Gateway's MTU passes unfragmented, one byte more does not."""
    limit = spec.live.tgw_mtu_bytes
    mtu = wire.mtu(direction)
    violations = [
        Violation(
            resource=measured.path,
            expected=f"{limit} bytes pass, {limit + 1} do not",
            observed=f"largest that passed {measured.largest_passed_bytes}, "
            f"smallest that did not {measured.smallest_lost_bytes}",
            hint="check the hosts' interface MTU (9001) and every middlebox on the way",
        )
        for measured in mtu.measured
        if (measured.largest_passed_bytes, measured.smallest_lost_bytes) != (limit, limit + 1)
    ]

    assert violations == []
    mtu.require_complete()


@requirement("SG-GPU-I4")
def test_gpu_hosts_admit_no_undocumented_port(wire: WireFacts, direction: Direction) -> None:
    """SSH and iperf3 ports of GPU hosts stay closed to the other Region, between hosts that are proven alive."""
    ports = wire.ports("SG-GPU-I4", direction, open_expected=False)
    violations = [
        Violation(
            resource=_path(measured),
            expected="no connection",
            observed=str(measured.outcome),
            hint="remove the ingress rule that admits it, or wait until a probe window has closed",
        )
        for measured in ports.measured
        if measured.outcome in (PortOutcome.OPEN, PortOutcome.REFUSED)
    ]

    assert violations == []
    ports.require_complete()


@requirement("FSX-05")
def test_gpu_hosts_reach_the_file_system_of_their_region(wire: WireFacts, measured_region: str) -> None:
    """Lustre's port of the Region's own file system answers its GPU hosts."""
    within = Direction(source_region=measured_region, destination_region=measured_region)
    ports = wire.ports("FSX-05", within, open_expected=True)
    violations = _closed(ports, "check the FSx security group and the route to the FSx subnet")

    assert violations == []
    ports.require_complete()


@requirement("FSX-06")
def test_gpu_hosts_reach_the_file_system_of_another_region(wire: WireFacts, direction: Direction) -> None:
    """Lustre's port of the other Region's file system answers, as the disaster-recovery mount needs."""
    ports = wire.ports("FSX-06", direction, open_expected=True)
    violations = _closed(ports, "add a CIDR rule: a group of another Region cannot be referred to")

    assert violations == []
    ports.require_complete()


@requirement("VPCE-04")
def test_hosts_reach_the_vpc_endpoints_of_their_region(wire: WireFacts, measured_region: str) -> None:
    """The interface endpoints answer on 443."""
    within = Direction(source_region=measured_region, destination_region=measured_region)
    ports = wire.ports("VPCE-04", within, open_expected=True)
    violations = _closed(ports, "check the endpoints' security group")

    assert violations == []
    ports.require_complete()


def _closed(ports: Measured[PortAttempt], hint: str) -> list[Violation]:
    return [
        Violation(
            resource=_path(measured),
            expected="connection accepted",
            observed=str(measured.outcome),
            hint=hint,
        )
        for measured in ports.measured
        if measured.outcome is not PortOutcome.OPEN
    ]


def _path(measured: PortAttempt) -> str:
    return f"{measured.path} tcp/{measured.port}"
