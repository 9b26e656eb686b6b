"""How verdicts and figures are written, in every report alike."""

from collections.abc import Collection, Iterable, Mapping

from probes.model.conformance.verdict import Verdict
from probes.model.errors import AFTER_APPLY
from reports.results.model import Hosts, Judged, Results, Sent, TestResult
from reports.results.verdicts import counts, overall

_SHOWN_HOSTS = 12
EMULATION = "LAB EMULATION — not a real network"
EXAMPLE = "BUNDLED EXAMPLE — not your network"
SEVERITIES: Mapping[str, str] = {
    "S1": "impossible on AWS",
    "S2": "will not work as written",
    "S3": "inconsistent or imprecise",
    "S4": "a nit",
}
SYMBOLS: Mapping[Verdict, str] = {
    Verdict.CONFORMS: "✓",
    Verdict.NONCONFORMING: "✗",
    Verdict.UNOBSERVABLE: "?",
    Verdict.WAIVED: "⚑",
    Verdict.NOT_RUN: "–",
}
_HEADLINES: Mapping[Verdict, str] = {
    Verdict.CONFORMS: "Conforms",
    Verdict.NONCONFORMING: "Does not conform",
    Verdict.UNOBSERVABLE: "Could not tell",
    Verdict.NOT_RUN: "Nothing was judged",
}


def headline(results: Results) -> str:
    """The verdict of the run in a few words, which hide neither waivers nor what was not judged."""
    verdict = overall(results)
    if verdict is not Verdict.CONFORMS:
        return _HEADLINES[verdict] + (" (interrupted)" if results.interrupted else "")
    tally = counts(row.verdict for row in results.requirements)
    before = _before_words(results)
    waived = f", {tally[Verdict.WAIVED]} waived" if tally[Verdict.WAIVED] else ""
    left = tally[Verdict.NOT_RUN] + sum(row.is_partial for row in results.requirements)
    later = len(after_apply(results.tests))
    after = f", {later} after the apply" if later else ""
    unjudged = f"; {left} of {len(results.requirements)} not fully judged{after}" if left else ""
    return f"{f'No worse than before: {before}' if before else _HEADLINES[verdict]}{waived}{unjudged}"


def sent_words(sent: Collection[Sent]) -> str:
    """What the throughput tests sent and what that costs, by the prices of the spec."""
    priced = [one.usd for one in sent if one.usd is not None]
    cost = f", ${sum(priced):.2f} by the spec's prices" if priced else ""
    unpriced = "" if len(priced) == len(sent) else ", some of it without a price in the spec"
    gb, most = sum(one.sent_gb for one in sent), sum(one.most_gb for one in sent)
    return f"{gb:.3g} GB by throughput tests, of at most {most:.3g} GB{cost}{unpriced}"


def hosts_words(hosts: Hosts) -> str:
    """How many of the target's hosts took part, and the first of them by name."""
    names = [host.name for host in hosts.measured]
    more = f" and {len(names) - _SHOWN_HOSTS} more" if len(names) > _SHOWN_HOSTS else ""
    return f"{len(names)} of {hosts.known}: {', '.join(names[:_SHOWN_HOSTS])}{more}"


def there_before(results: Results) -> tuple[str, ...]:
    """The requirements of which the baseline said what this run says."""
    return tuple(dict.fromkeys(name for test in results.tests if test.known for name in test.requirements))


def _before_words(results: Results) -> str:
    known = there_before(results)
    found = [row.verdict for row in results.requirements if row.id in known]
    tally = {verdict: number for verdict, number in counts(found).items() if number}
    return ", ".join(f"{number} {verdict}" for verdict, number in tally.items())


def after_apply(tests: Iterable[TestResult]) -> tuple[str, ...]:
    """The requirements some part of which only a source can show that sees the network after the apply."""
    found = (test.requirements for test in tests if test.message.startswith(AFTER_APPLY))
    return tuple(sorted({name for names in found for name in names}))


def judged_words(judged: Judged) -> tuple[tuple[str, str], ...]:
    """What was judged, as (name, words); where it was measured comes first."""
    said = "LAB EMULATION" in judged.target or not judged.is_emulation
    words = judged.target if said else f"{EMULATION}: {judged.target or judged.state}"
    target = (("measured on", words),) if words else ()
    spec = f"{judged.spec} (sha256 {judged.spec_sha256[:12]})" if judged.spec_sha256 else judged.spec
    pairs = (("region pairs", ", ".join(judged.region_pairs)),) if judged.region_pairs else ()
    return (*target, ("state", judged.state), ("against", spec), *pairs)


def number(value: float | None, unit: str = "", digits: int = 1) -> str:
    """A figure with its unit; what was not measured is "–", never 0."""
    if value is None:
        return "–"
    text = f"{value:,.{digits}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit else text


def span(values: Collection[float], unit: str) -> str:
    """The lowest and the highest of some figures, one figure when they read the same."""
    low, high = number(min(values)), number(max(values))
    return number(max(values), unit) if low == high else f"{low}–{number(max(values), unit)}"


def percent(ratio: float | None) -> str:
    """A ratio as a percentage; a small loss does not round to none."""
    if ratio is None:
        return "–"
    return "<0.1 %" if 0 < ratio < 0.001 else f"{100 * ratio:.3g} %"  # noqa: PLR2004  # the text says the limit


def plural(count: int, noun: str) -> str:
    """Give a count with its noun: "1 test", "2 tests"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
