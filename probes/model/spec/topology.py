"""How the spec joins its VPCs: attachments, tables, peerings, and the round trips that follow."""

from ipaddress import IPv4Address, IPv4Network
from typing import Final

from probes.model.spec import Peering, RangeMs, Spec, TgwTableSpec, VpcPeering

BLACKHOLE: Final = "blackhole"


def attached_vpcs(spec: Spec, gateway: str) -> tuple[str, ...]:
    """The VPCs of its Region that the tables of a Transit Gateway name: they are attached to it.

    A name that a VPC of another Region and a Transit Gateway share is the gateway's here.
    """
    named: dict[str, None] = {}
    for table in spec.transit_gateways[gateway].route_tables.values():
        named |= dict.fromkeys((*table.associated, *table.propagated, *table.routes.values()))
    return tuple(vpc for vpc in spec.vpcs_in(spec.gateway_region(gateway)) if vpc in named)


TRANSIT_GATEWAY = "transit-gateway"
"""A target of VPC routes: the VPC's Transit Gateway, or with a colon and a name that one."""


def leads_to_gateway(via: str) -> bool:
    """Whether a VPC route's target is a Transit Gateway."""
    return via.partition(":")[0] == TRANSIT_GATEWAY


def gateways_of(spec: Spec, vpc: str) -> tuple[str, ...]:
    """The Transit Gateways that a VPC is attached to."""
    region = spec.region_of(vpc)
    near = (gateway for gateway in spec.transit_gateways if spec.gateway_region(gateway) == region)
    return tuple(gateway for gateway in near if vpc in attached_vpcs(spec, gateway))


def peers_of(spec: Spec, gateway: str) -> tuple[str, ...]:
    """The Transit Gateways that a peering joins to this one, in the spec's order."""
    ends = [peering.between for peering in spec.peerings if gateway in peering.between]
    return tuple(one if other == gateway else other for one, other in ends)


def table_of(spec: Spec, gateway: str, attachment: str) -> str | None:
    """The name of the route table that an attachment is associated with; None when the spec does not say."""
    for name, table in spec.transit_gateways[gateway].route_tables.items():
        if attachment in table.associated:
            return name
    return None


def routes_of(spec: Spec, table: TgwTableSpec) -> dict[IPv4Network, str]:
    """The routes of a table, the propagated ones too; a static route wins over a propagated one."""
    propagated = {cidr: vpc for vpc in table.propagated if vpc in spec.vpcs for cidr in spec.vpcs[vpc].cidrs}
    return propagated | {IPv4Network(destination): via for destination, via in table.routes.items()}


def remote_destinations(spec: Spec, vpc: str) -> tuple[IPv4Network, ...]:
    """The CIDRs beyond its own that the tables of a VPC's attachments lead somewhere, in order."""
    own = spec.vpcs[vpc].cidrs
    found: dict[IPv4Network, None] = {}
    for gateway in gateways_of(spec, vpc):
        table = table_of(spec, gateway, vpc)
        routes = routes_of(spec, spec.transit_gateways[gateway].route_tables[table]) if table else {}
        found |= {cidr: None for cidr, via in routes.items() if via not in (vpc, BLACKHOLE)}
    return tuple(sorted(cidr for cidr in found if not any(cidr.subnet_of(block) for block in own)))


def host_tiers(spec: Spec, vpc: str) -> tuple[str, ...]:
    """The tiers of a VPC that hold hosts: all but those of its Transit Gateway attachment and its firewalls."""
    others = (spec.vpcs[vpc].attachment, spec.vpcs[vpc].firewall)
    return tuple(tier for tier in spec.vpcs[vpc].subnets if tier not in others)


def regions_of(spec: Spec, peering: Peering) -> tuple[str, str]:
    """The Regions (AWS names) of a peering's two ends."""
    region_of = spec.region_of if isinstance(peering, VpcPeering) else spec.gateway_region
    one, other = map(region_of, peering.between)
    return one, other


def peering_between(spec: Spec, one: str, other: str) -> Peering:
    """The peering of two Regions (alias or AWS name) or Transit Gateways; KeyError when there is none.

    Where Transit Gateways and VPCs are both peered, it is the Transit Gateways'.
    """
    ends = {_gateway_or_region(spec, one), _gateway_or_region(spec, other)}
    for peering in (*spec.peerings, *spec.vpc_peerings):
        if ends in ({*peering.between}, {*regions_of(spec, peering)}):
            return peering
    raise KeyError(f"{one}-{other}")


def _gateway_or_region(spec: Spec, name: str) -> str:
    return spec.region(name) if name in spec.region_names or name in spec.aws_regions else name


def region_pairs(spec: Spec) -> tuple[tuple[str, str], ...]:
    """The pairs of Regions (AWS names) that a peering joins, each once, in the spec's order."""
    pairs: dict[frozenset[str], tuple[str, str]] = {}
    for peering in (*spec.peerings, *spec.vpc_peerings):
        ends = regions_of(spec, peering)
        if ends[0] != ends[1]:
            pairs.setdefault(frozenset(ends), ends)
    return tuple(pairs.values())


def transit_rtt(spec: Spec, legs: tuple[tuple[str, str], ...]) -> RangeMs | None:
    """The round trip over several peerings: the sum of theirs; None when one claims none, or is not documented."""
    try:
        found = [peering_between(spec, *leg).rtt for leg in legs]
    except KeyError:
        return None
    known = [rtt for rtt in found if rtt is not None]
    if len(known) < len(found):
        return None
    return RangeMs(min_ms=sum(rtt.min_ms for rtt in known), max_ms=sum(rtt.max_ms for rtt in known))


ANY_HOST = "host"
"""
The role of the instances of a VPC whose document names no role.
"""


def instance_roles(spec: Spec) -> tuple[str, ...]:
    """The roles whose hosts are instances: not the interfaces that AWS makes for its services."""
    own = {endpoint.role for endpoint in spec.vpc_endpoints}
    own |= {section.role for section in (spec.load_balancer, spec.ecs, spec.fsx) if section}
    return tuple(role for role in spec.roles if role not in own)


def measuring_role(spec: Spec) -> str:
    """The role whose hosts measure: the one the spec names, else the first that runs on instances."""
    return spec.live.role or next(iter(instance_roles(spec)), ANY_HOST)


def vpc_at(spec: Spec, region: str, address: IPv4Address | str) -> str:
    """The VPC of a Region (AWS name) whose CIDR holds an address; KeyError when there is none."""
    for vpc in spec.vpcs_in(region):
        if any(IPv4Address(address) in cidr for cidr in spec.vpcs[vpc].cidrs):
            return vpc
    raise KeyError(f"{region}: {address}")
