"""What attribute values mean: networks, tags, texts, numbers, switches, addresses."""

from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from socket import AF_INET, inet_pton
from typing import TypeVar

import msgspec

from probes.model.errors import InputError
from probes.sources.terraform.schema.base import Number, Tagged, Texts

_TAGS = msgspec.json.Decoder(dict[str, str | None] | None)
T = TypeVar("T")
Network = IPv4Network | IPv6Network


def quick_network(text: str) -> IPv4Network | None:
    """An IPv4 network in half of `ip_network`'s time; None for what needs a closer look."""
    address, _, length = text.partition("/")
    try:
        return IPv4Network((inet_pton(AF_INET, address), int(length))) if length.isdecimal() else None
    except (OSError, ValueError):
        return None


def parsed(place: str, text: str) -> Network:
    """A CIDR of either family; raises InputError naming the place."""
    try:
        return ip_network(text)
    except ValueError as error:
        raise InputError(f"{place}: {_problem(text, error)}") from error


def _problem(text: str, error: ValueError) -> str:
    try:
        canonical = ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is not a CIDR such as 10.66.0.0/16"
    return f"{text!r} has host bits set, the network is {canonical} ({error})"


def tags_of(attributes: Tagged) -> dict[str, str]:
    """The tags that AWS will show; a tag whose value is not known yet is left out."""
    tags = attributes.tags_all
    if not isinstance(tags, dict):
        tags = _TAGS.decode(attributes.tags) if isinstance(attributes.tags, msgspec.Raw) else None
    if not tags:
        return {}
    if None in tags.values():
        return {key: value for key, value in tags.items() if value is not None}
    return tags  # type: ignore[return-value]  # no value is None


def text_of(value: object, default: str = "") -> str:
    """A text that is known and set, else the default."""
    return value if isinstance(value, str) and value else default


def number_of(value: Number) -> int | None:
    """A number, which the provider writes as text in some attributes; None when it is not known or not set."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.lstrip("-").isdecimal() else None


def flag_of(value: object, *, default: bool) -> bool:
    """A switch, which the provider writes as true/false or enable/disable."""
    if isinstance(value, bool):
        return value
    return {"enable": True, "true": True, "disable": False, "false": False}.get(str(value), default)


def addresses_of(*values: object) -> tuple[IPv4Address, ...]:
    """The IPv4 addresses among some values, each once, in their order."""
    found: dict[IPv4Address, None] = {}
    for value in values:
        try:
            found[IPv4Address(value)] = None
        except (AddressValueError, TypeError):
            continue
    return tuple(found)


def ipv6_addresses_of(values: Texts) -> tuple[IPv6Address, ...]:
    """The IPv6 addresses of a list, sorted; none while it is not known."""
    return tuple(sorted(IPv6Address(text) for text in listed(values) if text))


def listed(value: list[T] | msgspec.UnsetType | None) -> list[T]:
    """What a list or the blocks of a name hold, nothing while that is unknown."""
    return value if isinstance(value, list) else []
