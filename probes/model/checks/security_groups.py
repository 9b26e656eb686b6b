"""Documented security-group rules against observed ones: what is missing, what is too much.

Rules are compared as sets of ports per protocol and peer, so a rule split in two or written as a range is the
same rule. A peer is compared as written: a CIDR that happens to contain a group's members is not that group.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network

from probes.model.checks.cidr_sets import covers
from probes.model.checks.documented import Documented
from probes.model.checks.hosts import attached_groups
from probes.model.errors import EmptySelectionError, UnobservableError
from probes.model.spec import ENDPOINTS, INTERNET, Rule
from probes.model.spec.claims import GroupClaim, RuleClaim
from probes.model.spec.ports import port_range
from probes.model.state import GroupRef, PrefixList, PrefixListRef, SecurityGroup, SgRule
from probes.model.state.base import ANYWHERE

Peer = str
Range = tuple[int, int]
ALL_PORTS: Range = (0, 65535)
PREFIX_LIST = "pl:"


def missing_rule(documented: Documented, claim: RuleClaim) -> tuple[str, str] | None:
    """A documented rule that the group lacks: the rule in words, and the rules it has for that protocol."""
    group = documented.security_group(claim.vpc, claim.role)
    observed = _rules(group, claim.rule.direction)
    alternatives = documented_peers(documented, claim.vpc, claim.rule)
    if any(all(_covered(claim.rule, peer, observed) for peer in peers) for peers in alternatives):
        return None
    return _documented_words(claim.rule, alternatives[0]), _similar(claim.rule, observed)


def undocumented_rules(documented: Documented, claim: GroupClaim) -> tuple[str, ...]:
    """The observed rules of a role's group that no documented or derived rule allows, in words."""
    group = documented.security_group(claim.vpc, claim.role)
    return _beyond(documented, claim, group)


def undocumented_rules_beside(
    documented: Documented, claim: GroupClaim
) -> tuple[tuple[SecurityGroup, str, str], ...]:
    """The same of the other groups of the role's hosts: each with a rule in words, and the first host that has it.

    What an interface may receive and send is what any of its groups allows.
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html
    """
    own, region = documented.security_group(claim.vpc, claim.role).id, documented.spec.region_of(claim.vpc)
    interfaces = documented.collection("network_interfaces").in_region(region)
    named = documented.spec.roles[claim.role].hosts
    hosts = [
        *(attached_groups(documented, claim.vpc, claim.role) if named else ()),
        *((each.label, each.group_ids) for each in interfaces if own in each.group_ids),
    ]
    first = {group_id: host for host, group_ids in reversed(hosts) for group_id in group_ids}
    seen = documented.collection("security_groups").in_region(region)
    known = {group.id: group for group in seen}
    others = sorted(first.keys() - {own})
    unseen = [name for name in others if name not in known]
    if unseen:
        raise UnobservableError(f"{first[unseen[0]]}: its security group {unseen[0]} could not be seen")
    return tuple(
        (known[name], words, first[name])
        for name in others
        for words in _beyond(documented, claim, known[name])
    )


def _beyond(documented: Documented, claim: GroupClaim, group: SecurityGroup) -> tuple[str, ...]:
    specified = documented.spec.roles[claim.role].rules(claim.direction) or ()
    allowed = [
        (rule, peer)
        for rule in specified
        for peers in (
            *documented_peers(documented, claim.vpc, rule),
            _prefix_list_ids(documented, claim.vpc, rule),
        )
        for peer in peers
    ]
    return tuple(rule_words(rule) for rule in _rules(group, claim.direction) if not _allowed(rule, allowed))


def documented_peers(documented: Documented, vpc: str, rule: Rule) -> list[tuple[Peer, ...]]:
    """The ways to write a documented rule's peer; each way lists every peer it needs.

    A role is its security group; the load balancer may also be its subnets (a Network Load Balancer created
    without a security group has none to refer to), and a role of other VPCs only is its subnets there. VPC
    endpoints are the endpoints' group and, for a gateway endpoint, its prefix list, because a gateway endpoint
    has no interface.
    """
    spec = documented.spec
    if rule.peer == ENDPOINTS:
        return [_endpoint_peers(documented, vpc, rule)]
    if rule.peer == INTERNET:
        return [(str(ANYWHERE),)]
    if rule.peer in spec.vpcs:
        return [tuple(map(str, spec.vpcs[rule.peer].cidrs))]
    if rule.peer.startswith(PREFIX_LIST):
        return [(_prefix_list_id(documented, vpc, rule.peer.removeprefix(PREFIX_LIST)),)]
    if rule.peer not in spec.roles:
        return [(rule.peer,)]
    return _role_peers(documented, vpc, rule.peer)


