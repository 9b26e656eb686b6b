"""
Networks that hypothesis draws: Regions, tables, nested prefixes, blackholes, references, gaps, missing zones.
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from hypothesis import strategies as st

from probes.model.endpoints import Endpoint, of_interface, of_subnet
from probes.model.packets import Packet
from probes.model.state import (
    GroupRef,
    InternetGateway,
    NaclEntry,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    PrefixListRef,
    RouteTargetKind,
    SecurityGroup,
    SgRule,
    State,
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    TransitGateway,
    Vpc,
    VpcEndpoint,
    VpcPeering,
    VpcRoute,
    VpcRouteTable,
)
from suites.selftest.networks import (
    ANY,
    BASE,
    address,
    peering_id,
    region_name,
    subnets,
    vpc_block,
)

SERVICE = IPv4Network("52.94.0.0/22")
PUBLIC = IPv4Network("8.8.8.0/24")
PORTS = (0, 22, 79, 80, 81, 443, 1023, 1024, 40000, 65535)
TIERS = range(4)


FAULTS = ("groups", "acls", "vpc routes", "tgw routes", "associations", "zones", "states")


class Faults(frozenset[str]):
    """
    Which parts of a drawn network may be faulty; the others are as they should be.
    """

    def well(self, draw: st.DrawFn, part: str) -> bool:
        """
        Whether to leave something of this part as it should be: always, or mostly when it may be faulty.
        """
        return part not in self or draw(st.sampled_from((True, True, False)))


def _often(draw: st.DrawFn) -> bool:
    return draw(st.sampled_from((True, True, True, False)))


def _blocks(count: int) -> list[IPv4Network]:
    whole = [vpc_block(index) for index in range(count)]
    tiers = [
        IPv4Network((int(address(index, tier, 0)), 24 if tier < 2 else 28))
        for index in range(count)
        for tier in TIERS
    ]
    halves = [IPv4Network((int(net.network_address), net.prefixlen + 1)) for net in (*whole, *tiers)]
    hosts = [IPv4Network(address(index, tier, 10)) for index in range(count) for tier in (0, 1)]
    return [ANY, BASE, IPv4Network("10.66.0.0/18"), *whole, *tiers, *halves, *hosts, PUBLIC]


@st.composite
def states(draw: st.DrawFn) -> State:
    """
    A network of one to three Regions, mostly working, with faults of every kind.
    """
    count = draw(st.integers(1, 3))
    blocks = _blocks(count)
    faults = Faults(draw(st.frozensets(st.sampled_from(FAULTS), max_size=4)))
    parts: dict[str, list[Any]] = {}
    for index in range(count):
        for kind, resources in _region(draw, index, count, blocks, faults).items():
            parts.setdefault(kind, []).extend(resources)
    collections: dict[str, Any] = {kind: tuple(resources) for kind, resources in parts.items()}
    return State(regions=tuple(map(region_name, range(count))), **collections)


def _region(
    draw: st.DrawFn, index: int, count: int, blocks: list[IPv4Network], faults: Faults
) -> dict[str, list[Any]]:
    r = region_name(index)
    nets = list(subnets(index))
    groups = [_group(draw, r, name, count, blocks, faults) for name in ("a", "b")]
    return {
        "vpcs": [Vpc(region=r, id=f"vpc-{r}", cidrs=(vpc_block(index),))],
        "subnets": nets,
        "prefix_lists": [
            PrefixList(region=r, id=f"pl-{r}", list_name="svc", owner_id="AWS", cidrs=(SERVICE,)),
            PrefixList(
                region=r,
                id=f"pl-own-{r}",
                list_name="own",
                owner_id="1",
                cidrs=(draw(st.sampled_from(blocks)),),
            ),
        ],
        "security_groups": groups,
        "network_acls": _acls(draw, r, blocks, faults),
        "network_interfaces": [
            _interface(draw, index, tier, host) for tier, host in ((0, 10), (1, 10), (0, 11))
        ],
        "internet_gateways": [InternetGateway(region=r, id=f"igw-{r}", vpc_ids=(f"vpc-{r}",))],
        "nat_gateways": [_nat(draw, r)],
        "vpc_endpoints": [
            VpcEndpoint(
                region=r,
                id=f"vpce-{r}",
                vpc_id=f"vpc-{r}",
                service_name="svc",
                endpoint_type="Gateway",
                state="available",
            )
        ],
        "vpc_peerings": [
            _vpc_peering(draw, r, one, other) for one in range(count) for other in range(one + 1, count)
        ],
        "vpc_route_tables": _vpc_tables(draw, index, count, blocks, faults),
        "transit_gateways": [
            TransitGateway(
                region=r, id=f"tgw-{r}", state="available", asn=1, sg_referencing_support=draw(st.booleans())
            )
        ],
        "tgw_attachments": _attachments(draw, index, count, faults),
        "tgw_route_tables": _tgw_tables(draw, index, count, blocks, faults),
    }


def _nat(draw: st.DrawFn, r: str) -> NatGateway:
    tier = draw(st.sampled_from((0, 1, 2)))
    state = "available" if _often(draw) else "failed"
    return NatGateway(region=r, id=f"nat-{r}", vpc_id=f"vpc-{r}", subnet_id=f"subnet-{r}-{tier}", state=state)


def _interface(draw: st.DrawFn, index: int, tier: int, host: int) -> NetworkInterface:
    r = region_name(index)
    return NetworkInterface(
        region=r,
        id=f"eni-{r}-{tier}-{host}",
        vpc_id=f"vpc-{r}",
        subnet_id=f"subnet-{r}-{tier}",
        private_ips=(address(index, tier, host),),
        group_ids=draw(st.sampled_from(((f"sg-{r}-a",), (f"sg-{r}-b",), (f"sg-{r}-a", f"sg-{r}-b"), ()))),
        public_ip=draw(st.sampled_from((None, IPv4Address("54.0.0.1")))),
    )


def _vpc_peering(draw: st.DrawFn, seen_from: str, one: int, other: int) -> VpcPeering:
    return VpcPeering(
        region=seen_from,
        id=f"vpcx-{one}-{other}",
        status="active" if _often(draw) else "deleted",
        requester_vpc_id=f"vpc-{region_name(one)}",
        requester_region=region_name(one),
        accepter_vpc_id=f"vpc-{region_name(other)}",
        accepter_region=region_name(other),
    )


def _group(
    draw: st.DrawFn, r: str, name: str, count: int, blocks: list[IPv4Network], faults: Faults
) -> SecurityGroup:
    def rules() -> tuple[SgRule, ...]:
        open_rule = SgRule(protocol="-1", from_port=None, to_port=None, peer=BASE)
        drawn = [_sg_rule(draw, count, blocks) for _ in range(draw(st.integers(0, 3)))]
        return (*drawn, *((open_rule,) if faults.well(draw, "groups") else ()))

    return SecurityGroup(
        region=r, id=f"sg-{r}-{name}", vpc_id=f"vpc-{r}", group_name=name, ingress=rules(), egress=rules()
    )


def _sg_rule(draw: st.DrawFn, count: int, blocks: list[IPv4Network]) -> SgRule:
    protocol = draw(st.sampled_from(("-1", "tcp", "udp", "icmp", "47")))
    r = region_name(draw(st.integers(0, count - 1)))
    peer = draw(
        st.sampled_from(
            (
                *blocks,
                GroupRef(group_id=f"sg-{r}-a"),
                GroupRef(group_id=f"sg-{r}-b"),
                PrefixListRef(prefix_list_id=f"pl-own-{r}"),
            )
        )
    )
    low, high = _ports(draw, protocol)
    return SgRule(protocol=protocol, from_port=low, to_port=high, peer=peer)


def _ports(draw: st.DrawFn, protocol: str) -> tuple[int | None, int | None]:
    if protocol in ("tcp", "udp"):
        low, high = sorted((draw(st.sampled_from(PORTS)), draw(st.sampled_from(PORTS))))
        return (low, high) if _often(draw) else (None, None)
    if protocol == "icmp":
        return draw(st.sampled_from(((None, None), (8, None), (8, 0), (0, None), (3, 4))))
    return None, None


def _acls(draw: st.DrawFn, r: str, blocks: list[IPv4Network], faults: Faults) -> list[NetworkAcl]:
    split = draw(st.sampled_from(((0, 1, 2, 3), (0, 1), (0,), (2, 3), ())))
    rest = [tier for tier in TIERS if tier not in split]
    return [
        _acl(draw, r, "own", split, blocks, faults),
        _acl(draw, r, "default", rest if draw(st.booleans()) else (), blocks, faults),
    ]


def _acl(
    draw: st.DrawFn, r: str, name: str, tiers: Any, blocks: list[IPv4Network], faults: Faults
) -> NetworkAcl:
    entries = [
        _entry(draw, number, blocks) for number in range(draw(st.integers(0, 3)) if "acls" in faults else 0)
    ]
    open_entries = [
        NaclEntry(number=100, egress=egress, action="allow", protocol="-1", cidr=ANY)
        for egress in (False, True)
    ]
    return NetworkAcl(
        region=r,
        id=f"acl-{r}-{name}",
        vpc_id=f"vpc-{r}",
        default=name == "default",
        subnet_ids=tuple(f"subnet-{r}-{tier}" for tier in tiers),
        entries=(*entries, *(open_entries if faults.well(draw, "acls") else ())),
    )


def _entry(draw: st.DrawFn, number: int, blocks: list[IPv4Network]) -> NaclEntry:
    protocol = draw(st.sampled_from(("-1", "tcp", "udp", "icmp")))
    low, high = _ports(draw, protocol)
    icmp = protocol == "icmp"
    return NaclEntry(
        number=90 - number,
        egress=draw(st.booleans()),
        action=draw(st.sampled_from(("allow", "deny"))),
        protocol=protocol,
        cidr=draw(st.sampled_from(blocks)),
        from_port=None if icmp else low,
        to_port=None if icmp else high,
        icmp_type=low if icmp else None,
        icmp_code=high if icmp else None,
    )


def _vpc_tables(
    draw: st.DrawFn, index: int, count: int, blocks: list[IPv4Network], faults: Faults
) -> list[VpcRouteTable]:
    r = region_name(index)
    to_tgw = VpcRoute(destination=BASE, target=RouteTargetKind.TRANSIT_GATEWAY, target_id=f"tgw-{r}")
    tables = []
    for name, tiers in (("hosts", (0, 1)), ("main", ())):
        drawn = draw(st.integers(0, 3)) if "vpc routes" in faults else 0
        extra = [_vpc_route(draw, index, count, blocks) for _ in range(drawn)]
        routes = (to_tgw, *extra) if name == "hosts" and faults.well(draw, "vpc routes") else tuple(extra[:2])
        unique = {str(route.destination): route for route in routes}
        tables.append(
            VpcRouteTable(
                region=r,
                id=f"rtb-{r}-{name}",
                vpc_id=f"vpc-{r}",
                main=name == "main",
                subnet_ids=tuple(f"subnet-{r}-{tier}" for tier in tiers),
                routes=tuple(unique.values()),
            )
        )
    return tables


def _vpc_route(draw: st.DrawFn, index: int, count: int, blocks: list[IPv4Network]) -> VpcRoute:
    r = region_name(index)
    others = [tuple(sorted((index, other))) for other in range(count) if other != index]
    targets = [
        (RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{r}"),
        (RouteTargetKind.INTERNET_GATEWAY, f"igw-{r}"),
        (RouteTargetKind.NAT_GATEWAY, f"nat-{r}"),
        (RouteTargetKind.VPC_ENDPOINT, f"vpce-{r}"),
        *((RouteTargetKind.VPC_PEERING, f"vpcx-{one}-{other}") for one, other in others),
    ]
    target, target_id = draw(st.sampled_from(targets))
    if target is RouteTargetKind.VPC_ENDPOINT:
        return VpcRoute(destination=f"pl-{r}", target=target, target_id=target_id)
    outside = [block for block in blocks if not block.subnet_of(vpc_block(index))]
    return VpcRoute(
        destination=draw(st.sampled_from(outside)),
        target=target,
        target_id=target_id,
        state="active" if _often(draw) else "blackhole",
        origin=draw(st.sampled_from(("CreateRoute", "EnableVgwRoutePropagation"))),
    )


def _attachments(draw: st.DrawFn, index: int, count: int, faults: Faults) -> list[TgwAttachment]:
    r = region_name(index)
    own = (2, 3) if faults.well(draw, "zones") else draw(st.sampled_from(((2,), (3,), (0, 1), ())))
    sides = [
        TgwAttachment(
            region=r,
            id=f"att-{r}",
            transit_gateway_id=f"tgw-{r}",
            resource_type="vpc",
            resource_id=f"vpc-{r}",
            state="available" if faults.well(draw, "states") else "pending",
            subnet_ids=tuple(f"subnet-{r}-{tier}" for tier in own),
        )
    ]
    for other in range(count):
        if other != index:
            peer = region_name(other)
            sides.append(
                TgwAttachment(
                    region=r,
                    id=peering_id(index, other),
                    transit_gateway_id=f"tgw-{r}",
                    resource_type="peering",
                    resource_id=f"tgw-{peer}",
                    state="available" if faults.well(draw, "states") else "pendingAcceptance",
                    peer_transit_gateway_id=f"tgw-{peer}",
                    peer_region=peer,
                )
            )
    return sides


def _tgw_tables(
    draw: st.DrawFn, index: int, count: int, blocks: list[IPv4Network], faults: Faults
) -> list[TgwRouteTable]:
    r = region_name(index)
    targets = [f"att-{r}" if other == index else peering_id(index, other) for other in range(count)]
    documented = [
        TgwRoute(destination=vpc_block(other), type="static", state="active", attachment_ids=(target,))
        for other, target in enumerate(targets)
        if faults.well(draw, "tgw routes")
    ]
    cut = draw(st.integers(0, count))
    return [
        TgwRouteTable(
            region=r,
            id=f"tgw-rtb-{r}-{name}",
            transit_gateway_id=f"tgw-{r}",
            state="available",
            default_association=False,
            default_propagation=False,
            routes=(*documented, *(_extra_routes(draw, targets, blocks) if "tgw routes" in faults else ())),
            associations=tuple(associations),
            propagations=(f"att-{r}",) if draw(st.booleans()) else (),
        )
        for name, associations in (
            ("a", targets[:cut]),
            ("b", targets[cut:] if faults.well(draw, "associations") else targets[cut + 1 :]),
        )
    ]


def _extra_routes(draw: st.DrawFn, targets: list[str], blocks: list[IPv4Network]) -> list[TgwRoute]:
    found: dict[tuple[IPv4Network, str], TgwRoute] = {}
    for _ in range(draw(st.integers(0, 3))):
        state = draw(st.sampled_from(("active", "active", "blackhole", "pending")))
        kind = draw(st.sampled_from(("static", "propagated")))
        destination = draw(st.sampled_from(blocks))
        found[(destination, kind)] = TgwRoute(
            destination=destination,
            type=kind,
            state=state,
            attachment_ids=() if state == "blackhole" else (draw(st.sampled_from(targets)),),
        )
    return list(found.values())


def endpoints_of(state: State) -> list[Endpoint]:
    """
    Every interface and subnet; hosts of a Region's first subnet are also assumed to have its first group.
    """
    assumed = [of_subnet(s, (f"sg-{s.region}-a",)) for s in state.subnets if s.id.endswith("-0")]
    return [*map(of_interface, state.network_interfaces), *map(of_subnet, state.subnets), *assumed]


@st.composite
def packets(draw: st.DrawFn, source: Endpoint, destination: Endpoint) -> Packet:
    """
    A packet between two endpoints, near the values at which rules change their minds.
    """
    protocol = draw(st.sampled_from((0, 1, 6, 17, 47)))
    ported, icmp = protocol in (6, 17), protocol == 1
    port = st.sampled_from(PORTS)
    return Packet(
        source=_address_of(draw, source),
        destination=_address_of(draw, destination),
        protocol=protocol,
        source_port=draw(port) if ported else 0,
        destination_port=draw(port) if ported else 0,
        icmp_type=draw(st.sampled_from((0, 3, 8, 13))) if icmp else 0,
        icmp_code=draw(st.sampled_from((0, 4))) if icmp else 0,
    )


def _address_of(draw: st.DrawFn, endpoint: Endpoint) -> IPv4Address:
    network = draw(st.sampled_from(endpoint.networks))
    places = {0, network.num_addresses // 2 - 1, network.num_addresses // 2, network.num_addresses - 1}
    hosts = {10, 11} if network.num_addresses > 11 else set()
    return network[draw(st.sampled_from(sorted((places | hosts) - {-1})))]
