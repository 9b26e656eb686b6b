"""Two VPCs of one Region whose traffic a third one inspects, in two zones, as AWS's guide for firewalls shows it.

https://docs.aws.amazon.com/network-firewall/latest/developerguide/arch-two-zone-igw.html
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from msgspec.structs import replace

from probes.model.state import (
    InternetGateway,
    NatGateway,
    NetworkInterface,
    RouteTargetKind,
    SecurityGroup,
    State,
    Subnet,
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    TransitGateway,
    Vpc,
    VpcEndpoint,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.vpc import FIREWALL_ENDPOINT
from suites.selftest.reachability.networks import ANY, rule

REGION = "r0"
BLOCKS = {"one": "10.66.0.0/20", "two": "10.66.16.0/20", "inspection": "10.66.32.0/20"}


def inspection_network(*, appliance_mode: bool = True) -> State:
    """Hosts in both zones of VPCs `one` and `two`; `inspection` has a firewall in each zone."""
    spokes = [_spoke(name) for name in ("one", "two")]
    parts = [*spokes, _inspection(appliance_mode=appliance_mode)]
    collections: dict[str, Any] = {
        kind: tuple(r for part in parts for r in part.get(kind, ())) for kind in parts[0] | parts[2]
    }
    gateway = TransitGateway(region=REGION, id="tgw", state="available", asn=64512)
    tables = (
        _tgw_table("spokes", {"0.0.0.0/0": "att-inspection"}, ("att-one", "att-two")),
        _tgw_table("inspection", {BLOCKS["one"]: "att-one", BLOCKS["two"]: "att-two"}, ("att-inspection",)),
    )
    gateways: dict[str, Any] = {"transit_gateways": (gateway,), "tgw_route_tables": tables}
    return State(regions=(REGION,), **gateways, **collections)


def host(vpc: str, zone: int) -> IPv4Address:
    """The address of the host in zone 0 or 1 of a spoke."""
    return IPv4Network(BLOCKS[vpc])[256 * zone + 10]


def _spoke(vpc: str) -> dict[str, tuple[object, ...]]:
    hosts = [_subnet(vpc, f"host{zone}", 256 * zone, 24, zone) for zone in (0, 1)]
    edge = [_subnet(vpc, f"tgw{zone}", 1024 + 16 * zone, 28, zone) for zone in (0, 1)]
    group = SecurityGroup(
        region=REGION,
        id=f"sg-{vpc}",
        vpc_id=f"vpc-{vpc}",
        group_name=vpc,
        ingress=(rule("-1", "10.66.0.0/16"),),
        egress=(rule("-1", "10.66.0.0/16"),),
    )
    interfaces = tuple(
        NetworkInterface(
            region=REGION,
            id=f"eni-{vpc}-{zone}",
            vpc_id=f"vpc-{vpc}",
            subnet_id=hosts[zone].id,
            private_ips=(host(vpc, zone),),
            group_ids=(group.id,),
        )
        for zone in (0, 1)
    )
    return {
        "vpcs": (Vpc(region=REGION, id=f"vpc-{vpc}", cidrs=(IPv4Network(BLOCKS[vpc]),)),),
        "subnets": (*hosts, *edge),
        "security_groups": (group,),
        "network_interfaces": interfaces,
        "vpc_route_tables": (
            _table(vpc, "hosts", hosts, _to(RouteTargetKind.TRANSIT_GATEWAY, "tgw")),
            _table(vpc, "tgw", edge),
        ),
        "tgw_attachments": (_attachment(vpc, edge),),
    }


def _inspection(*, appliance_mode: bool) -> dict[str, tuple[object, ...]]:
    vpc = "inspection"
    inside = [_subnet(vpc, f"firewall{zone}", 16 * zone, 28, zone) for zone in (0, 1)]
    edge = [_subnet(vpc, f"tgw{zone}", 1024 + 16 * zone, 28, zone) for zone in (0, 1)]
    firewalls = tuple(
        VpcEndpoint(
            region=REGION,
            id=f"vpce-{zone}",
            vpc_id=f"vpc-{vpc}",
            service_name="com.amazonaws.vpce.r0.vpce-svc-0",
            endpoint_type=FIREWALL_ENDPOINT,
            state="available",
            subnet_ids=(inside[zone].id,),
        )
        for zone in (0, 1)
    )
    return {
        "vpcs": (Vpc(region=REGION, id=f"vpc-{vpc}", cidrs=(IPv4Network(BLOCKS[vpc]),)),),
        "subnets": (*inside, *edge),
        "vpc_endpoints": firewalls,
        "vpc_route_tables": (
            _table(vpc, "firewalls", inside, _to(RouteTargetKind.TRANSIT_GATEWAY, "tgw")),
            *(
                _table(vpc, f"tgw{zone}", [edge[zone]], _to(RouteTargetKind.VPC_ENDPOINT, f"vpce-{zone}"))
                for zone in (0, 1)
            ),
        ),
        "tgw_attachments": (_attachment(vpc, edge, appliance_mode=appliance_mode),),
    }


def _subnet(vpc: str, name: str, offset: int, length: int, zone: int) -> Subnet:
    base = int(IPv4Network(BLOCKS[vpc]).network_address)
    cidr = IPv4Network((base + offset, length))
    return Subnet(
        region=REGION, id=f"subnet-{vpc}-{name}", vpc_id=f"vpc-{vpc}", cidr=cidr, az=f"r0{'ab'[zone]}"
    )


def _to(target: RouteTargetKind, target_id: str) -> VpcRoute:
    return VpcRoute(destination=ANY, target=target, target_id=target_id)


def _table(vpc: str, name: str, subnets: list[Subnet], *routes: VpcRoute) -> VpcRouteTable:
    return VpcRouteTable(
        region=REGION,
        id=f"rtb-{vpc}-{name}",
        vpc_id=f"vpc-{vpc}",
        main=False,
        subnet_ids=tuple(subnet.id for subnet in subnets),
        routes=routes,
    )


def _attachment(vpc: str, edge: list[Subnet], *, appliance_mode: bool = False) -> TgwAttachment:
    return TgwAttachment(
        region=REGION,
        id=f"att-{vpc}",
        transit_gateway_id="tgw",
        resource_type="vpc",
        resource_id=f"vpc-{vpc}",
        state="available",
        subnet_ids=tuple(subnet.id for subnet in edge),
        appliance_mode=appliance_mode,
    )


def _tgw_table(name: str, routes: dict[str, str], associations: tuple[str, ...]) -> TgwRouteTable:
    return TgwRouteTable(
        region=REGION,
        id=f"tgw-rtb-{name}",
        transit_gateway_id="tgw",
        state="available",
        default_association=False,
        default_propagation=False,
        routes=tuple(
            TgwRoute(destination=IPv4Network(cidr), type="static", state="active", attachment_ids=(target,))
            for cidr, target in routes.items()
        ),
        associations=associations,
        propagations=(),
    )


def with_egress(state: State) -> State:
    """The inspecting VPC leads on to the Internet, in each zone through a NAT gateway of its own.

    https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-nat-igw.html
    """
    vpc = "inspection"
    public = [_subnet(vpc, f"public{zone}", 512 + 16 * zone, 28, zone) for zone in (0, 1)]
    inside = {s.id: s for s in state.subnets}
    gateways = tuple(
        NatGateway(
            region=REGION, id=f"nat-{zone}", vpc_id=f"vpc-{vpc}", subnet_id=public[zone].id, state="available"
        )
        for zone in (0, 1)
    )
    back = VpcRoute(
        destination=IPv4Network("10.66.0.0/16"), target=RouteTargetKind.TRANSIT_GATEWAY, target_id="tgw"
    )
    tables = (
        *(t for t in state.vpc_route_tables if t.id != "rtb-inspection-firewalls"),
        *(
            _table(
                vpc,
                f"firewall{zone}",
                [inside[f"subnet-{vpc}-firewall{zone}"]],
                back,
                _to(RouteTargetKind.NAT_GATEWAY, f"nat-{zone}"),
            )
            for zone in (0, 1)
        ),
        *(
            _table(
                vpc,
                f"public{zone}",
                [public[zone]],
                _to(RouteTargetKind.INTERNET_GATEWAY, "igw"),
                VpcRoute(
                    destination=IPv4Network("10.66.0.0/16"),
                    target=RouteTargetKind.VPC_ENDPOINT,
                    target_id=f"vpce-{zone}",
                ),
            )
            for zone in (0, 1)
        ),
    )
    return replace(
        state,
        subnets=(*state.subnets, *public),
        nat_gateways=gateways,
        internet_gateways=(InternetGateway(region=REGION, id="igw", vpc_ids=(f"vpc-{vpc}",)),),
        vpc_route_tables=tables,
        security_groups=tuple(replace(g, egress=(rule("-1", "0.0.0.0/0"),)) for g in state.security_groups),
    )


def without_way_back(state: State) -> State:
    """The second zone's NAT gateway sends replies past the firewall."""
    tables = tuple(
        replace(t, routes=tuple(r for r in t.routes if r.target is not RouteTargetKind.VPC_ENDPOINT))
        if t.id == "rtb-inspection-public1"
        else t
        for t in state.vpc_route_tables
    )
    return replace(state, vpc_route_tables=tables)
