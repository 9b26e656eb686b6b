"""Round trips between the Regions, against the budget of each pair."""

from collections.abc import Callable
from ipaddress import IPv4Address

import pytest

from probes.model.conformance.measurements import Direction, Latency, Measured, WireFacts
from probes.model.conformance.verdict import Violation
from probes.model.spec import RangeMs, Spec
from probes.model.spec.figures import RoleLatency

rule = pytest.mark.rule


@rule("latency")
def test_average_round_trip_is_within_the_pairs_budget(
    wire: WireFacts,
    direction: Direction,
    latency_claim: RangeMs,
    record: Callable[[Measured[Latency]], None],
) -> None:
    """The average round trip is no longer than the documented range of the pair."""
    record(wire.latency(direction))
    latency = wire.round_trips(direction)
    violations = [
        Violation(
            resource=measured.path,
            expected=f"average round trip of at most {latency_claim.max_ms:g} ms",
            observed=_observed(measured, latency_claim.max_ms),
            hint="look for a detour (trace the path) or a queue that fills (compare min, median and p99)",
        )
        for measured in latency.measured
        if measured.avg_ms is not None and measured.avg_ms > latency_claim.max_ms
    ]

    assert violations == []
    latency.require_complete()


@rule("light-floor")
def test_round_trip_is_not_faster_than_light(
    wire: WireFacts, direction: Direction, light_floor: float
) -> None:
    """No round trip beats light between the two Regions' places: such a host is not where it says it is."""
    latency = wire.round_trips(direction)
    violations = [
        Violation(
            resource=measured.path,
            expected=f"at least {light_floor:.1f} ms, as light takes between the two places",
            observed=f"minimum {measured.min_ms:g} ms",
            hint="check the inventory: one of the two hosts is not in the Region that it is listed under",
        )
        for measured in latency.measured
        if measured.min_ms is not None and measured.min_ms < light_floor
    ]

    assert violations == []
    latency.require_complete()


@rule("loss")
def test_loss_is_within_the_limit(spec: Spec, wire: WireFacts, direction: Direction) -> None:
    """No more pings are lost on a path that exists than the spec's limit."""
    latency = wire.round_trips(direction)
    limit = spec.live.loss_limit_ratio
    violations = [
        Violation(
            resource=measured.path,
            expected=f"at most {limit:.1%} lost",
            observed=f"{measured.loss_ratio:.1%} of {measured.sent} lost",
            hint="compare PacketDropCount* of both Transit Gateways, then the hosts' interface statistics",
        )
        for measured in latency.measured
        if measured.loss_ratio is not None and measured.loss_ratio > limit
    ]

    assert violations == []
    latency.require_complete()


@rule("jitter")
def test_round_trips_are_steady(spec: Spec, wire: WireFacts, direction: Direction) -> None:
    """All but one in twenty round trips between two hosts are within the spec's limit of the shortest."""
    latency = wire.round_trips(direction)
    limit_ms = spec.live.jitter_limit_ms
    violations = [
        Violation(
            resource=measured.path,
            expected=f"95 % of the round trips at most {limit_ms:g} ms longer than the shortest",
            observed=f"{measured.variation_ms:.2f} ms longer: {measured.min_ms:g} to {measured.p95_ms:g} ms,"
            f" the slowest {measured.max_ms:g} ms of {measured.received}",
            hint="a queue on the path fills and empties: look for bursts on the peering",
        )
        for measured in latency.measured
        if measured.variation_ms is not None and measured.variation_ms > limit_ms
    ]

    assert violations == []
    latency.require_complete()


@rule("documented-ping")
def test_documented_ping_has_the_documented_average(
    wire: WireFacts, documented_average: Direction, ping_average: RangeMs, ping_address: IPv4Address
) -> None:
    """The ping of the document's own test instructions takes no longer than its documented average."""
    limit_ms = ping_average.max_ms
    latency = wire.round_trips(documented_average, address=ping_address)
    violations = [
        Violation(
            resource=f"{measured.path} ({ping_address})",
            expected=f"average of at most {limit_ms:g} ms",
            observed=_observed(measured, limit_ms),
            hint="see the budget of the pair",
        )
        for measured in latency.measured
        if measured.avg_ms is not None and measured.avg_ms > limit_ms
    ]

    assert violations == []
    latency.require_complete()


@rule("address-exists")
def test_documented_ping_is_answered(
    wire: WireFacts, documented_ping: Direction, ping_address: IPv4Address
) -> None:
    """The ping of the document's own test instructions is answered."""
    latency = wire.latency(documented_ping, address=ping_address)
    answered = any(measured.received for measured in latency.measured)
    violations = [
        Violation(
            resource=f"{measured.path} ({ping_address})",
            expected="pings answered",
            observed=f"none of {measured.sent} answered",
            hint="trace the flow in the configuration: it names the resource that drops it",
        )
        for measured in latency.measured
        if not answered
    ]

    assert violations == []
    latency.require_complete()


@rule("role-latency")
def test_roles_of_a_region_are_close(
    wire: WireFacts, measured_region: str, role_latency: RoleLatency
) -> None:
    """A TCP handshake between hosts of two roles of a Region takes less than documented."""
    limit_ms = role_latency.max_ms
    latency = wire.handshakes(measured_region, role_latency.source, role_latency.destination)
    violations = [
        Violation(
            resource=measured.path,
            expected=f"average round trip below {limit_ms:g} ms",
            observed=_observed(measured, limit_ms),
            hint="both hosts are in one Region: look at their load first",
        )
        for measured in latency.measured
        if measured.avg_ms is not None and measured.avg_ms >= limit_ms
    ]

    assert violations == []
    latency.require_complete()


def _observed(measured: Latency, limit_ms: float) -> str:
    figures = f"average {measured.avg_ms:.2f} ms, p99 {measured.p99_ms:.2f} ms, {measured.received} answers"
    if measured.avg_low_ms is None or measured.avg_high_ms is None:
        return f"{figures}, too few for a confidence interval: the average decides"
    interval = f"99 % confidence {measured.avg_low_ms:.2f} to {measured.avg_high_ms:.2f} ms"
    near = ", which still includes the limit: the average decides" if measured.straddles(limit_ms) else ""
    return f"{figures}, {interval}{near}"
