"""Documented security-group rules against observed ones: what is missing, what is too much.

Rules are compared as sets of ports per protocol and peer, so a rule split in two or written as a range is the
same rule. A peer is compared as written: a CIDR that happens to contain a group's members is not that group.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network

from probes.model.checks.documented import Documented
from probes.model.errors import EmptySelectionError
from probes.model.spec import SgRuleSpec
from probes.model.spec.claims import RuleClaim
from probes.model.spec.ports import port_range
from probes.model.state import GroupRef, PrefixList, PrefixListRef, SecurityGroup, SgRule

Peer = str
Range = tuple[int, int]
ALL_PORTS: Range = (0, 65535)


def missing_rules(documented: Documented, claim: RuleClaim) -> dict[str, str]:
    """For each documented rule that the group lacks: the rule in words, and the rules it has for that protocol."""
    group = documented.security_group(claim.region, claim.role)
    observed = _rules(group, claim.direction)
    lacking = {}
    for rule in claim.rules:
        alternatives = documented_peers(documented, claim.region, rule)
        if not any(all(_covered(rule, peer, observed) for peer in peers) for peers in alternatives):
            lacking[_documented_words(rule, alternatives[0])] = _similar(rule, observed)
    return lacking


def undocumented_rules(documented: Documented, region: str, role: str, direction: str) -> tuple[str, ...]:
    """The observed rules of a role's group that no documented or derived rule allows, in words."""
    group = documented.security_group(region, role)
    table = documented.spec.security_groups[role]
    specified: tuple[SgRuleSpec, ...] = getattr(table, direction) + getattr(table, f"derived_{direction}")
    allowed = [
        (rule, peer)
        for rule in specified
        for peers in (*documented_peers(documented, region, rule), _prefix_list_ids(documented, region, rule))
        for peer in peers
    ]
    return tuple(rule_words(rule) for rule in _rules(group, direction) if not _allowed(rule, allowed))


def documented_peers(documented: Documented, region: str, rule: SgRuleSpec) -> list[tuple[Peer, ...]]:
    """The ways to write a documented rule's peer; each way lists every peer it needs.

    A role is its security group; the load balancer may also be its subnets (a Network Load Balancer created
    without a security group has none to refer to). VPC endpoints are the endpoints' group and, for a gateway
    endpoint, its prefix list, because a gateway endpoint has no interface.
    """
    if rule.peer == "vpc-endpoints":
        return [_endpoint_peers(documented, region, rule)]
    if rule.peer not in documented.spec.roles:
        return [(rule.peer,)]
    ways: list[tuple[Peer, ...]] = []
    try:
        ways.append((documented.security_group(region, rule.peer).id,))
    except EmptySelectionError:
        ways.append((f"the security group of role {rule.peer}",))
    if rule.peer == "nlb":
        tier = documented.spec.roles["nlb"].tier
        ways.append(tuple(str(cidr) for cidr in documented.spec.regions[region].subnets.of(tier)))
    return ways


def rule_words(rule: SgRule) -> str:
    """An observed rule as messages show it."""
    if rule.protocol == "-1":
        what = "all traffic"
    elif rule.protocol.startswith("icmp"):
        what = f"{rule.protocol} type {_any(rule.from_port)} code {_any(rule.to_port)}"
    else:
        what = f"{rule.protocol} {_range_words(_ports(rule))}"
    return f"{what} {_peer_words(rule)}"


def _endpoint_peers(documented: Documented, region: str, rule: SgRuleSpec) -> tuple[Peer, ...]:
    vpc = documented.vpc(region)
    endpoints = documented.collection("vpc_endpoints").in_region(region)
    gateways = [
        e.service_name
        for e in endpoints
        if e.vpc_id == vpc.id
        and e.endpoint_type == "Gateway"
        and e.service_name.rsplit(".", 1)[-1] in rule.services
    ]
    interface_services = [s for s in rule.services if not any(g.endswith(f".{s}") for g in gateways)]
    peers = [_prefix_list_id(documented, region, service) for service in gateways]
    if interface_services:
        peers.append(documented.security_group(region, "vpce").id)
    return tuple(peers)


