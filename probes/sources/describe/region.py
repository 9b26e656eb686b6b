"""The typed responses of one Region."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, cast

from probes.model.state import Gap, Resource, Vpc
from probes.sources.describe.response_keys import RESPONSE_KEYS

Reason = Callable[[str, str], str]


class RegionResponses:
    """What one Region answered. `reason(region, key)` says why a response is missing."""

    def __init__(self, region: str, responses: Mapping[str, Sequence[Any]], reason: Reason) -> None:
        self.region = region
        self._responses = {key: _present(key, items) for key, items in responses.items()}
        self._reason = reason

    @cached_property
    def vpcs(self) -> tuple[Vpc, ...]:
        """The VPCs, whose CIDRs decide what is propagated."""
        return cast("tuple[Vpc, ...]", self.resources("Vpcs"))

    def has(self, key: str) -> bool:
        """Whether the Region answered under a key, be it with nothing."""
        return key in self._responses

    def items(self, key: str) -> Sequence[Any]:
        """The items answered under a key that are not being deleted."""
        return self._responses.get(key, ())

    def resources(self, key: str) -> tuple[Resource, ...]:
        """A resource of each item under a key that has a translation."""
        translate = RESPONSE_KEYS[key].translation
        return tuple(translate(self.region, item) for item in self.items(key)) if translate else ()

    def by_id(self, key: str) -> dict[str, Any]:
        """The items under a key by what identifies them."""
        return {name: item for item in self.items(key) for name in RESPONSE_KEYS[key].identify(item)}

    def gap(self, kind: str, key: str, *, resource: str = "", field: str = "") -> Gap:
        """That the response under a key is missing."""
        reason = self._reason(self.region, key)
        return Gap(kind=kind, region=self.region, resource=resource, field=field, reason=reason)


def _present(key: str, items: Sequence[Any]) -> list[Any]:
    return [item for item in items if RESPONSE_KEYS[key].is_present(item)]
