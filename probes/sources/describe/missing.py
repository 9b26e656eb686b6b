"""What was asked and not answered in whole, and why: the one thing that a dump says beside AWS's own responses."""

from collections.abc import Iterable

import msgspec

from probes.model.state import Gap
from probes.model.state.base import GLOBAL
from probes.sources.describe.response_keys import GLOBAL_KEYS, RESPONSE_KEYS

UNOBSERVED = "Unobserved"
"""
The top-level key under which a dump says it.
"""

COLLECTION_OF_KEY = {
    **{key: row.collection for key, row in RESPONSE_KEYS.items() if row.collection},
    "MetricStatistics": "metrics",
}
"""
The collection that is unseen without a response. All other responses are about resources listed elsewhere.
"""


class MissingResponse(msgspec.Struct, frozen=True, kw_only=True, order=True, rename="pascal"):
    """The response under a top-level key is missing or lacks a part."""

    key: str = msgspec.field(name="Answer")
    reason: str


class MissingResponses:
    """What is missing in every Region, be it one account's part of a response or all of it."""

    def __init__(self, missing: Iterable[tuple[str, MissingResponse]]) -> None:
        self._reasons: dict[tuple[str, str], set[str]] = {}
        for region, each in missing:
            place = GLOBAL if each.key in GLOBAL_KEYS else region
            self._reasons.setdefault((place, each.key), set()).add(each.reason)

    def gaps(self) -> Iterable[Gap]:
        """The collections that are unseen therefore."""
        for (region, key), reasons in self._reasons.items():
            if key in COLLECTION_OF_KEY:
                for reason in reasons:
                    yield Gap(kind=COLLECTION_OF_KEY[key], region=region, reason=reason)

    def reason(self, region: str, key: str) -> str:
        """Why a Region's response under a key is missing; empty when nobody said so."""
        return min(self._reasons.get((region, key), ()), default="")
