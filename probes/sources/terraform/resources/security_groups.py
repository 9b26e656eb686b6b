"""Security groups with inline and stand-alone rules.

A group that Terraform creates has no rule but those of the configuration: the provider removes the rule
"everything out" that AWS puts into a new group (documentation of `aws_security_group`).
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from probes.model.state import GroupRef, SgRule
from probes.model.state import SecurityGroup as ObservedGroup
from probes.model.state import Vpc as ObservedVpc
from probes.model.state.base import ANYWHERE
from probes.model.state.normal import port_range
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.sg_rule_peers import (
    InlineSgRule,
    OnePeerRule,
    Peer,
    PeerReader,
    RuleSite,
    SecurityGroupRule,
)
from probes.sources.terraform.resources.values import listed, number_of, tags_of, text_of
from probes.sources.terraform.resources.vpc_defaults import SECURITY_GROUP, VpcDefaults
from probes.sources.terraform.schema.base import Attributes, Number, Tagged, Text, Texts

DIRECTIONS = ("ingress", "egress")


class SecurityGroup(Tagged, gc=False):
    """`aws_security_group` and `aws_default_security_group`."""

    vpc_id: Text = UNSET
    name: Text = UNSET
    name_prefix: Text = UNSET
    ingress: list[InlineSgRule] | UnsetType | None = UNSET
    egress: list[InlineSgRule] | UnsetType | None = UNSET


class RulesExclusive(Attributes, gc=False):
    """`aws_vpc_security_group_rules_exclusive`."""

    security_group_id: Text = UNSET
    ingress_rule_ids: Texts = UNSET
    egress_rule_ids: Texts = UNSET


class _Group(Struct):
    region: str
    vpc_id: str | None
    name: str
    tags: dict[str, str]
    ingress: list[SgRule]
    egress: list[SgRule]


class SecurityGroups:
    """The security groups while rules are being added to them."""

    def __init__(self, reader: Reader, defaults: VpcDefaults, vpcs: list[ObservedVpc]) -> None:
        self._reader = reader
        self._defaults = defaults
        self._vpcs = vpcs
        self._peers = PeerReader(reader)
        self._groups: dict[str, _Group] = {}
        self._exclusive: dict[tuple[str, str], tuple[str, ...]] = {}

    def read(self) -> list[ObservedGroup]:
        """Every security group."""
        managed = self._reader.of(SecurityGroup, "aws_security_group", "aws_default_security_group")
        for instance in managed:
            self._add_managed(instance)
        for vpc in self._vpcs:
            self._add_default(vpc)
        for only in self._reader.of(RulesExclusive, "aws_vpc_security_group_rules_exclusive"):
            self._keep_only(only)
        for instance in managed:
            for direction in DIRECTIONS:
                self._add_inline(instance, direction)
        for rule in self._reader.of(SecurityGroupRule, "aws_security_group_rule"):
            self._add_rule(rule)
        for direction in DIRECTIONS:
            for single in self._reader.of(OnePeerRule, f"aws_vpc_security_group_{direction}_rule"):
                self._add_single(single, direction)
        return [_finished(group_id, group) for group_id, group in self._groups.items()]

    def _add_managed(self, instance: ResourceInstance[SecurityGroup]) -> None:
        resource, attributes = self._reader.own(instance), instance.attributes
        default = instance.type == "aws_default_security_group"
        name = "default" if default else text_of(attributes.name, text_of(attributes.name_prefix))
        if not name and instance.configures("name"):
            resource.unknown("name", "group_name")
        vpc_id = resource.one("vpc_id") or None
        self._groups[resource.id] = _Group(instance.region, vpc_id, name, tags_of(attributes), [], [])

    def _add_default(self, vpc: ObservedVpc) -> None:
        group_id = self._defaults.part(vpc.id, SECURITY_GROUP)
        if group_id in self._groups:
            return
        inside = SgRule(protocol="-1", from_port=None, to_port=None, peer=GroupRef(group_id=group_id))
        out = SgRule(protocol="-1", from_port=None, to_port=None, peer=ANYWHERE)
        self._groups[group_id] = _Group(vpc.region, vpc.id, "default", {}, [inside], [out])

    def _keep_only(self, instance: ResourceInstance[RulesExclusive]) -> None:
        """Applying removes every rule that is not listed, also one that the same configuration declares."""
        group_id = self._reader.at(instance).one("security_group_id")
        for direction in DIRECTIONS if group_id else ():
            kept = self._reader.at(instance, group_id or "").many(f"{direction}_rule_ids", direction)
            self._exclusive[group_id or "", direction] = kept

    def _group(self, instance: ResourceInstance[Any], group_id: str) -> _Group:
        group = self._groups.get(group_id)
        if group is None:
            self._reader.at(instance, group_id).gap(f"security group {group_id} was not read", "ingress")
            group = self._groups[group_id] = _Group(instance.region, None, "", {}, [], [])
        return group

    def _add_inline(self, instance: ResourceInstance[SecurityGroup], direction: str) -> None:
        group_id = self._reader.identity(instance)
        rules = getattr(instance.attributes, direction)
        if rules is UNSET and instance.configures(direction):
            self._reader.own(instance).unknown(direction)
        alike = sum(rule.security_groups is UNSET for rule in listed(rules))
        site = RuleSite(instance, group_id, direction, direction, alike)
        for rule in listed(rules):
            self._append(site, rule.protocol, rule, self._peers.of_inline(site, rule))

    def _add_rule(self, instance: ResourceInstance[SecurityGroupRule]) -> None:
        rule, group_id = instance.attributes, self._reader.at(instance).one("security_group_id")
        if group_id:
            site = RuleSite(instance, group_id, "egress" if rule.type == "egress" else "ingress")
            self._append(site, rule.protocol, rule, self._peers.of_rule(site, rule))

    def _add_single(self, instance: ResourceInstance[OnePeerRule], direction: str) -> None:
        rule, group_id = instance.attributes, self._reader.at(instance).one("security_group_id")
        kept = self._exclusive.get((group_id or "", direction))
        if group_id and (kept is None or self._reader.identity(instance) in kept):
            site = RuleSite(instance, group_id, direction)
            self._append(site, rule.ip_protocol, rule, (self._peers.of_single(site, rule),))

    def _append(
        self,
        site: RuleSite,
        protocol: Text,
        ports: InlineSgRule | SecurityGroupRule | OnePeerRule,
        peers: Iterable[Peer],
    ) -> None:
        resource = self._reader.at(site.instance, site.group_id)
        name = resource.protocol(protocol)
        low, high = _matched(name, ports.from_port, ports.to_port)
        description = ports.description or ""
        group = self._group(site.instance, site.group_id)
        rules = group.ingress if site.direction == "ingress" else group.egress
        rules += [
            SgRule(protocol=name, from_port=low, to_port=high, peer=peer, description=description)
            for peer in peers
        ]
        if (site.group_id, site.direction) in self._exclusive and not isinstance(ports, OnePeerRule):
            # such rules have no ID that the list of the rules to keep could name before they exist
            resource.gap("the group keeps only rules listed elsewhere", site.direction)
        if protocol is UNSET or ports.from_port is UNSET or ports.to_port is UNSET:
            resource.unknown("protocol or port", site.direction)


@cache
def _matched(protocol: str, low: Number, high: Number) -> tuple[int | None, int | None]:
    return port_range(protocol, number_of(low), number_of(high))


def _finished(group_id: str, group: _Group) -> ObservedGroup:
    return ObservedGroup(
        region=group.region,
        id=group_id,
        tags=group.tags,
        vpc_id=group.vpc_id,
        group_name=group.name,
        ingress=tuple(group.ingress),
        egress=tuple(group.egress),
    )
