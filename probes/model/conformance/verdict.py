"""What a judgement says, free of any way of finding it out."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Self

import msgspec

from probes.model.errors import UnobservableError


class Verdict(StrEnum):
    """The five answers a requirement can get."""

    CONFORMS = "conforms"
    NONCONFORMING = "nonconforming"
    UNOBSERVABLE = "unobservable"
    WAIVED = "waived"
    NOT_RUN = "not run"


class Violation(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One resource that is not as the requirement says.

    `trace` holds hop lines, decisive hop last, for violations about delivery.
    """

    resource: str
    expected: str
    observed: str
    hint: str
    trace: tuple[str, ...] = ()


class Findings(tuple[Violation, ...]):  # noqa: SLOT001  # a tuple has no slots
    """The violations of one question. `doubt` is what else could not be told, if so: no waiver answers for that."""

    doubt: UnobservableError | None

    def __new__(cls, violations: Iterable[Violation], doubt: UnobservableError | None = None) -> Self:
        """Some violations, and the doubt that is left beside them."""
        found = super().__new__(cls, violations)
        found.doubt = doubt
        return found


def mismatch(*, resource: str, expected: object, observed: object, hint: str) -> list[Violation]:
    """One violation when the two differ, none when they are equal; sets and tuples are shown sorted."""
    return violation_unless(
        expected == observed, resource=resource, expected=expected, observed=observed, hint=hint
    )


def violation_unless(
    conforms: bool,  # noqa: FBT001  # reads as a sentence
    /,
    *,
    resource: str,
    expected: object,
    observed: object,
    hint: str,
) -> list[Violation]:
    """One violation unless the resource conforms; what was observed is shown as in `mismatch`."""
    if conforms:
        return []
    return [Violation(resource=resource, expected=in_words(expected), observed=in_words(observed), hint=hint)]


def in_words(value: object) -> str:
    """A value as messages show it: collections as a sorted list, an empty one as "none"."""
    if isinstance(value, set | frozenset | tuple | list):
        return ", ".join(sorted(map(in_words, value))) or "none"
    return str(value)
