"""VPC route tables: EC2's describe responses, named as in botocore, as resources of the model."""

from ipaddress import IPv4Network

from probes.model.state import (
    RouteTargetKind,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.normal import (
    sorted_routes,
)
from probes.model.state.vpc import RouteOrigin
from probes.sources.describe.fields import AnyNetwork, Part, Raw, require, tags_of

GONE_ASSOCIATIONS = frozenset({"disassociating", "disassociated", "failed"})
ORIGINS: dict[str, RouteOrigin] = {
    "CreateRouteTable": "CreateRouteTable",
    "EnableVgwRoutePropagation": "EnableVgwRoutePropagation",
    "Advertisement": "Advertisement",
}
GATEWAY_PREFIXES = {
    "local": RouteTargetKind.LOCAL,
    "igw": RouteTargetKind.INTERNET_GATEWAY,
    "vgw": RouteTargetKind.VPN_GATEWAY,
    "vpce": RouteTargetKind.VPC_ENDPOINT,
    "eigw": RouteTargetKind.EGRESS_ONLY_GATEWAY,
}


class RawRoute(Part, frozen=True, kw_only=True):
    """Route."""

    destination_cidr_block: IPv4Network | None = None
    destination_ipv6_cidr_block: AnyNetwork | None = None
    destination_prefix_list_id: str = ""
    gateway_id: str = ""
    nat_gateway_id: str = ""
    transit_gateway_id: str = ""
    vpc_peering_connection_id: str = ""
    network_interface_id: str = ""
    instance_id: str = ""
    egress_only_internet_gateway_id: str = ""
    carrier_gateway_id: str = ""
    local_gateway_id: str = ""
    core_network_arn: str = ""
    origin: str = "CreateRoute"
    state: str = "active"

    def __post_init__(self) -> None:
        cidr = self.destination_cidr_block or self.destination_ipv6_cidr_block
        require("DestinationCidrBlock", cidr or self.destination_prefix_list_id)


class AssociationState(Part, frozen=True, kw_only=True):
    """RouteTableAssociationState."""

    state: str = "associated"


class RouteTableAssociation(Part, frozen=True, kw_only=True):
    """RouteTableAssociation."""

    main: bool = False
    subnet_id: str = ""
    gateway_id: str = ""
    association_state: AssociationState = AssociationState()


class RawRouteTable(Raw, frozen=True, kw_only=True):
    """RouteTable."""

    route_table_id: str
    vpc_id: str
    associations: tuple[RouteTableAssociation, ...] = ()
    routes: tuple[RawRoute, ...]


def vpc_route_table(region: str, item: RawRouteTable) -> VpcRouteTable:
    """A VPC route table; associations on their way out and routes that AWS filters out are not listed."""
    live = [each for each in item.associations if each.association_state.state not in GONE_ASSOCIATIONS]
    return VpcRouteTable(
        region=region,
        id=item.route_table_id,
        tags=tags_of(item.tags),
        vpc_id=item.vpc_id,
        main=any(association.main for association in live),
        subnet_ids=tuple(sorted(association.subnet_id for association in live if association.subnet_id)),
        gateway_ids=tuple(sorted(association.gateway_id for association in live if association.gateway_id)),
        routes=sorted_routes(_vpc_route(route) for route in item.routes if route.state != "filtered"),
    )


def _vpc_route(route: RawRoute) -> VpcRoute:
    target, target_id = _route_target(route)
    return VpcRoute(
        destination=(
            route.destination_cidr_block
            or route.destination_ipv6_cidr_block
            or route.destination_prefix_list_id
        ),
        target=target,
        target_id=target_id,
        state="active" if route.state == "active" else "blackhole",
        origin=ORIGINS.get(route.origin, "CreateRoute"),
    )


def _route_target(route: RawRoute) -> tuple[RouteTargetKind, str]:
    named = (
        (RouteTargetKind.TRANSIT_GATEWAY, route.transit_gateway_id),
        (RouteTargetKind.NAT_GATEWAY, route.nat_gateway_id),
        (RouteTargetKind.VPC_PEERING, route.vpc_peering_connection_id),
        (RouteTargetKind.NETWORK_INTERFACE, route.network_interface_id),
        (RouteTargetKind.EGRESS_ONLY_GATEWAY, route.egress_only_internet_gateway_id),
        (GATEWAY_PREFIXES.get(route.gateway_id.partition("-")[0], RouteTargetKind.OTHER), route.gateway_id),
    )
    for target, target_id in named:
        if target_id:
            return target, target_id
    others = (route.carrier_gateway_id, route.local_gateway_id, route.core_network_arn, route.instance_id)
    return RouteTargetKind.OTHER, next(filter(None, others), "")
