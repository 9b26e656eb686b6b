"""
The answers of several accounts as those of one network.
"""

from collections.abc import Iterable
from typing import Any

from probes.model.errors import InputError
from probes.sources.aws.collect import Collected
from probes.sources.describe.decode import MalformedError, convert_items
from probes.sources.describe.registry import ANSWERS


def merged(collected: Collected) -> dict[str, dict[str, list[Any]]]:
    """
    Typed items by Region and key, each once: of a resource shared between accounts, its owner's answer.

    Raises InputError naming account, Region and JSON path of every malformed item.
    """
    found: dict[tuple[str, str], dict[tuple[str, ...], Any]] = {}
    problems: list[str] = []
    for (account, region), answers in sorted(collected.answers.items()):
        for key, items in answers.items():
            try:
                typed = convert_items(key, items)
            except MalformedError as error:
                problems += [f"AWS account {account}, {region}: {message}" for message in error.messages]
            else:
                _add(found.setdefault((region, key), {}), key, typed, account)
    if problems:
        raise InputError("\n".join(problems))
    by_region: dict[str, dict[str, list[Any]]] = {}
    for (region, key), unique in found.items():
        by_region.setdefault(region, {})[key] = list(unique.values())
    return by_region


def _add(unique: dict[tuple[str, ...], Any], key: str, items: Iterable[Any], account: str) -> None:
    for item in items:
        identity = tuple(ANSWERS[key].identify(item))
        if identity not in unique or getattr(item, "owner_id", "") == account:
            unique[identity] = item
