"""Security groups with inline and stand-alone rules.

A group that Terraform creates has no rule but those of the configuration: the provider removes the rule
"everything out" that AWS puts into a new group (documentation of `aws_security_group`).
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec import UNSET, Struct

from probes.model.state import GroupRef, SecurityGroup, SgRule, Vpc
from probes.model.state.base import ANYWHERE
from probes.model.state.normal import port_range
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured
from probes.sources.terraform.resources.reader import Reading, number_of, tags_of, text_of
from probes.sources.terraform.resources.sg_rule_peers import KIND, Peer, Peers, Rule
from probes.sources.terraform.resources.vpc_defaults import SECURITY_GROUP, Defaults
from probes.sources.terraform.schema import filters
from probes.sources.terraform.schema.attribute_types import Number, Text

Ports = filters.InlineSgRule | filters.SecurityGroupRule | filters.OnePeerRule


class _Group(Struct):
    region: str
    vpc_id: str | None
    name: str
    tags: dict[str, str]
    ingress: list[SgRule]
    egress: list[SgRule]


class SecurityGroups:
    """The security groups while rules are being added to them."""

    def __init__(self, reading: Reading, defaults: Defaults, vpcs: list[Vpc]) -> None:
        self._reading = reading
        self._defaults = defaults
        self._vpcs = vpcs
        self._peers = Peers(reading)
        self._groups: dict[str, _Group] = {}
        self._exclusive: dict[tuple[str, str], tuple[str, ...]] = {}

    def read(self) -> list[SecurityGroup]:
        """Every security group."""
        managed = self._reading.of(filters.SecurityGroup, "aws_security_group", "aws_default_security_group")
        for instance in managed:
            self._add_managed(instance)
        for vpc in self._vpcs:
            self._add_default(vpc)
        for only in self._reading.of(filters.RulesExclusive, "aws_vpc_security_group_rules_exclusive"):
            self._keep_only(only)
        for instance in managed:
            for direction in ("ingress", "egress"):
                self._add_inline(instance, direction)
        for rule in self._reading.of(filters.SecurityGroupRule, "aws_security_group_rule"):
            self._add_rule(rule)
        for direction in ("ingress", "egress"):
            for single in self._reading.of(filters.OnePeerRule, f"aws_vpc_security_group_{direction}_rule"):
                self._add_single(single, direction)
        return [_finished(group_id, group) for group_id, group in self._groups.items()]

    def _add_managed(self, instance: Instance[filters.SecurityGroup]) -> None:
        group_id, attributes = self._reading.identity(instance), instance.attributes
        vpc_id = self._reading.one(instance, attributes.vpc_id, "vpc_id", KIND, group_id, "vpc_id")
        default = instance.type == "aws_default_security_group"
        name = "default" if default else text_of(attributes.name, text_of(attributes.name_prefix))
        if not name and configured(instance, "name"):
            self._reading.unknown(instance, "name", KIND, group_id, "group_name")
        self._groups[group_id] = _Group(instance.region, vpc_id or None, name, tags_of(attributes), [], [])

    def _add_default(self, vpc: Vpc) -> None:
        group_id = self._defaults.part(vpc.id, SECURITY_GROUP)
        if group_id in self._groups:
            return
        inside = SgRule(protocol="-1", from_port=None, to_port=None, peer=GroupRef(group_id=group_id))
        out = SgRule(protocol="-1", from_port=None, to_port=None, peer=ANYWHERE)
        self._groups[group_id] = _Group(vpc.region, vpc.id, "default", {}, [inside], [out])

    def _keep_only(self, instance: Instance[filters.RulesExclusive]) -> None:
        """Applying removes every rule that is not listed, also one that the same configuration declares."""
        attributes = instance.attributes
        group_id = self._reading.one(instance, attributes.security_group_id, "security_group_id", KIND)
        for direction in ("ingress", "egress") if group_id else ():
            name, place = f"{direction}_rule_ids", (KIND, group_id or "", direction)
            listed = self._reading.many(instance, getattr(attributes, name), name, *place)
            self._exclusive[group_id or "", direction] = listed

    def _group(self, instance: Instance[Any], group_id: str) -> _Group:
        group = self._groups.get(group_id)
        if group is None:
            reason = f"{instance.address}: security group {group_id} was not read"
            self._reading.gap(KIND, reason, region=instance.region, resource=group_id, field="ingress")
            group = self._groups[group_id] = _Group(instance.region, None, "", {}, [], [])
        return group

    def _add_inline(self, instance: Instance[filters.SecurityGroup], direction: str) -> None:
        group_id = self._reading.identity(instance)
        rules = getattr(instance.attributes, direction)
        if rules is UNSET:
            if configured(instance, direction):
                self._reading.unknown(instance, direction, KIND, group_id, direction)
            return
        alike = sum(rule.security_groups is UNSET for rule in rules or ())
        place = Rule(instance, group_id, direction, direction, alike)
        for rule in rules or ():
            peers = self._peers.listed(place, rule) + self._peers.groups(
                place, "security_groups", rule.security_groups
            )
            self._append(place, rule.protocol, rule, peers)

    def _add_rule(self, instance: Instance[filters.SecurityGroupRule]) -> None:
        attributes = instance.attributes
        group_id = self._reading.one(instance, attributes.security_group_id, "security_group_id", KIND)
        if group_id:
            place = Rule(instance, group_id, "egress" if attributes.type == "egress" else "ingress")
            peers = self._peers.listed(place, attributes)
            peers += self._peers.group(place, "source_security_group_id", attributes.source_security_group_id)
            self._append(place, attributes.protocol, attributes, peers)

    def _add_single(self, instance: Instance[filters.OnePeerRule], direction: str) -> None:
        attributes = instance.attributes
        group_id = self._reading.one(instance, attributes.security_group_id, "security_group_id", KIND)
        listed = self._exclusive.get((group_id or "", direction))
        if group_id and (listed is None or self._reading.identity(instance) in listed):
            place = Rule(instance, group_id, direction)
            self._append(place, attributes.ip_protocol, attributes, (self._peers.single(place, attributes),))

    def _append(self, place: Rule, protocol: Text, ports: Ports, peers: Iterable[Peer]) -> None:
        name = self._reading.protocol(place.instance, protocol)
        low, high = _matched(name, ports.from_port, ports.to_port)
        description = ports.description or ""
        group = self._groups.get(place.group_id) or self._group(place.instance, place.group_id)
        rules = group.ingress if place.direction == "ingress" else group.egress
        rules += [
            SgRule(protocol=name, from_port=low, to_port=high, peer=peer, description=description)
            for peer in peers
        ]
        if self._exclusive and not isinstance(ports, filters.OnePeerRule):
            self._note_exclusive(place)
        if protocol is UNSET or ports.from_port is UNSET or ports.to_port is UNSET:
            self._reading.unknown(place.instance, "protocol or port", KIND, place.group_id, place.direction)

    def _note_exclusive(self, place: Rule) -> None:
        """Such rules have no ID that the list of the rules to keep could name before they exist."""
        if (place.group_id, place.direction) in self._exclusive:
            reason = f"{place.instance.address}: the group keeps only rules listed elsewhere"
            self._reading.gap(
                KIND, reason, region=place.instance.region, resource=place.group_id, field=place.direction
            )


@cache
def _matched(protocol: str, low: Number, high: Number) -> tuple[int | None, int | None]:
    return port_range(protocol, number_of(low), number_of(high))


def _finished(group_id: str, group: _Group) -> SecurityGroup:
    return SecurityGroup(
        region=group.region,
        id=group_id,
        tags=group.tags,
        vpc_id=group.vpc_id,
        group_name=group.name,
        ingress=tuple(group.ingress),
        egress=tuple(group.egress),
    )
