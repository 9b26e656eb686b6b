"""VPC route tables as sets of addresses: which destinations leave a subnet by which way."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from ipaddress import IPv4Network

import msgspec

from probes.model.errors import UnobservableError
from probes.model.network.firewalls import FirewallKey, firewall_of, is_elsewhere
from probes.model.network.index import Network, zone_of
from probes.model.network.packets import NOT_INTERNET
from probes.model.reachability.address_classes import AddressClasses, block_of
from probes.model.reachability.locations import Locations
from probes.model.state import RouteTargetKind, Subnet, TgwAttachment, VpcRoute, VpcRouteTable
from probes.model.state.tgw import DECISIVE_FIELDS

PROPAGATED_RANK = 0


class TgwWay(msgspec.Struct, frozen=True):
    """Destinations that a route sends into a TGW through the attachment subnet of the source's zone."""

    destinations: int
    side: TgwAttachment
    entry: Subnet


class Ways(msgspec.Struct):
    """Where the destinations of one route table go from one zone.

    `local` are addresses of the VPC itself or of a VPC peering's other side; `internet` and `service` addresses of
    the outside; `nat` outside addresses by NAT gateway; `unknown` what was not seen or is not modelled, and
    `internet_unseen` what an Internet gateway that was not seen may carry for public addresses; `firewall` the
    destinations that enter each firewall endpoint.
    """

    local: int = 0
    tgw: tuple[TgwWay, ...] = ()
    internet: int = 0
    internet_unseen: int = 0
    service: int = 0
    nat: tuple[tuple[tuple[str, str], int], ...] = ()
    firewall: tuple[tuple[FirewallKey, int], ...] = ()
    unknown: int = 0


