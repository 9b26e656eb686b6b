"""Small networks for selftests: a mesh of Regions, each with one VPC, as the document's but smaller."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from probes.model.state import (
    GroupRef,
    NaclEntry,
    NetworkAcl,
    NetworkInterface,
    RouteTargetKind,
    SecurityGroup,
    SgRule,
    State,
    Subnet,
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    TransitGateway,
    Vpc,
    VpcRoute,
    VpcRouteTable,
)

BASE = IPv4Network("10.66.0.0/16")
ANY = IPv4Network("0.0.0.0/0")


def rule(protocol: str, peer: object, low: int | None = None, high: int | None = None) -> SgRule:
    """A security-group rule; a string peer is a CIDR or a group ID."""
    if isinstance(peer, str):
        peer = GroupRef(group_id=peer) if peer.startswith("sg-") else IPv4Network(peer)
    return SgRule(protocol=protocol, from_port=low, to_port=low if high is None else high, peer=peer)  # type: ignore[arg-type]  # callers pass peers


def acl_entries(cidr: IPv4Network = BASE) -> tuple[NaclEntry, ...]:
    """Allow everything within a block, both ways."""
    return tuple(
        NaclEntry(number=100, egress=egress, action="allow", protocol="-1", cidr=cidr)
        for egress in (False, True)
    )


def region_name(index: int) -> str:
    """The name of the n-th Region."""
    return f"r{index}"


def vpc_block(index: int) -> IPv4Network:
    """The VPC CIDR of the n-th Region: 10.66.0.0/20, 10.66.16.0/20, …."""
    return IPv4Network((int(BASE.network_address) + (index << 12), 20))


def address(index: int, tier: int, host: int) -> IPv4Address:
    """A host of the n-th Region: tier 0 and 1 are /24 in zones a and b, tier 2 and 3 attachment /28 in a and b."""
    return _tiers(index)[tier][host]


def _tiers(index: int) -> tuple[IPv4Network, ...]:
    base = int(vpc_block(index).network_address)
    return (
        IPv4Network((base, 24)),
        IPv4Network((base + 256, 24)),
        IPv4Network((base + 512, 28)),
        IPv4Network((base + 528, 28)),
    )


def subnets(index: int) -> tuple[Subnet, ...]:
    """Two host subnets and two attachment subnets, one of each in zones a and b."""
    r = region_name(index)
    return tuple(
        Subnet(region=r, id=f"subnet-{r}-{tier}", vpc_id=f"vpc-{r}", cidr=cidr, az=f"{r}{'ab'[tier % 2]}")
        for tier, cidr in enumerate(_tiers(index))
    )


def interface(index: int, tier: int, host: int, groups: Iterable[str]) -> NetworkInterface:
    """A host's interface."""
    r = region_name(index)
    return NetworkInterface(
        region=r,
        id=f"eni-{r}-{tier}-{host}",
        vpc_id=f"vpc-{r}",
        subnet_id=f"subnet-{r}-{tier}",
        private_ips=(address(index, tier, host),),
        group_ids=tuple(groups),
    )


def mesh(count: int = 2, **overrides: tuple[object, ...]) -> State:
    """A full mesh of Regions whose hosts may do everything within 10.66.0.0/16.

    `overrides` replaces whole collections of the state.
    """
    parts = [_region(index, count) for index in range(count)]
    kinds = {kind for part in parts for kind in part}
    collections = {kind: tuple(r for part in parts for r in part.get(kind, ())) for kind in kinds}
    regions = tuple(region_name(index) for index in range(count))
    return State(regions=regions, **{**collections, **overrides})  # type: ignore[arg-type]  # by collection name


def _region(index: int, count: int) -> dict[str, tuple[object, ...]]:
    r = region_name(index)
    nets = subnets(index)
    group = SecurityGroup(
        region=r,
        id=f"sg-{r}",
        vpc_id=f"vpc-{r}",
        group_name=f"hosts-{r}",
        ingress=(rule("-1", str(BASE)),),
        egress=(rule("-1", str(BASE)),),
    )
    return {
        "vpcs": (Vpc(region=r, id=f"vpc-{r}", cidrs=(vpc_block(index),)),),
        "subnets": nets,
        "vpc_route_tables": (_hosts_table(r, nets), _attachment_table(r, nets)),
        "security_groups": (group,),
        "network_acls": (_acl(r, nets),),
        "network_interfaces": tuple(interface(index, tier, 10, [f"sg-{r}"]) for tier in (0, 1)),
        "transit_gateways": (TransitGateway(region=r, id=f"tgw-{r}", state="available", asn=64512),),
        "tgw_attachments": (_vpc_attachment(r, nets), *_peering_sides(index, count)),
        "tgw_route_tables": (_tgw_table(index, count),),
    }


def _hosts_table(r: str, nets: tuple[Subnet, ...]) -> VpcRouteTable:
    to_tgw = VpcRoute(destination=BASE, target=RouteTargetKind.TRANSIT_GATEWAY, target_id=f"tgw-{r}")
    hosts = tuple(n.id for n in nets[:2])
    return VpcRouteTable(
        region=r, id=f"rtb-{r}-hosts", vpc_id=f"vpc-{r}", main=False, subnet_ids=hosts, routes=(to_tgw,)
    )


def _attachment_table(r: str, nets: tuple[Subnet, ...]) -> VpcRouteTable:
    ids = tuple(n.id for n in nets[2:])
    return VpcRouteTable(region=r, id=f"rtb-{r}-tgw", vpc_id=f"vpc-{r}", main=True, subnet_ids=ids, routes=())


def _acl(r: str, nets: tuple[Subnet, ...]) -> NetworkAcl:
    ids = tuple(n.id for n in nets)
    return NetworkAcl(
        region=r, id=f"acl-{r}", vpc_id=f"vpc-{r}", default=False, subnet_ids=ids, entries=acl_entries()
    )


def _vpc_attachment(r: str, nets: tuple[Subnet, ...]) -> TgwAttachment:
    return TgwAttachment(
        region=r,
        id=f"att-{r}",
        transit_gateway_id=f"tgw-{r}",
        resource_type="vpc",
        resource_id=f"vpc-{r}",
        state="available",
        subnet_ids=tuple(n.id for n in nets[2:]),
    )


def peering_id(one: int, other: int) -> str:
    """The ID of the peering of two Regions."""
    low, high = sorted((one, other))
    return f"pcx-{low}-{high}"


def _peering_sides(index: int, count: int) -> list[TgwAttachment]:
    r = region_name(index)
    return [
        TgwAttachment(
            region=r,
            id=peering_id(index, other),
            transit_gateway_id=f"tgw-{r}",
            resource_type="peering",
            resource_id=f"tgw-{region_name(other)}",
            state="available",
            role="requester" if index < other else "accepter",
            peer_transit_gateway_id=f"tgw-{region_name(other)}",
            peer_region=region_name(other),
        )
        for other in range(count)
        if other != index
    ]


def _tgw_table(index: int, count: int) -> TgwRouteTable:
    r = region_name(index)
    targets = [f"att-{r}" if other == index else peering_id(index, other) for other in range(count)]
    return TgwRouteTable(
        region=r,
        id=f"tgw-rtb-{r}",
        transit_gateway_id=f"tgw-{r}",
        state="available",
        default_association=True,
        default_propagation=False,
        routes=tuple(
            TgwRoute(destination=vpc_block(other), type="static", state="active", attachment_ids=(target,))
            for other, target in enumerate(targets)
        ),
        associations=tuple(targets),
        propagations=(),
    )