def _role_peers(documented: Documented, vpc: str, role: str) -> list[tuple[Peer, ...]]:
    spec = documented.spec
    homes = spec.vpcs_with(role)
    if vpc not in homes:
        tier = spec.roles[role].tier
        return [tuple(str(cidr) for home in homes for cidr in spec.vpcs[home].tier(tier))]
    ways: list[tuple[Peer, ...]] = []
    try:
        ways.append((documented.group_id(vpc, role),))
    except EmptySelectionError:
        ways.append((f"the security group of role {role}",))
    if spec.load_balancer and role == spec.load_balancer.role:
        ways.append(tuple(map(str, spec.vpcs[vpc].tier(spec.roles[role].tier))))
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


def _endpoint_peers(documented: Documented, vpc: str, rule: Rule) -> tuple[Peer, ...]:
    observed = documented.vpc(vpc)
    endpoints = documented.collection("vpc_endpoints").in_region(observed.region)
    gateways = [
        e.service_name
        for e in endpoints
        if e.vpc_id == observed.id
        and e.endpoint_type == "Gateway"
        and e.service_name.rsplit(".", 1)[-1] in rule.services
    ]
    interface_services = [s for s in rule.services if not any(g.endswith(f".{s}") for g in gateways)]
    roles = dict.fromkeys(
        each.role
        for each in documented.spec.vpc_endpoints
        if each.role and set(each.services).intersection(interface_services)
    )
    return (
        *(_prefix_list_id(documented, vpc, service) for service in gateways),
        *(documented.group_id(vpc, role) for role in roles),
    )


def _prefix_list_id(documented: Documented, vpc: str, name: str) -> Peer:
    region = documented.spec.region_of(vpc)
    lists: tuple[PrefixList, ...] = documented.collection("prefix_lists").in_region(region)
    for prefix_list in lists:
        if fnmatchcase(prefix_list.list_name, name) or prefix_list.id == name:
            return prefix_list.id
    raise EmptySelectionError(f"no prefix list {name} in {region}")


def _prefix_list_ids(documented: Documented, vpc: str, rule: Rule) -> tuple[Peer, ...]:
    """The prefix lists of a rule's services: naming one is documented also while its endpoint is missing."""
    region = documented.spec.region_of(vpc)
    lists = documented.collection("prefix_lists").in_region(region) if rule.services else ()
    names = [f"*.{service}" for service in rule.services]
    return tuple(
        each.id for each in lists if any(fnmatchcase(getattr(each, "list_name", ""), name) for name in names)
    )


def _rules(group: SecurityGroup, direction: str) -> tuple[SgRule, ...]:
    return group.ingress if direction == "ingress" else group.egress


def _covered(rule: Rule, peer: Peer, observed: Iterable[SgRule]) -> bool:
    same = [r for r in observed if r.protocol == _protocol(rule)]
    exact = [_ports(r) for r in same if _peer_id(r) == peer]
    if all(_inside(wanted, exact) for wanted in _documented_ports(rule)):
        return True
    return "/" in peer and all(_split(wanted, IPv4Network(peer), same) for wanted in _documented_ports(rule))


def _split(wanted: Range, network: IPv4Network, observed: Iterable[SgRule]) -> bool:
    """Whether rules for parts of a CIDR are together a rule for all of it, on every one of the ports."""
    parts = [(_ports(r), r.peer) for r in observed if isinstance(r.peer, IPv4Network)]
    starts = {wanted[0], *(low for (low, _), _ in parts), *(high + 1 for (_, high), _ in parts)}
    return all(
        covers([peer for (low, high), peer in parts if low <= port <= high], network)
        for port in starts
        if wanted[0] <= port <= wanted[1]
    )


def _allowed(rule: SgRule, allowed: Iterable[tuple[Rule, Peer]]) -> bool:
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


def _protocol(rule: Rule) -> str:
    return "-1" if rule.protocol == "all" else rule.protocol


def _documented_ports(rule: Rule) -> list[Range]:
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


def _documented_words(rule: Rule, peers: tuple[Peer, ...]) -> str:
    ports = " ".join(_range_words(ports) for ports in _documented_ports(rule))
    return f"{rule.protocol} {ports} ({rule.peer}: {', '.join(peers)})"


def _similar(rule: Rule, observed: Iterable[SgRule]) -> str:
    same = [rule_words(r) for r in observed if r.protocol == _protocol(rule)]
    return "; ".join(same) or f"no {rule.protocol} rule"


def _range_words(ports: Range) -> str:
    if ports == ALL_PORTS:
        return "all"
    return str(ports[0]) if ports[0] == ports[1] else f"{ports[0]}-{ports[1]}"


def _any(value: int | None) -> str:
    return "any" if value is None else str(value)
