"""Reading resources: IDs that are known or referred to, typed values, and the gaps where nobody can say."""

from collections import Counter
from ipaddress import IPv4Network
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET

from probes.model.errors import InputError
from probes.model.state import Gap, Subnet
from probes.model.state.normal import protocol_name
from probes.sources.terraform.file.module_tree import ModuleTree, ResourceInstance
from probes.sources.terraform.file.resource_ids import ResourceIds
from probes.sources.terraform.references.resolver import Resolution, Resolver
from probes.sources.terraform.resources.values import (
    Network,
    flag_of,
    number_of,
    parsed,
    quick_network,
    text_of,
)
from probes.sources.terraform.schema.base import Text

A = TypeVar("A")


class Reader:
    """The files while they are being translated.

    `subnets` are read first: other resources take their VPC and their zones from them.
    """

    def __init__(self, tree: ModuleTree, ids: ResourceIds) -> None:
        self.tree = tree
        self.ids = ids
        self.resolver = Resolver(ids)
        self.gaps: dict[Gap, None] = {}
        self.subnets: dict[str, Subnet] = {}
        self._networks: dict[str, Network] = {}

    def of(self, shape: type[A], *types: str) -> list[ResourceInstance[A]]:
        """The resources of some types."""
        return self.tree.of(shape, *types)

    def at(
        self, instance: ResourceInstance[A], resource: str = "", collection: str = ""
    ) -> "ResourceReader[A]":
        """A reader whose gaps belong to a resource, without one to the whole collection of the Region.

        The collection is that of the instance's type unless another one is named.
        """
        if not collection and instance.schema:
            collection = instance.schema.collection
        return ResourceReader(self, instance, collection, resource)

    def own(self, instance: ResourceInstance[A]) -> "ResourceReader[A]":
        """A reader whose gaps belong to the resource itself."""
        return self.at(instance, instance.identity or self.ids.of(instance))

    def identity(self, instance: ResourceInstance[Any]) -> str:
        """What the resource is called in the model."""
        return instance.identity or self.ids.of(instance)

    def gap(  # noqa: PLR0913  # a gap's own parts
        self,
        kind: str,
        reason: str,
        *,
        region: str = "",
        resource: str = "",
        field: str = "",
        after_apply: bool = False,
    ) -> None:
        """Record something that the file does not show, or `after_apply` that no file shows."""
        gap = Gap(
            kind=kind, reason=reason, region=region, resource=resource, field=field, after_apply=after_apply
        )
        self.gaps[gap] = None

    def network(self, instance: ResourceInstance[Any], attribute: str, text: str) -> Network:
        """A CIDR of either family; raises InputError naming the resource and the attribute."""
        found = self._networks.get(text) or quick_network(text)
        if found is None:
            return parsed(f"{_place(instance)}: {attribute}", text)
        self._networks[text] = found
        return found

    def network4(self, instance: ResourceInstance[Any], attribute: str, text: str) -> IPv4Network:
        """An IPv4 CIDR; raises InputError for anything else."""
        found = self.network(instance, attribute, text)
        if isinstance(found, IPv4Network):
            return found
        raise InputError(f"{_place(instance)}: {attribute}: {text!r} is an IPv6 CIDR where IPv4 is expected")


