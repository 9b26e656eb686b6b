"""Who a security-group rule is about: CIDRs, prefix lists, other groups, the group itself."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from msgspec import UNSET, Struct

from probes.model.state import GroupRef, PrefixListRef
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import Answer, configured, references_of
from probes.sources.terraform.resources.reader import Reading, flag_of
from probes.sources.terraform.schema import filters
from probes.sources.terraform.schema.attribute_types import Text, Texts

KIND = "security_groups"
Peer = IPv4Network | IPv6Network | GroupRef | PrefixListRef | None


class Rule(Struct, frozen=True):
    """Where a rule is written: its resource, the group it belongs to, and the block if it is inline.

    `alike` counts the inline rules of the block whose peer groups are unknown: Terraform lists the references
    of all of them together.
    """

    instance: Instance[Any]
    group_id: str
    direction: str
    block: str = ""
    alike: int = 1


class Peers:
    """Reads the peers of rules; a peer that nobody can tell is None, with a gap."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def listed(self, rule: Rule, attributes: filters.InlineSgRule | filters.SecurityGroupRule) -> list[Peer]:
        """The peers in the list attributes that inline rules and `aws_security_group_rule` share."""
        peers: list[Peer] = []
        for attribute in ("cidr_blocks", "ipv6_cidr_blocks"):
            peers += self._networks(rule, attribute, getattr(attributes, attribute))
        lists = self._ids(rule, "prefix_list_ids", attributes.prefix_list_ids)
        peers += [PrefixListRef(prefix_list_id=text) if text else None for text in lists]
        if flag_of(attributes.self, default=False):
            peers.append(GroupRef(group_id=rule.group_id))
        return peers

    def groups(self, rule: Rule, attribute: str, values: Texts) -> list[Peer]:
        """The groups in a list attribute."""
        return [group_ref(text) if text else None for text in self._ids(rule, attribute, values)]

    def group(self, rule: Rule, attribute: str, value: Text) -> Iterable[Peer]:
        """The group in a single attribute, if the rule has one."""
        if isinstance(value, str) and value:
            yield group_ref(value)
        elif value is UNSET and configured(rule.instance, attribute):
            found = self._reading.one(rule.instance, value, attribute, KIND, rule.group_id, rule.direction)
            yield group_ref(found) if found else None

    def single(self, rule: Rule, attributes: filters.OnePeerRule) -> Peer:
        """The one peer of `aws_vpc_security_group_ingress_rule` and its egress twin."""
        cidr = attributes.cidr_ipv4 or attributes.cidr_ipv6
        if cidr:
            return self._reading.network(rule.instance, "cidr_ipv4 or cidr_ipv6", cidr)
        place = (KIND, rule.group_id, rule.direction)
        group = attributes.referenced_security_group_id
        if group is not None:
            found = self._reading.one(rule.instance, group, "referenced_security_group_id", *place)
            return group_ref(found) if found else None
        if attributes.prefix_list_id is not None:
            found = self._reading.one(rule.instance, attributes.prefix_list_id, "prefix_list_id", *place)
            return PrefixListRef(prefix_list_id=found) if found else None
        return self._unknown(rule, "cidr_ipv4 or cidr_ipv6")

    def _networks(self, rule: Rule, attribute: str, values: Texts) -> list[Peer]:
        if values is UNSET:
            return [self._unknown(rule, attribute)]
        written = f"{rule.block}.{attribute}" if rule.block else attribute
        return [
            self._unknown(rule, attribute)
            if text is None
            else self._reading.network(rule.instance, written, text)
            for text in (values if isinstance(values, list) else [])
        ]

    def _ids(self, rule: Rule, attribute: str, values: Texts) -> list[str | None]:
        if values is None:
            return []
        if isinstance(values, list) and None not in values:
            return list(values)
        references = references_of(rule.instance, rule.block or attribute, attribute)
        answer = self._reading.resolver.all_of(rule.instance, references, attribute)
        if not answer.missing and rule.alike > 1 and len(answer.ids) > 1:
            answer = Answer(
                missing=f"belongs to one of {rule.alike} inline rules, the file does not show to which"
            )
        if answer.missing:
            self._reading.unresolved(rule.instance, attribute, answer, KIND, rule.group_id, rule.direction)
            return [None]
        known = values if isinstance(values, list) else []
        return [*sorted({text for text in known if text} | set(answer.ids))]

    def _unknown(self, rule: Rule, attribute: str) -> Peer:
        self._reading.unknown(rule.instance, attribute, KIND, rule.group_id, rule.direction)
        return None


def group_ref(text: str) -> GroupRef:
    """A peer group, which the provider writes as `account/sg-…` if it belongs to another account."""
    if "/" not in text:
        return GroupRef(group_id=text)
    owner, _, group_id = text.rpartition("/")
    return GroupRef(group_id=group_id, owner_id=owner)
