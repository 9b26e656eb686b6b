"""Who may talk to whom: roles and their rules, network ACL, endpoints, flows."""

from ipaddress import IPv4Network
from typing import Literal, NamedTuple

import msgspec

from probes.model.spec.base import Kind, Ports, Protocol, SpecPart, Traffic

Direction = Literal["ingress", "egress"]
DIRECTIONS: tuple[Direction, ...] = ("ingress", "egress")
ENDPOINTS = "vpc-endpoints"
INTERNET = "internet"
TENANTS = "tenants"


class Rule(NamedTuple):
    """One documented security-group rule: a peer and one kind of traffic.

    `peer` is a role, a VPC, a CIDR, a prefix list ID or name (`pl:NAME`), `internet` or `vpc-endpoints` with the
    `services` that are meant. `derived` marks a rule that the document lacks although another of its claims
    cannot hold without it.
    """

    direction: Direction
    peer: str
    kind: Kind
    services: tuple[str, ...] = ()
    derived: bool = False

    @property
    def protocol(self) -> Protocol:
        """tcp, udp, icmp or all."""
        return self.kind.protocol

    @property
    def ports(self) -> Ports:
        """The documented ports; empty means all."""
        return self.kind.ports


class RuleSpec(Traffic, frozen=True, kw_only=True):
    """A line of a role's rules; `peer` is written `from` in ingress and `to` in egress."""

    source: str = msgspec.field(default="", name="from")
    destination: str = msgspec.field(default="", name="to")
    services: tuple[str, ...] = ()
    derived: bool = False

    def rules(self, direction: Direction) -> tuple[Rule, ...]:
        """The line as rules, one for each protocol that it names."""
        peer = self.source if direction == "ingress" else self.destination
        return tuple(Rule(direction, peer, kind, self.services, self.derived) for kind in self.kinds())


class Role(SpecPart, frozen=True, kw_only=True):
    """Hosts with one purpose: where they live, how they are found, and what their security group allows.

    The globs match a Name tag or a group name; `{role}`, `{region}` and `{vpc}` stand for the role's name, the
    Region's alias and the VPC's name. Where `hosts` is empty, whatever has the group plays the role. `vpcs` are
    those that have the role, all with the tier when none is named.
    `listens` are the ports on which it serves. A side without a list of rules is not claimed; with one, no other
    rule is allowed.
    """

    tier: str
    vpcs: tuple[str, ...] = ()
    security_group: str = "*{role}*"
    hosts: str = "*{role}*"
    listens: Ports = ()
    ingress: tuple[RuleSpec, ...] | None = None
    egress: tuple[RuleSpec, ...] | None = None
    tier_documented: bool = True

    def rules(self, direction: Direction) -> tuple[Rule, ...] | None:
        """The rules of one direction, the derived ones too; None when nothing is claimed of it."""
        lines: tuple[RuleSpec, ...] | None = getattr(self, direction)
        return None if lines is None else tuple(rule for line in lines for rule in line.rules(direction))

    @property
    def has_table(self) -> bool:
        """Whether the document lists rules for it."""
        return self.ingress is not None or self.egress is not None


class NaclSpec(SpecPart, frozen=True, kw_only=True):
    """The documented network ACL: allow within these CIDRs in both directions, deny all else.

    `also_allow` names what else it admits, such as clients and a gateway endpoint's public ranges.
    """

    allow_within: tuple[IPv4Network, ...]
    also_allow: tuple[IPv4Network, ...] = ()


class EndpointSpec(SpecPart, frozen=True, kw_only=True):
    """One documented VPC endpoint. `services` are AWS service suffixes (`monitoring`, `logs`): all are required.

    `named` is the document's word for it; `endpoint_type` is empty where the document does not say. `vpcs` are
    those that have it, every VPC when none is named. `role` is the interface endpoints' own role, `users` are
    the roles that have to be able to use it.
    """

    services: tuple[str, ...]
    named: str = ""
    endpoint_type: Literal["", "Gateway", "Interface"] = ""
    vpcs: tuple[str, ...] = ()
    role: str = ""
    users: tuple[str, ...] = ()


class FlowSpec(Traffic, frozen=True, kw_only=True):
    """Traffic that the document says is delivered, or denied, with its replies.

    Ends are roles, VPCs, Transit Gateway route tables (their associated VPCs), CIDRs, `internet` or `tenants`.
    `scope` says whether both ends are in one VPC, one Region, two Regions, or any. `through` are VPCs that every
    path has to cross.
    """

    source: str | tuple[str, ...] = msgspec.field(name="from")
    destination: str | tuple[str, ...] = msgspec.field(name="to")
    id: str = ""
    scope: Literal["any", "same-vpc", "other-vpc", "same-region", "cross-region"] = "any"
    expect: Literal["delivered", "denied"] = "delivered"
    through: tuple[str, ...] = ()
    sentence: str = ""

    @property
    def sources(self) -> tuple[str, ...]:
        """Who sends."""
        return (self.source,) if isinstance(self.source, str) else self.source

    @property
    def destinations(self) -> tuple[str, ...]:
        """Who is sent to."""
        return (self.destination,) if isinstance(self.destination, str) else self.destination

    @property
    def name(self) -> str:
        """Its ID, or what it says as one word."""
        kinds = ",".join(map(str, self.kinds()))
        return self.id or f"{'+'.join(self.sources)}>{'+'.join(self.destinations)}:{kinds}"


class SecuritySpec(SpecPart, frozen=True, kw_only=True):
    """The document's security claims that no other part holds.

    `no_internet_transit_within` is the range that the claim is about. `tenant_key_alias` is a glob for the KMS
    aliases of the tenants' keys.
    """

    no_internet_transit: bool = False
    no_internet_transit_within: tuple[IPv4Network, ...] = ()
    tgw_encryption: Literal["", "all traffic", "between regions"] = ""
    tgw_encryption_support: bool = False
    tenant_kms_keys: bool = False
    tenant_key_alias: str = "alias/*tenant*"
