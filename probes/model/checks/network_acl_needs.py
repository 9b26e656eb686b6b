"""What the document's other claims need of its network ACLs, beyond traffic within the base network.

A network ACL is stateless: replies need an entry of their own, for the ephemeral ports (VPC user guide).
"""

from collections.abc import Iterable
from ipaddress import IPv4Network

import msgspec

from probes.model.checks.documented import Documented
from probes.model.checks.network_acls import effective_acls, entry_words
from probes.model.checks.security_groups import Range
from probes.model.spec import INTERNET, Spec
from probes.model.spec.ports import port_range
from probes.model.state import NaclEntry, NetworkAcl
from probes.model.state.base import ANYWHERE

EPHEMERAL: Range = (1024, 65535)  # AWS's advice for clients of any kind
HTTPS: Range = (443, 443)


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """TCP that the ACL of a tier's subnets has to let through."""

    tier: str
    egress: bool
    cidr: IPv4Network
    ports: Range
    purpose: str

    def __str__(self) -> str:
        low, high = self.ports
        ports = str(low) if low == high else f"{low}-{high}"
        return f"tcp {ports} {'to' if self.egress else 'from'} {self.cidr} for {self.purpose}"


def needs(documented: Documented, vpc: str) -> Iterable[Need]:
    """What gateway endpoints and the clients of the load balancer need, and the replies to both."""
    spec = documented.spec
    for service, cidr in _gateway_cidrs(documented, vpc):
        for tier in _user_tiers(spec, service):
            yield Need(tier=tier, egress=True, cidr=cidr, ports=HTTPS, purpose=service)
            yield Need(tier=tier, egress=False, cidr=cidr, ports=EPHEMERAL, purpose=f"replies of {service}")
    balancer = spec.load_balancer
    if balancer is None or (balancer.vpcs and vpc not in balancer.vpcs) or not _is_open(spec, balancer.role):
        return
    role = spec.roles[balancer.role]
    for port in role.listens:
        ports = port_range(port)
        yield Need(tier=role.tier, egress=False, cidr=ANYWHERE, ports=ports, purpose="clients of the NLB")
    yield Need(
        tier=role.tier, egress=True, cidr=ANYWHERE, ports=EPHEMERAL, purpose="replies to the NLB's clients"
    )


def _is_open(spec: Spec, balancer: str) -> bool:
    """Whether the load balancer's clients may come from anywhere, as they do through an accelerator."""
    rules = spec.roles[balancer].rules("ingress") or ()
    return "global-accelerator" in spec.tenants.path or any(rule.peer == INTERNET for rule in rules)


def _user_tiers(spec: Spec, service: str) -> tuple[str, ...]:
    """The tiers of the roles that use an endpoint's service."""
    users = [user for each in spec.vpc_endpoints if service in each.services for user in each.users]
    return tuple(dict.fromkeys(spec.roles[user].tier for user in users))


def refused(documented: Documented, vpc: str, need: Need) -> Iterable[tuple[NetworkAcl, str]]:
    """The ACLs of the need's subnets that do not let all of it through, each with the entry that decides."""
    for acl in effective_acls(documented, documented.subnets_of_tier(vpc, need.tier)):
        reason = _denial(acl, need)
        if reason:
            yield acl, reason


def _gateway_cidrs(documented: Documented, vpc: str) -> list[tuple[str, IPv4Network]]:
    """The addresses behind a VPC's gateway endpoints, each with its service's suffix."""
    observed = documented.vpc(vpc)
    endpoints = documented.collection("vpc_endpoints").in_region(observed.region)
    gateways = [e.service_name for e in endpoints if e.vpc_id == observed.id and e.endpoint_type == "Gateway"]
    lists = documented.collection("prefix_lists").in_region(observed.region) if gateways else ()
    return [
        (each.list_name.rsplit(".", 1)[-1], cidr)
        for each in lists
        if each.list_name in gateways
        for cidr in each.cidrs
        if isinstance(cidr, IPv4Network)
    ]


def _denial(acl: NetworkAcl, need: Need) -> str | None:
    """The first entry that denies some of the need before one allows all of it."""
    for entry in sorted(acl.entries, key=lambda each: each.number):
        if entry.egress is not need.egress or not _touches(entry, need):
            continue
        if entry.action == "deny":
            return entry_words(entry)
        if _covers(entry, need):
            return None
    return "no entry allows all of it: the implicit deny applies"


def _touches(entry: NaclEntry, need: Need) -> bool:
    low, high = _ports(entry)
    ported = low <= need.ports[1] and need.ports[0] <= high
    return (
        entry.protocol in ("tcp", "-1")
        and isinstance(entry.cidr, IPv4Network)
        and entry.cidr.overlaps(need.cidr)
        and ported
    )


def _covers(entry: NaclEntry, need: Need) -> bool:
    low, high = _ports(entry)
    inside = isinstance(entry.cidr, IPv4Network) and entry.cidr.supernet_of(need.cidr)
    return inside and low <= need.ports[0] and need.ports[1] <= high


def _ports(entry: NaclEntry) -> Range:
    if entry.from_port is None or entry.to_port is None:
        return 0, 65535
    return entry.from_port, entry.to_port
