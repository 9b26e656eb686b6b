"""Entry points: where packets from outside the observed network come in."""

from collections.abc import Container, Iterator
from ipaddress import IPv4Network
from typing import NamedTuple

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.state import InternetGateway, RouteTargetKind, TgwAttachment, VpcPeering
from probes.model.state.tgw import CHANGING


def internet_gateway(network: Network, region: str, vpc_id: str) -> InternetGateway | None:
    """The gateway through which the Internet reaches a VPC's public addresses.

    Raises UnobservableError when it could not be seen, or a gateway route table leads its packets elsewhere.
    """
    for gateway in network.state.internet_gateways:
        if gateway.region == region and vpc_id in gateway.vpc_ids:
            for table in network.state.vpc_route_tables:
                edge = table.region == region and gateway.id in table.gateway_ids
                if edge and any(route.target is not RouteTargetKind.LOCAL for route in table.routes):
                    raise UnobservableError(f"{table.label}: a gateway route table is not modelled")
            return gateway
    network.require("internet_gateways", region)
    for gateway in network.state.internet_gateways:
        if gateway.region == region:
            network.require("internet_gateways", region, gateway.id, ("vpc_ids",))
    return None


def tenants(
    network: Network, cidrs: tuple[IPv4Network, ...], documented: Container[str]
) -> tuple[Endpoint, ...]:
    """The tenants' ranges, once for each entry point behind which something is that was not observed.

    Entry points are attachments of a Transit Gateway, VPC peerings and VPN gateways. What leads to a
    documented Region (by AWS name) that was not observed is part of the network and no entry point. Raises
    UnobservableError when the attachments or VPC peerings of a Region could not be seen.
    """
    if not cidrs:
        return ()
    for region in network.state.regions:
        network.require("tgw_attachments", region)
        network.require("vpc_peerings", region)
    entry_points = (
        *_attachments(network, documented),
        *_peerings(network, documented),
        *_vpn_gateways(network),
    )
    return tuple(
        Endpoint(
            kind="tenant",
            id=entry.id,
            label=f"tenants through {entry.label}",
            region=entry.region,
            vpc_id=entry.vpc_id,
            networks=cidrs,
        )
        for entry in dict.fromkeys(entry_points)
    )


def entry_attachment(network: Network, tenant: Endpoint) -> TgwAttachment:
    """The attachment through which a tenant that came without a VPC enters a Transit Gateway."""
    return next(
        side for side in network.state.tgw_attachments if (side.region, side.id) == (tenant.region, tenant.id)
    )


def is_return_path(tenant: Endpoint, region: str, target_id: str | None) -> bool:
    """Whether a route's target in a Region is the entry point through which a tenant came in."""
    return tenant.kind == "tenant" and (tenant.region, tenant.id) == (region, target_id)


def zone_is_hidden(network: Network, source: Endpoint, region: str) -> bool:
    """Whether nobody can say in which zone a sender's packets come out of a Transit Gateway of a Region.

    A Transit Gateway keeps a packet in its zone, and the zone of what is not observed is not known; packets
    over a peering come out in their destination's.
    """
    if source.kind != "tenant" or source.vpc_id or source.region != region:
        return False
    return entry_attachment(network, source).resource_type != "peering"


class EntryPoint(NamedTuple):
    """A resource that joins the network to something that is not observed; it leads into a VPC, if it names one."""

    region: str
    id: str
    label: str
    vpc_id: str


def _attachments(network: Network, documented: Container[str]) -> Iterator[EntryPoint]:
    for side in network.state.tgw_attachments:
        network.require("tgw_attachments", side.region, side.id, ("state", "resource_id"))
        changing = network.gap("tgw_attachments", side.region, side.id, (CHANGING,)) is not None
        if (changing or side.state == "available") and not _observed(network, side, documented):
            network.require("tgw_attachments", side.region, side.id, (CHANGING,))
            yield EntryPoint(side.region, side.id, side.label, "")


def _observed(network: Network, side: TgwAttachment, documented: Container[str]) -> bool:
    if side.resource_type == "vpc":
        network.require("vpcs", side.region)
        return (side.region, side.resource_id or "") in network.vpcs
    if side.resource_type != "peering":
        return False
    peer = side.peer_region, side.peer_transit_gateway_id or ""
    if peer in network.transit_gateways or _not_looked_at(network, side.peer_region, documented):
        return True
    network.require("transit_gateways", side.peer_region)
    return any(other.id == side.id and other is not side for other in network.state.tgw_attachments)


def _not_looked_at(network: Network, region: str, documented: Container[str]) -> bool:
    return region in documented and region not in network.observed_regions


def _peerings(network: Network, documented: Container[str]) -> Iterator[EntryPoint]:
    for peering in network.state.vpc_peerings:
        for here, there in _ends(peering):
            if peering.status != "active" or here[0] != peering.region or here not in network.vpcs:
                continue
            network.require("vpcs", there[0])
            if there not in network.vpcs and not _not_looked_at(network, there[0], documented):
                yield EntryPoint(peering.region, peering.id, peering.label, here[1])


def _ends(peering: VpcPeering) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    requester = peering.requester_region, peering.requester_vpc_id or ""
    accepter = peering.accepter_region, peering.accepter_vpc_id or ""
    yield requester, accepter
    yield accepter, requester


def _vpn_gateways(network: Network) -> Iterator[EntryPoint]:
    """Those that some route leads to: they are not observed themselves."""
    for table in network.state.vpc_route_tables:
        for route in table.routes:
            if route.target is RouteTargetKind.VPN_GATEWAY and route.target_id and table.vpc_id:
                label = f"{route.target_id} ({table.region})"
                yield EntryPoint(table.region, route.target_id, label, table.vpc_id)
