"""Who may talk to whom: roles, security groups, network ACL, endpoints, flows."""

from ipaddress import IPv4Network
from typing import Literal

from probes.model.spec.base import SpecPart, Tier


class SgRuleSpec(SpecPart, frozen=True, kw_only=True):
    """One documented security-group rule.

    `protocol` is tcp, udp, icmp or all. `ports` holds single ports or "low-high" ranges; empty means all.
    `peer` is a role of `roles`, the word "vpc-endpoints", or a CIDR. `requirement` is the catalogue ID.
    """

    requirement: str
    protocol: Literal["tcp", "udp", "icmp", "all"]
    ports: tuple[int | str, ...] = ()
    peer: str
    services: tuple[str, ...] = ()


class SecurityGroupSpec(SpecPart, frozen=True, kw_only=True):
    """The documented rules of one security group; the world is closed: no other rule is allowed.

    `derived_ingress` and `derived_egress` (ours) are rules that the document lacks although another of its
    claims cannot hold without them: having one breaks no closed world, and the requirement that it names asks
    for it, not the document.
    """

    ingress: tuple[SgRuleSpec, ...]
    egress: tuple[SgRuleSpec, ...]
    derived_ingress: tuple[SgRuleSpec, ...] = ()
    derived_egress: tuple[SgRuleSpec, ...] = ()


class Role(SpecPart, frozen=True, kw_only=True):
    """How a role of the document is found in an observed network (ours).

    The patterns are shell globs; `{alias}` and `{region}` stand for the region. A resource has the role if
    the glob matches its Name tag or, for a security group, its group name. `tier` is where its hosts live;
    `tier_documented` is False where the document does not say (C33). `ports` are those it listens on.
    """

    tier: Tier
    security_group: str
    host: str = ""
    ports: tuple[int | str, ...] = ()
    tier_documented: bool = True


class NaclSpec(SpecPart, frozen=True, kw_only=True):
    """The documented network ACL: allow within these CIDRs in both directions, deny all else.

    `also_allow` names what else it admits, such as clients and DynamoDB's public ranges; the document has
    none (C09).
    """

    allow_within: tuple[IPv4Network, ...]
    also_allow: tuple[IPv4Network, ...] = ()


class EndpointSpec(SpecPart, frozen=True, kw_only=True):
    """One documented VPC endpoint. `services` are AWS service suffixes (`monitoring`, `logs`): all are required.

    `named` is the document's word for it; `endpoint_type` is empty where the document does not say (C12).
    """

    requirement: str
    services: tuple[str, ...]
    named: str = ""
    endpoint_type: Literal["", "Gateway", "Interface"] = ""


class FlowSpec(SpecPart, frozen=True, kw_only=True):
    """One flow that the document says works.

    `source` and `destination` are roles; `scope` says whether both ends are in one region, in two, or either.
    """

    id: str
    requirement: str
    source: str
    destination: str
    scope: Literal["same-region", "cross-region", "any"]
    protocol: Literal["tcp", "udp", "icmp", "all"]
    ports: tuple[int | str, ...] = ()
    sentence: str


class SecuritySpec(SpecPart, frozen=True, kw_only=True):
    """The document's security claims that no other part holds.

    `no_internet_transit_within` is the range that the claim is about; the document sets none (C23).
    `tenant_key_alias` is a glob for the KMS aliases of the tenants' keys (ours).
    """

    no_internet_transit: bool
    no_internet_transit_within: tuple[IPv4Network, ...] = ()
    tgw_encryption: Literal["all traffic", "between regions"]
    tenant_kms_keys: bool
    tenant_key_alias: str = "alias/*tenant*"
