"""The Markdown summary for a pull-request comment: one screen, and the rest closed behind `<details>`."""

import re
from collections.abc import Sequence

from probes.model.conformance.verdict import Verdict
from probes.model.untrusted_text import shown
from reports.history.snapshot import Snapshot
from reports.results.model import Results
from reports.results.words import EMULATION, SYMBOLS, sent_words, there_before
from reports.views.cells import Cell
from reports.views.grid import Grid
from reports.views.page import CauseSince, Page, page

SHOWN_CAUSES, DETAILED_CAUSES, SHOWN_CHANGES = 8, 5, 6
SHOWN_CHARACTERS = 300
SHOWN_CELLS = 15
_LINK = re.compile(r"://|@\w|#\d|\bwww\.|\bGH-\d", re.IGNORECASE)
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#|!~&@])")


def markdown(results: Results, past: Sequence[Snapshot] = ()) -> str:
    """Verdict, what was judged, causes, traffic and changes on one screen; counts, details, figures behind it."""
    view = page(results, past)
    first = [
        f"## {SYMBOLS[view.verdict]} {view.explanation}",
        f"> **{EMULATION}**" if results.judged.is_emulation else "",
        "\n".join(f"* {name}: {_short(value)}" for name, value in view.judged),
        *_against_baseline(results, _first_lines(view)),
        _traffic(results.traffic),
        f"* sent: {_short(sent_words(results.sent))}" if results.sent else "",
        *_changes(view),
        "\n".join(f"* moved for good: {_short(step.words)}" for step in view.steps[:SHOWN_CHANGES]),
    ]
    rest = [
        _counts(view),
        *map(_cause, view.causes[:DETAILED_CAUSES]),
        *_measured("Latency, round trip", view.latency),
        *_measured("Throughput", view.throughput),
        *_waivers(view),
    ]
    opened = "<details><summary>counts, causes in detail, figures, waivers</summary>"
    return "\n\n".join(part for part in (*first, opened, *rest, "</details>") if part) + "\n"


def _against_baseline(results: Results, causes: str) -> list[str]:
    """What is new against the baseline, if there is one, and what was there before."""
    if not results.baseline:
        return [causes]
    before = there_before(results)
    name = _short(results.baseline)
    new = f"New against {name}:\n\n{causes}" if causes else f"Nothing is new against {name}."
    return [new, *([f"There before, as in {name}: {_short(', '.join(before))}"] if before else [])]


def _counts(view: Page) -> str:
    header = " | ".join(f"{SYMBOLS[verdict]} {verdict}" for verdict in view.requirement_counts)
    cells = " | ".join(str(number) for number in view.requirement_counts.values())
    return f"| requirements | {header} |\n|---|{'---:|' * len(view.requirement_counts)}\n| | {cells} |"


def _first_lines(view: Page) -> str:
    """One line per cause, and per reason why something could not be judged."""
    lines = [
        f"- {SYMBOLS[Verdict.NONCONFORMING]} **{_short(one.cause.subject)}**: {_short(one.cause.observed)}"
        f"{f' since {one.since:%Y-%m-%d}' if one.since else ''}; {_short(one.cause.effect)}"
        for one in view.causes
    ]
    lines += [
        f"- {SYMBOLS[Verdict.UNOBSERVABLE]} {_short(one.summary)}; {_short(one.effect)}"
        for one in view.reasons
    ]
    return "\n".join(_first(lines, SHOWN_CAUSES))


def _first(lines: Sequence[str], count: int) -> list[str]:
    """The first lines of a list, and how many more there are."""
    return [*lines[:count], *([f"- … and {len(lines) - count} more"] if len(lines) > count else [])]


def _traffic(lines: Sequence[str]) -> str:
    """What is gained and lost against the other network."""
    shown_lines = _first([f"- {_short(line)}" for line in lines], SHOWN_CHANGES)
    return "\n".join(["### Traffic", "", *shown_lines]) if lines else ""


def _cause(one: CauseSince) -> str:
    """What each test says of a cause, and one trace."""
    lines = [f"### {_text(one.cause.subject)}"]
    for evidence in one.cause.evidence:
        first = evidence.violations[0]
        lines.append(f"- **{_text(', '.join(evidence.requirements))}**: {_text(first.observed)}")
        if not evidence.is_symptom:
            lines += [f"  - expected: {_text(first.expected)}", f"  - hint: {_text(first.hint)}"]
    if one.cause.trace:
        hops = "\n".join(f"{number}. {_text(hop)}" for number, hop in enumerate(one.cause.trace, 1))
        lines.append(f"\n<details><summary>trace</summary>\n\n{hops}\n\n</details>")
    return "\n".join(lines)


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
    return [f"### Since the run of {since}", "\n".join(_first(lines, SHOWN_CHANGES)) or "Nothing changed."]


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
    """The waivers that fail the run, and those that end next."""
    failing = [waiver for waiver in view.waivers if waiver.status in ("stale", "expired")]
    lines = [
        f"- {_text(w.requirement)} on {_text(w.resource)}: {w.status}, "
        f"expires {w.expires or 'never'} ({_text(w.owner)})"
        for w in (*failing, *view.next_waivers)
    ]
    return [f"### Waivers ({len(view.waivers)}), the next to end", "\n".join(lines)] if lines else []


def _short(text: str) -> str:
    """Text as `_text` gives it, cut where it would fill the screen."""
    return _text(text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]} …")


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
