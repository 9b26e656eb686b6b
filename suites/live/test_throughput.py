"""Throughput across the peerings, against the floor of each pair."""

from collections.abc import Callable

import pytest

from probes.model.conformance.measurements import Direction, Measured, Throughput, WireFacts
from probes.model.conformance.verdict import Violation
from probes.model.errors import UnobservableError

rule = pytest.mark.rule


@rule("throughput")
def test_throughput_reaches_the_pairs_floor(
    wire: WireFacts,
    direction: Direction,
    throughput_claim: float,
    rate_divisor: float,
    record: Callable[[Measured[Throughput]], None],
) -> None:
    """TCP between hosts of two Regions carries at least the spec's floor."""
    throughput = wire.throughput(direction)
    record(throughput)
    floor = throughput_claim / rate_divisor
    slow = [one for one in throughput.measured if one.mbit_per_s is not None and one.mbit_per_s < floor]
    undecided = [one for one in slow if one.high_mbit_per_s is not None and one.high_mbit_per_s >= floor]
    violations = [
        Violation(
            resource=measured.path,
            expected=f"at least {floor:g} Mbit/s{_scale(rate_divisor)}",
            observed=f"{measured.mbit_per_s:.0f} Mbit/s over {measured.streams} flows, "
            f"{measured.retransmits} retransmits",
            hint="the network is the limit: look at the peering's BytesOut, its drops and what else uses it",
        )
        for measured in slow
        if not measured.host_limited and measured not in undecided
    ]

    assert violations == []
    throughput.require_complete()
    limited = [
        f"{one.path}: {one.mbit_per_s:.0f} of {floor:g} Mbit/s, but {one.limit or _undecided(one)}"
        for one in slow
    ]
    if limited:  # nobody can tell what the network would have carried
        raise UnobservableError("; ".join(limited))


def _undecided(measured: Throughput) -> str:
    return (
        f"too close to the floor to tell after {measured.duration_s:.0f} s ({measured.low_mbit_per_s:.0f} to "
        f"{measured.high_mbit_per_s:.0f} Mbit/s): a longer test decides (--transfer-budget)"
    )


def _scale(rate_divisor: float) -> str:
    return f" (lab: 1/{rate_divisor:g} of the real rate)" if rate_divisor != 1 else ""
