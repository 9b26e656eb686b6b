"""Networks that hypothesis draws: Regions, tables, nested prefixes, blackholes, references, gaps, missing zones."""

from functools import cache
from ipaddress import IPv4Address, IPv4Network
from random import Random
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from probes.model.network.endpoints import Endpoint, of_interface, of_subnet
from probes.model.state import (
    InternetGateway,
    NatGateway,
    NetworkInterface,
    PrefixList,
    State,
    Subnet,
    TransitGateway,
    Vpc,
    VpcEndpoint,
    VpcPeering,
)
from suites.selftest.reachability.networks import address, region_name, subnets, vpc_block
from suites.selftest.reachability.random_doors import with_doors
from suites.selftest.reachability.random_gaps import with_gap
from suites.selftest.reachability.random_merging import in_one_region
from suites.selftest.reachability.random_routes import meeting_points, vpc_route_tables
from suites.selftest.reachability.random_rules import network_acls, security_group
from suites.selftest.reachability.random_source import SERVICE, Drawing, drawing
from suites.selftest.reachability.random_tgws import attachments, route_tables

HOSTS = ((0, 10), (1, 10), (0, 11))


@st.composite
def states(draw: st.DrawFn, *, merging: bool = False) -> State:
    """A network of one to three Regions, mostly working, with faults of every kind.

    With `merging` two of the VPCs may be in one Region.
    """
    return _state(drawing(lambda below: draw(_below(below))), merging=merging)


def random_state(random: Random) -> State:
    """As `states` with merging, many times faster, but hypothesis cannot simplify it.

    A stranger has a way in, an interface may be AWS's own, and the source may not have seen everything.
    """
    drawn = drawing(random.randrange)
    state = _with_managed_interface(drawn, with_doors(drawn, _state(drawn, merging=True)))
    return with_gap(drawn, state) if drawn.one((True, False, False)) else state


def _with_managed_interface(drawing: Drawing, state: State) -> State:
    """In every third network one interface is of a kind to which nothing can be initiated."""
    chosen = drawing.pick(3 * len(state.network_interfaces))
    kind = drawing.one(("lambda", "nat_gateway"))
    return replace(
        state,
        network_interfaces=tuple(
            replace(interface, interface_type=kind) if number == chosen else interface
            for number, interface in enumerate(state.network_interfaces)
        ),
    )


@cache
def _below(number: int) -> st.SearchStrategy[int]:
    return st.integers(0, number - 1)


def _state(drawing: Drawing, *, merging: bool) -> State:
    parts: dict[str, list[Any]] = {}
    for index in range(drawing.count):
        for kind, resources in (_vpc_parts(drawing, index) | _gateways(drawing, index)).items():
            parts.setdefault(kind, []).extend(resources)
    collections: dict[str, Any] = {kind: tuple(resources) for kind, resources in parts.items()}
    state = State(regions=tuple(map(region_name, range(drawing.count))), **collections)
    if merging and drawing.count > 1 and drawing.mostly("references", (True, False)):
        return in_one_region(state, shared=drawing.mostly("references", (True, True, False)))
    return state


def _vpc_parts(drawing: Drawing, index: int) -> dict[str, list[Any]]:
    r = region_name(index)
    points = meeting_points(drawing, index)
    return {
        "vpcs": [Vpc(region=r, id=f"vpc-{r}", cidrs=(vpc_block(index),))],
        "subnets": _subnets(drawing, index),
        "prefix_lists": [
            PrefixList(region=r, id=f"pl-{r}", list_name="svc", owner_id="AWS", cidrs=(SERVICE,)),
            PrefixList(region=r, id=f"pl-own-{r}", list_name="own", owner_id="1", cidrs=points[:2]),
        ],
        "security_groups": [security_group(drawing, r, name) for name in ("a", "b")],
        "network_acls": network_acls(drawing, r),
        "network_interfaces": [_interface(drawing, index, tier, host) for tier, host in HOSTS],
        "vpc_route_tables": vpc_route_tables(drawing, index, points),
    }


def _subnets(drawing: Drawing, index: int) -> list[Subnet]:
    """The second host subnet may be in a third zone, which has no attachment subnet."""
    first, second, *rest = subnets(index)
    moved = replace(second, az=f"{second.region}c")
    return [first, second if drawing.well("zones") else moved, *rest]


def _gateways(drawing: Drawing, index: int) -> dict[str, list[Any]]:
    r, count = region_name(index), drawing.count
    endpoint = VpcEndpoint(
        region=r,
        id=f"vpce-{r}",
        vpc_id=f"vpc-{r}",
        service_name="svc",
        endpoint_type="Gateway",
        state=drawing.one(("available", "available", "available", "pending")),
    )
    own = (f"vpc-{r}",)
    vpc_ids = drawing.mostly("nat", (own, own, ()))
    honours = drawing.mostly("references", (True, False))
    gateway = TransitGateway(
        region=r, id=f"tgw-{r}", state="available", asn=1, sg_referencing_support=honours
    )
    return {
        "internet_gateways": [InternetGateway(region=r, id=f"igw-{r}", vpc_ids=vpc_ids)],
        "nat_gateways": [_nat(drawing, r)],
        "vpc_endpoints": [endpoint],
        "vpc_peerings": [_peering(drawing, r, a, b) for a in range(count) for b in range(a + 1, count)],
        "transit_gateways": [gateway],
        "tgw_attachments": attachments(drawing, index),
        "tgw_route_tables": route_tables(drawing, index),
    }


def _nat(drawing: Drawing, r: str) -> NatGateway:
    return NatGateway(
        region=r,
        id=f"nat-{r}",
        vpc_id=f"vpc-{r}",
        subnet_id=f"subnet-{r}-{drawing.mostly('nat', (2, 2, 0))}",
        state=drawing.mostly("nat", ("available", "available", "failed")),
        connectivity=drawing.mostly("nat", ("public", "public", "private")),
    )


def _interface(drawing: Drawing, index: int, tier: int, host: int) -> NetworkInterface:
    r = region_name(index)
    groups = ((f"sg-{r}-a",), (f"sg-{r}-b",), (f"sg-{r}-a", f"sg-{r}-b"), ())
    addresses = address(index, tier, host), address(index, tier, host + 100)
    elastic = IPv4Address("54.0.0.1")
    return NetworkInterface(
        region=r,
        id=f"eni-{r}-{tier}-{host}",
        vpc_id=f"vpc-{r}",
        subnet_id=f"subnet-{r}-{tier}",
        private_ips=drawing.one((addresses[:1], addresses)),
        group_ids=drawing.one(groups),
        public_ips=drawing.one(({}, {addresses[0]: elastic}, {addresses[1]: elastic})),
        prefixes=drawing.one(
            ((), (), (IPv4Network((int(address(index, tier, 128)) + 16 * (host - 10), 28)),))
        ),
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


def endpoints_of(state: State, *, assuming: bool = True) -> list[Endpoint]:
    """Every interface and subnet; `assuming` also hosts of a Region's first subnet that have its first group."""
    first = [s for s in state.subnets if s.id.endswith("-0")] if assuming else []
    assumed = [of_subnet(s, (f"sg-{s.id.split('-')[1]}-a",)) for s in first]
    return [*map(of_interface, state.network_interfaces), *map(of_subnet, state.subnets), *assumed]
