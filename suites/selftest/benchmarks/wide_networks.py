"""
The documented network made wider: more Regions of the same make, fully meshed.
"""

from ipaddress import IPv4Network

import msgspec

from fixtures.build import Options, build_state
from probes.model.spec import (
    Peering,
    RangeMs,
    Region,
    SecurityGroupSpec,
    SgRuleSpec,
    Spec,
    Subnets,
    TgwRouteSpec,
)
from probes.model.state import State

BASE = IPv4Network("10.64.0.0/12")  # 64 VPCs of /18


def wide_spec(spec: Spec, count: int) -> Spec:
    """
    The spec with `count` Regions like its first one, at most 64.
    """
    template = next(iter(spec.regions.values()))
    aliases = [f"w{index:02d}" for index in range(count)]
    regions = {f"wide-{index:02d}": _region(template, index, aliases) for index in range(count)}
    peerings = tuple(
        _peering(spec.peerings[0], one, other) for i, one in enumerate(aliases) for other in aliases[:i]
    )
    return msgspec.structs.replace(
        spec,
        base_cidr=BASE,
        regions=regions,
        peerings=peerings,
        security_groups={
            role: _group(group, str(spec.base_cidr)) for role, group in spec.security_groups.items()
        },
        network_acl=msgspec.structs.replace(spec.network_acl, allow_within=(BASE,)),
    )


def wide_state(spec: Spec, count: int) -> State:
    """
    That network as AWS would show it, without hosts: its subnets are the endpoints.
    """
    options = Options(gpus_per_region=0, services=False)
    return build_state(spec if count == len(spec.regions) else wide_spec(spec, count), options)


def _vpc(index: int) -> IPv4Network:
    return IPv4Network((int(BASE.network_address) + (index << 14), 18))


def _region(template: Region, index: int, aliases: list[str]) -> Region:
    shift = int(_vpc(index).network_address) - int(template.vpc_cidr.network_address)

    def moved(networks: tuple[IPv4Network, ...]) -> tuple[IPv4Network, ...]:
        return tuple(IPv4Network((int(net.network_address) + shift, net.prefixlen)) for net in networks)

    plan = template.subnets
    return msgspec.structs.replace(
        template,
        alias=aliases[index],
        vpc_cidr=_vpc(index),
        subnets=Subnets(
            public=moved(plan.public), private=moved(plan.private), fsx=moved(plan.fsx), tgw=moved(plan.tgw)
        ),
        tgw_routes=tuple(
            TgwRouteSpec(
                requirement="RTB-15", destination=_vpc(other), via="vpc" if other == index else aliases[other]
            )
            for other in range(len(aliases))
        ),
    )


def _peering(template: Peering, one: str, other: str) -> Peering:
    return msgspec.structs.replace(template, between=(one, other), rtt=RangeMs(min_ms=15, max_ms=80))


def _group(group: SecurityGroupSpec, base: str) -> SecurityGroupSpec:
    def widened(rules: tuple[SgRuleSpec, ...]) -> tuple[SgRuleSpec, ...]:
        return tuple(msgspec.structs.replace(r, peer=str(BASE)) if r.peer == base else r for r in rules)

    return msgspec.structs.replace(
        group,
        ingress=widened(group.ingress),
        egress=widened(group.egress),
        derived_ingress=widened(group.derived_ingress),
        derived_egress=widened(group.derived_egress),
    )
