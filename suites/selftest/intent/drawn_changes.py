"""Changes to what decides about traffic from and to outsiders, drawn at random."""

from collections.abc import Callable
from ipaddress import IPv4Network
from random import Random
from typing import Any

from msgspec.structs import replace

from probes.model.state import Gap, RouteTargetKind, State, VpcRoute

PEERS = tuple(
    map(
        IPv4Network,
        ("0.0.0.0/0", "203.0.113.0/24", "8.8.8.0/25", "8.0.0.0/7", "10.0.0.0/8", "172.16.0.0/12"),
    )
)
UNSEEN = {
    "security_groups": ("ingress", "egress"),
    "network_acls": ("entries",),
    "vpc_route_tables": ("routes",),
}


def changed(state: State, random: Random) -> State:
    """The state after a few changes."""
    for _ in range(random.randint(1, 4)):
        state = random.choice(_CHANGES)(state, random)
    return state


def _one(state: State, kind: str, random: Random, change: Callable[[Any], Any]) -> State:
    items = list(getattr(state, kind))
    if items:
        index = random.randrange(len(items))
        items[index] = change(items[index])
    return replace(state, **{kind: tuple(items)})


def _with_rule(state: State, random: Random) -> State:
    def change(group: Any) -> Any:  # noqa: ANN401  # a resource of any kind
        direction = random.choice(("ingress", "egress"))
        rules = getattr(group, direction)
        low = random.choice((1, 22, 80, 443, 1024, 5000))
        said = {
            "protocol": random.choice(("tcp", "udp")),
            "from_port": low,
            "to_port": low + random.choice((0, 1, 500)),
        }
        more = [replace(rule, peer=random.choice(PEERS), **said) for rule in rules[:1]]
        return replace(group, **{direction: (*rules, *more)})

    return _one(state, "security_groups", random, change)


def _with_another_peer(state: State, random: Random) -> State:
    def change(group: Any) -> Any:  # noqa: ANN401  # as above
        direction = random.choice(("ingress", "egress"))
        rules = list(getattr(group, direction))
        if rules:
            index = random.randrange(len(rules))
            rules[index] = replace(rules[index], peer=random.choice((None, *PEERS)))
        return replace(group, **{direction: tuple(rules)})

    return _one(state, "security_groups", random, change)


def _without_rule(state: State, random: Random) -> State:
    def change(group: Any) -> Any:  # noqa: ANN401  # as above
        direction = random.choice(("ingress", "egress"))
        return replace(group, **{direction: getattr(group, direction)[1:]})

    return _one(state, "security_groups", random, change)


def _with_acl_entry(state: State, random: Random) -> State:
    def change(acl: Any) -> Any:  # noqa: ANN401  # as above
        entry = replace(
            random.choice(acl.entries),
            number=random.randint(1, 99),
            cidr=random.choice(PEERS),
            action=random.choice(("allow", "deny")),
        )
        return replace(acl, entries=(entry, *(each for each in acl.entries if each.number != entry.number)))

    return _one(state, "network_acls", random, change)


def _with_gap(state: State, random: Random) -> State:
    kind = random.choice(tuple(UNSEEN))
    for one in random.sample(getattr(state, kind), 1):
        field = random.choice(UNSEEN[kind])
        gap = Gap(kind=kind, region=one.region, resource=one.id, field=field, reason="denied")
        return replace(state, gaps=(*state.gaps, gap))
    return state


def _with_way_out(state: State, random: Random) -> State:
    """A VPC with an Internet gateway, and routes to it."""
    if not state.internet_gateways or any(one.id.endswith("0000a") for one in state.internet_gateways):
        return state
    vpc = random.choice(state.vpcs)
    gateway = replace(
        state.internet_gateways[0], id="igw-0000000000000000a", region=vpc.region, vpc_ids=(vpc.id,)
    )
    route = VpcRoute(
        destination=random.choice(PEERS[:4]),
        target=RouteTargetKind.INTERNET_GATEWAY,
        target_id=gateway.id,
        origin="CreateRoute",
    )
    tables = (
        replace(one, routes=(*(r for r in one.routes if r.destination != route.destination), route))
        if (one.region, one.vpc_id) == (vpc.region, vpc.id)
        else one
        for one in state.vpc_route_tables
    )
    others = (one for one in state.internet_gateways if vpc.id not in one.vpc_ids)
    return replace(state, internet_gateways=(*others, gateway), vpc_route_tables=tuple(tables))


_CHANGES = (
    _with_rule,
    _with_rule,
    _with_another_peer,
    _without_rule,
    _with_acl_entry,
    _with_gap,
    _with_way_out,
)
