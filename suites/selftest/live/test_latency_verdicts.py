"""What the latency tests say of a figure beyond, within and near its limit."""

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest

from probes.model.conformance.measurements import Direction, Latency, Measured
from probes.model.errors import UnobservableError
from probes.model.spec import RangeMs
from probes.model.spec.figures import RoleLatency
from suites.live import test_latency
from suites.selftest.spec.corrections import SPEC

THERE = Direction(source_region="us-east-1", destination_region="us-east-2")
PATH: dict[str, Any] = {
    "source": "a",
    "destination": "b",
    "source_region": "us-east-1",
    "destination_region": "us-east-2",
}
FIGURES: dict[str, Any] = {
    "sent": 1400,
    "received": 1400,
    "min_ms": 17.0,
    "avg_ms": 17.5,
    "avg_low_ms": 17.4,
    "avg_high_ms": 17.6,
    "p95_ms": 18.0,
    "p99_ms": 18.2,
    "max_ms": 19.0,
    "loss_ratio": 0.0,
    "loss_low_ratio": 0.0,
    "loss_high_ratio": 0.019,
    "slow_ratio": 0.0,
    "slow_low_ratio": 0.0,
    "slow_high_ratio": 0.02,
}


class OnePath:
    """The wire of one path with these figures."""

    def __init__(self, **figures: float | None) -> None:
        self._measured = Measured([Latency(**PATH, **(FIGURES | figures))])

    def latency(self, *_: object, **__: object) -> Measured[Latency]:
        """See WireFacts.latency; the same for all others."""
        return self._measured

    round_trips = handshakes = latency


def average(wire: Any) -> None:  # noqa: ANN401  # a part of WireFacts
    limits = RangeMs(min_ms=15, max_ms=20)
    test_latency.test_average_round_trip_is_within_the_pairs_budget(wire, THERE, limits, lambda _: None)


def documented(wire: Any) -> None:  # noqa: ANN401  # as above
    limits = RangeMs(min_ms=15, max_ms=20)
    address = IPv4Address("10.66.74.10")
    test_latency.test_documented_ping_has_the_documented_average(wire, THERE, limits, address)


def router(wire: Any) -> None:  # noqa: ANN401  # as above
    close = RoleLatency(source="router", destination="gpu", max_ms=5)
    test_latency.test_roles_of_a_region_are_close(wire, "us-east-1", close)


def loss(wire: Any) -> None:  # noqa: ANN401  # as above
    test_latency.test_loss_is_within_the_limit(SPEC, wire, THERE)


def jitter(wire: Any) -> None:  # noqa: ANN401  # as above
    test_latency.test_round_trips_are_steady(SPEC, wire, THERE)


ROUTER = {"avg_ms": 0.4, "avg_low_ms": 0.3, "avg_high_ms": 0.5, "min_ms": 0.2}


@pytest.mark.parametrize(
    "judge, figures",
    [
        (average, {}),
        (documented, {}),
        (router, ROUTER),
        (loss, {}),
        (loss, {"loss_ratio": 0.01, "loss_low_ratio": 0.002, "loss_high_ratio": 0.02}),
        (jitter, {}),
        (jitter, {"slow_ratio": 0.05, "slow_low_ratio": 0.02, "slow_high_ratio": 0.1}),
    ],
)
def test_figure_within_its_limit_conforms(judge: Callable[[Any], None], figures: dict[str, float]) -> None:
    judge(OnePath(**figures))


@pytest.mark.parametrize(
    "judge, figures",
    [
        (average, {"avg_ms": 21.0, "avg_low_ms": 20.1, "avg_high_ms": 21.9}),
        (documented, {"avg_ms": 90.0, "avg_low_ms": 80.1, "avg_high_ms": 99.0}),
        (router, ROUTER | {"avg_ms": 90.0, "avg_low_ms": 80.1, "avg_high_ms": 99.0}),
        (loss, {"loss_ratio": 0.02, "loss_low_ratio": 0.011, "loss_high_ratio": 0.03}),
        (jitter, {"slow_ratio": 0.1, "slow_low_ratio": 0.051, "slow_high_ratio": 0.3}),
    ],
)
def test_figure_beyond_its_limit_is_a_violation(
    judge: Callable[[Any], None], figures: dict[str, float]
) -> None:
    with pytest.raises(AssertionError):
        judge(OnePath(**figures))


@pytest.mark.parametrize(
    "judge, figures, reason",
    [
        (
            average,
            {"avg_low_ms": 19.9, "avg_ms": 20.1, "avg_high_ms": 20.3},
            r"a to b: average 20.10 ms \(19.90 to 20.30 ms\), too close to 20 ms to tell",
        ),
        (average, {"avg_low_ms": None, "avg_high_ms": None}, "too few answers for an interval"),
        (documented, {"avg_low_ms": 0.0, "avg_high_ms": 1000.0}, "too close to"),
        (router, {"avg_low_ms": 0.0, "avg_high_ms": 1000.0}, "too close to"),
        (
            loss,
            {"loss_ratio": 0.015, "loss_low_ratio": 0.009, "loss_high_ratio": 0.022},
            r"a to b: 1.50% \(0.90% to 2.20%\) of 1400 pings lost, too close to the limit of 1.0% to tell",
        ),
        (loss, {"loss_ratio": 0.0, "loss_low_ratio": 0.0, "loss_high_ratio": 0.021}, "too close"),
        (
            jitter,
            {"slow_ratio": 0.06, "slow_low_ratio": 0.04, "slow_high_ratio": 0.09},
            r"a to b: 6.00% \(4.00% to 9.00%\) of 1400 round trips more than 5 ms longer",
        ),
    ],
)
def test_figure_near_its_limit_is_unobservable_with_its_interval(
    judge: Callable[[Any], None], figures: dict[str, float | None], reason: str
) -> None:
    with pytest.raises(UnobservableError, match=reason):
        judge(OnePath(**figures))
