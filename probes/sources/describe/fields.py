"""Raw AWS answers as typed values: the base of their types, their address fields, and where one is malformed."""

from abc import ABC
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Any, cast

import msgspec

if TYPE_CHECKING:
    AnyNetwork = IPv4Network | IPv6Network
else:

    class AnyNetwork(ABC):  # noqa: B024  # only isinstance() is asked of it
        """A CIDR of either family: msgspec allows one custom type in a place, and this stands for two."""

    AnyNetwork.register(IPv4Network)
    AnyNetwork.register(IPv6Network)


class Tag(msgspec.Struct, frozen=True, gc=False):
    """One tag, as EC2 and most services write it."""

    key: str = msgspec.field(name="Key")
    value: str = msgspec.field(name="Value", default="")


class Raw(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    """One item of a describe answer: only the fields that the model knows; AWS's other fields are ignored."""

    tags: tuple[Tag, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    """A structure inside an item."""


def tags_of(tags: tuple[Tag, ...]) -> dict[str, str]:
    """AWS's list of tags as a mapping."""
    return {tag.key: tag.value for tag in tags}


def require(field: str, value: object) -> None:
    """For fields of which AWS answers one of several; raises ValueError in msgspec's words when there is none."""
    if not value:
        raise ValueError(f"Object missing required field `{field}`")


def address_field(kind: type, text: Any) -> Any:  # noqa: ANN401  # msgspec's hook: any type from any JSON value
    """The address or CIDR in a JSON string; raises ValueError saying what is wrong with it."""
    parse = _PARSERS.get(kind)
    if parse is None:
        raise NotImplementedError(f"no reader for fields of type {kind}")
    if not isinstance(text, str):
        raise TypeError(f"expected text, got {text!r}")
    return parse(text)


@lru_cache(maxsize=65536)
def ipv4_network(text: str) -> IPv4Network:
    """An IPv4 CIDR; raises ValueError for anything else, naming IPv6 as such."""
    network = any_network(text)
    if isinstance(network, IPv6Network):
        raise ValueError(f"{text!r} is an IPv6 CIDR where an IPv4 CIDR is expected")  # noqa: TRY004  # msgspec wants it
    return network


@lru_cache(maxsize=65536)
def any_network(text: str) -> IPv4Network | IPv6Network:
    """A CIDR of either family; raises ValueError when it is none or has host bits set."""
    try:
        return ip_network(text)
    except ValueError as error:
        reason = "has host bits set" if "host bits" in str(error) else "is not a CIDR"
        raise ValueError(f"{text!r} {reason}") from error


def _ipv4_address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an IPv4 address") from error


_PARSERS: dict[type, Callable[[str], object]] = {
    IPv4Network: ipv4_network,
    IPv4Address: _ipv4_address,
    cast("type", AnyNetwork): any_network,
}
