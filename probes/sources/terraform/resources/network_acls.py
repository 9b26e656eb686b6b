"""Network ACLs with inline and stand-alone entries, and the default ACL that every other subnet uses."""

from collections import defaultdict
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from probes.model.state import NaclEntry
from probes.model.state import NetworkAcl as ObservedAcl
from probes.model.state import Vpc as ObservedVpc
from probes.model.state.base import ANYWHERE
from probes.model.state.normal import PORT_PROTOCOLS, port_range, sorted_entries
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.values import listed, number_of, tags_of, text_of
from probes.sources.terraform.resources.vpc_defaults import NETWORK_ACL, VpcDefaults
from probes.sources.terraform.schema.base import Attributes, Flag, Number, Tagged, Text, Texts

FIRST_NUMBER = 100


class InlineNaclRule(msgspec.Struct, gc=False):
    """One entry written inside a network ACL."""

    rule_no: Number = UNSET
    action: Text = UNSET
    protocol: Text = UNSET
    cidr_block: Text = UNSET
    ipv6_cidr_block: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    icmp_type: Number = UNSET
    icmp_code: Number = UNSET


class NetworkAcl(Tagged, gc=False):
    """`aws_network_acl` and `aws_default_network_acl`."""

    vpc_id: Text = UNSET
    default_network_acl_id: Text = UNSET
    subnet_ids: Texts = UNSET
    ingress: list[InlineNaclRule] | UnsetType | None = UNSET
    egress: list[InlineNaclRule] | UnsetType | None = UNSET


class NaclRule(Attributes, gc=False):
    """`aws_network_acl_rule`."""

    network_acl_id: Text = UNSET
    rule_number: Number = UNSET
    egress: Flag = UNSET
    rule_action: Text = UNSET
    protocol: Text = UNSET
    cidr_block: Text = UNSET
    ipv6_cidr_block: Text = UNSET
    from_port: Number = UNSET
    to_port: Number = UNSET
    icmp_type: Number = UNSET
    icmp_code: Number = UNSET


class NaclAssociation(Attributes, gc=False):
    """`aws_network_acl_association`."""

    network_acl_id: Text = UNSET
    subnet_id: Text = UNSET


class _Acl(Struct, kw_only=True):
    region: str
    vpc_id: str | None = None
    default: bool = False
    tags: dict[str, str] = {}
    subnet_ids: set[str] = set()
    entries: list[NaclEntry] = []


