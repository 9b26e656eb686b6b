"""The index over one observed network: every lookup that forwarding, linting and intent share."""

from functools import cached_property

from probes.model.errors import UnobservableError
from probes.model.network.vpc_index import ResourceKey, VpcIndex, by_key
from probes.model.state import (
    InternetGateway,
    Listener,
    LoadBalancer,
    NatGateway,
    Subnet,
    TargetGroup,
    TgwAttachment,
    TgwRouteTable,
    TransitGateway,
    VpcEndpoint,
    VpcPeering,
)

# Region, attachment ID, Transit Gateway ID.
SideKey = tuple[str, str, str]


class Network(VpcIndex):
    """One observed network, indexed. Lookups return None for what does not exist and raise for what is unseen."""

    @cached_property
    def transit_gateways(self) -> dict[ResourceKey, TransitGateway]:
        """Transit Gateways by (region, ID)."""
        return by_key(self.state.transit_gateways)

    @cached_property
    def internet_gateways(self) -> dict[ResourceKey, InternetGateway]:
        """Internet gateways by (region, ID)."""
        return by_key(self.state.internet_gateways)

    @cached_property
    def nat_gateways(self) -> dict[ResourceKey, NatGateway]:
        """NAT gateways by (region, ID)."""
        return by_key(self.state.nat_gateways)

    @cached_property
    def vpc_endpoints(self) -> dict[ResourceKey, VpcEndpoint]:
        """VPC endpoints by (region, ID)."""
        return by_key(self.state.vpc_endpoints)

    @cached_property
    def vpc_peerings(self) -> dict[ResourceKey, VpcPeering]:
        """VPC peering connections by (region they are seen from, ID)."""
        return by_key(self.state.vpc_peerings)

    @cached_property
    def load_balancers(self) -> dict[ResourceKey, LoadBalancer]:
        """Load balancers by (region, what follows `loadbalancer/` in the ARN): interfaces name them so."""
        balancers = self.state.load_balancers
        return {(each.region, each.id.partition(":loadbalancer/")[2]): each for each in balancers}

    @cached_property
    def listeners(self) -> dict[ResourceKey, list[Listener]]:
        """Listeners by (region, ARN of their load balancer)."""
        found: dict[ResourceKey, list[Listener]] = {}
        for listener in self.state.listeners:
            found.setdefault((listener.region, listener.load_balancer_id or ""), []).append(listener)
        return found

    @cached_property
    def target_groups(self) -> dict[ResourceKey, TargetGroup]:
        """Target groups by (region, ARN)."""
        return by_key(self.state.target_groups)

    @cached_property
    def tgw_sides(self) -> dict[SideKey, TgwAttachment]:
        """Every side of every attachment. A peering inside one Region has two there, told apart by their TGW."""
        return {(a.region, a.id, a.transit_gateway_id or ""): a for a in self.state.tgw_attachments}

    def attachment(self, region: str, attachment_id: str, transit_gateway_id: str) -> TgwAttachment | None:
        """One side of an attachment."""
        key = region, attachment_id, transit_gateway_id
        found = self.vpc_sides.get(key)
        return self.tgw_sides.get(key) if found is None else found

    @cached_property
    def vpc_sides(self) -> dict[SideKey, TgwAttachment]:
        """The attachments of VPCs, which are few where the peerings are many."""
        return {
            (a.region, a.id, a.transit_gateway_id or ""): a
            for a in self.state.tgw_attachments
            if a.resource_type == "vpc"
        }

    @cached_property
    def _vpc_attachments(self) -> dict[tuple[str, str, str], TgwAttachment]:
        sides = self.vpc_sides.values()
        return {(a.region, a.resource_id or "", a.transit_gateway_id or ""): a for a in sides}

    def vpc_attachment(self, region: str, vpc_id: str, transit_gateway_id: str) -> TgwAttachment | None:
        """The attachment of a VPC to a Transit Gateway (AWS allows one)."""
        self.require("tgw_attachments", region)
        found = self._vpc_attachments.get((region, vpc_id, transit_gateway_id))
        if found is None:
            fields = ("transit_gateway_id", "resource_type", "resource_id")
            self.require_of_all("tgw_attachments", region, fields, ("resource_id", vpc_id))
        return found

    def peer_side(self, side: TgwAttachment) -> TgwAttachment | None:
        """The other side of a peering attachment; raises when that Region was not observed."""
        if side.peer_region and side.peer_region not in self.observed_regions:
            raise UnobservableError(f"{side.label}: its peer's Region {side.peer_region} was not observed")
        self.require("tgw_attachments", side.peer_region)
        self.require("tgw_attachments", side.peer_region, side.id, ("transit_gateway_id",))
        direct = self.tgw_sides.get((side.peer_region, side.id, side.peer_transit_gateway_id or ""))
        if direct is not None and direct is not side:
            return direct
        if side.peer_transit_gateway_id:
            return None
        for (region, attachment_id, _), other in self.tgw_sides.items():
            if (region, attachment_id) == (side.peer_region, side.id) and other is not side:
                return other
        return None

    @cached_property
    def observed_regions(self) -> frozenset[str]:
        """The Regions that the state covers."""
        return frozenset(self.state.regions) | {a.region for a in self.state.tgw_attachments}

    @cached_property
    def _associated_tables(self) -> dict[SideKey, TgwRouteTable]:
        return {
            (table.region, attachment_id, table.transit_gateway_id or ""): table
            for table in self.state.tgw_route_tables
            for attachment_id in table.associations
        }

    def associated_table(self, attachment: TgwAttachment) -> TgwRouteTable | None:
        """The one TGW route table consulted for traffic that enters from an attachment.

        https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-tables-overview
        """
        self.require("tgw_route_tables", attachment.region)
        if attachment.policy_table_id:
            raise UnobservableError(
                f"{attachment.label}: policy table {attachment.policy_table_id} is not modelled"
            )
        gateway = attachment.transit_gateway_id or ""
        found = self._associated_tables.get((attachment.region, attachment.id, gateway))
        if found is None:
            fields = ("associations", "transit_gateway_id")
            self.require_of_all(
                "tgw_route_tables", attachment.region, fields, ("transit_gateway_id", gateway)
            )
        return found


def zone_of(subnet: Subnet) -> str:
    """The physical zone of a subnet; raises UnobservableError when the source does not know it."""
    zone = subnet.az_id or subnet.az
    if zone is None:
        raise UnobservableError(f"{subnet.label}: its Availability Zone is not known")
    return zone
