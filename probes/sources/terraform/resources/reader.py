"""What every translation needs: typed resources, resolved references, parsed addresses, and the gaps found."""

from functools import cached_property
from ipaddress import (
    AddressValueError,
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_network,
)
from socket import AF_INET, inet_pton
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from probes.model.errors import InputError
from probes.model.state import Gap
from probes.model.state.normal import protocol_name
from probes.sources.terraform.file.module_tree import Instance, World
from probes.sources.terraform.file.resource_ids import Identities
from probes.sources.terraform.references.resolver import Answer, Resolver, configured, references_of
from probes.sources.terraform.schema import vpc as network
from probes.sources.terraform.schema.attribute_types import Number, Tagged, Text, Texts

_TAGS = msgspec.json.Decoder(dict[str, str | None] | None)
A = TypeVar("A")
Network = IPv4Network | IPv6Network


class Reading:
    """The files while they are being translated."""

    def __init__(self, world: World, identities: Identities) -> None:
        self.world = world
        self.identities = identities
        self.resolver = Resolver(identities)
        self._find = self.resolver.find
        self.gaps: dict[Gap, None] = {}
        self._networks: dict[str, Network] = {}

    def of(self, shape: type[A], *types: str) -> list[Instance[A]]:
        """The resources of some types."""
        return self.world.of(shape, *types)

    def identity(self, instance: Instance[Any]) -> str:
        """What the resource is called in the model."""
        return instance.identity or self.identities.of(instance)

    @cached_property
    def zones(self) -> dict[str, str]:
        """The zone of every subnet where it is known."""
        return {
            subnet.identity: subnet.attributes.availability_zone
            for subnet in self.of(network.Subnet, "aws_subnet", "aws_default_subnet")
            if isinstance(subnet.attributes.availability_zone, str)
        }

    def gap(self, kind: str, reason: str, *, region: str = "", resource: str = "", field: str = "") -> None:
        """Record something that the file does not show."""
        self.gaps[Gap(kind=kind, reason=reason, region=region, resource=resource, field=field)] = None

    def one(  # noqa: PLR0913, PLR0917  # the attribute, and where a gap belongs
        self,
        instance: Instance[Any],
        value: Text,
        attribute: str,
        kind: str,
        resource: str = "",
        field: str = "",
    ) -> str | None:
        """The ID in an attribute: "" when it is not set, None (and a gap) when nobody can say.

        Without `resource` the whole collection of the Region is what the gap is about.
        """
        if value is not UNSET:
            return value or ""
        found = self._find(instance, attribute)
        if found:
            return found
        answer = self.resolver.one(instance, attribute)
        if answer.missing:
            self.unresolved(instance, attribute, answer, kind, resource, field)
            return None
        return answer.ids[0]

    def many(  # noqa: PLR0913, PLR0917  # as `one`
        self,
        instance: Instance[Any],
        values: Texts,
        attribute: str,
        kind: str,
        resource: str = "",
        field: str = "",
    ) -> tuple[str, ...]:
        """The IDs in a list attribute, sorted; with a gap when some cannot be told."""
        if not values and (values is not UNSET or not configured(instance, attribute)):
            return ()
        known = [value for value in values or () if value is not None]
        if values and len(known) == len(values):
            return tuple(sorted(known))
        answer = self._all(instance, values or [], attribute)
        if answer.missing:
            self.unresolved(instance, attribute, answer, kind, resource, field)
        return tuple(sorted({*answer.ids, *known}))

    def _all(self, instance: Instance[Any], values: list[str | None], attribute: str) -> Answer:
        answer = self.resolver.all_of(instance, references_of(instance, attribute), attribute, is_alone=True)
        count = len({*answer.ids, *values} - {None})
        if values and count != len(values) and not answer.missing:
            missing = f"has {len(values)} elements, but its references lead to {count}"
            return Answer(answer.ids, missing)
        return answer

    def block_ids(  # as `one`
        self, instance: Instance[Any], block: str, attribute: str, kind: str, field: str
    ) -> tuple[str, ...]:
        """Every ID that an argument of some blocks refers to."""
        answer = self.resolver.all_of(instance, references_of(instance, block, attribute), attribute)
        if answer.missing:
            self.unresolved(instance, f"{block}.{attribute}", answer, kind, self.identity(instance), field)
        return answer.ids

    def unresolved(  # noqa: PLR0913, PLR0917  # as `one`
        self,
        instance: Instance[Any],
        attribute: str,
        answer: Answer,
        kind: str,
        resource: str = "",
        field: str = "",
    ) -> None:
        """Record a reference that cannot be resolved."""
        reason = f"{instance.address}: {attribute} {answer.missing}"
        self.gap(kind, reason, region=instance.region, resource=resource, field=field)

    def unknown(  # as `one`
        self, instance: Instance[Any], what: str, kind: str, resource: str = "", field: str = ""
    ) -> None:
        """Record something that only applying the plan will tell."""
        reason = f"{instance.address}: {what} is not known before apply"
        self.gap(kind, reason, region=instance.region, resource=resource, field=field)

    def network(self, instance: Instance[Any], attribute: str, text: str) -> Network:
        """A CIDR of either family; raises InputError naming the resource and the attribute."""
        found = self._networks.get(text) or _network4(text)
        if found is None:
            return self.parse(f"{_place(instance)}: {attribute}", text)
        self._networks[text] = found
        return found

    def protocol(self, instance: Instance[Any], text: Text) -> str:
        """A rule's protocol in one spelling, all while it is unknown; raises InputError naming the resource."""
        try:
            return protocol_name(text_of(text, "-1"))
        except ValueError as error:
            raise InputError(f"{_place(instance)}: protocol: {error}") from error

    def parse(self, place: str, text: str) -> Network:
        """As `network`, for a place that is no managed resource."""
        try:
            return ip_network(text)
        except ValueError as error:
            raise InputError(f"{place}: {_problem(text, error)}") from error

    def network4(self, instance: Instance[Any], attribute: str, text: str) -> IPv4Network:
        """An IPv4 CIDR; raises InputError for anything else."""
        found = self.network(instance, attribute, text)
        if isinstance(found, IPv4Network):
            return found
        raise InputError(f"{_place(instance)}: {attribute}: {text!r} is an IPv6 CIDR where IPv4 is expected")


def _place(instance: Instance[Any]) -> str:
    return f"{instance.scope.file.path}: {instance.shown.address}"


def _network4(text: str) -> IPv4Network | None:
    """The network in half of `ip_network`'s time; None for what needs a closer look."""
    address, _, length = text.partition("/")
    try:
        return IPv4Network((inet_pton(AF_INET, address), int(length))) if length.isdecimal() else None
    except (OSError, ValueError):
        return None


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
    return tuple(sorted(IPv6Address(text) for text in values if text)) if isinstance(values, list) else ()
