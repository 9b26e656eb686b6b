"""The answers of several accounts as those of one network."""

from collections.abc import Iterable
from typing import Any

from probes.sources.aws.collect import Collected
from probes.sources.describe.decode import MalformedError, convert_items
from probes.sources.describe.response_keys import ANSWERS


def merged(collected: Collected) -> dict[str, dict[str, list[Any]]]:
    """Typed items by Region and key, each once: of a resource shared between accounts, its owner's answer.

    An answer that is not AWS's is taken out of `collected`, which then says so.
    """
    found: dict[str, dict[str, dict[tuple[str, ...], Any]]] = {}
    for (account, region), answers in sorted(collected.answers.items()):
        for key, items in tuple(answers.items()):
            try:
                typed = convert_items(key, items)
            except MalformedError as error:
                del answers[key]
                collected.spoil((account, region), key, f"not what AWS answers: {error}")
            else:
                _add(found.setdefault(region, {}).setdefault(key, {}), key, typed, account)
    return {
        region: {key: list(unique.values()) for key, unique in answers.items()}
        for region, answers in found.items()
    }


def _add(unique: dict[tuple[str, ...], Any], key: str, items: Iterable[Any], account: str) -> None:
    for item in items:
        identity = tuple(ANSWERS[key].identify(item))
        if identity not in unique or getattr(item, "owner_id", "") == account:
            unique[identity] = item
