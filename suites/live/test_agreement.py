"""Whether configuration and wire tell the same story."""

from collections.abc import Callable

import pytest

from probes.model.conformance.measurements import Direction, Measured, PredictedFlow
from probes.model.conformance.verdict import Violation

rule = pytest.mark.rule
Prediction = Callable[[Direction], Measured[PredictedFlow]]


@rule("agreement")
def test_wire_does_across_regions_what_the_configuration_says(
    prediction: Prediction, direction: Direction
) -> None:
    """Flows between two Regions are answered, or not, as the configuration predicts."""
    predicted = prediction(direction)
    violations = _disagreements(predicted)

    assert violations == []
    predicted.require_complete()


@rule("agreement")
def test_wire_does_within_a_region_what_the_configuration_says(
    prediction: Prediction, measured_region: str
) -> None:
    """Flows within a Region are answered, or not, as the configuration predicts."""
    predicted = prediction(Direction(source_region=measured_region, destination_region=measured_region))
    violations = _disagreements(predicted)

    assert violations == []
    predicted.require_complete()


def _disagreements(predicted: Measured[PredictedFlow]) -> list[Violation]:
    return [
        Violation(
            resource=f"{one.path}, {one.packet}",
            expected=f"{_outcome(answered=one.works)}, as the configuration says",
            observed=f"{_outcome(answered=one.answered)} on the wire",
            hint="the recorded state is older than the network, or a filter that it does not hold decides: "
            "a host's own firewall, a middlebox",
            trace=one.trace,
        )
        for one in predicted.measured
        if one.works != one.answered
    ]


def _outcome(*, answered: bool) -> str:
    return "answered" if answered else "not answered"
