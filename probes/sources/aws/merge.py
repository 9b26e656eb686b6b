"""The responses of several accounts as those of one network."""

from collections.abc import Iterable
from typing import Any

from probes.sources.aws.collect import Collected
from probes.sources.describe.decode import MalformedError, convert_items
from probes.sources.describe.response_keys import RESPONSE_KEYS


def merged(collected: Collected) -> dict[str, dict[str, list[Any]]]:
    """Typed items by Region and key, each once: of a resource shared between accounts, its owner's response.

    A response that is not AWS's is taken out of `collected`, which then says so.
    """
    found: dict[str, dict[str, dict[tuple[str, ...], Any]]] = {}
    for (account, region), responses in sorted(collected.responses.items()):
        for key, items in tuple(responses.items()):
            try:
                typed = convert_items(key, items)
            except MalformedError as error:
                del responses[key]
                collected.spoil((account, region), key, f"not what AWS responses: {error}")
            else:
                _add(found.setdefault(region, {}).setdefault(key, {}), key, typed, account)
    return {
        region: {key: list(unique.values()) for key, unique in responses.items()}
        for region, responses in found.items()
    }


def _add(unique: dict[tuple[str, ...], Any], key: str, items: Iterable[Any], account: str) -> None:
    for item in items:
        identity = RESPONSE_KEYS[key].identify(item)
        if identity not in unique or getattr(item, "owner_id", "") == account:
            unique[identity] = item
