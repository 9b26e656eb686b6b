"""The typed answers of one Region."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from probes.model.state import Gap, Vpc
from probes.sources.describe import vpc
from probes.sources.describe.response_keys import ANSWERS

Reason = Callable[[str, str], str]


class RegionAnswers:
    """What one Region answered. `reason(region, key)` says why an answer is missing."""

    def __init__(self, region: str, answers: Mapping[str, Sequence[Any]], reason: Reason) -> None:
        self.region = region
        self._answers = {key: _present(key, items) for key, items in answers.items()}
        self._reason = reason
        self.vpcs: tuple[Vpc, ...] = tuple(vpc.vpc(region, item) for item in self.items("Vpcs"))

    def has(self, key: str) -> bool:
        """Whether the Region answered under a key, be it with nothing."""
        return key in self._answers

    def items(self, key: str) -> Sequence[Any]:
        """The items answered under a key that are not being deleted."""
        return self._answers.get(key, ())

    def by_id(self, key: str) -> dict[str, Any]:
        """The items under a key by what identifies them."""
        return {name: item for item in self.items(key) for name in ANSWERS[key].identify(item)}

    def gap(self, kind: str, key: str, *, resource: str = "", field: str = "") -> Gap:
        """That the answer under a key is missing."""
        reason = self._reason(self.region, key)
        return Gap(kind=kind, region=self.region, resource=resource, field=field, reason=reason)


def _present(key: str, items: Sequence[Any]) -> list[Any]:
    answer = ANSWERS[key]
    return [item for item in items if answer.counts(item)]
