"""Raw AWS responses as typed values: the base of their types, their address fields, and copies of plain ones."""

from abc import ABC
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import msgspec

from probes.model.state import Resource

ResourceT = TypeVar("ResourceT", bound=Resource)

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
    """One item of a describe response: only the fields that the model knows; AWS's other fields are ignored."""

    tags: tuple[Tag, ...] = ()


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", gc=False):
    """A structure inside an item."""


def tags_of(tags: Iterable[Tag]) -> dict[str, str]:
    """AWS's list of tags as a mapping."""
    return {tag.key: tag.value for tag in tags}


class FieldMap(Generic[ResourceT]):
    """The translation of a raw type that has the model's names of its fields beside AWS's: it copies them.

    `computed` gives the other fields: functions of the raw item, or dotted names of what is inside it. Lists
    are sorted.
    """

    def __init__(self, kind: type[ResourceT], **computed: str | Callable[[Any], object]) -> None:
        self._kind = kind
        self._computed = {
            name: attrgetter(source) if isinstance(source, str) else source
            for name, source in computed.items()
        }

    def __call__(self, region: str, item: msgspec.Struct) -> ResourceT:
        """The resource that the item describes."""
        values: dict[str, Any] = {
            name: _model_value(name, getattr(item, name))
            for name in self._kind.__struct_fields__
            if name in item.__struct_fields__ and name not in self._computed
        }
        values |= {name: compute(item) for name, compute in self._computed.items()}
        return self._kind(region=region, **values)


def ids(values: Iterable[str]) -> tuple[str, ...]:
    """IDs in order, without the empty ones."""
    return tuple(sorted(filter(None, values)))


def _model_value(name: str, value: Any) -> Any:  # noqa: ANN401  # any field of any resource
    if name == "tags":
        return tags_of(value)
    return tuple(sorted(value)) if isinstance(value, tuple) else value


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


def ipv6_network(text: str) -> IPv6Network:
    """An IPv6 CIDR; raises ValueError for anything else."""
    network = any_network(text)
    if isinstance(network, IPv4Network):
        raise ValueError(f"{text!r} is an IPv4 CIDR where an IPv6 CIDR is expected")  # noqa: TRY004  # msgspec wants it
    return network


def _ipv4_address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an IPv4 address") from error


def _ipv6_address(text: str) -> IPv6Address:
    try:
        return IPv6Address(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is not an IPv6 address") from error


_PARSERS: dict[type, Callable[[str], object]] = {
    IPv4Network: ipv4_network,
    IPv4Address: _ipv4_address,
    IPv6Network: ipv6_network,
    IPv6Address: _ipv6_address,
    cast("type", AnyNetwork): any_network,
}
