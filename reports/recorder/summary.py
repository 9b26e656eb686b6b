"""The summary at the end of the terminal output."""

from collections.abc import Sequence
from pathlib import Path

from probes.model.errors import AFTER_APPLY
from probes.model.untrusted_text import one_line
from reports.causes.grouping import explained
from reports.causes.model import explanation
from reports.results.model import Results
from reports.results.verdicts import counts, failing_waivers
from reports.results.words import after_apply, hosts_words, judged_words, sent_words, there_before

SHOWN = 10


def summary_lines(results: Results, directory: Path) -> list[str]:
    """What was judged, the verdict with its causes, the requirements by verdict, and where the report is."""
    tally = counts(row.verdict for row in results.requirements)
    requirements = ", ".join(f"{number} {verdict}" for verdict, number in tally.items() if number)
    found, later = explained(results), after_apply(results.tests)
    known = there_before(results)
    pairs = [
        *judged_words(results.judged),
        ("verdict", explanation(results, found)),
        *_first("cause", [f"{cause.subject}: {cause.observed}; {cause.effect}" for cause in found.causes]),
        *([("before", f"{', '.join(known)}: as in {results.baseline}")] if known else []),
        *_first("unknown", [f"{reason.summary}; {reason.effect}" for reason in found.reasons]),
        *_first("traffic", results.traffic),
        *([("sent", sent_words(results.sent))] if results.sent else []),
        *([("hosts", hosts_words(results.hosts))] if results.hosts.measured else []),
        ("requirements", requirements),
        *([("after apply", f"{AFTER_APPLY}, from AWS: {', '.join(later)}")] if later else []),
        *(("waiver", text) for text in failing_waivers(results)),
        *(("problem", text) for text in results.problems),
        ("report", str(directory / "report.html")),
    ]
    width = max(len(name) for name, _ in pairs)
    return [f"{name:<{width}}  {one_line(text)}" for name, text in pairs]


def _first(name: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    """The first lines under one name, and how many more there are."""
    more = [f"and {len(lines) - SHOWN} more in the report"] if len(lines) > SHOWN else []
    return [(name, line) for line in (*lines[:SHOWN], *more)]
