"""What gets through between the Regions, and what must not."""

from ipaddress import IPv4Address

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
    """Whatever no rule opens stays closed to the other Region, between hosts that are proven alive."""
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


@rule("private-hops")
@pytest.mark.usefixtures("real_hosts", "hops_claim")
def test_no_router_on_the_way_is_a_public_one(spec: Spec, wire: WireFacts, direction: Direction) -> None:
    """Whoever answers on the way between two Regions has a private address, or one of the document's own."""
    own = [*spec.address_space, *(cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs)]
    paths = wire.hops(direction)
    violations = [
        Violation(
            resource=one.path,
            expected="no hop on the Internet",
            observed=f"{hop} answers on the way",
            hint="trace the flow in the configuration: a route leads to an Internet or NAT gateway",
        )
        for one in paths.measured
        for hop in one.hops
        if IPv4Address(hop).is_global and not any(IPv4Address(hop) in cidr for cidr in own)
    ]

    assert violations == []
    paths.require_complete()
    if not any(one.hops for one in paths.measured):
        pytest.skip("nobody on the way answers, as AWS's own routers do not: the configuration alone tells")


@rule("host-mount")
@pytest.mark.usefixtures("real_hosts")
def test_hosts_mount_the_file_system_of_their_own_region(
    spec: Spec, wire: WireFacts, mount_region: str
) -> None:
    """Every client mounts the documented file system, and its server is in the client's own Region."""
    name = spec.fsx.mount_name if spec.fsx else ""
    cidrs = [cidr for vpc in spec.vpcs_in(mount_region) for cidr in spec.vpcs[vpc].cidrs]
    mounts = wire.mounts(mount_region)
    local = {
        one.source
        for one in mounts.measured
        if one.destination
        and one.name == (name or one.name)
        and any(IPv4Address(one.destination) in cidr for cidr in cidrs)
    }
    violations = [
        Violation(
            resource=host,
            expected=f"mounts {name or 'a file system'} of {mount_region}",
            observed=", ".join(f"{one.name} of {one.destination}" for one in found if one.destination)
            or "no Lustre file system is mounted",
            hint="mount the file system of the host's own Region",
        )
        for host in dict.fromkeys(one.source for one in mounts.measured)
        if host not in local
        for found in [[one for one in mounts.measured if one.source == host]]
    ]

    assert violations == []
    mounts.require_complete()


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
    return f"{measured.path} {measured.protocol}/{measured.port}"
