"""The summary at the end of the terminal output."""

from pathlib import Path

from probes.model.untrusted_text import one_line
from reports.results.model import Results
from reports.results.verdicts import counts, failing_waivers
from reports.results.words import headline, judged_words


def summary_lines(results: Results, directory: Path) -> list[str]:
    """What was judged, the verdict, the requirements by verdict, and where the report is."""
    tally = counts(row.verdict for row in results.requirements)
    requirements = ", ".join(f"{number} {verdict}" for verdict, number in tally.items() if number)
    pairs = [
        *judged_words(results.judged),
        ("verdict", headline(results)),
        ("requirements", requirements),
        *(("waiver", text) for text in failing_waivers(results)),
        *(("problem", text) for text in results.problems),
        ("report", str(directory / "report.html")),
    ]
    width = max(len(name) for name, _ in pairs)
    return [f"{name:<{width}}  {one_line(text)}" for name, text in pairs]
