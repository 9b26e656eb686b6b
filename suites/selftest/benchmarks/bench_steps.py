"""How soon a step in a figure's history is found, and how often one is found where there is none: simulated.

Prints the table of docs/reports.md.
"""

import random
from collections.abc import Iterator
from itertools import islice
from statistics import median

import pytest

from reports.history.steps import EARLIER, RECENT, is_step

NIGHTS = 365
YEARS = 100
DIRECTIONS = 6
STEPS_SD = (2.0, 3.0, 5.0, 10.0)
PATIENCE = 60


def nights(source: random.Random, memory: float) -> Iterator[float]:
    """A figure of successive nights, of standard deviation 1: each remembers a share of the one before."""
    value = source.gauss()
    while True:
        yield value
        value = memory * value + (1 - memory**2) ** 0.5 * source.gauss()


def found_in(values: list[float]) -> int:
    """How many nights a step was found for."""
    ends = range(EARLIER + RECENT, len(values) + 1)
    return sum(
        is_step(values[end - RECENT - EARLIER : end - RECENT], values[end - RECENT : end]) for end in ends
    )


def delay(source: random.Random, step_sd: float) -> int:
    """After how many nights a step is found, of many enough if it is not."""
    series = nights(source, 0.0)
    values = list(islice(series, EARLIER))
    for night in range(1, PATIENCE + 1):
        values.append(next(series) + step_sd)
        if any(
            is_step(values[max(0, start - EARLIER) : start], values[start : start + RECENT])
            for start in range(EARLIER - RECENT, len(values) - RECENT + 1)
        ):
            return night
    return PATIENCE


def test_table_of_steps(capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    rates = {}
    for memory in (0.0, 0.3, 0.6):
        source = random.Random(7)  # noqa: S311  # a simulation
        found = sum(found_in(list(islice(nights(source, memory), NIGHTS))) for _ in range(YEARS * DIRECTIONS))
        rates[memory] = found / YEARS
        lines.append(
            f"| false steps a year, {DIRECTIONS} directions, memory {memory} | {rates[memory]:.2f} |"
        )
    for step_sd in STEPS_SD:
        source = random.Random(8)  # noqa: S311  # as above
        delays = [delay(source, step_sd) for _ in range(500)]
        late = sum(each >= PATIENCE for each in delays) / len(delays)
        lines.append(
            f"| nights until a step of {step_sd:g} sd is found | {median(delays):g} ({late:.0%} not in 60) |"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201  # the bench's answer

    assert rates[0.0] < 1
