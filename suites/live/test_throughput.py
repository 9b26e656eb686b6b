"""Throughput across the peerings, against the floor of each pair."""

from collections.abc import Callable

import pytest

from probes.model.conformance.measurements import Direction, Measured, Throughput, WireFacts
from probes.model.conformance.verdict import Violation

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
    violations = [
        Violation(
            resource=measured.path,
            expected=f"at least {floor:g} Mbit/s{_scale(rate_divisor)}",
            observed=f"{measured.mbit_per_s:.0f} Mbit/s over {measured.streams} flows, "
            f"{measured.retransmits} retransmits",
            hint=_hint(measured, floor),
        )
        for measured in throughput.measured
        if measured.mbit_per_s is not None and measured.mbit_per_s < floor
    ]

    assert violations == []
    throughput.require_complete()


def _scale(rate_divisor: float) -> str:
    return f" (lab: 1/{rate_divisor:g} of the real rate)" if rate_divisor != 1 else ""


def _hint(measured: Throughput, floor: float) -> str:
    ceiling = measured.ceiling_mbit_per_s
    if ceiling is not None and ceiling < floor:
        return f"host-limited: the hosts' TCP buffers allow {ceiling:.0f} Mbit/s; raise tcp_wmem and tcp_rmem"
    return "the network is the limit: look at the peering's BytesOut, its drops and what else uses it"
