"""The documented network grown along one axis or several: hosts, groups and their rules, VPCs, Regions, routes.

The documented parts keep their groups, rules and routes, so that the bundled spec still judges the network.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import msgspec
import yaml
from msgspec.structs import replace

from fixtures.build import Options, build_state, wide_spec
from fixtures.build.describe import write_dump
from probes.model.spec import Spec
from probes.model.state import (
    Instance,
    NetworkInterface,
    PrefixList,
    PrefixListRef,
    RouteTargetKind,
    SecurityGroup,
    SgRule,
    State,
    Subnet,
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    Vpc,
    VpcRoute,
    VpcRouteTable,
)
from probes.sources.documents.spec import load_spec

ROOT = Path(__file__).resolve().parents[3]
SPEC = ROOT / "fixtures" / "specs" / "gpu-cluster.yaml"
FIRST_HOST = 32
CIDRS_OF_A_LIST = 50
OTHERS = IPv4Network("10.128.0.0/9")
FAR = IPv4Network("11.0.0.0/8")


class Size(NamedTuple):
    """How large a network is made. `hosts`, `groups`, `rules` and `vpcs` are those beyond the document's.

    The hosts have the GPU role, or with `roles` false no role, and each carries one to five of the groups.
    """

    regions: int = 3
    hosts: int = 0
    groups: int = 0
    rules: int = 0
    vpcs: int = 0
    prefix_lists: int = 0
    tgw_routes: int = 0
    roles: bool = True


class Network(NamedTuple):
    """A spec and a state that it judges."""

    spec: Spec
    state: State


def large_network(size: Size, options: Options | None = None, seed: int = 1) -> Network:
    """A network of this size; the same for the same seed. `options` build the documented part."""
    spec = replace(load_spec(SPEC), catalogue="")
    if size.regions != len(spec.vpcs):
        spec = wide_spec(spec, size.regions)
    state, random = build_state(spec, options or Options(instances=2)), Random(seed)  # noqa: S311 - no secret
    parts = [_Part(spec, state, number, _share(size, number), random) for number in range(size.regions)]
    added: dict[str, list[Any]] = {}
    for part in parts:
        for kind, resources in part.resources().items():
            added.setdefault(kind, []).extend(resources)
    tables = {table.id: table for part in parts for table in part.longer_tables()}
    state = replace(
        state, tgw_route_tables=tuple(tables.get(each.id, each) for each in state.tgw_route_tables)
    )
    grown: dict[str, Any] = {kind: (*getattr(state, kind), *resources) for kind, resources in added.items()}
    return Network(spec, replace(state, **grown))


def write_network(network: Network, folder: Path) -> list[str]:
    """Write spec, waivers and dump below the folder; gives the options of pytest that judge them."""
    spec, waivers, dump = folder / "spec.yaml", folder / "waivers.yaml", folder / "dump"
    spec.write_text(yaml.safe_dump(msgspec.to_builtins(network.spec, enc_hook=str), sort_keys=False))
    waivers.write_text("[]")
    write_dump(network.state, dump)
    return [f"--spec={spec}", f"--state=dump:{dump}", f"--waivers={waivers}"]


def _share(size: Size, number: int) -> Size:
    """What one Region gets of the whole."""

    def part(whole: int) -> int:
        return whole // size.regions + (number < whole % size.regions)

    return size._replace(
        hosts=part(size.hosts),
        groups=part(size.groups),
        rules=part(size.rules),
        vpcs=part(size.vpcs),
        prefix_lists=part(size.prefix_lists),
    )


class _Part:
    """What one Region gets beyond the document."""

    def __init__(self, spec: Spec, state: State, number: int, size: Size, random: Random) -> None:
        self.number = number
        self.alias = list(spec.vpcs)[number]
        self.region = region = spec.region_of(self.alias)
        self.size = size
        self.random = random
        self.cidrs = [cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs]
        self.vpc = next(vpc for vpc in state.vpcs if vpc.region == region)
        self.homes = [s for s in state.subnets if s.region == region and s.name.startswith("private")]
        self.gpu_group = next(
            g.id for g in state.security_groups if g.region == region and g.name.startswith("sg-gpu")
        )
        self.tgw = next(gateway.id for gateway in state.transit_gateways if gateway.region == region)
        self.table = next(table for table in state.tgw_route_tables if table.region == region)

    def resources(self) -> dict[str, list[Any]]:
        """Everything that is added, by collection."""
        groups = list(self._groups())
        vpcs = [self._vpc(number) for number in range(self.size.vpcs)]
        hosts = list(self._hosts([group.id for group in groups], [s for v in vpcs for s in v["subnets"]]))
        found: dict[str, list[Any]] = {
            "security_groups": list(groups),
            "prefix_lists": [self._prefix_list(number) for number in range(self.size.prefix_lists)],
            "network_interfaces": hosts,
            "instances": [self._instance(host) for host in hosts],
        }
        for kind, resource in chain.from_iterable(each.items() for each in vpcs):
            found.setdefault(kind, []).extend(resource)
        return found

    def longer_tables(self) -> Iterator[TgwRouteTable]:
        """The documented TGW route table with more static routes, to addresses that nobody has."""
        targets = [route.attachment_ids for route in self.table.routes]
        more = tuple(
            TgwRoute(
                destination=IPv4Network((int(FAR.network_address) + (number << 8), 24)),
                type="static",
                state="active",
                attachment_ids=targets[number % len(targets)],
            )
            for number in range(self.size.tgw_routes)
        )
        yield replace(self.table, routes=(*self.table.routes, *more))

    def _id(self, prefix: str, number: int) -> str:
        return f"{prefix}-0{self.number:03x}{number:013x}"

    def _groups(self) -> Iterator[SecurityGroup]:
        count = self.size.groups
        for number in range(count):
            rules = self.size.rules // count + (number < self.size.rules % count)
            yield SecurityGroup(
                region=self.region,
                id=self._id("sg", number),
                vpc_id=self.vpc.id,
                group_name=f"app-{number}",
                ingress=tuple(self._rule() for _ in range(rules - rules // 2)),
                egress=tuple(self._rule() for _ in range(rules // 2)),
            )

    def _rule(self) -> SgRule:
        low, high = sorted(self.random.sample(range(1024, 65536), 2))
        peer: IPv4Network | PrefixListRef = self._cidr(self.random.randint(20, 32))
        if self.size.prefix_lists and self.random.random() < 1 / 4:
            peer = PrefixListRef(prefix_list_id=self._id("pl", self.random.randrange(self.size.prefix_lists)))
        protocol = self.random.choice(("tcp", "udp"))
        return SgRule(protocol=protocol, from_port=low, to_port=high, peer=peer)

    def _cidr(self, length: int) -> IPv4Network:
        whole = self.random.choice(self.cidrs)
        address = int(whole.network_address) + self.random.randrange(whole.num_addresses)
        return IPv4Network((address >> (32 - length) << (32 - length), length))

    def _prefix_list(self, number: int) -> PrefixList:
        return PrefixList(
            region=self.region,
            id=self._id("pl", number),
            list_name=f"list-{number}",
            owner_id="111122223333",
            cidrs=tuple({self._cidr(28) for _ in range(CIDRS_OF_A_LIST)}),
            max_entries=CIDRS_OF_A_LIST,
        )

    def _hosts(self, groups: list[str], elsewhere: list[Subnet]) -> Iterator[NetworkInterface]:
        """In the other VPCs where there are some, else in the documented private subnets."""
        subnets = elsewhere or self.homes
        for number in range(self.size.hosts):
            subnet = subnets[number % len(subnets)]
            several = self.random.randint(1, 5) if groups and not elsewhere else 0
            own = () if elsewhere or not self.size.roles else (self.gpu_group,)
            yield NetworkInterface(
                region=self.region,
                id=self._id("eni", number),
                tags={"Name": f"host-{self.alias}-{number}"},
                vpc_id=subnet.vpc_id,
                subnet_id=subnet.id,
                private_ips=(_address(subnet, number // len(subnets)),),
                group_ids=(*own, *self.random.sample(groups, min(several, len(groups)))),
                instance_id=self._id("i", number),
            )

    def _instance(self, host: NetworkInterface) -> Instance:
        return Instance(
            region=self.region,
            id=host.instance_id or "",
            tags=host.tags,
            state="running",
            instance_type="g6e.4xlarge",
            vpc_id=host.vpc_id,
            subnet_id=host.subnet_id,
            network_interface_ids=(host.id,),
        )

    def _vpc(self, number: int) -> dict[str, list[Any]]:
        """Another VPC on the Transit Gateway, with a TGW route table of its own that leads to the document's."""
        index = self.number + number * 512
        block = IPv4Network((int(OTHERS.network_address) + (index << 10), 22))
        vpc = Vpc(region=self.region, id=self._id("vpc", number), cidrs=(block,))
        subnets = [
            Subnet(
                region=self.region,
                id=self._id("subnet", 2 * number + zone),
                vpc_id=vpc.id,
                cidr=cidr,
                az=f"{self.region}{'ab'[zone]}",
                az_id=f"{self.alias}-az{zone + 1}",
            )
            for zone, cidr in enumerate(block.subnets())
        ]
        out = VpcRoute(
            destination=IPv4Network("10.0.0.0/8"),
            target=RouteTargetKind.TRANSIT_GATEWAY,
            target_id=self.tgw,
        )
        side = TgwAttachment(
            region=self.region,
            id=self._id("tgw-attach", number),
            transit_gateway_id=self.tgw,
            resource_type="vpc",
            resource_id=vpc.id,
            state="available",
            subnet_ids=tuple(subnet.id for subnet in subnets),
        )
        return {
            "vpcs": [vpc],
            "subnets": subnets,
            "vpc_route_tables": [
                VpcRouteTable(
                    region=self.region,
                    id=self._id("rtb", number),
                    vpc_id=vpc.id,
                    main=True,
                    subnet_ids=(),
                    routes=(out,),
                )
            ],
            "tgw_attachments": [side],
            "tgw_route_tables": [
                replace(
                    self.table,
                    id=self._id("tgw-rtb", number),
                    tags={},
                    associations=(side.id,),
                    propagations=(side.id,),
                )
            ],
        }


def _address(subnet: Subnet, number: int) -> IPv4Address:
    if subnet.cidr is None:
        raise ValueError(f"{subnet.id} has no CIDR")
    room = subnet.cidr.num_addresses - FIRST_HOST - 1
    if number >= room:
        raise ValueError(f"{subnet.id} has room for {room} hosts")
    return subnet.cidr[FIRST_HOST + number]
