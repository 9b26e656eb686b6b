"""What was asked and not answered in whole, and why: the one thing that a dump says beside AWS's own answers."""

from collections.abc import Iterable

import msgspec

from probes.model.state import Gap
from probes.model.state.base import GLOBAL
from probes.sources.describe.collections import GLOBAL_KEYS, KEY_OF_GLOBAL_KIND, KEY_OF_KIND

UNOBSERVED = "Unobserved"
"""
The top-level key under which a dump says it.
"""

KIND_OF_KEY = {
    **{key: kind for kind, key in {**KEY_OF_KIND, **KEY_OF_GLOBAL_KIND}.items()},
    "MetricStatistics": "metrics",
}
"""
The collection that is unseen without an answer. All other answers are about resources listed elsewhere.
"""


class Unobserved(msgspec.Struct, frozen=True, kw_only=True, order=True, rename="pascal"):
    """The answer under a top-level key is missing or lacks a part."""

    answer: str
    reason: str


class Absences:
    """What is unobserved in every Region, be it one account's part of the answer or all of it."""

    def __init__(self, unobserved: Iterable[tuple[str, Unobserved]]) -> None:
        self._reasons: dict[tuple[str, str], set[str]] = {}
        for region, each in unobserved:
            place = GLOBAL if each.answer in GLOBAL_KEYS else region
            self._reasons.setdefault((place, each.answer), set()).add(each.reason)

    def gaps(self) -> Iterable[Gap]:
        """The collections that are unseen therefore."""
        for (region, key), reasons in self._reasons.items():
            if key in KIND_OF_KEY:
                for reason in reasons:
                    yield Gap(kind=KIND_OF_KEY[key], region=region, reason=reason)

    def reason(self, region: str, key: str) -> str:
        """Why a Region's answer under a key is missing; empty when nobody said so."""
        return min(self._reasons.get((region, key), ()), default="")
