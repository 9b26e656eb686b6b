"""Round trips between the Regions, against the budget of each pair."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address

import pytest

from probes.model.conformance.measurements import (
    SLOW_LIMIT_RATIO,
    TOLERANCE,
    Direction,
    Estimate,
    Latency,
    Measured,
    WireFacts,
    require_decided,
)
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
            observed=_observed(measured),
            hint="look for a detour (trace the path) or a queue that fills (compare min, median and p99)",
        )
        for measured in latency.measured
        if measured.average and measured.average.exceeds(latency_claim.max_ms)
    ]

    assert violations == []
    latency.require_complete()
    require_decided(_near(latency, latency_claim.max_ms))


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
            observed=f"{_share(measured.loss)} of {measured.sent} lost",
            hint="compare PacketDropCount* of both Transit Gateways, then the hosts' interface statistics",
        )
        for measured in latency.measured
        if measured.loss and measured.loss.exceeds(limit)
    ]
    undecided = (
        f"{measured.path}: {_share(measured.loss)} of {measured.sent} pings lost, too close to the limit of "
        f"{limit:.1%} to tell; more than live.ping_count_max would decide"
        for measured in latency.measured
        if measured.loss and measured.loss.is_undecided(limit, at_most=TOLERANCE * limit)
    )

    assert violations == []
    latency.require_complete()
    require_decided(undecided)


@rule("jitter")
def test_round_trips_are_steady(spec: Spec, wire: WireFacts, direction: Direction) -> None:
    """All but one in twenty round trips between two hosts are within the spec's limit of the shortest."""
    latency = wire.round_trips(direction)
    limit_ms = spec.live.jitter_limit_ms
    violations = [
        Violation(
            resource=measured.path,
            expected=f"95 % of the round trips at most {limit_ms:g} ms longer than the shortest",
            observed=f"{_share(measured.slow)} of {measured.received} longer than that: 95 % within "
            f"{measured.variation_ms:.2f} ms, from {measured.min_ms:g} to {measured.max_ms:g} ms",
            hint="a queue on the path fills and empties: look for bursts on the peering",
        )
        for measured in latency.measured
        if measured.slow and measured.slow.exceeds(SLOW_LIMIT_RATIO)
    ]
    undecided = (
        f"{measured.path}: {_share(measured.slow)} of {measured.received} round trips more than {limit_ms:g} ms "
        f"longer than the shortest, too close to the limit of {SLOW_LIMIT_RATIO:.0%} to tell; more than "
        "live.ping_count_max would decide"
        for measured in latency.measured
        if measured.slow
        and measured.slow.is_undecided(SLOW_LIMIT_RATIO, at_most=TOLERANCE * SLOW_LIMIT_RATIO)
    )

    assert violations == []
    latency.require_complete()
    require_decided(undecided)


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
            observed=_observed(measured),
            hint="see the budget of the pair",
        )
        for measured in latency.measured
        if measured.average and measured.average.exceeds(limit_ms)
    ]

    assert violations == []
    latency.require_complete()
    require_decided(_near(latency, limit_ms))


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
            observed=_observed(measured),
            hint="both hosts are in one Region: look at their load first",
        )
        for measured in latency.measured
        if measured.average and measured.average.exceeds(limit_ms)
    ]

    assert violations == []
    latency.require_complete()
    require_decided(_near(latency, limit_ms))


def _observed(measured: Latency) -> str:
    aws = "" if measured.aws_p50_ms is None else f"; AWS itself measures {measured.aws_p50_ms:.2f} ms"
    return f"{_average(measured)}, p99 {measured.p99_ms:.2f} ms, {measured.received} answers{aws}"


def _average(measured: Latency) -> str:
    if measured.avg_low_ms is None or measured.avg_high_ms is None:
        return f"average {measured.avg_ms:.2f} ms, too few answers for an interval"
    return f"average {measured.avg_ms:.2f} ms ({measured.avg_low_ms:.2f} to {measured.avg_high_ms:.2f} ms)"


def _near(latency: Measured[Latency], limit_ms: float) -> Iterator[str]:
    """The paths whose average is too close to the limit to be told, in words."""
    for measured in latency.measured:
        if measured.average and measured.average.is_undecided(limit_ms):
            yield f"{measured.path}: {_average(measured)}, too close to {limit_ms:g} ms to tell"


def _share(share: Estimate | None) -> str:
    return f"{share.value:.2%} ({share.low:.2%} to {share.high:.2%})" if share else "nothing"


@rule("request-time")
@pytest.mark.usefixtures("real_hosts")
def test_request_within_a_region_takes_as_long_as_documented(
    wire: WireFacts, request_region: str, request_range: RangeMs
) -> None:
    """The spec's own request takes no longer on average than the document says."""
    latency = wire.requests(request_region)
    violations = [
        Violation(
            resource=measured.path,
            expected=f"average of at most {request_range.max_ms:g} ms",
            observed=_observed(measured),
            hint="compare with the round trip: the rest is the service's own time",
        )
        for measured in latency.measured
        if measured.average and measured.average.exceeds(request_range.max_ms)
    ]

    assert violations == []
    latency.require_complete()
    require_decided(_near(latency, request_range.max_ms))


@rule("request-p95")
@pytest.mark.usefixtures("real_hosts")
def test_slow_requests_are_as_rare_as_documented(
    wire: WireFacts, request_region: str, request_p95_s: float
) -> None:
    """95 % of the spec's own requests take less than the documented seconds; one that is lost took longer."""
    latency = wire.requests(request_region)
    violations = [
        Violation(
            resource=measured.path,
            expected=f"95 % below {request_p95_s:g} s",
            observed=f"95 % within {measured.p95_ms:.0f} ms, {measured.received} of {measured.sent} answered",
            hint="compare with the round trip: the rest is the service's own time",
        )
        for measured in latency.measured
        if measured.p95_ms is not None
        and (measured.p95_ms >= request_p95_s * 1000 or (measured.loss_ratio or 0) > SLOW_LIMIT_RATIO)
    ]

    assert violations == []
    latency.require_complete()
