"""What has changed since somebody was last told."""

from collections.abc import Mapping, Sequence

import msgspec

from probes.model.conformance.verdict import Verdict
from probes.model.untrusted_text import one_line
from reports.causes.grouping import explained
from reports.causes.model import explanation
from reports.history.changes import has_ended
from reports.history.snapshot import CauseNote, Snapshot
from reports.results.model import Results
from reports.results.words import judged_words

SHOWN = 20
LINE = 500


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """The state that somebody knows of: before anything was said, all is well."""

    verdict: Verdict = Verdict.CONFORMS
    causes: Mapping[str, CauseNote] = {}


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is said: a title, the sentences of the report's first screen, and the same as data.

    Names of others are on one line, without control characters and without secrets.
    """

    title: str
    text: str
    verdict: Verdict
    verdict_before: Verdict
    new: tuple[str, ...]
    ended: tuple[str, ...]
    judged: Mapping[str, str]
    finished_at: str
    run_id: str


def told_now(run: Snapshot, before: Told) -> Told:
    """What is known after a run. A cause that the run could not have seen is still there."""
    still = {name: cause for name, cause in before.causes.items() if not has_ended(cause, run)}
    causes = {**still, **run.causes}
    hides = run.verdict in (Verdict.CONFORMS, Verdict.NOT_RUN) and causes
    return Told(verdict=Verdict.NONCONFORMING if hides else run.verdict, causes=causes)


def message(results: Results, run: Snapshot, before: Told) -> Message | None:
    """What to say about a run: None unless a cause is new, one has ended, or the verdict is another."""
    now = told_now(run, before)
    new = [name for name in now.causes if name not in before.causes]
    ended = [name for name in before.causes if name not in now.causes]
    if not new and not ended and now.verdict is before.verdict:
        return None
    found = explained(results)
    sentences = {
        one_line(cause.subject): one_line(f"{cause.subject}: {cause.observed}; {cause.effect}", LINE)
        for cause in found.causes
    }
    said = one_line(explanation(results, found), LINE)
    judged = {name: one_line(words, LINE) for name, words in judged_words(results.judged)}
    lines = [
        said,
        *([f"verdict: {before.verdict} → {now.verdict}"] if now.verdict is not before.verdict else []),
        *_first("new", [sentences.get(name, name) for name in new]),
        *_first("ended", ended),
        *_first("before", [sentences.get(name, name) for name in now.causes if name not in new]),
        *_first("unknown", [one_line(f"{one.summary}; {one.effect}", LINE) for one in found.reasons]),
        *_first("problem", [one_line(text, LINE) for text in results.problems]),
        *(f"{name}: {words}" for name, words in judged.items()),
        f"finished: {results.finished_at:%Y-%m-%d %H:%M %Z}",
    ]
    return Message(
        title=f"crossregion-conformance: {said}",
        text="\n".join(lines),
        verdict=now.verdict,
        verdict_before=before.verdict,
        new=tuple(sentences.get(name, name) for name in new[:SHOWN]),
        ended=tuple(ended[:SHOWN]),
        judged=judged,
        finished_at=results.finished_at.isoformat(),
        run_id=results.run_id,
    )


def _first(name: str, lines: Sequence[str]) -> list[str]:
    more = [f"{name}: and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return [*(f"{name}: {line}" for line in lines[:SHOWN]), *more]