class NetworkAcls:
    """The network ACLs while entries and associations are being added to them."""

    def __init__(self, reader: Reader, defaults: VpcDefaults, vpcs: list[ObservedVpc]) -> None:
        self._reader = reader
        self._defaults = defaults
        self._vpcs = vpcs
        self._acls: dict[str, _Acl] = {}
        self._claims: dict[str, list[ResourceInstance[NetworkAcl]]] = defaultdict(list)

    def read(self) -> list[ObservedAcl]:
        """Every network ACL."""
        for instance in self._reader.of(NetworkAcl, "aws_network_acl", "aws_default_network_acl"):
            self._add_managed(instance)
        for vpc in self._vpcs:
            self._add_default(vpc)
        for rule in self._reader.of(NaclRule, "aws_network_acl_rule"):
            self._add_rule(rule)
        for association in self._reader.of(NaclAssociation, "aws_network_acl_association"):
            self._associate(association)
        self._note_contested()
        self._associate_the_rest()
        return [_finished(acl_id, acl) for acl_id, acl in self._acls.items()]

    def _add_managed(self, instance: ResourceInstance[NetworkAcl]) -> None:
        resource, attributes = self._reader.own(instance), instance.attributes
        default = instance.type == "aws_default_network_acl"
        vpc_id = self._defaults.owner(resource.id) if default else None
        subnet_ids = resource.many("subnet_ids")
        if attributes.subnet_ids is UNSET and not default:
            for subnet_id in subnet_ids:
                self._claims[subnet_id].append(instance)
        self._acls[resource.id] = _Acl(
            region=instance.region,
            vpc_id=vpc_id or resource.one("vpc_id"),
            default=default,
            tags=tags_of(attributes),
            subnet_ids=set(subnet_ids),
        )
        for direction in ("ingress", "egress"):
            self._add_inline(instance, resource.id, direction)

    def _add_inline(self, instance: ResourceInstance[NetworkAcl], acl_id: str, direction: str) -> None:
        rules = getattr(instance.attributes, direction)
        if rules is UNSET and instance.configures(direction):
            self._reader.own(instance).unknown(direction, "entries")
        for rule in listed(rules):
            outward = direction == "egress"
            self._append(instance, acl_id, rule, number=rule.rule_no, action=rule.action, egress=outward)

    def _add_default(self, vpc: ObservedVpc) -> None:
        """AWS's default ACL allows everything (VPC user guide, "Default network ACL")."""
        acl_id = self._defaults.part(vpc.id, NETWORK_ACL)
        if acl_id not in self._acls:
            entries = [
                NaclEntry(number=FIRST_NUMBER, egress=egress, action="allow", protocol="-1", cidr=ANYWHERE)
                for egress in (False, True)
            ]
            self._acls[acl_id] = _Acl(region=vpc.region, vpc_id=vpc.id, default=True, entries=entries)

    def _add_rule(self, instance: ResourceInstance[NaclRule]) -> None:
        attributes = instance.attributes
        acl_id = self._reader.at(instance).one("network_acl_id")
        if acl_id:
            egress = self._reader.at(instance, acl_id).flag("egress", "entries", default=False)
            number, action = attributes.rule_number, attributes.rule_action
            self._append(instance, acl_id, attributes, number=number, action=action, egress=egress)

    def _append(  # noqa: PLR0913  # the fields that inline and stand-alone entries name differently
        self,
        instance: ResourceInstance[Any],
        acl_id: str,
        rule: InlineNaclRule | NaclRule,
        *,
        number: Number,
        action: Text,
        egress: bool,
    ) -> None:
        text, position = text_of(rule.cidr_block, text_of(rule.ipv6_cidr_block)), number_of(number)
        entries, resource = self._acl(instance, acl_id).entries, self._reader.at(instance, acl_id)
        protocol = resource.protocol(rule.protocol)
        if not text or position is None or _is_open(rule, protocol) or action not in ("allow", "deny"):
            resource.unknown("an entry", "entries")
            return
        cidr = self._reader.network(instance, "cidr_block", text)
        verb: Literal["allow", "deny"] = "allow" if action == "allow" else "deny"
        matched = _matched(rule, protocol)
        entries.append(NaclEntry(number=position, egress=egress, action=verb, cidr=cidr, **matched))

    def _acl(self, instance: ResourceInstance[Any], acl_id: str) -> _Acl:
        acl = self._acls.get(acl_id)
        if acl is None:
            self._reader.at(instance, acl_id).gap(f"network ACL {acl_id} was not read", "entries")
            acl = self._acls[acl_id] = _Acl(region=instance.region)
        return acl

    def _associate(self, instance: ResourceInstance[NaclAssociation]) -> None:
        association = self._reader.at(instance)
        acl_id, subnet_id = association.one("network_acl_id"), association.one("subnet_id")
        if acl_id and subnet_id:
            self._acl(instance, acl_id).subnet_ids.add(subnet_id)

    def _note_contested(self) -> None:
        """A subnet has one ACL: of two that refer to it, at least one picks others of what it refers to."""
        for subnet_id, claims in self._claims.items():
            for instance in claims if len(claims) > 1 else ():
                reason = f"subnet_ids refers to {subnet_id}, and so does another ACL's"
                self._reader.own(instance).gap(reason, "subnet_ids")

    def _associate_the_rest(self) -> None:
        """AWS lists every subnet under exactly one ACL, the default one if nobody chose another."""
        taken = {subnet_id for acl in self._acls.values() if not acl.default for subnet_id in acl.subnet_ids}
        rest = defaultdict(set)
        for subnet in self._reader.subnets.values():
            if subnet.id not in taken:
                rest[subnet.vpc_id].add(subnet.id)
        for acl in self._acls.values():
            if acl.default and acl.vpc_id:
                acl.subnet_ids = rest[acl.vpc_id]


def _is_open(rule: InlineNaclRule | NaclRule, protocol: str) -> bool:
    """Whether only applying the plan will tell what the entry matches."""
    if rule.protocol is UNSET:
        return True
    return protocol in PORT_PROTOCOLS and UNSET in (rule.from_port, rule.to_port)


def _matched(rule: InlineNaclRule | NaclRule, protocol: str) -> dict[str, Any]:
    """Protocol with ports, or with ICMP type and code."""
    if protocol in PORT_PROTOCOLS:
        low, high = port_range(protocol, number_of(rule.from_port), number_of(rule.to_port))
        return {"protocol": protocol, "from_port": low, "to_port": high}
    kind, code = port_range(protocol, number_of(rule.icmp_type), number_of(rule.icmp_code))
    return {"protocol": protocol, "icmp_type": kind, "icmp_code": code}


def _finished(acl_id: str, acl: _Acl) -> ObservedAcl:
    return ObservedAcl(
        region=acl.region,
        id=acl_id,
        tags=acl.tags,
        vpc_id=acl.vpc_id,
        default=acl.default,
        subnet_ids=tuple(sorted(acl.subnet_ids)),
        entries=sorted_entries(acl.entries),
    )