class VpcRouting:
    """The VPC route tables of one network as sets of address classes."""

    def __init__(self, network: Network, address_classes: AddressClasses, locations: Locations) -> None:
        self.network = network
        self.address_classes = address_classes
        self._locations = locations
        self._won: dict[tuple[str, str], list[tuple[VpcRoute | None, int]]] = {}
        self._ways: dict[tuple[str, str, str], Ways] = {}

    @cached_property
    def addresses_of_vpc(self) -> dict[tuple[str, str], int]:
        """The address classes of the endpoints of each VPC."""
        return self._by_place([(each.region, each.vpc_id) for each in self._locations.all])

    @cached_property
    def addresses_of_subnet(self) -> dict[tuple[str, str], int]:
        """The address classes of the endpoints of each subnet."""
        return self._by_place([(each.region, each.subnet_id) for each in self._locations.all])

    def _by_place(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
        found: dict[tuple[str, str], int] = {}
        for key, addresses in zip(keys, self.address_classes.of_place, strict=False):
            found[key] = found.get(key, 0) | addresses
        return found

    @cached_property
    def _public(self) -> int:
        private = 0
        for network in NOT_INTERNET:
            private |= self.address_classes.mask(block_of(network))
        return self.address_classes.all & ~private

    def won(self, table: VpcRouteTable) -> list[tuple[VpcRoute | None, int]]:
        """Each route with the destinations it wins by longest prefix; None stands for what cannot be known."""
        key = (table.region, table.id)
        found = self._won.get(key)
        if found is None:
            found = self._won[key] = self._longest_prefix(table)
        return found

    def _longest_prefix(self, table: VpcRouteTable) -> list[tuple[VpcRoute | None, int]]:
        gap = self.network.gap("vpc_route_tables", table.region, table.id, ("routes",))
        if (gap is not None and all(route.target_id is not None for route in table.routes)) or (
            self.network.gap("vpc_route_tables", table.region) is not None
        ):
            return [(None, self.address_classes.all)]
        rows: list[tuple[int, int, int, int, VpcRoute]] = []
        unread = 0
        routes = self.network.routes_of(table)
        beyond = self.address_classes.all & ~self._own(routes)
        for order, route in enumerate(routes):
            cidrs = self._destinations(table, route)
            if cidrs is None:
                gateway = route.target is RouteTargetKind.VPC_ENDPOINT
                unread |= self._public if gateway else self.address_classes.all
                continue
            rank = _rank(route)
            reach = beyond if rank == PROPAGATED_RANK else self.address_classes.all
            rows += [
                (-c.prefixlen, -rank, order, self.address_classes.mask(block_of(c)) & reach, route)
                for c in cidrs
            ]
        return list(_winners(rows, self.address_classes.all, unread))

    def _own(self, routes: Iterable[VpcRoute]) -> int:
        """The addresses that local routes cover: no propagated route wins any of them, however specific it is."""
        found = 0
        for route in routes:
            if route.target is RouteTargetKind.LOCAL and isinstance(route.destination, IPv4Network):
                found |= self.address_classes.mask(block_of(route.destination))
        return found

    def _destinations(self, table: VpcRouteTable, route: VpcRoute) -> tuple[IPv4Network, ...] | None:
        if isinstance(route.destination, str):
            return self.network.prefix_list_cidrs(table.region, route.destination)
        return (route.destination,) if isinstance(route.destination, IPv4Network) else ()

    def ways(self, subnet: Subnet) -> Ways:
        """Where packets that leave the subnet go."""
        table = self.network.route_table_of(subnet)
        key = (table.region, table.id, subnet.az_id or subnet.az or "")
        found = self._ways.get(key)
        if found is None:
            found = self._ways[key] = self._resolve(subnet, table)
        return found

    def _resolve(self, subnet: Subnet, table: VpcRouteTable) -> Ways:
        ways = Ways()
        for route, addresses in self.won(table):
            if not addresses:
                continue
            if route is None or (route.target_id is None and route.state != "blackhole"):
                ways.unknown |= addresses
            elif route.state != "blackhole":
                try:
                    self._follow(ways, subnet, route, addresses)
                except UnobservableError:
                    ways.unknown |= addresses
        return ways

    def _follow(self, ways: Ways, subnet: Subnet, route: VpcRoute, addresses: int) -> None:
        region, target_id = subnet.region, route.target_id or ""
        firewall = firewall_of(self.network, region, route)
        if firewall is not None:
            if not is_elsewhere(firewall, subnet):
                ways.firewall += (((region, target_id), addresses),)
            return
        match route.target:
            case RouteTargetKind.LOCAL:
                ways.local |= addresses & self.addresses_of_vpc.get((region, subnet.vpc_id or ""), 0)
            case RouteTargetKind.TRANSIT_GATEWAY:
                ways.tgw += self._into_tgw(subnet, target_id, addresses)
            case RouteTargetKind.VPC_PEERING:
                ways.local |= addresses & self._over_peering(subnet, target_id)
            case RouteTargetKind.INTERNET_GATEWAY:
                carried = self._internet(subnet, target_id)
                ways.internet |= addresses & (carried or 0)
                ways.internet_unseen |= addresses & self.address_classes.outside if carried is None else 0
            case RouteTargetKind.NAT_GATEWAY:
                ways.nat += tuple(self._nat(region, target_id, addresses))
            case RouteTargetKind.VPC_ENDPOINT:
                ways.service |= addresses & self._service(region, target_id)
            case _:
                raise UnobservableError(f"a route to {route.target} is not modelled")

    def _into_tgw(self, subnet: Subnet, gateway_id: str, addresses: int) -> tuple[TgwWay, ...]:
        side = self.network.vpc_attachment(subnet.region, subnet.vpc_id or "", gateway_id)
        if side is None:
            return ()
        self.network.require("tgw_attachments", side.region, side.id, DECISIVE_FIELDS)
        if side.state != "available":
            return ()
        zone = zone_of(subnet)
        for subnet_id in sorted(side.subnet_ids):
            entry = self.network.subnets.get((side.region, subnet_id))
            if entry is None:
                raise UnobservableError(f"subnet {subnet_id} is not in the observed state")
            if zone_of(entry) == zone:
                return (TgwWay(addresses, side, entry),)
        return ()

    def _over_peering(self, subnet: Subnet, peering_id: str) -> int:
        peering = self.network.vpc_peerings.get((subnet.region, peering_id))
        if peering is None:
            self.network.require("vpc_peerings", subnet.region)
            return 0
        sides = [
            (peering.requester_region, peering.requester_vpc_id or ""),
            (peering.accepter_region, peering.accepter_vpc_id or ""),
        ]
        here = (subnet.region, subnet.vpc_id or "")
        if peering.status != "active" or here not in sides:
            return 0
        other = sides[1 - sides.index(here)]
        self.network.require("vpcs", other[0])
        if other not in self.network.vpcs:
            raise UnobservableError(f"{other[1]} in {other[0]} was not observed")
        owned = 0
        for cidr in self.network.vpcs[other].cidrs:
            owned |= self.address_classes.mask(block_of(cidr))
        return owned & self.addresses_of_vpc.get(other, 0)

    def _internet(self, subnet: Subnet, gateway_id: str) -> int | None:
        gateway = self.network.internet_gateways.get((subnet.region, gateway_id))
        if gateway is None:
            return None if self.network.gap("internet_gateways", subnet.region) is not None else 0
        return self.address_classes.outside if subnet.vpc_id in gateway.vpc_ids else 0

    def _nat(self, region: str, gateway_id: str, addresses: int) -> Iterator[tuple[tuple[str, str], int]]:
        gateway = self.network.nat_gateways.get((region, gateway_id))
        if gateway is None:
            self.network.require("nat_gateways", region)
            return
        if gateway.state == "available":
            yield (region, gateway_id), addresses

    def _service(self, region: str, endpoint_id: str) -> int:
        endpoint = self.network.vpc_endpoints.get((region, endpoint_id))
        if endpoint is None:
            self.network.require("vpc_endpoints", region)
            return 0
        if endpoint.endpoint_type != "Gateway":
            raise UnobservableError(f"{endpoint.label} as a next hop is not modelled")
        return self.address_classes.outside if endpoint.state == "available" else 0


def _rank(route: VpcRoute) -> int:
    if route.target is RouteTargetKind.LOCAL:
        return 3
    if route.origin == "EnableVgwRoutePropagation":
        return PROPAGATED_RANK
    return 1 if isinstance(route.destination, str) else 2


def _winners(
    rows: list[tuple[int, int, int, int, VpcRoute]], everything: int, unread: int
) -> Iterator[tuple[VpcRoute | None, int]]:
    rows.sort()  # the third member is unique
    left = everything
    for _, _, _, mask, route in rows:
        addresses = mask & left
        left &= ~mask
        if route.target is RouteTargetKind.LOCAL:
            unread &= ~addresses
        yield route, addresses & ~unread
    yield None, unread
