"""
Networks that hypothesis draws: Regions, tables, nested prefixes, blackholes, references, gaps, missing zones.
"""

from ipaddress import IPv4Address
from typing import Any

from hypothesis import strategies as st

from probes.model.endpoints import Endpoint, of_interface, of_subnet
from probes.model.state import (
    InternetGateway,
    NatGateway,
    NetworkInterface,
    PrefixList,
    RouteTargetKind,
    State,
    TransitGateway,
    Vpc,
    VpcEndpoint,
    VpcPeering,
    VpcRoute,
    VpcRouteTable,
)
from suites.selftest.drawing import SERVICE, Drawing, drawings
from suites.selftest.drawn_merging import in_one_region
from suites.selftest.drawn_rules import network_acls, security_group
from suites.selftest.drawn_tgws import attachments, route_tables
from suites.selftest.networks import BASE, address, region_name, subnets, vpc_block

HOSTS = ((0, 10), (1, 10), (0, 11))


@st.composite
def states(draw: st.DrawFn, *, merging: bool = False) -> State:
    """
    A network of one to three Regions, mostly working, with faults of every kind.

    With `merging` two of the VPCs may be in one Region.
    """
    drawing = draw(drawings())
    parts: dict[str, list[Any]] = {}
    for index in range(drawing.count):
        for kind, resources in (_vpc_parts(drawing, index) | _gateways(drawing, index)).items():
            parts.setdefault(kind, []).extend(resources)
    collections: dict[str, Any] = {kind: tuple(resources) for kind, resources in parts.items()}
    state = State(regions=tuple(map(region_name, range(drawing.count))), **collections)
    if merging and drawing.count > 1 and drawing.one((False, False, True)):
        return in_one_region(state, shared=draw(st.booleans()))
    return state


def _vpc_parts(drawing: Drawing, index: int) -> dict[str, list[Any]]:
    r = region_name(index)
    own = (drawing.one(drawing.blocks),)
    return {
        "vpcs": [Vpc(region=r, id=f"vpc-{r}", cidrs=(vpc_block(index),))],
        "subnets": list(subnets(index)),
        "prefix_lists": [
            PrefixList(region=r, id=f"pl-{r}", list_name="svc", owner_id="AWS", cidrs=(SERVICE,)),
            PrefixList(region=r, id=f"pl-own-{r}", list_name="own", owner_id="1", cidrs=own),
        ],
        "security_groups": [security_group(drawing, r, name) for name in ("a", "b")],
        "network_acls": network_acls(drawing, r),
        "network_interfaces": [_interface(drawing, index, tier, host) for tier, host in HOSTS],
        "vpc_route_tables": [_table(drawing, index, name) for name in ("hosts", "main")],
    }


def _gateways(drawing: Drawing, index: int) -> dict[str, list[Any]]:
    r, count = region_name(index), drawing.count
    endpoint = VpcEndpoint(
        region=r,
        id=f"vpce-{r}",
        vpc_id=f"vpc-{r}",
        service_name="svc",
        endpoint_type="Gateway",
        state="available",
    )
    honours = drawing.draw(st.booleans())
    gateway = TransitGateway(
        region=r, id=f"tgw-{r}", state="available", asn=1, sg_referencing_support=honours
    )
    return {
        "internet_gateways": [InternetGateway(region=r, id=f"igw-{r}", vpc_ids=(f"vpc-{r}",))],
        "nat_gateways": [_nat(drawing, r)],
        "vpc_endpoints": [endpoint],
        "vpc_peerings": [_peering(drawing, r, a, b) for a in range(count) for b in range(a + 1, count)],
        "transit_gateways": [gateway],
        "tgw_attachments": attachments(drawing, index),
        "tgw_route_tables": route_tables(drawing, index),
    }


def _nat(drawing: Drawing, r: str) -> NatGateway:
    subnet, state = f"subnet-{r}-{drawing.one((0, 1, 2))}", drawing.one(("available", "available", "failed"))
    return NatGateway(region=r, id=f"nat-{r}", vpc_id=f"vpc-{r}", subnet_id=subnet, state=state)


def _interface(drawing: Drawing, index: int, tier: int, host: int) -> NetworkInterface:
    r = region_name(index)
    groups = ((f"sg-{r}-a",), (f"sg-{r}-b",), (f"sg-{r}-a", f"sg-{r}-b"), ())
    return NetworkInterface(
        region=r,
        id=f"eni-{r}-{tier}-{host}",
        vpc_id=f"vpc-{r}",
        subnet_id=f"subnet-{r}-{tier}",
        private_ips=(address(index, tier, host),),
        group_ids=drawing.one(groups),
        public_ip=drawing.one((None, IPv4Address("54.0.0.1"))),
    )


def _peering(drawing: Drawing, seen_from: str, one: int, other: int) -> VpcPeering:
    return VpcPeering(
        region=seen_from,
        id=f"vpcx-{one}-{other}",
        status=drawing.one(("active", "active", "deleted")),
        requester_vpc_id=f"vpc-{region_name(one)}",
        requester_region=region_name(one),
        accepter_vpc_id=f"vpc-{region_name(other)}",
        accepter_region=region_name(other),
    )


def _table(drawing: Drawing, index: int, name: str) -> VpcRouteTable:
    r = region_name(index)
    to_tgw = VpcRoute(destination=BASE, target=RouteTargetKind.TRANSIT_GATEWAY, target_id=f"tgw-{r}")
    drawn = [_route(drawing, index) for _ in drawing.some("vpc routes", 3)]
    routes = [to_tgw, *drawn] if name == "hosts" and drawing.well("vpc routes") else drawn
    return VpcRouteTable(
        region=r,
        id=f"rtb-{r}-{name}",
        vpc_id=f"vpc-{r}",
        main=name == "main",
        subnet_ids=(f"subnet-{r}-0", f"subnet-{r}-1") if name == "hosts" else (),
        routes=tuple({(str(route.destination), route.origin): route for route in routes}.values()),
    )


def _route(drawing: Drawing, index: int) -> VpcRoute:
    r = region_name(index)
    others = [sorted((index, other)) for other in range(drawing.count) if other != index]
    targets = [
        (RouteTargetKind.TRANSIT_GATEWAY, f"tgw-{r}"),
        (RouteTargetKind.INTERNET_GATEWAY, f"igw-{r}"),
        (RouteTargetKind.NAT_GATEWAY, f"nat-{r}"),
        (RouteTargetKind.VPC_ENDPOINT, f"vpce-{r}"),
        *((RouteTargetKind.VPC_PEERING, f"vpcx-{one}-{other}") for one, other in others),
    ]
    target, target_id = drawing.one(targets)
    if target is RouteTargetKind.VPC_ENDPOINT:
        return VpcRoute(destination=f"pl-{r}", target=target, target_id=target_id)
    return VpcRoute(
        destination=drawing.one([b for b in drawing.blocks if not b.subnet_of(vpc_block(index))]),
        target=target,
        target_id=target_id,
        state="blackhole" if drawing.one((True, False, False, False)) else "active",
        origin="EnableVgwRoutePropagation" if drawing.draw(st.booleans()) else "CreateRoute",
    )


def endpoints_of(state: State, *, assuming: bool = True) -> list[Endpoint]:
    """
    Every interface and subnet; `assuming` also hosts of a Region's first subnet that have its first group.
    """
    first = [s for s in state.subnets if s.id.endswith("-0")] if assuming else []
    assumed = [of_subnet(s, (f"sg-{s.id.split('-')[1]}-a",)) for s in first]
    return [*map(of_interface, state.network_interfaces), *map(of_subnet, state.subnets), *assumed]
