"""Who a security-group rule is about: CIDRs, prefix lists, other groups, the group itself."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from probes.model.state import GroupRef, PrefixListRef
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import flag_of, listed
from probes.sources.terraform.schema.base import Attributes, Flag, Number, Text, Texts

Peer = IPv4Network | IPv6Network | GroupRef | PrefixListRef | None


class InlineSgRule(msgspec.Struct, gc=False):
    """One rule written inside a security group."""

    protocol: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    cidr_blocks: Texts = UNSET
    ipv6_cidr_blocks: Texts = UNSET
    prefix_list_ids: Texts = UNSET
    security_groups: Texts = UNSET
    self: Flag = UNSET
    description: Text = UNSET


class SecurityGroupRule(Attributes, gc=False):
    """`aws_security_group_rule`."""

    type: Text = UNSET
    security_group_id: Text = UNSET
    protocol: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    cidr_blocks: Texts = UNSET
    ipv6_cidr_blocks: Texts = UNSET
    prefix_list_ids: Texts = UNSET
    source_security_group_id: Text = UNSET
    self: Flag = UNSET
    description: Text = UNSET


class OnePeerRule(Attributes, gc=False):
    """`aws_vpc_security_group_ingress_rule` and `aws_vpc_security_group_egress_rule`."""

    security_group_id: Text = UNSET
    ip_protocol: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    cidr_ipv4: Text = UNSET
    cidr_ipv6: Text = UNSET
    prefix_list_id: Text = UNSET
    referenced_security_group_id: Text = UNSET
    description: Text = UNSET


class RuleSite(Struct, frozen=True):
    """Where a rule is written: its resource, the group it belongs to, and the block if it is inline.

    `alike` counts the inline rules of the block whose peer groups are unknown: Terraform lists the references
    of all of them together.
    """

    instance: ResourceInstance[Any]
    group_id: str
    direction: str
    block: str = ""
    alike: int = 1


class PeerReader:
    """Reads the peers of rules; a peer that nobody can tell is None, with a gap."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def of_inline(self, site: RuleSite, rule: InlineSgRule) -> list[Peer]:
        """The peers of an inline rule."""
        groups = self._ids(site, "security_groups", rule.security_groups)
        return self._listed(site, rule) + [group_ref(text) if text else None for text in groups]

    def of_rule(self, site: RuleSite, rule: SecurityGroupRule) -> list[Peer]:
        """The peers of an `aws_security_group_rule`."""
        attribute, peers = "source_security_group_id", self._listed(site, rule)
        group = rule.source_security_group_id
        if group or (group is UNSET and site.instance.configures(attribute)):
            found = self._resource(site).one(attribute, site.direction)
            peers.append(group_ref(found) if found else None)
        return peers

    def of_single(self, site: RuleSite, rule: OnePeerRule) -> Peer:
        """The one peer of `aws_vpc_security_group_ingress_rule` and its egress twin."""
        cidr = rule.cidr_ipv4 or rule.cidr_ipv6
        if cidr:
            return self._reader.network(site.instance, "cidr_ipv4 or cidr_ipv6", cidr)
        resource = self._resource(site)
        if rule.referenced_security_group_id is not None:
            found = resource.one("referenced_security_group_id", site.direction)
            return group_ref(found) if found else None
        if rule.prefix_list_id is not None:
            found = resource.one("prefix_list_id", site.direction)
            return PrefixListRef(prefix_list_id=found) if found else None
        return self._unknown(site, "cidr_ipv4 or cidr_ipv6")

    def _listed(self, site: RuleSite, rule: InlineSgRule | SecurityGroupRule) -> list[Peer]:
        peers: list[Peer] = []
        for attribute in ("cidr_blocks", "ipv6_cidr_blocks"):
            peers += self._networks(site, attribute, getattr(rule, attribute))
        lists = self._ids(site, "prefix_list_ids", rule.prefix_list_ids)
        peers += [PrefixListRef(prefix_list_id=text) if text else None for text in lists]
        if flag_of(rule.self, default=False):
            peers.append(GroupRef(group_id=site.group_id))
        return peers

    def _networks(self, site: RuleSite, attribute: str, values: Texts) -> Iterable[Peer]:
        if values is UNSET:
            yield self._unknown(site, attribute)
        written = f"{site.block}.{attribute}" if site.block else attribute
        for text in listed(values):
            if text is None:
                yield self._unknown(site, attribute)
            else:
                yield self._reader.network(site.instance, written, text)

    def _ids(self, site: RuleSite, attribute: str, values: Texts) -> list[str | None]:
        if values is None:
            return []
        if isinstance(values, list) and None not in values:
            return list(values)
        references = site.instance.references(site.block or attribute, attribute)
        resolution = self._reader.resolver.all_of(site.instance, references, attribute)
        missing = resolution.missing
        if not missing and site.alike > 1 and len(resolution.ids) > 1:
            missing = f"belongs to one of {site.alike} inline rules, the file does not show to which"
        if missing:
            self._resource(site).gap(f"{attribute} {missing}", site.direction)
            return [None]
        return [*sorted({text for text in listed(values) if text} | set(resolution.ids))]

    def _unknown(self, site: RuleSite, attribute: str) -> Peer:
        self._resource(site).unknown(attribute, site.direction)
        return None

    def _resource(self, site: RuleSite) -> ResourceReader[Any]:
        return self._reader.at(site.instance, site.group_id)


def group_ref(text: str) -> GroupRef:
    """A peer group, which the provider writes as `account/sg-…` if it belongs to another account."""
    if "/" not in text:
        return GroupRef(group_id=text)
    owner, _, group_id = text.rpartition("/")
    return GroupRef(group_id=group_id, owner_id=owner)
