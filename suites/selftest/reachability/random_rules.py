"""Security groups and network ACLs of a drawn network."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import Literal

from probes.model.state import (
    GroupRef,
    NaclEntry,
    NetworkAcl,
    PrefixListRef,
    SecurityGroup,
    SgRule,
)
from suites.selftest.reachability.networks import ANY, BASE, region_name
from suites.selftest.reachability.random_source import PORTS, TIERS, Drawing

ACTIONS: tuple[Literal["allow", "deny"], ...] = ("allow", "deny")
ICMP: tuple[tuple[int | None, int | None], ...] = ((None, None), (8, None), (8, 0), (0, None), (3, 4))


def security_group(drawing: Drawing, region: str, name: str) -> SecurityGroup:
    """A group that is open within the network, or, when groups may be faulty, has drawn rules too."""
    return SecurityGroup(
        region=region,
        id=f"sg-{region}-{name}",
        vpc_id=f"vpc-{region}",
        group_name=name,
        ingress=_rules(drawing),
        egress=_rules(drawing),
    )


def _rules(drawing: Drawing) -> tuple[SgRule, ...]:
    open_rule = SgRule(protocol="-1", from_port=None, to_port=None, peer=drawing.mostly("nat", (ANY, BASE)))
    drawn = [_rule(drawing) for _ in drawing.some("groups", 3)]
    closed = "groups" in drawing.faults and drawing.one((True, True, False))
    return tuple(drawn) if closed else (*drawn, open_rule)


def _rule(drawing: Drawing) -> SgRule:
    protocol = drawing.one(("-1", "tcp", "udp", "icmp", "47"))
    r = region_name(drawing.pick(drawing.count))
    peers: tuple[IPv4Network | GroupRef | PrefixListRef, ...] = (
        drawing.one(drawing.blocks),
        GroupRef(group_id=f"sg-{r}-a"),
        GroupRef(group_id=f"sg-{r}-b"),
        PrefixListRef(prefix_list_id=f"pl-own-{r}"),
    )
    low, high = _ports(drawing, protocol)
    return SgRule(
        protocol=protocol,
        from_port=low,
        to_port=high,
        peer=drawing.mostly("references", (drawing.one(peers[1:3]), *peers)),
    )


def _ports(drawing: Drawing, protocol: str) -> tuple[int | None, int | None]:
    if protocol in ("tcp", "udp"):
        low, high = sorted((drawing.one(PORTS), drawing.one(PORTS)))
        return (low, high) if drawing.one((True, True, False)) else (None, None)
    return drawing.one(ICMP) if protocol == "icmp" else (None, None)


def network_acls(drawing: Drawing, region: str) -> list[NetworkAcl]:
    """One ACL for some subnets, and the VPC's default for the rest, associated or not."""
    split = drawing.one(((0, 1, 2, 3), (0, 1), (0,), (2,), (1, 3), (2, 3), ()))
    rest = [tier for tier in TIERS if tier not in split] if drawing.one((True, False)) else []
    return [_acl(drawing, region, "own", split), _acl(drawing, region, "default", rest)]


def _acl(drawing: Drawing, region: str, name: str, tiers: Iterable[int]) -> NetworkAcl:
    entries = [_entry(drawing, number) for number in drawing.some("acls", 3)]
    open_entries = [
        NaclEntry(number=100, egress=egress, action="allow", protocol="-1", cidr=ANY)
        for egress in (False, True)
    ]
    return NetworkAcl(
        region=region,
        id=f"acl-{region}-{name}",
        vpc_id=f"vpc-{region}",
        default=name == "default",
        subnet_ids=tuple(f"subnet-{region}-{tier}" for tier in tiers),
        entries=(*entries, *(open_entries if drawing.well("acls") else ())),
    )


def _entry(drawing: Drawing, number: int) -> NaclEntry:
    protocol = drawing.one(("-1", "tcp", "udp", "icmp"))
    low, high = _ports(drawing, protocol)
    icmp = protocol == "icmp"
    return NaclEntry(
        number=90 - number,
        egress=drawing.one((True, False)),
        action=drawing.one(ACTIONS),
        protocol=protocol,
        cidr=drawing.one((ANY, BASE, drawing.one(drawing.blocks), drawing.one(drawing.blocks))),
        from_port=None if icmp else low,
        to_port=None if icmp else high,
        icmp_type=low if icmp else None,
        icmp_code=high if icmp else None,
    )
