"""How packets come out of a Transit Gateway into a VPC, or leave a VPC through NAT, as sets of addresses."""

from functools import cached_property, reduce
from operator import and_, or_

import msgspec

from probes.model.errors import UnobservableError
from probes.model.network.firewalls import FirewallKey, firewall_of, is_elsewhere, subnet_behind
from probes.model.network.index import Network, zone_of
from probes.model.network.packets import NAT_PROTOCOLS
from probes.model.reachability.address_classes import AddressClasses, Block
from probes.model.reachability.header_classes import of_protocol
from probes.model.reachability.network_acls import NetworkAcls
from probes.model.reachability.vpc_routing import VpcRouting
from probes.model.state import RouteTargetKind, Subnet, TgwAttachment, VpcEndpoint, VpcRoute

NORMAL, EXEMPT, UNKNOWN, FIRST_NAT = 0, 1, 2, 3
NatKey = tuple[str, str]


class TgwTransit(msgspec.Struct, frozen=True):
    """What one way leads to beyond its first hop; `admitted` are the sources that the way lets in.

    Destinations are judged by their subnet's ACL, exempt from it, or unknown; outside addresses by NAT gateway.
    """

    admitted: int
    normal: int
    exempt: int
    unknown: int
    nat: tuple[tuple[NatKey, bool, int], ...]


