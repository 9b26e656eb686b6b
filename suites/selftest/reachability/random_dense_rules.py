"""Drawn networks whose security groups have many rules, as those of real accounts do."""

from ipaddress import IPv4Network
from random import Random

from msgspec.structs import replace

from probes.model.state import SgRule, State
from suites.selftest.reachability.networks import BASE


def with_dense_rules(state: State, random: Random, count: int) -> State:
    """The network with so many more rules in each group and direction: random ports from and to random CIDRs."""
    groups = tuple(
        replace(
            group,
            ingress=(*_rules(random, count), *group.ingress[:-1]),
            egress=(*_rules(random, count), *group.egress[:-1]),
        )
        for group in state.security_groups
    )
    return replace(state, security_groups=groups)


def _rules(random: Random, count: int) -> list[SgRule]:
    return [_rule(random) for _ in range(count)]


def _rule(random: Random) -> SgRule:
    low, high = sorted((random.randrange(1 << 16), random.randrange(1 << 16)))
    length = random.randint(18, 32)
    address = int(BASE.network_address) + random.randrange(1 << 14)
    peer = IPv4Network((address >> (32 - length) << (32 - length), length))
    return SgRule(protocol=random.choice(("tcp", "udp")), from_port=low, to_port=high, peer=peer)
