"""Network ACLs with inline and stand-alone entries, and the default ACL that every other subnet uses."""

from collections import defaultdict
from typing import Any, Literal

from msgspec import UNSET, Struct

from probes.model.state import NaclEntry, NetworkAcl, Subnet, Vpc
from probes.model.state.base import ANYWHERE
from probes.model.state.normal import PORT_PROTOCOLS, port_range, sorted_entries
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import Answer, configured
from probes.sources.terraform.resources.reader import Reading, flag_of, number_of, tags_of, text_of
from probes.sources.terraform.resources.vpc_defaults import NETWORK_ACL, Defaults
from probes.sources.terraform.schema import filters
from probes.sources.terraform.schema.attribute_types import Number, Text

KIND = "network_acls"
FIRST_NUMBER = 100


class _Acl(Struct):
    region: str
    vpc_id: str | None
    default: bool
    tags: dict[str, str]
    subnet_ids: set[str]
    entries: list[NaclEntry]


class NetworkAcls:
    """The network ACLs while entries and associations are being added to them."""

    def __init__(self, reading: Reading, defaults: Defaults, vpcs: list[Vpc], subnets: list[Subnet]) -> None:
        self._reading = reading
        self._defaults = defaults
        self._vpcs = vpcs
        self._subnets = subnets
        self._acls: dict[str, _Acl] = {}
        self._claims: dict[str, list[Instance[filters.NetworkAcl]]] = defaultdict(list)

    def read(self) -> list[NetworkAcl]:
        """Every network ACL."""
        managed = self._reading.of(filters.NetworkAcl, "aws_network_acl", "aws_default_network_acl")
        for instance in managed:
            self._add_managed(instance)
        for vpc in self._vpcs:
            self._add_default(vpc)
        for rule in self._reading.of(filters.NaclRule, "aws_network_acl_rule"):
            self._add_rule(rule)
        for association in self._reading.of(filters.NaclAssociation, "aws_network_acl_association"):
            self._associate(association)
        self._note_contested()
        self._associate_the_rest()
        return [_finished(acl_id, acl) for acl_id, acl in self._acls.items()]

    def _add_managed(self, instance: Instance[filters.NetworkAcl]) -> None:
        acl_id, attributes = self._reading.identity(instance), instance.attributes
        default = instance.type == "aws_default_network_acl"
        vpc_id = self._defaults.owner(acl_id) if default else None
        if vpc_id is None:
            vpc_id = self._reading.one(instance, attributes.vpc_id, "vpc_id", KIND, acl_id, "vpc_id")
        subnet_ids = self._reading.many(
            instance, attributes.subnet_ids, "subnet_ids", KIND, acl_id, "subnet_ids"
        )
        if attributes.subnet_ids is UNSET and not default:
            for subnet_id in subnet_ids:
                self._claims[subnet_id].append(instance)
        entries: list[NaclEntry] = []
        self._acls[acl_id] = _Acl(
            instance.region, vpc_id, default, tags_of(attributes), set(subnet_ids), entries
        )
        for direction in ("ingress", "egress"):
            self._add_inline(instance, acl_id, direction)

    def _add_inline(self, instance: Instance[filters.NetworkAcl], acl_id: str, direction: str) -> None:
        rules = getattr(instance.attributes, direction)
        if rules is UNSET:
            if configured(instance, direction):
                self._reading.unknown(instance, direction, KIND, acl_id, "entries")
            return
        for rule in rules or ():
            outward = direction == "egress"
            self._append(instance, acl_id, rule, number=rule.rule_no, action=rule.action, egress=outward)

    def _add_default(self, vpc: Vpc) -> None:
        """AWS's default ACL allows everything (VPC user guide, "Default network ACL")."""
        acl_id = self._defaults.part(vpc.id, NETWORK_ACL)
        if acl_id in self._acls:
            return
        entries = [
            NaclEntry(number=FIRST_NUMBER, egress=egress, action="allow", protocol="-1", cidr=ANYWHERE)
            for egress in (False, True)
        ]
        self._acls[acl_id] = _Acl(vpc.region, vpc.id, True, {}, set(), entries)  # noqa: FBT003  # the default ACL

    def _add_rule(self, instance: Instance[filters.NaclRule]) -> None:
        attributes = instance.attributes
        acl_id = self._reading.one(instance, attributes.network_acl_id, "network_acl_id", KIND)
        if acl_id:
            if attributes.egress is UNSET and configured(instance, "egress"):
                self._reading.unknown(instance, "egress", KIND, acl_id, "entries")
            egress = flag_of(attributes.egress, default=False)
            number, action = attributes.rule_number, attributes.rule_action
            self._append(instance, acl_id, attributes, number=number, action=action, egress=egress)

    def _append(  # noqa: PLR0913  # the fields that inline and stand-alone entries name differently
        self,
        instance: Instance[Any],
        acl_id: str,
        rule: filters.InlineNaclRule | filters.NaclRule,
        *,
        number: Number,
        action: Text,
        egress: bool,
    ) -> None:
        text, position = text_of(rule.cidr_block, text_of(rule.ipv6_cidr_block)), number_of(number)
        entries = self._acl(instance, acl_id).entries
        protocol = self._reading.protocol(instance, rule.protocol)
        if not text or position is None or _is_open(rule, protocol) or action not in ("allow", "deny"):
            self._reading.unknown(instance, "an entry", KIND, acl_id, "entries")
            return
        cidr = self._reading.network(instance, "cidr_block", text)
        verb: Literal["allow", "deny"] = "allow" if action == "allow" else "deny"
        matched = _matched(rule, protocol)
        entries.append(NaclEntry(number=position, egress=egress, action=verb, cidr=cidr, **matched))

    def _acl(self, instance: Instance[Any], acl_id: str) -> _Acl:
        acl = self._acls.get(acl_id)
        if acl is None:
            reason = f"{instance.address}: network ACL {acl_id} was not read"
            self._reading.gap(KIND, reason, region=instance.region, resource=acl_id, field="entries")
            acl = self._acls[acl_id] = _Acl(instance.region, None, False, {}, set(), [])  # noqa: FBT003  # unknown
        return acl

    def _associate(self, instance: Instance[filters.NaclAssociation]) -> None:
        attributes = instance.attributes
        acl_id = self._reading.one(instance, attributes.network_acl_id, "network_acl_id", KIND)
        subnet_id = self._reading.one(instance, attributes.subnet_id, "subnet_id", KIND)
        if acl_id and subnet_id:
            self._acl(instance, acl_id).subnet_ids.add(subnet_id)

    def _note_contested(self) -> None:
        """A subnet has one ACL: of two that refer to it, at least one picks others of what it refers to."""
        for subnet_id, claims in self._claims.items():
            for instance in claims if len(claims) > 1 else ():
                answer = Answer(missing=f"refers to {subnet_id}, and so does another ACL's")
                place = (KIND, self._reading.identity(instance), "subnet_ids")
                self._reading.unresolved(instance, "subnet_ids", answer, *place)

    def _associate_the_rest(self) -> None:
        """AWS lists every subnet under exactly one ACL, the default one if nobody chose another."""
        taken = {subnet_id for acl in self._acls.values() if not acl.default for subnet_id in acl.subnet_ids}
        rest = defaultdict(set)
        for subnet in self._subnets:
            if subnet.id not in taken:
                rest[subnet.vpc_id].add(subnet.id)
        for acl in self._acls.values():
            if acl.default and acl.vpc_id:
                acl.subnet_ids = rest[acl.vpc_id]


def _is_open(rule: filters.InlineNaclRule | filters.NaclRule, protocol: str) -> bool:
    """Whether only applying the plan will tell what the entry matches."""
    if rule.protocol is UNSET:
        return True
    return protocol in PORT_PROTOCOLS and UNSET in (rule.from_port, rule.to_port)


def _matched(rule: filters.InlineNaclRule | filters.NaclRule, protocol: str) -> dict[str, Any]:
    """Protocol with ports, or with ICMP type and code."""
    if protocol in PORT_PROTOCOLS:
        low, high = port_range(protocol, number_of(rule.from_port), number_of(rule.to_port))
        return {"protocol": protocol, "from_port": low, "to_port": high}
    kind, code = port_range(protocol, number_of(rule.icmp_type), number_of(rule.icmp_code))
    return {"protocol": protocol, "icmp_type": kind, "icmp_code": code}


def _finished(acl_id: str, acl: _Acl) -> NetworkAcl:
    return NetworkAcl(
        region=acl.region,
        id=acl_id,
        tags=acl.tags,
        vpc_id=acl.vpc_id,
        default=acl.default,
        subnet_ids=tuple(sorted(acl.subnet_ids)),
        entries=sorted_entries(acl.entries),
    )
