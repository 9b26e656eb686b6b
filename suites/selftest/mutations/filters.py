"""Mutations of security groups and network ACLs."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from ipaddress import IPv4Network
from typing import Any

from msgspec.structs import replace

from probes.model.spec import DIRECTIONS, Direction, Spec
from probes.model.state import NaclEntry, NetworkAcl, SecurityGroup, SgRule, State
from suites.selftest.mutations.addresses import halves
from suites.selftest.mutations.mutation import Mutation, Sites, adding, as_one, having, none

ANYWHERE = IPv4Network("0.0.0.0/0")
LOST = ("group-rule",)
OPENED = ("no-other-rule",)
ACL = ("acl-allows", "acl-denies", "acl-needs", "flow")
ALL = SgRule(protocol="-1", from_port=None, to_port=None, peer=ANYWHERE)
SSH = SgRule(protocol="tcp", from_port=22, to_port=22, peer=ANYWHERE)


def of_groups(spec: Spec, state: State) -> Iterator[Mutation]:
    """Rules that are gone, narrower, wider or too many; groups that are not where they should be."""
    for direction in DIRECTIONS:
        yield from _of_rules(state, direction, documented_groups(spec, state, direction))
    named = documented_groups(spec, state, "ingress") | documented_groups(spec, state, "egress")
    of_tasks = {name for service in state.ecs_services for name in service.group_ids}
    yield from Sites(state, "group: not attached", "group-attached").change(
        "network_interfaces",
        having(group_ids=()),
        lambda interface: (named - of_tasks).intersection(interface.group_ids),
    )  # the interfaces of tasks have what their service says
    for direction in DIRECTIONS:
        yield from _second_groups(state, direction, documented_groups(spec, state, direction))


def documented_groups(spec: Spec, state: State, direction: Direction) -> frozenset[str]:
    """The IDs of the groups of which the document lists the rules of a direction."""
    vpcs = {cidr: name for name, vpc in spec.vpcs.items() for cidr in vpc.cidrs}
    vpc_of = {vpc.id: vpcs[vpc.cidrs[0]] for vpc in state.vpcs if vpc.cidrs[0] in vpcs}
    return frozenset(
        group.id
        for group in state.security_groups
        for name, role in spec.roles.items()
        if role.rules(direction) is not None and group.name and group.vpc_id in vpc_of
        for vpc in [vpc_of[group.vpc_id]]
        if fnmatchcase(
            group.name, f"*{role.security_group.format(role=name, region=spec.vpcs[vpc].region, vpc=vpc)}"
        )
    )


def _of_rules(state: State, direction: Direction, named: frozenset[str]) -> Iterator[Mutation]:
    def where(group: SecurityGroup) -> bool:
        return group.id in named

    yield from Sites(state, f"group: {direction} rule dropped", *LOST).each(
        "security_groups", direction, none, where
    )
    narrower: dict[str, Callable[[Any], Any]] = {
        "narrowed by half its peers": _fewer_peers,
        "narrowed by half its ports": _fewer_ports,
        "for another protocol": _another_protocol,
    }
    for kind, change in narrower.items():
        yield from Sites(state, f"group: {direction} rule {kind}", *LOST).each(
            "security_groups", direction, as_one(change), where
        )
    for kind, change in {
        "to all ports": having(protocol="-1", from_port=None, to_port=None),
        "to all peers": having(peer=ANYWHERE),
    }.items():
        yield from Sites(state, f"group: {direction} rule widened {kind}", *OPENED).each(
            "security_groups", direction, as_one(change), where
        )
    for rule in (ALL, SSH):
        yield from Sites(state, f"group: {direction} rule added", *OPENED).change(
            "security_groups", adding(direction, rule), where
        )


def _second_groups(state: State, direction: Direction, named: frozenset[str]) -> Iterator[Mutation]:
    """Beside its own group an interface gets another one, which nothing in the document is about."""
    opened = {direction: (SSH if direction == "ingress" else ALL,)}
    for index, interface in enumerate(state.network_interfaces):
        if not named.intersection(interface.group_ids):
            continue
        group = SecurityGroup(
            region=interface.region,
            id="sg-0000000000000000a",
            vpc_id=interface.vpc_id,
            group_name="debug",
            ingress=opened.get("ingress", ()),
            egress=opened.get("egress", ()),
        )
        both = replace(interface, group_ids=(*interface.group_ids, group.id))
        interfaces = state.network_interfaces
        changed = replace(
            state,
            network_interfaces=(*interfaces[:index], both, *interfaces[index + 1 :]),
            security_groups=(*state.security_groups, group),
        )
        yield from Sites(state, f"group: a second one, {direction}", "no-other-group-rule").whole(
            interface.label, changed
        )


def _fewer_peers(rule: SgRule) -> SgRule:
    return replace(rule, peer=halves(rule.peer)[0]) if isinstance(rule.peer, IPv4Network) else rule


def _fewer_ports(rule: SgRule) -> SgRule:
    if (
        rule.protocol in ("tcp", "udp")
        and rule.from_port is not None
        and rule.from_port < (rule.to_port or 0)
    ):
        return replace(rule, from_port=rule.from_port + 1)
    return rule


def _another_protocol(rule: SgRule) -> SgRule:
    return replace(rule, protocol="udp" if rule.protocol == "tcp" else "47", from_port=None, to_port=None)


def of_acls(state: State) -> Iterator[Mutation]:
    """Entries that are gone, turned, before the others; subnets with another ACL."""
    yield from Sites(state, "ACL: entry dropped", *ACL).each(
        "network_acls", "entries", lambda entry: () if entry.action == "allow" else (entry,), _in_use
    )
    yield from Sites(state, "ACL: entry turned", *ACL).each(
        "network_acls", "entries", as_one(having(action="deny")), _in_use
    )
    yield from Sites(state, "ACL: entry narrowed", *ACL).each("network_acls", "entries", _narrowed, _in_use)
    yield from Sites(state, "ACL: entry for one protocol", *ACL).each(
        "network_acls",
        "entries",
        lambda entry: (replace(entry, protocol="udp") if entry.action == "allow" else entry,),
        _in_use,
    )
    for egress in (False, True):
        for action, rules in {"deny": ACL, "allow": ("acl-denies",)}.items():
            first = NaclEntry(number=1, egress=egress, action=action, protocol="-1", cidr=ANYWHERE)  # type: ignore[arg-type]  # one of the two
            yield from Sites(state, f"ACL: {action} all before the others", *rules).change(
                "network_acls", adding("entries", first), _in_use
            )
    yield from Sites(state, "ACL: subnet dropped", "acl-associated").each("network_acls", "subnet_ids", none)


def _in_use(acl: NetworkAcl) -> bool:
    return bool(acl.subnet_ids)


def _narrowed(entry: Any) -> tuple[Any, ...]:  # noqa: ANN401  # an entry
    return (
        (replace(entry, cidr=halves(entry.cidr)[entry.cidr == ANYWHERE]),)
        if entry.action == "allow"
        else (entry,)
    )
