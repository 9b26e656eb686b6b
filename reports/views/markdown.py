"""The Markdown summary, short enough for a pull-request comment."""

import re
from collections.abc import Sequence

from probes.model.untrusted_text import shown
from reports.history.snapshot import Snapshot
from reports.results.model import Results
from reports.results.words import EMULATION, SYMBOLS
from reports.views.cells import Cell
from reports.views.grid import Grid
from reports.views.page import Failure, Page, page

SHOWN_FAILURES = 20
SHOWN_VIOLATIONS = 3
SHOWN_CELLS = 15
_LINK = re.compile(r"://|@\w|#\d|\bwww\.|\bGH-\d", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|!~&@])")


def markdown(results: Results, past: Sequence[Snapshot] = ()) -> str:
    """Verdict, what was judged, counts, failures, reasons, changes and the Region grid. Names are escaped."""
    view = page(results, past)
    parts = [
        f"## {SYMBOLS[view.verdict]} {view.headline}",
        f"> **{EMULATION}**" if results.judged.is_emulation else "",
        "\n".join(f"- {name}: {_text(value)}" for name, value in view.judged),
        _counts(view),
        *_failures(view),
        *_unobservable(view),
        *_changes(view),
        *_measured("Latency, round trip", view.latency),
        *_measured("Throughput", view.throughput),
        *_waivers(view),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _counts(view: Page) -> str:
    header = " | ".join(f"{SYMBOLS[verdict]} {verdict}" for verdict in view.requirement_counts)
    cells = " | ".join(str(number) for number in view.requirement_counts.values())
    return f"| requirements | {header} |\n|---|{'---:|' * len(view.requirement_counts)}\n| | {cells} |"


def _failures(view: Page) -> list[str]:
    if not view.failures:
        return []
    shown = [_failure(failure) for failure in view.failures[:SHOWN_FAILURES]]
    hidden = len(view.failures) - len(shown)
    return ["### Failures", *shown, f"… and {hidden} more failed tests" if hidden else ""]


def _failure(failure: Failure) -> str:
    lines = [f"**{_text(', '.join(failure.requirements))}** {_text(failure.sentence)}"]
    for violation in failure.violations[:SHOWN_VIOLATIONS]:
        lines += [
            f"- resource: {_text(violation.resource)}",
            f"  - expected: {_text(violation.expected)}",
            f"  - observed: {_text(violation.observed)}",
            f"  - hint: {_text(violation.hint)}",
        ]
    hidden = len(failure.test.violations) - SHOWN_VIOLATIONS
    if hidden > 0:
        lines.append(f"- … and {hidden} more violations")
    if not failure.violations:
        lines.append(f"- {_text(failure.test.message)}")
    return "\n".join(lines)


def _unobservable(view: Page) -> list[str]:
    if not view.unobservable:
        return []
    lines = [
        f"- {_text(', '.join(stopped.requirements))}: {_text(stopped.reason)}"
        for stopped in view.unobservable
    ]
    return ["### Could not tell", "\n".join(lines)]


def _changes(view: Page) -> list[str]:
    if view.changes is None:
        return []
    lines = [
        f"- {change.kind}: {_text(change.requirement)} {change.before} → {change.after}"
        for change in view.changes.verdicts
    ]
    lines += [
        f"- {_text(shift.source)} → {_text(shift.destination)}: {shift.before} → {shift.after}"
        for shift in view.changes.shifts
    ]
    since = f"{view.changes.since:%Y-%m-%d %H:%M %Z}"
    return [f"### Since the run of {since}", "\n".join(lines) or "Nothing changed."]


def _measured(title: str, grid: Grid) -> list[str]:
    """Every direction, or where they are many only those that fail or are unknown; empty if none was measured."""
    if all(d.high is None and not d.notes for cell in grid.cells for d in cell.directions):
        return []
    cells = grid.failing_or_unknown if len(grid.cells) > SHOWN_CELLS else grid.cells
    rows = [line for cell in cells[:SHOWN_CELLS] for line in _cell(cell)]
    hidden = len(grid.cells) - min(len(cells), SHOWN_CELLS)
    rest = f"… and {hidden} more pairs of Regions" if hidden else ""
    head = "| from → to | measured | allowed | |\n|---|---|---|---|"
    return [f"### {title}", "\n".join((head, *rows)), rest]


def _cell(cell: Cell) -> list[str]:
    return [
        f"| {_text(d.source)} → {_text(d.destination)} | {d.figure} {_text(' · '.join(d.notes))} "
        f"| {cell.budget} | {SYMBOLS[d.verdict]} {d.verdict} |"
        for d in cell.directions
    ]


def _waivers(view: Page) -> list[str]:
    lines = [
        f"- {_text(w.requirement)} on {_text(w.resource)}: {w.status}, "
        f"expires {w.expires or 'never'} ({_text(w.owner)})"
        for w in view.waivers
    ]
    return ["### Waivers", "\n".join(lines)] if lines else []


def _text(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return " ".join(map(_word, shown(text).split()))


def _word(word: str) -> str:
    """One word; a forge makes links of some words even where they are escaped, but not in a code span."""
    if not _LINK.search(word):
        return _SPECIAL.sub(r"\\\1", word)
    fence = "`" * (1 + max(map(len, re.findall("`+", word)), default=0))
    space = " " if "`" in word else ""
    return f"{fence}{space}{word.replace('|', chr(92) + '|')}{space}{fence}"
