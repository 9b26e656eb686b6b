"""Mutations that change neither what is documented nor what is delivered: no test may say anything."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from typing import Any

import msgspec
from msgspec.structs import replace

from probes.model.state import Resource, RouteTargetKind, SecurityGroup, SgRule, State, Vpc, VpcRoute
from suites.selftest.mutations.addresses import halves
from suites.selftest.mutations.filters import ALL
from suites.selftest.mutations.mutation import Mutation, Sites, having

ORDERED = (
    ("vpc_route_tables", "routes"),
    ("vpc_route_tables", "subnet_ids"),
    ("tgw_route_tables", "routes"),
    ("tgw_route_tables", "associations"),
    ("tgw_route_tables", "propagations"),
    ("tgw_attachments", "subnet_ids"),
    ("security_groups", "ingress"),
    ("security_groups", "egress"),
    ("network_acls", "entries"),
    ("network_acls", "subnet_ids"),
    ("network_interfaces", "group_ids"),
    ("load_balancers", "subnet_ids"),
    ("target_groups", "targets"),
    ("dynamo_tables", "replicas"),
)


def harmless(state: State) -> Iterator[Mutation]:
    """Another order, the same in more parts, and what the document is not about."""
    for field in msgspec.structs.fields(State):
        items = getattr(state, field.name)
        if isinstance(items, tuple) and items and isinstance(items[0], Resource):
            yield from Sites(state, "harmless: another order").whole(
                field.name, replace(state, **{field.name: items[::-1]})
            )
    for collection, name in ORDERED:
        yield from Sites(state, "harmless: another order").change(collection, _reversed(name))
    yield from _divided(state)
    yield from _described(state)
    yield from _unrelated(state)


def _reversed(field: str) -> Callable[[Any], Any]:
    return lambda item: replace(item, **{field: getattr(item, field)[::-1]})


def _divided(state: State) -> Iterator[Mutation]:
    for direction in ("ingress", "egress"):
        for kind, change in {
            "two rules by peers": _by_peers,
            "two rules by ports": _by_ports,
            "a rule within another": _twice,
        }.items():
            yield from Sites(state, f"harmless: {kind}").each("security_groups", direction, change)
    yield from Sites(state, "harmless: two routes for one").each("vpc_route_tables", "routes", _two_routes)
    yield from Sites(state, "harmless: two ACL entries for one").each("network_acls", "entries", _two_entries)
    yield from Sites(state, "harmless: ACL entries numbered anew").change(
        "network_acls",
        lambda acl: replace(acl, entries=tuple(replace(e, number=e.number + 7) for e in acl.entries)),
    )


def _by_peers(rule: SgRule) -> tuple[SgRule, ...]:
    if not isinstance(rule.peer, IPv4Network):
        return (rule,)
    return tuple(replace(rule, peer=half) for half in halves(rule.peer))


def _by_ports(rule: SgRule) -> tuple[SgRule, ...]:
    first, last = rule.from_port, rule.to_port
    if rule.protocol not in ("tcp", "udp") or first is None or last is None or first >= last:
        return (rule,)
    return (replace(rule, to_port=first), replace(rule, from_port=first + 1))


def _twice(rule: SgRule) -> tuple[SgRule, ...]:
    return (rule, _by_peers(rule)[0])


def _two_routes(route: VpcRoute) -> tuple[VpcRoute, ...]:
    if route.target is RouteTargetKind.LOCAL or not isinstance(route.destination, IPv4Network):
        return (route,)
    return tuple(replace(route, destination=half) for half in halves(route.destination))


def _two_entries(entry: Any) -> tuple[Any, ...]:  # noqa: ANN401  # an entry
    one, other = halves(entry.cidr)
    return (replace(entry, cidr=one), replace(entry, cidr=other, number=entry.number + 1))


def _described(state: State) -> Iterator[Mutation]:
    yield from Sites(state, "harmless: a description").change(
        "network_interfaces",
        having(description="seen by an operator"),
        lambda one: one.interface_type == "interface",
    )
    for direction in ("ingress", "egress"):
        yield from Sites(state, "harmless: a description").each(
            "security_groups", direction, lambda rule: (replace(rule, description="why"),)
        )
    yield from Sites(state, "harmless: a tag").change(
        "subnets", lambda one: replace(one, tags={**one.tags, "team": "network"})
    )
    yield from Sites(state, "harmless: another topic").change(
        "metric_alarms", lambda one: replace(one, alarm_actions=("arn:aws:sns:us-east-1:111122223333:more",))
    )


def _unrelated(state: State) -> Iterator[Mutation]:
    """What else an account holds."""
    for vpc in state.vpcs:
        other = Vpc(region=vpc.region, id="vpc-0000000000000000b", cidrs=(IPv4Network("172.31.0.0/16"),))
        yield from Sites(state, "harmless: another VPC").add("vpcs", vpc.region, other)
        group = SecurityGroup(
            region=vpc.region,
            id="sg-0000000000000000b",
            vpc_id=vpc.id,
            group_name="unused",
            ingress=(ALL,),
            egress=(ALL,),
        )
        yield from Sites(state, "harmless: a group of nobody").add("security_groups", vpc.label, group)
    for table in state.dynamo_tables:
        other_table = replace(
            table, id=f"{table.id}-of-another-team", status="ARCHIVED", replicas=(), tags={}
        )
        yield from Sites(state, "harmless: another table").add("dynamo_tables", table.label, other_table)
    for alarm in state.metric_alarms:
        other_alarm = replace(
            alarm, id=f"{alarm.id}-more", namespace="AWS/Billing", dimensions={}, alarm_actions=()
        )
        yield from Sites(state, "harmless: another alarm").add("metric_alarms", alarm.label, other_alarm)
