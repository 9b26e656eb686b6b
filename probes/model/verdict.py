"""
What a judgement says, free of any way of finding it out.
"""

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """
    The five answers a requirement can get.
    """

    CONFORMS = "conforms"
    NONCONFORMING = "nonconforming"
    UNOBSERVABLE = "unobservable"
    WAIVED = "waived"
    NOT_RUN = "not run"


class Violation(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """
    One resource that is not as the requirement says.

    `trace` holds hop lines, decisive hop last, for violations about delivery.
    """

    resource: str
    expected: str
    observed: str
    hint: str
    trace: tuple[str, ...] = ()
