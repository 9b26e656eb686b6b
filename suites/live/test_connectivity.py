"""What gets through between the Regions, and what must not."""

import pytest

from probes.model.conformance.measurements import (
    UNDOCUMENTED,
    Direction,
    Measured,
    PortAttempt,
    PortOutcome,
    WireFacts,
)
from probes.model.conformance.verdict import Violation
from probes.model.spec import FlowSpec, Spec
from probes.model.spec.tried_flows import has_listener

rule = pytest.mark.rule


@rule("ping")
def test_hosts_reach_each_other_across_regions(wire: WireFacts, direction: Direction) -> None:
    """Every measured host is reached from every one of the other Region."""
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


@rule("path-mtu")
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


@rule("port-closed")
@pytest.mark.usefixtures("closed_ports")
def test_hosts_admit_no_undocumented_port(wire: WireFacts, direction: Direction) -> None:
    """SSH and iperf3 ports stay closed to the other Region, between hosts that are proven alive."""
    ports = wire.ports(UNDOCUMENTED, direction, open_expected=False)
    violations = _answered(
        ports, "remove the ingress rule that admits it, or wait until a probe window has closed"
    )

    assert violations == []
    ports.require_complete()


@rule("port-closed")
def test_denied_flow_gets_no_connection(wire: WireFacts, direction: Direction, denied_flow: FlowSpec) -> None:
    """A flow that the document denies gets no connection, between hosts that are proven alive."""
    ports = wire.ports(denied_flow.name, direction, open_expected=False)
    violations = _answered(ports, "trace the flow in the configuration: it names what lets it through")

    assert violations == []
    ports.require_complete()


@rule("port-open")
def test_documented_flow_gets_its_connections(
    spec: Spec, wire: WireFacts, direction: Direction, open_flow: FlowSpec
) -> None:
    """Every port of a documented flow accepts connections, or refuses them where nothing has to listen."""
    reached = (
        (PortOutcome.OPEN,) if has_listener(spec, open_flow) else (PortOutcome.OPEN, PortOutcome.REFUSED)
    )
    ports = wire.ports(open_flow.name, direction, open_expected=True)
    violations = [
        Violation(
            resource=_path(measured),
            expected="connection accepted",
            observed=str(measured.outcome),
            hint="trace the flow in the configuration: it names the resource that drops it; a security group "
            "of another Region cannot be referred to",
        )
        for measured in ports.measured
        if measured.outcome not in reached
    ]

    assert violations == []
    ports.require_complete()


def _answered(ports: Measured[PortAttempt], hint: str) -> list[Violation]:
    return [
        Violation(
            resource=_path(measured),
            expected="no connection",
            observed=str(measured.outcome),
            hint=hint,
        )
        for measured in ports.measured
        if measured.outcome in (PortOutcome.OPEN, PortOutcome.REFUSED)
    ]


def _path(measured: PortAttempt) -> str:
    return f"{measured.path} tcp/{measured.port}"