def _prefix_list_id(documented: Documented, region: str, service: str) -> Peer:
    lists: tuple[PrefixList, ...] = documented.collection("prefix_lists").in_region(region)
    for prefix_list in lists:
        if fnmatchcase(prefix_list.list_name, service):
            return prefix_list.id
    raise EmptySelectionError(f"no prefix list {service} in {region}")


def _prefix_list_ids(documented: Documented, region: str, rule: SgRuleSpec) -> tuple[Peer, ...]:
    """The prefix lists of a rule's services: naming one is documented also while its endpoint is missing."""
    lists = documented.collection("prefix_lists").in_region(region) if rule.services else ()
    names = [f"*.{service}" for service in rule.services]
    return tuple(
        each.id for each in lists if any(fnmatchcase(getattr(each, "list_name", ""), name) for name in names)
    )


def _rules(group: SecurityGroup, direction: str) -> tuple[SgRule, ...]:
    return group.ingress if direction == "ingress" else group.egress


def _covered(rule: SgRuleSpec, peer: Peer, observed: Iterable[SgRule]) -> bool:
    same = [r for r in observed if _peer_id(r) == peer and r.protocol == _protocol(rule)]
    return all(_inside(wanted, [_ports(r) for r in same]) for wanted in _documented_ports(rule))


def _allowed(rule: SgRule, allowed: Iterable[tuple[SgRuleSpec, Peer]]) -> bool:
    ranges = [
        ports
        for spec_rule, peer in allowed
        if _peer_within(rule, peer) and _protocol(spec_rule) in ("-1", rule.protocol)
        for ports in _documented_ports(spec_rule)
    ]
    return _inside(_ports(rule), ranges)


def _peer_within(rule: SgRule, peer: Peer) -> bool:
    if isinstance(rule.peer, IPv4Network) and "/" in peer:
        return rule.peer.subnet_of(IPv4Network(peer))
    return _peer_id(rule) == peer


def _inside(wanted: Range, ranges: Iterable[Range]) -> bool:
    """Whether the union of the ranges contains the wanted one."""
    position = wanted[0]
    for low, high in sorted(ranges):
        if low > position:
            break
        position = max(position, high + 1)
    return position > wanted[1]


def _protocol(rule: SgRuleSpec) -> str:
    return "-1" if rule.protocol == "all" else rule.protocol


def _documented_ports(rule: SgRuleSpec) -> list[Range]:
    if not rule.ports:
        return [ALL_PORTS]
    return [port_range(ports) for ports in rule.ports]


def _ports(rule: SgRule) -> Range:
    """The ports of a rule, or for ICMP a range that is whole only when every type and code is meant."""
    if rule.from_port is None:
        return ALL_PORTS
    if rule.protocol.startswith("icmp"):
        return rule.from_port, rule.from_port
    return rule.from_port, rule.from_port if rule.to_port is None else rule.to_port


def _peer_id(rule: SgRule) -> Peer:
    match rule.peer:
        case GroupRef(group_id=group_id):
            return group_id
        case PrefixListRef(prefix_list_id=prefix_list_id):
            return prefix_list_id
        case IPv4Network() | IPv6Network():
            return str(rule.peer)
    return "unknown"


def _peer_words(rule: SgRule) -> str:
    return f"({_peer_id(rule)}{', ' + rule.description if rule.description else ''})"


def _documented_words(rule: SgRuleSpec, peers: tuple[Peer, ...]) -> str:
    ports = " ".join(_range_words(ports) for ports in _documented_ports(rule))
    return f"{rule.protocol} {ports} ({rule.peer}: {', '.join(peers)})"


def _similar(rule: SgRuleSpec, observed: Iterable[SgRule]) -> str:
    same = [rule_words(r) for r in observed if r.protocol == _protocol(rule)]
    return "; ".join(same) or f"no {rule.protocol} rule"


def _range_words(ports: Range) -> str:
    if ports == ALL_PORTS:
        return "all"
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def _any(value: int | None) -> str:
    return "any" if value is None else str(value)