class TgwEgress:
    """What each VPC attachment delivers, by disposition.

    NORMAL is judged by the destination subnet's inbound network ACL, EXEMPT is not (host and attachment share
    a subnet), UNKNOWN cannot be known. Each NAT gateway has two: one whose sources its own subnet's ACL judges
    and one whose sources it does not. `behind_firewalls` has by class of ACL headers what each firewall passes on
    of packets from `among`, source addresses that the network ACLs around firewalls treat alike.
    """

    def __init__(
        self,
        network: Network,
        address_classes: AddressClasses,
        routing: VpcRouting,
        acls: NetworkAcls,
        *,
        among: int | None = None,
    ) -> None:
        self.network = network
        self.address_classes = address_classes
        self.routing = routing
        self.acls = acls
        self.width = len(address_classes)
        self.nats = sorted((nat.region, nat.id) for nat in network.state.nat_gateways)
        count = FIRST_NAT + 2 * len(self.nats)
        self.all_dispositions = sum(1 << (self.width * number) for number in range(count))
        self.everywhere = address_classes.all * self.all_dispositions
        self.unknown_disposition = address_classes.all << (self.width * UNKNOWN)
        self._judged = sum(
            address_classes.all << (self.width * n) for n in (NORMAL, *range(FIRST_NAT, count, 2))
        )
        self.among = address_classes.all if among is None else among
        self.behind_firewalls: dict[int, dict[FirewallKey, int]] = {}
        self._in_all_dispositions: dict[Block, int] = {}
        self._forwarded: dict[tuple[str, str], int] = {}
        self._splits: dict[tuple[str | None, ...], list[tuple[Subnet, int]]] = {}

    def in_all_dispositions(self, block: Block) -> int:
        """The addresses of a CIDR in every disposition."""
        found = self._in_all_dispositions.get(block)
        if found is None:
            found = self._in_all_dispositions[block] = (
                self.address_classes.mask(block) * self.all_dispositions
            )
        return found

    def disposition(self, delivered: int, number: int) -> int:
        """The addresses of one disposition."""
        return delivered >> (self.width * number) & self.address_classes.all

    def nat_disposition(self, nat: NatKey, *, judged: bool) -> int:
        """The disposition of a NAT gateway."""
        return FIRST_NAT + 2 * self.nats.index(nat) + (0 if judged else 1)

    def by_disposition(self, delivered: int, admitted: int) -> TgwTransit:
        """What is delivered, taken apart."""
        nat = tuple(
            (key, judged, addresses)
            for key in self.nats
            for judged in (True, False)
            if (addresses := self.disposition(delivered, self.nat_disposition(key, judged=judged)))
        )
        return TgwTransit(
            admitted,
            self.disposition(delivered, NORMAL),
            self.disposition(delivered, EXEMPT),
            self.disposition(delivered, UNKNOWN),
            nat,
        )

    def from_among(self, transit: TgwTransit) -> int:
        """A transit by disposition, for packets from `among`."""
        if not transit.admitted & self.among:
            return 0
        found = transit.normal << (self.width * NORMAL) | transit.exempt << (self.width * EXEMPT)
        found |= transit.unknown << (self.width * UNKNOWN)
        for key, judged, addresses in transit.nat:
            found |= addresses << (self.width * self.nat_disposition(key, judged=judged))
        return found

    @property
    def addresses_of_subnet(self) -> dict[tuple[str, str], int]:
        """The address classes of the endpoints of each subnet."""
        return self.routing.addresses_of_subnet

    def entries(self, side: TgwAttachment) -> list[Subnet]:
        """The attachment subnets, in the order in which they stand in for a zone without one."""
        found = []
        for subnet_id in sorted(side.subnet_ids):
            subnet = self.network.subnets.get((side.region, subnet_id))
            if subnet is None:
                raise UnobservableError(f"subnet {subnet_id} is not in the observed state")
            found.append(subnet)
        return found

    def of(self, side: TgwAttachment, anchor: Subnet | None, index: int) -> int:
        """What an attachment delivers in one class of ACL headers, by disposition.

        The packets come from the zone of `anchor`, or from another Region when that is None.
        """
        if side.appliance_mode:
            return self.from_any_subnet(side, index)
        try:
            beyond = 0 if anchor is not None else self._beyond(side)
            delivered = self.from_any_subnet(side, index) & beyond * self.all_dispositions
            for entry, destinations in self.split(side, anchor):
                delivered |= self._through(side, entry, destinations & ~beyond, index)
        except UnobservableError:
            return self.unknown_disposition
        return delivered

    def _beyond(self, side: TgwAttachment) -> int:
        """The destinations outside the VPC that may come out in any zone, where it matters in which."""
        entries = self.entries(side)
        alike = {(self.network.route_table_of(e).id, self.network.network_acl_of(e).id) for e in entries}
        if len(alike) <= 1:
            return 0
        inside = self.routing.addresses_of_vpc.get((side.region, side.resource_id or ""), 0)
        return self.address_classes.all & ~inside

    def from_any_subnet(self, side: TgwAttachment, index: int) -> int:
        """What an attachment delivers, by disposition, when it is not known through which of its subnets.

        Certain is what every subnet delivers, possible what any of them does. What one of them delivers
        exempt from a network ACL, and another one judged by it, is judged.
        https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
        """
        everything = self.address_classes.all
        try:
            each = [self._through(side, entry, everything, index) for entry in self.entries(side)]
        except UnobservableError:
            return self.unknown_disposition
        possible = reduce(or_, each, 0)
        if self.acls.optimistic or not each:
            return possible
        certain: int = reduce(and_, (one | one >> self.width & self._judged for one in each))
        return certain | possible & self.unknown_disposition

    def split(self, side: TgwAttachment, anchor: Subnet | None) -> list[tuple[Subnet, int]]:
        """The attachment subnets with the destinations that packets from the anchor's zone reach through each."""
        key = (side.region, side.id, side.transit_gateway_id, zone_of(anchor) if anchor else None)
        found = self._splits.get(key)
        if found is None:
            found = self._splits[key] = self._split_by_zone(side, anchor)
        return found

    def forwarded_destinations(self, side: TgwAttachment) -> int:
        """The destinations of which the attachment subnets' route tables make anything but a loss."""
        key = side.region, side.id
        found = self._forwarded.get(key)
        if found is None:
            found = self._forwarded[key] = self._find_forwarded(side)
        return found

    def _find_forwarded(self, side: TgwAttachment) -> int:
        vpc = self.routing.addresses_of_vpc.get((side.region, side.resource_id or ""), 0)
        found = 0
        try:
            tables = {id(t): t for t in map(self.network.route_table_of, self.entries(side))}
        except UnobservableError:
            return self.address_classes.all
        for table in tables.values():
            for route, won in self.routing.won(table):
                local = route is not None and route.target is RouteTargetKind.LOCAL
                found |= won & vpc if local else won
        return found

    def _split_by_zone(self, side: TgwAttachment, anchor: Subnet | None) -> list[tuple[Subnet, int]]:
        entries = self.entries(side)
        everything = self.address_classes.all
        if len(entries) <= 1:
            return [(entry, everything) for entry in entries]
        if anchor is not None:
            zone = zone_of(anchor)
            return [(next((e for e in entries if zone_of(e) == zone), entries[0]), everything)]
        by_zone: dict[str, int] = {}
        for subnet in self.network.subnets_of_vpc.get((side.region, side.resource_id or ""), ()):
            addresses = self.addresses_of_subnet.get((subnet.region, subnet.id), 0)
            by_zone[zone_of(subnet)] = by_zone.get(zone_of(subnet), 0) | addresses
        parts: dict[str, tuple[Subnet, int]] = {}
        for entry in entries:
            own = by_zone.get(zone_of(entry), 0)
            everything &= ~own
            parts.setdefault(zone_of(entry), (entry, own))
        first, own = parts[zone_of(entries[0])]
        parts[zone_of(entries[0])] = first, own | everything
        return list(parts.values())

    def _through(self, side: TgwAttachment, entry: Subnet, destinations: int, index: int) -> int:
        allowed = self.acls.of(entry, egress=True)[index]
        shared = self.addresses_of_subnet.get((entry.region, entry.id), 0)
        vpc = self.routing.addresses_of_vpc.get((side.region, side.resource_id or ""), 0)
        delivered = 0
        for route, won in self.routing.won(self.network.route_table_of(entry)):
            addresses = won & destinations
            if not addresses or (route is not None and route.state == "blackhole"):
                continue
            if route is None or route.target_id is None:
                delivered |= addresses << (self.width * UNKNOWN)
            elif route.target is RouteTargetKind.LOCAL:
                inside = addresses & vpc
                delivered |= inside & ~shared & allowed
                delivered |= (inside & shared) << (self.width * EXEMPT)
            else:
                delivered |= self._elsewhere(entry, route, addresses, index)
        return delivered

    def _through_firewall(self, entry: Subnet, firewall: VpcEndpoint, addresses: int, index: int) -> int:
        """What becomes of destinations that a route of an attachment subnet leads into a firewall."""
        try:
            inside = subnet_behind(self.network, firewall)
        except UnobservableError:
            return addresses << (self.width * UNKNOWN)
        if inside.id != entry.id and not self.acls.of(inside, egress=False)[index] & self.among:
            return 0
        return self.behind_firewalls[index][firewall.region, firewall.id] & addresses * self.all_dispositions

    def _elsewhere(self, entry: Subnet, route: VpcRoute, addresses: int, index: int) -> int:
        allowed = self.acls.of(entry, egress=True)[index]
        firewall = firewall_of(self.network, entry.region, route)
        if firewall is not None:
            lost = is_elsewhere(firewall, entry)
            return 0 if lost else self._through_firewall(entry, firewall, addresses & allowed, index)
        if route.target in (
            RouteTargetKind.INTERNET_GATEWAY,
            RouteTargetKind.VPC_PEERING,
            RouteTargetKind.VPC_ENDPOINT,
        ):
            return 0
        nat = (entry.region, route.target_id or "")
        if route.target is not RouteTargetKind.NAT_GATEWAY:
            return addresses << (self.width * UNKNOWN)
        if nat not in self.network.nat_gateways:
            unseen = self.network.gap("nat_gateways", entry.region) is not None
            return (addresses & allowed) << (self.width * UNKNOWN) if unseen else 0
        out, unknown = self.nat_out(nat, index)
        judged = self.network.nat_gateways[nat].subnet_id != entry.id
        return (addresses & allowed & (out | unknown)) << (
            self.width * self.nat_disposition(nat, judged=judged)
        )

    def nat_subnet(self, nat: NatKey) -> Subnet:
        """The subnet a NAT gateway lives in."""
        gateway = self.network.nat_gateways[nat]
        subnet = self.network.subnets.get((gateway.region, gateway.subnet_id or ""))
        if subnet is None:
            raise UnobservableError(f"{gateway.label}: its subnet is not in the observed state")
        return subnet

    def nat_out(self, nat: NatKey, index: int) -> tuple[int, int]:
        """Which destinations a NAT gateway forwards to the Internet, and of which that cannot be known."""
        gateway = self.network.nat_gateways[nat]
        if gateway.state != "available" or not self.is_carried_by_nat(index):
            return 0, 0
        subnet = self.nat_subnet(nat)
        allowed = self.acls.of(subnet, egress=True)[index]
        out = unknown = 0
        try:
            table = self.network.route_table_of(subnet)
        except UnobservableError:
            return 0, allowed
        for route, won in self.routing.won(table):
            if route is None or (route.target_id is None and route.state != "blackhole"):
                unknown |= won
            elif route.state == "blackhole":
                continue
            elif route.target is not RouteTargetKind.INTERNET_GATEWAY:
                unknown |= won
            elif gateway.connectivity == "public":
                try:
                    out |= won & self._internet(subnet, route)
                except UnobservableError:
                    unknown |= won & self.address_classes.outside
        return out & allowed, unknown & allowed

    def is_carried_by_nat(self, index: int) -> bool:
        """Whether a NAT gateway carries packets of a class of headers."""
        return bool(self._nat_classes >> index & 1)

    @cached_property
    def _nat_classes(self) -> int:
        """The classes of headers that a NAT gateway carries.

        https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
        """
        masks = self.acls.header_classes.masks
        return reduce(or_, (masks[of_protocol(protocol)] for protocol in NAT_PROTOCOLS), 0)

    def _internet(self, subnet: Subnet, route: VpcRoute) -> int:
        gateway = self.network.internet_gateways.get((subnet.region, route.target_id or ""))
        if gateway is None:
            self.network.require("internet_gateways", subnet.region)
            return 0
        return self.address_classes.outside if subnet.vpc_id in gateway.vpc_ids else 0
