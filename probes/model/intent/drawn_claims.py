"""What is wrong with one drawn address, destination or packet: the document's claims, asked point by point."""

from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple

from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation
from probes.model.errors import EmptySelectionError, UnobservableError
from probes.model.network.packets import PROTOCOL_NUMBERS, opening, sg_rule_covers
from probes.model.spec import ENDPOINTS, INTERNET, Direction, Protocol, Rule
from probes.model.spec.claims import TableClaim
from probes.model.spec.ports import ports_of
from probes.model.spec.topology import BLACKHOLE, routes_of

EPHEMERAL_PORT = 49152
NOWHERE = "nowhere"


def misplaced_address(documented: Documented, vpc: str, address: IPv4Address) -> Violation | None:
    """An address of a documented VPC lies in its documented subnet and in no other, or in none at all."""
    spec = documented.spec
    wanted = [str(cidr) for cidr in spec.vpcs[vpc].all_subnets if address in cidr]
    others = () if spec.overlaps else tuple(name for name in spec.vpcs if name != vpc)
    found = [f"{s.label} {s.cidr}" for s in documented.subnets(vpc) if s.cidr and address in s.cidr]
    cidrs = [str(s.cidr) for s in documented.subnets(vpc) if s.cidr and address in s.cidr]
    elsewhere = [
        f"{s.label} {s.cidr}"
        for other in others
        for s in documented.subnets(other)
        if s.cidr and address in s.cidr
    ]
    if cidrs == wanted and not elsewhere:
        return None
    return Violation(
        resource=f"{address} of {documented.vpc(vpc).label}",
        expected=f"in {' and '.join(wanted) or 'no subnet'}",
        observed=f"in {' and '.join([*found, *elsewhere]) or 'no subnet'}",
        hint="correct the subnets, or the document's CIDR plan",
    )


def wrong_next_hop(documented: Documented, claim: TableClaim, address: IPv4Address) -> Violation | None:
    """A destination has its documented next hop in a Transit Gateway route table: by longest match, as AWS does.

    https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
    """
    table = documented.route_table(claim.gateway, claim.table)
    if not table.routes_complete:
        raise UnobservableError(f"{table.label}: AWS said AdditionalRoutesAvailable, the rest was not seen")
    held = [r for r in table.routes if isinstance(r.destination, IPv4Network) and address in r.destination]
    best = max(held, key=lambda r: (r.destination.prefixlen, r.type == "static"), default=None)
    sides = () if best is None or best.state == BLACKHOLE else best.attachment_ids
    observed = BLACKHOLE if best is not None and best.state == BLACKHOLE else ", ".join(sides) or NOWHERE
    wanted = _documented_via(documented, claim, address)
    learned = _learned(documented, claim, address)
    if wanted == observed or wanted in sides or (best and best.type == "propagated" and learned & {*sides}):
        return None
    return Violation(
        resource=f"{table.label}: {address}",
        expected=f"to {wanted}",
        observed=f"to {observed}" + (f" by {best.destination}" if best else ""),
        hint="correct the route table, or the document's routes",
    )


def _documented_via(documented: Documented, claim: TableClaim, address: IPv4Address) -> str:
    routes = routes_of(documented.spec, claim.claimed)
    via = routes.get(
        max((c for c in routes if address in c), key=lambda c: c.prefixlen, default=IPv4Network(0)), ""
    )
    if via in ("", BLACKHOLE):
        return via or NOWHERE
    try:
        return documented.attachments_named(claim.gateway, (via,))[0].id
    except EmptySelectionError:
        return f"the attachment {via}"


def _learned(documented: Documented, claim: TableClaim, address: IPv4Address) -> set[str]:
    """The attachments of which the document does not say whose route counts: what AWS says decides.

    They propagate routes that are not the document's, or share addresses with others that propagate.
    """
    spec = documented.spec
    others = spec.transit_gateways[claim.gateway].attachments
    names = [name for name in claim.claimed.propagated if name in others]
    if spec.overlaps:
        vpcs = (name for name in claim.claimed.propagated if name in spec.vpcs)
        names += [name for name in vpcs if any(address in cidr for cidr in spec.vpcs[name].cidrs)]
    return {side.id for name in names for side in documented.attachments_named(claim.gateway, (name,))}


class Admission(NamedTuple):
    """One kind of traffic between a role in a VPC and an address; the port counts for TCP and UDP."""

    vpc: str
    role: str
    direction: Direction
    address: IPv4Address
    protocol: Protocol
    port: int


def wrong_admission(documented: Documented, asked: Admission) -> Violation | None:
    """A role's group admits from an address, or sends there, what a documented rule allows, and nothing else."""
    vpc, role, direction, address, protocol, port = asked
    group = documented.security_group(vpc, role)
    packet = opening(address, address, PROTOCOL_NUMBERS[protocol], source_port=EPHEMERAL_PORT, port=port)
    observed = any(
        isinstance(rule.peer, IPv4Network) and address in rule.peer and sg_rule_covers(rule, packet)
        for rule in (group.ingress if direction == "ingress" else group.egress)
    )
    rules = [
        rule
        for rule in documented.spec.roles[role].rules(direction) or ()
        if rule.protocol == "all" or (rule.protocol == protocol and _covers_port(rule, port))
    ]
    required = any(_names(documented, vpc, rule, address) and not rule.derived for rule in rules)
    allowed = any(_may_name(documented, vpc, rule, address) for rule in rules)
    if observed == required or (observed and allowed) or (required and observed):
        return None
    what = f"{protocol} {port}" if protocol in ("tcp", "udp") else "echo requests"
    return Violation(
        resource=group.label,
        expected=f"{direction} {what} of {address} {'allowed' if required else 'refused'}",
        observed="allowed" if observed else "refused",
        hint="correct the group's rules, or the role's in the document",
    )


def _covers_port(rule: Rule, port: int) -> bool:
    return rule.protocol == "icmp" or port in ports_of(rule.ports)


def _names(documented: Documented, vpc: str, rule: Rule, address: IPv4Address) -> bool:
    """Whether a rule names an address as such, and not as a member of a group."""
    spec = documented.spec
    if rule.peer == INTERNET:
        return True
    if rule.peer in spec.vpcs:
        return any(address in cidr for cidr in spec.vpcs[rule.peer].cidrs)
    if rule.peer in spec.roles:
        homes = spec.vpcs_with(rule.peer)
        return vpc not in homes and _is_of_role(documented, rule.peer, address)
    return "/" in rule.peer and address in IPv4Network(rule.peer)


def _may_name(documented: Documented, vpc: str, rule: Rule, address: IPv4Address) -> bool:
    """As `_names`, or as an address of a role or endpoint that the rule is about."""
    if rule.peer == ENDPOINTS:
        return any(
            each.role and _is_of_role(documented, each.role, address)
            for each in documented.spec.vpc_endpoints
        )
    return _names(documented, vpc, rule, address) or (
        rule.peer in documented.spec.roles and _is_of_role(documented, rule.peer, address)
    )


def _is_of_role(documented: Documented, role: str, address: IPv4Address) -> bool:
    spec = documented.spec
    tier = spec.roles[role].tier
    return any(address in cidr for vpc in spec.vpcs_with(role) for cidr in spec.vpcs[vpc].tier(tier))
