"""Runs, and what is different between two of them, as lines of a terminal."""

from collections import Counter
from collections.abc import Iterator, Sequence

from probes.model.conformance.verdict import Verdict
from probes.model.untrusted_text import one_line
from reports.history.changes import Changes
from reports.history.snapshot import Snapshot
from reports.history.steps import steps
from reports.results.words import number

COUNTED = (
    Verdict.NONCONFORMING, Verdict.UNOBSERVABLE, Verdict.WAIVED, Verdict.CONFORMS, Verdict.NOT_RUN
)  # fmt: skip
NETWORK_WIDTH = 60


def history_lines(runs: Sequence[Snapshot]) -> list[str]:
    """A table of runs, numbered as `@N` names them, the newest first."""
    if not runs:
        return ["no runs"]
    networks = {run.subject for run in runs}
    header = ["@N", "finished", "verdict", *COUNTED, "causes", "slowest round trip"]
    rows = [header + (["network"] if len(networks) > 1 else [])]
    for place, run in enumerate(runs, 1):
        network = [one_line(run.subject, NETWORK_WIDTH)] if len(networks) > 1 else []
        rows.append([f"@{place}", *_cells(run), *network])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def step_lines(runs: Sequence[Snapshot]) -> Iterator[str]:
    """The figures that moved for good, by the runs about the network of the last one; the newest run is first."""
    about = [run for run in reversed(runs) if run.subject == runs[0].subject]
    yield from (one_line(f"moved for good: {step.words}") for step in steps(about))


def _cells(run: Snapshot) -> list[str]:
    counted = Counter(run.verdicts.values())
    verdict = str(run.verdict) if run.verdicts else "left no results"
    return [
        f"{run.finished_at:%Y-%m-%d %H:%M %Z}",
        verdict,
        *(str(counted[one]) for one in COUNTED),
        str(len(run.causes)),
        _slowest(run),
    ]


def _slowest(run: Snapshot) -> str:
    """The direction with the longest average round trip, and that."""
    known = [(figures.avg_ms, ends) for ends, figures in run.figures.items() if figures.avg_ms is not None]
    if not known:
        return "–"
    average_ms, (source, destination) = max(known)
    return one_line(f"{source} → {destination} {number(average_ms, 'ms')}")


def comparison_lines(before: Snapshot, after: Snapshot, found: Changes) -> Iterator[str]:
    """What is new, what ended, and which figures changed."""
    yield f"before   {_run_words(before)}"
    yield f"after    {_run_words(after)}"
    if not found.same_subject:
        yield "note     the two runs judged different networks"
    for cause in found.new_causes:
        yield one_line(f"new      {cause.subject}: {cause.observed}")
    for cause in found.ended_causes:
        yield one_line(f"ended    {cause.subject}: {cause.observed}")
    for change in found.verdicts:
        yield one_line(f"{change.kind}: {change.requirement} {change.before} → {change.after}")
    for shift in found.shifts:
        yield one_line(f"moved    {shift.source} → {shift.destination} {shift.before} → {shift.after}")
    if not (found.new_causes or found.ended_causes or found.verdicts or found.shifts):
        yield "nothing changed"


def _run_words(run: Snapshot) -> str:
    return one_line(f"{run.finished_at:%Y-%m-%d %H:%M %Z} {run.verdict} ({run.subject})")
