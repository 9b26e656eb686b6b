"""The summary for a pull request fits one screen, however much is wrong."""

import msgspec

from probes.model.conformance.verdict import Verdict, Violation
from reports.history.snapshot import snapshot
from reports.results.model import Results, TestResult
from reports.results.verdicts import matrix
from reports.views.markdown import markdown
from suites.selftest.reports.sample import sample_results

SCREEN_LINES = 42
MANY = 50


def failing(count: int) -> Results:
    """Results with so many causes and changes of traffic, each in a text that fills a screen."""
    tests = tuple(
        TestResult(
            id=f"test_{number}",
            requirements=(f"REQ-{number}",),
            verdict=Verdict.NONCONFORMING,
            violations=(
                Violation(
                    resource=f"subnet-{number:017x} (us-east-1)",
                    expected="e" * 9_000,
                    observed=f"{number} {'o' * 9_000}",
                    hint="h",
                ),
            ),
        )
        for number in range(count)
    )
    return msgspec.structs.replace(
        sample_results(),
        tests=tests,
        requirements=matrix((), tests),
        lint=(),
        traffic=tuple(f"lost: a.{number} -> b.{number}: tcp {'1, ' * 900}" for number in range(count)),
    )


def first_screen(text: str) -> list[str]:
    return text.partition("<details>")[0].splitlines()


def test_everything_may_be_wrong_and_it_is_still_one_screen() -> None:
    results = failing(MANY)
    conforming = tuple(msgspec.structs.replace(row, verdict="conforms") for row in results.requirements)
    before = snapshot(msgspec.structs.replace(results, requirements=conforming, run_id="0" * 32))
    text = markdown(results, (before,))
    shown = first_screen(text)

    assert len(shown) <= SCREEN_LINES, text
    assert max(map(len, shown)) < 1_500
    assert sum("… and" in line for line in shown) >= 2
    assert text.count("<details>") == text.count("</details>")


def test_one_cause_is_shown_with_its_traffic_before_the_rest() -> None:
    text = markdown(failing(1))
    shown = "\n".join(first_screen(text))

    assert "## ✗ Does not conform: 1 cause" in shown
    assert r"- lost: a.0 -\> b.0" in shown
    assert "| requirements |" not in shown
    assert "| requirements |" in text


def test_what_is_new_against_a_baseline_is_said_even_when_nothing_is() -> None:
    failed = msgspec.structs.replace(failing(1), baseline="base.json of Monday")
    fine = msgspec.structs.replace(failed, tests=(), requirements=(), traffic=())

    assert "New against base.json of Monday:\n\n- ✗" in markdown(failed)
    assert "Nothing is new against base.json of Monday." in markdown(fine)
