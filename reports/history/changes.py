"""What is different between two runs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec

from probes.model.conformance.verdict import Verdict
from reports.history.snapshot import CauseNote, Snapshot
from reports.results.words import number, plural

Kind = Literal["worse", "better", "newly judged", "no longer judged"]
KINDS: tuple[Kind, ...] = ("worse", "no longer judged", "better", "newly judged")
GOOD_TO_BAD = (Verdict.CONFORMS, Verdict.WAIVED, Verdict.UNOBSERVABLE, Verdict.NONCONFORMING)
DECIDED = (Verdict.CONFORMS, Verdict.WAIVED, Verdict.NONCONFORMING)
NAMED = 4
SHIFT_RATIO = 0.1
SHIFT_MS = 1.0


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One requirement whose verdict is another."""

    requirement: str
    kind: Kind
    before: Verdict
    after: Verdict


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that moved by more than a tenth (and, for a round trip, by more than 1 ms)."""

    source: str
    destination: str
    before: str
    after: str


class CauseChange(msgspec.Struct, frozen=True, kw_only=True):
    """A cause that only the later run has, or that it no longer has."""

    subject: str
    observed: str


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """The differences to an earlier run; `same_subject` says whether both are about the same network."""

    since: datetime
    same_subject: bool
    verdicts: tuple[Change, ...]
    shifts: tuple[Shift, ...]
    new_causes: tuple[CauseChange, ...] = ()
    ended_causes: tuple[CauseChange, ...] = ()

    @property
    def worse(self) -> tuple[Change, ...]:
        """The requirements whose verdict got worse."""
        return tuple(change for change in self.verdicts if change.kind == "worse")

    @property
    def summary(self) -> str:
        """What changed, in a line: how many requirements became what, the first of them by name."""
        parts = []
        for kind in KINDS:
            names = [change.requirement for change in self.verdicts if change.kind == kind]
            if names:
                more = ", …" if len(names) > NAMED else ""
                parts.append(f"{len(names)} {kind} ({', '.join(names[:NAMED])}{more})")
        if self.shifts:
            parts.append(f"{plural(len(self.shifts), 'figure')} moved")
        return ", ".join(parts) or "nothing changed"


def changes_since(past: Sequence[Snapshot], now: Snapshot) -> Changes | None:
    """What is different since the last run that had results; None without such a run."""
    return next((changes(run, now) for run in reversed(past) if run.verdicts), None)


def changes(before: Snapshot, after: Snapshot) -> Changes:
    """What is different in the later run. A requirement that only one run knows was not run in the other."""
    found = []
    for requirement in dict.fromkeys((*before.verdicts, *after.verdicts)):
        was = before.verdicts.get(requirement, Verdict.NOT_RUN)
        now = after.verdicts.get(requirement, Verdict.NOT_RUN)
        if was is not now:
            found.append(Change(requirement=requirement, kind=_kind(was, now), before=was, after=now))
    return Changes(
        since=before.finished_at,
        same_subject=before.subject == after.subject,
        verdicts=tuple(sorted(found, key=lambda change: KINDS.index(change.kind))),
        shifts=tuple(_shifts(before, after)),
        new_causes=tuple(
            CauseChange(subject=name, observed=cause.observed)
            for name, cause in after.causes.items()
            if name not in before.causes
        ),
        ended_causes=tuple(
            CauseChange(subject=name, observed=cause.observed)
            for name, cause in before.causes.items()
            if name not in after.causes and has_ended(cause, after)
        ),
    )


def has_ended(cause: CauseNote, after: Snapshot) -> bool:
    """Whether a run without the cause could have seen it: it judged all that the cause broke."""
    return all(after.verdicts.get(name, Verdict.NOT_RUN) in DECIDED for name in cause.requirements)


def _kind(was: Verdict, now: Verdict) -> Kind:
    if now is Verdict.NOT_RUN:
        return "no longer judged"
    if was is Verdict.NOT_RUN:
        return "worse" if now is Verdict.NONCONFORMING else "newly judged"
    return "worse" if GOOD_TO_BAD.index(now) > GOOD_TO_BAD.index(was) else "better"


def _shifts(before: Snapshot, after: Snapshot) -> list[Shift]:
    shifts = []
    for (source, destination), now in after.figures.items():
        if (was := before.figures.get((source, destination))) is None:
            continue
        for one, other, unit, least in (
            (was.avg_ms, now.avg_ms, "ms", SHIFT_MS),
            (was.mbit_per_s, now.mbit_per_s, "Mbit/s", 0.0),
        ):
            if one is not None and other is not None and abs(other - one) > max(least, SHIFT_RATIO * one):
                words = number(one, unit), number(other, unit)
                shifts.append(Shift(source=source, destination=destination, before=words[0], after=words[1]))
    return shifts
