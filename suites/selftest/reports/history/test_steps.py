"""A figure that moves for good is told, with the run that it moved with; one that only varies is not."""

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from probes.model.conformance.verdict import Verdict
from reports.history.snapshot import Figures, Snapshot
from reports.history.steps import EARLIER, RECENT, is_step, steps
from reports.history.words import step_lines
from reports.views.html import html
from reports.views.markdown import markdown
from suites.selftest.reports.sample import sample_results

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE = [17.4 + 0.01 * (night % 5) for night in range(EARLIER)]
AFTER = [18.9 + 0.01 * (night % 5) for night in range(RECENT)]


def runs(averages_ms: list[float | None], subject: str = "network") -> list[Snapshot]:
    return [
        Snapshot(
            run_id=str(night),
            finished_at=FIRST + timedelta(days=night),
            subject=subject,
            verdict=Verdict.CONFORMS,
            verdicts={"LAT-01": Verdict.CONFORMS},
            figures={("us-east-1", "us-east-2"): Figures(avg_ms=average)},
        )
        for night, average in enumerate(averages_ms)
    ]


def test_step_inside_the_budget_is_found_with_its_night() -> None:
    (step,) = steps(runs([*BEFORE, *AFTER]))

    assert step.since == FIRST + timedelta(days=EARLIER)
    assert (step.before, step.after, round(step.change_ratio, 2)) == (
        "17.4\N{NO-BREAK SPACE}ms",
        "18.9\N{NO-BREAK SPACE}ms",
        0.09,
    )


@pytest.mark.parametrize("nights", range(RECENT))
def test_few_nights_are_no_step(nights: int) -> None:
    assert steps(runs([*BEFORE, *AFTER[:nights]])) == ()


def test_fall_of_throughput_is_found_too() -> None:
    rates = [500.0 + night % 7 for night in range(EARLIER)] + [440.0 + night for night in range(RECENT)]
    figures = [{("a", "b"): Figures(mbit_per_s=rate)} for rate in rates]
    series = [
        Snapshot(
            run_id=str(night),
            finished_at=FIRST + timedelta(days=night),
            subject="network",
            verdict=Verdict.CONFORMS,
            figures=found,
        )
        for night, found in enumerate(figures)
    ]

    assert [step.figure for step in steps(series)] == ["throughput"]


def test_nights_that_measured_nothing_are_left_out() -> None:
    gaps: list[float | None] = [None, None]

    assert len(steps(runs([*BEFORE, *gaps, *AFTER]))) == 1


def test_step_too_small_for_anybody_to_act_on_is_not_told() -> None:
    assert is_step([17.4] * EARLIER, [17.45] * RECENT)
    assert steps(runs([*[17.4] * EARLIER, *[17.45] * RECENT])) == ()


def test_step_that_was_undone_is_not_told() -> None:
    assert steps(runs([*BEFORE, *AFTER, *BEFORE])) == ()


def test_figures_that_only_vary_are_no_step() -> None:
    source = random.Random(3)  # noqa: S311  # the same series each time
    series = runs([17.4 + source.gauss(0, 0.3) for _ in range(200)])

    assert [steps(series[:end]) for end in range(len(series))] == [()] * len(series)


def test_report_and_history_tell_a_step() -> None:
    now = sample_results()
    past = runs([*BEFORE, *AFTER])
    told = "Moved for good: round trip us-east-1 → us-east-2: 17.4 ms → 18.9 ms (+9%)"
    assert told in html(now, past).replace("\N{NO-BREAK SPACE}", " ")
    assert "moved for good" in markdown(now, past)

    (line,) = step_lines([*reversed(past)])
    assert line.startswith("moved for good: round trip us-east-1 → us-east-2")
    assert all(one.finished_at < other.finished_at for one, other in pairwise(past))


def test_runs_about_another_network_play_no_part() -> None:
    mixed = [*runs(list(BEFORE), "other"), *runs(list(AFTER))]

    assert list(step_lines(mixed[::-1])) == []