class ResourceReader(msgspec.Struct, Generic[A], gc=False):
    """Reads one resource. What nobody can tell before apply is a gap of `field`, by default named as the attribute.

    The gap belongs to the resource called `id` in `collection`, which need not be the one that is read; without
    `id` the whole collection of the Region is what the gap is about.
    """

    reader: Reader
    instance: ResourceInstance[A]
    collection: str
    id: str

    @property
    def attributes(self) -> A:
        """The attributes of what is read."""
        return self.instance.attributes

    @property
    def subnets(self) -> dict[str, Subnet]:
        """Every subnet by ID."""
        return self.reader.subnets

    def gap(self, reason: str, field: str = "", *, after_apply: bool = False) -> None:
        """Record something that the file does not show, or `after_apply` that no file shows."""
        self.reader.gap(
            self.collection,
            f"{self.instance.address}: {reason}",
            region=self.instance.region,
            resource=self.id,
            field=field if self.id else "",
            after_apply=after_apply,
        )

    def unknown(self, what: str, field: str | None = None) -> None:
        """Record something that only applying the plan will tell."""
        self.gap(f"{what} is not known before apply", what if field is None else field)

    def chosen(self, attribute: str, field: str | None = None) -> None:
        """As `unknown`, for an attribute that AWS chooses where the configuration does not set it."""
        self.gap(
            f"{attribute} is not known before apply",
            attribute if field is None else field,
            after_apply=not self.instance.configures(attribute),
        )

    def never_shown(self, what: str, field: str = "") -> None:
        """Record something that no Terraform file shows."""
        self.gap(f"Terraform does not show {what}", field, after_apply=True)

    def one(self, attribute: str, field: str = "") -> str | None:
        """The ID in an attribute: "" when it is not set, None (and a gap) when nobody can say."""
        value = getattr(self.instance.attributes, attribute)
        if value is not UNSET:
            return value or ""
        found = self.reader.resolver.find(self.instance, attribute)
        if found:
            return found
        resolution = self.reader.resolver.one(self.instance, attribute)
        if resolution.missing:
            self.gap(f"{attribute} {resolution.missing}", field or attribute)
            return None
        return resolution.ids[0]

    def many(self, attribute: str, field: str = "") -> tuple[str, ...]:
        """The IDs in a list attribute, sorted; with a gap when some cannot be told."""
        values = getattr(self.instance.attributes, attribute)
        if not values and (values is not UNSET or not self.instance.configures(attribute)):
            return ()
        known = [value for value in values or () if value is not None]
        if values and len(known) == len(values):
            return tuple(sorted(known))
        resolution = self._all(values or [], attribute)
        if resolution.missing:
            self.gap(f"{attribute} {resolution.missing}", field or attribute)
        return tuple(sorted({*resolution.ids, *known}))

    def _all(self, values: list[str | None], attribute: str) -> Resolution:
        references = self.instance.references(attribute)
        resolution = self.reader.resolver.all_of(self.instance, references, attribute, is_alone=True)
        count = len({*resolution.ids, *values} - {None})
        if values and count != len(values) and not resolution.missing:
            missing = f"has {len(values)} elements, but its references lead to {count}"
            return Resolution(resolution.ids, missing)
        return resolution

    def one_per_zone(self, attribute: str, field: str = "") -> tuple[str, ...]:
        """As `many`, for subnets of which AWS takes one in each zone.

        A list that refers to more of them must pick some, and no plan shows which: a gap.
        """
        subnet_ids = self.many(attribute, field)
        values = getattr(self.instance.attributes, attribute)
        if values is not UNSET and None not in (values or ()):
            return subnet_ids
        zones = Counter(self.subnets[each].az for each in subnet_ids if each in self.subnets)
        crowded = sorted(zone for zone, uses in zones.items() if zone and uses > 1)
        if crowded:
            self.gap(
                f"{attribute} refers to several subnets in {', '.join(crowded)}, AWS takes one each",
                field or attribute,
            )
        return subnet_ids

    def in_blocks(self, block: str, argument: str, field: str) -> tuple[str, ...]:
        """The IDs in one argument of every block of a name, sorted; a block may hold one or a list of them."""
        blocks = getattr(self.instance.attributes, block)
        values = [getattr(each, argument) for each in blocks] if isinstance(blocks, list) else []
        texts = [text for value in values for text in (value if isinstance(value, list) else [value])]
        known = {text for text in texts if isinstance(text, str) and text}
        unknown = UNSET in texts or any(isinstance(value, list) and None in value for value in values)
        if unknown or (blocks is UNSET and self.instance.configures(block)):
            known |= {*self.referred_in_blocks(block, argument, field)}
        return tuple(sorted(known))

    def referred_in_blocks(self, block: str, argument: str, field: str) -> tuple[str, ...]:
        """Every ID that an argument of some blocks refers to."""
        references = self.instance.references(block, argument)
        resolution = self.reader.resolver.all_of(self.instance, references, argument)
        if resolution.missing:
            self.gap(f"{block}.{argument} {resolution.missing}", field)
        return resolution.ids

    def text(self, attribute: str, field: str = "", *, default: str = "", computed: bool = False) -> str:
        """A text; the default where it is not set, with a gap where the plan leaves a set one open.

        A `computed` one is given by AWS or the provider where the configuration does not set it.
        """
        value = self._value(attribute, field)
        if computed and not isinstance(value, str):
            self.chosen(attribute, field or attribute)
        return text_of(value, default)

    def number(self, attribute: str, field: str = "", *, computed: bool = False) -> int | None:
        """As `text`, for a number; None where it is not set."""
        found = number_of(self._value(attribute, field))
        if computed and found is None:
            self.chosen(attribute, field or attribute)
        return found

    def flag(self, attribute: str, field: str = "", *, default: bool) -> bool:
        """As `text`, for a switch."""
        return flag_of(self._value(attribute, field), default=default)

    def _value(self, attribute: str, field: str) -> Any:  # noqa: ANN401  # any JSON
        value = getattr(self.instance.attributes, attribute)
        if value is UNSET and self.instance.configures(attribute):
            self.unknown(attribute, field or attribute)
        return value

    def protocol(self, text: Text) -> str:
        """A rule's protocol in one spelling, all while it is unknown; raises InputError naming the resource."""
        try:
            return protocol_name(text_of(text, "-1"))
        except ValueError as error:
            raise InputError(f"{_place(self.instance)}: protocol: {error}") from error


def _place(instance: ResourceInstance[Any]) -> str:
    return f"{instance.module.file.path}: {instance.shown.address}"
