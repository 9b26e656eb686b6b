"""The walk of one packet through Transit Gateways, peerings and the gateways of a VPC."""

from typing import NamedTuple

from probes.model.errors import UnobservableError
from probes.model.forwarding.route_selection import tgw_route
from probes.model.network import endpoints
from probes.model.network.endpoints import Endpoint
from probes.model.network.entry_points import is_return_path, zone_is_hidden
from probes.model.network.index import Network, zone_of
from probes.model.network.packets import Packet, on_the_internet
from probes.model.network.trace import Hop, Inspection, Recorder, Stage
from probes.model.state import NatGateway, Subnet, TgwAttachment, TgwRouteTable, VpcRoute
from probes.model.state.tgw import DECISIVE_FIELDS


class Alternative(NamedTuple):
    """One of several ways to the Internet, of which nobody knows which one AWS takes."""

    arrived: Endpoint
    nat: tuple[str, str] | None
    hops: tuple[Hop, ...]
    inspection: Inspection


class GatewayWalk:
    """What a walk needs to know about gateways; the VPC side is in `Walk`."""

    def __init__(
        self,
        network: Network,
        packet: Packet,
        source: Endpoint,
        destination: Endpoint | None,
        *,
        tracked: bool,
    ) -> None:
        self.network = network
        self.packet = packet
        self.source = source
        self.destination = destination
        self.tracked = tracked
        self.recorder = Recorder()
        self.origin: Subnet | None = None
        self.nat: tuple[str, str] | None = None
        self.inspection = Inspection()
        self.alternatives: tuple[Alternative, ...] = ()

    @property
    def hops(self) -> list[Hop]:
        """The decisions so far."""
        return self.recorder.hops

    def acl(self, subnet: Subnet, stage: Stage, *, egress: bool) -> None:
        """Pass the subnet's network ACL or be dropped by it."""
        raise NotImplementedError

    def subnet(self, region: str, subnet_id: str) -> Subnet:
        """A subnet that something names; raises UnobservableError when the source does not have it."""
        self.network.require("subnets", region)
        found = self.network.subnets.get((region, subnet_id))
        if found is None:
            raise UnobservableError(
                f"subnet {subnet_id or '(unknown)'} in {region} is not in the observed state"
            )
        return found

    def owner(self, region: str, vpc_id: str) -> Subnet:
        """The subnet of the VPC that owns the packet's destination."""
        found = self.network.subnet_by_address(region, vpc_id, self.packet.destination)
        if found is None:
            decision = f"{self.packet.destination} is in no subnet of it"
            self.recorder.drop(Stage.DESTINATION, region, (vpc_id, f"{vpc_id} ({region})"), decision)
        return found

    def through_tgw(self, subnet: Subnet, route: VpcRoute) -> TgwAttachment:
        """From a subnet into its TGW and on to the attachment where the packet comes out."""
        gateway_id = route.target_id or ""
        side = self.network.vpc_attachment(subnet.region, subnet.vpc_id or "", gateway_id)
        if side is None:
            decision = f"{subnet.vpc_id} has no attachment to it"
            self.recorder.drop(Stage.TGW_ATTACHMENT, subnet.region, (gateway_id, gateway_id), decision)
        self.available(side)
        zone = zone_of(subnet)
        same_zone = [candidate for candidate in self._attachment_subnets(side) if zone_of(candidate) == zone]
        if not same_zone:
            decision = f"no attachment subnet in {zone}, the zone of {subnet.id}"
            self.recorder.drop(
                Stage.TGW_ATTACHMENT, side.region, (side.id, f"{side.label} in {subnet.az or zone}"), decision
            )
        self.recorder.passed(
            Stage.TGW_ATTACHMENT, side.region, (side.id, side.label), f"enters through {same_zone[0].id}"
        )
        self.acl(same_zone[0], Stage.TGW_SUBNET_NACL, egress=False)
        return self.between_tgws(side)

    def between_tgws(self, side: TgwAttachment) -> TgwAttachment:
        """From table to table, to the attachment where the packet comes out."""
        seen: set[tuple[str, str, str | None]] = set()
        while True:
            table = self.network.associated_table(side)
            if table is None:
                decision = "associated with no TGW route table"
                self.recorder.drop(Stage.TGW_ASSOCIATION, side.region, (side.id, side.label), decision)
            if (table.region, table.id, side.transit_gateway_id) in seen:
                self.recorder.drop(Stage.TGW_ROUTE, table.region, (table.id, table.label), "forwarding loop")
            seen.add((table.region, table.id, side.transit_gateway_id))
            out = self._next_attachment(table)
            if out.resource_type == "vpc" or self.is_return_path(out.region, out.id):
                return out
            if out.resource_type != "peering":
                raise UnobservableError(f"{out.label}: a {out.resource_type} attachment is not modelled")
            side = self._other_side(out)

    def _next_attachment(self, table: TgwRouteTable) -> TgwAttachment:
        at = (table.id, table.label)
        route = tgw_route(self.network, table, self.packet.destination)
        if route is None:
            self.recorder.drop(Stage.TGW_ROUTE, table.region, at, f"no route to {self.packet.destination}")
        if route.state == "blackhole":
            self.recorder.drop(Stage.TGW_ROUTE, table.region, at, f"{route.destination} is a blackhole")
        if len(route.attachment_ids) != 1:
            raise UnobservableError(
                f"{table.label}: {route.destination} names {len(route.attachment_ids)} attachments"
            )
        out_id = route.attachment_ids[0]
        self.recorder.passed(
            Stage.TGW_ROUTE, table.region, at, f"{route.destination} {route.type} -> {out_id}"
        )
        out = self.network.attachment(table.region, out_id, table.transit_gateway_id or "")
        if out is None:
            self.network.require("tgw_attachments", table.region)
            self.network.require("tgw_attachments", table.region, out_id, DECISIVE_FIELDS)
            self.recorder.drop(Stage.TGW_ATTACHMENT, table.region, (out_id, out_id), "does not exist")
        if not self.is_return_path(out.region, out.id) or out.state != "available":
            self.available(out)
        return out

    def _other_side(self, side: TgwAttachment) -> TgwAttachment:
        other = self.network.peer_side(side)
        at = (side.id, side.label)
        if other is None:
            self.recorder.drop(Stage.TGW_PEERING, side.region, at, f"has no other side in {side.peer_region}")
        if other.state != "available":
            self.recorder.drop(Stage.TGW_PEERING, side.region, at, f"is {other.state} in {other.region}")
        self.recorder.passed(Stage.TGW_PEERING, side.region, at, f"to {other.region}")
        return other

    def available(self, side: TgwAttachment) -> None:
        """Pass an attachment that carries traffic or be dropped by it."""
        self.network.require("tgw_attachments", side.region, side.id, DECISIVE_FIELDS)
        if side.state != "available":
            self.recorder.drop(Stage.TGW_ATTACHMENT, side.region, (side.id, side.label), f"is {side.state}")

    def _attachment_subnets(self, side: TgwAttachment) -> list[Subnet]:
        return [self.subnet(side.region, subnet_id) for subnet_id in sorted(side.subnet_ids)]

    def is_return_path(self, region: str, target: str | None) -> bool:
        """Whether a route's target is where the tenant to whom the packet replies came in."""
        return self.destination is not None and is_return_path(self.destination, region, target)

    def exits(self, side: TgwAttachment) -> list[Subnet]:
        """The attachment subnets through one of which a packet comes out of the TGW into a VPC.

        The TGW keeps a packet in the zone it came from; from another Region we take the destination's zone, and
        any where the destination is not in the VPC. A zone without an attachment subnet is served by another
        one. With appliance mode AWS picks any zone for a flow, and the zone of who is not observed is not known.
        https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-az-overview
        https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
        """
        candidates = self._attachment_subnets(side)
        if not candidates:
            self.recorder.drop(Stage.TGW_ATTACHMENT, side.region, (side.id, side.label), "has no subnet")
        if side.appliance_mode or zone_is_hidden(self.network, self.source, side.region):
            return candidates
        anchor = self.origin if self.origin is not None and self.origin.region == side.region else None
        if anchor is None:
            anchor = self.network.subnet_by_address(
                side.region, side.resource_id or "", self.packet.destination
            )
        if len(candidates) == 1 or anchor is None:
            return candidates
        zone = zone_of(anchor)
        return [next((each for each in candidates if zone_of(each) == zone), candidates[0])]

    def through_vpc_peering(self, subnet: Subnet, route: VpcRoute) -> tuple[str, str]:
        """Over a VPC peering to (region, VPC ID) of the other side, which must own the destination itself."""
        key = (subnet.region, route.target_id or "")
        peering = self.network.vpc_peerings.get(key)
        at = (key[1], f"{key[1]} ({key[0]})")
        if peering is None:
            self.network.require("vpc_peerings", subnet.region)
            self.recorder.drop(Stage.VPC_PEERING, subnet.region, at, "does not exist")
        if peering.status != "active":
            self.recorder.drop(Stage.VPC_PEERING, subnet.region, at, f"is {peering.status}")
        sides = [
            (peering.requester_region, peering.requester_vpc_id or ""),
            (peering.accepter_region, peering.accepter_vpc_id or ""),
        ]
        mine = (subnet.region, subnet.vpc_id or "")
        if mine not in sides:
            self.recorder.drop(Stage.VPC_PEERING, subnet.region, at, f"does not join {subnet.vpc_id}")
        other = sides[1 - sides.index(mine)]
        self.network.require("vpcs", other[0])
        vpc = self.network.vpcs.get(other)
        if vpc is None:
            raise UnobservableError(
                f"{peering.label}: the other side {other[1]} in {other[0]} was not observed"
            )
        if not any(self.packet.destination in cidr for cidr in vpc.cidrs):
            self.recorder.drop(Stage.VPC_PEERING, subnet.region, at, "peering is not transitive")
        self.recorder.passed(Stage.VPC_PEERING, subnet.region, at, f"to {vpc.label}")
        return other

    def nat_gateway(self, subnet: Subnet, route: VpcRoute) -> NatGateway:
        """The NAT gateway that a route names."""
        gateway = self.network.nat_gateways.get((subnet.region, route.target_id or ""))
        at = (route.target_id or "", f"{route.target_id} ({subnet.region})")
        if gateway is None:
            self.network.require("nat_gateways", subnet.region)
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, "does not exist")
        if gateway.state != "available":
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, f"is {gateway.state}")
        return gateway

    def nat_to_internet(self, gateway: NatGateway, subnet: Subnet, route: VpcRoute) -> Endpoint:
        """Out of a NAT gateway through the Internet gateway of its VPC."""
        if gateway.connectivity != "public":
            at = (gateway.id, gateway.label)
            self.recorder.drop(Stage.GATEWAY, gateway.region, at, "is private: it has no public address")
        self.nat = (gateway.region, gateway.id)
        return self._internet_gateway(subnet, route)

    def through_internet_gateway(self, subnet: Subnet, route: VpcRoute) -> Endpoint:
        """Out of an Internet gateway, which carries only hosts with a public address."""
        if not self.source.is_public(self.packet.source):
            self.network.require("network_interfaces", subnet.region, self.source.id, ("public_ips",))
            at = (route.target_id or "", f"{route.target_id} ({subnet.region})")
            decision = f"{self.source.id} has no public address for {self.packet.source}"
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, decision)
        return self._internet_gateway(subnet, route)

    def _internet_gateway(self, subnet: Subnet, route: VpcRoute) -> Endpoint:
        at = (route.target_id or "", f"{route.target_id} ({subnet.region})")
        if not on_the_internet(self.packet.destination):
            decision = f"{self.packet.destination} is not an Internet address"
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, decision)
        gateway = self.network.internet_gateways.get((subnet.region, route.target_id or ""))
        if gateway is None:
            self.network.require("internet_gateways", subnet.region)
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, "does not exist")
        if subnet.vpc_id not in gateway.vpc_ids:
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, f"is not attached to {subnet.vpc_id}")
        self.recorder.passed(Stage.GATEWAY, subnet.region, at, "to the Internet")
        return endpoints.internet(subnet.region, subnet.vpc_id or "")

    def through_gateway_endpoint(self, subnet: Subnet, route: VpcRoute) -> Endpoint:
        """Through a gateway endpoint to its AWS service."""
        found = self.network.vpc_endpoints.get((subnet.region, route.target_id or ""))
        at = (route.target_id or "", f"{route.target_id} ({subnet.region})")
        if found is None:
            self.network.require("vpc_endpoints", subnet.region)
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, "does not exist")
        if found.endpoint_type != "Gateway":
            raise UnobservableError(
                f"{found.label}: a {found.endpoint_type} endpoint as a next hop is not modelled"
            )
        if found.state != "available":
            self.recorder.drop(Stage.GATEWAY, subnet.region, at, f"is {found.state}")
        self.recorder.passed(Stage.GATEWAY, subnet.region, at, f"to {found.service_name}")
        return endpoints.service(subnet.region, subnet.vpc_id or "", found.id, found.service_name)
