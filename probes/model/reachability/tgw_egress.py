"""How packets come out of a Transit Gateway into a VPC, or leave a VPC through NAT: sets of atoms in lanes."""

from functools import cached_property

from probes.model.errors import UnobservableError
from probes.model.network.index import Network, zone_of
from probes.model.reachability.address_classes import Block, Space
from probes.model.reachability.filters import Filters, Masks
from probes.model.reachability.vpc_routing import VpcRouting
from probes.model.state import RouteTargetKind, Subnet, TgwAttachment, VpcRoute

NORMAL, EXEMPT, UNKNOWN, FIRST_NAT = 0, 1, 2, 3
NatKey = tuple[str, str]


class Exits:
    """What each VPC attachment delivers.

    Lanes: NORMAL is judged by the destination subnet's inbound network ACL, EXEMPT is not (host and
    attachment share a subnet), UNKNOWN cannot be known, and each NAT gateway has one lane whose sources its
    own subnet's ACL judges and one whose sources it does not.
    """

    def __init__(self, network: Network, space: Space, routing: VpcRouting, filters: Filters) -> None:
        self.network = network
        self.space = space
        self.routing = routing
        self.filters = filters
        self.width = len(space.atoms)
        self.nats = sorted((nat.region, nat.id) for nat in network.state.nat_gateways)
        lanes = FIRST_NAT + 2 * len(self.nats)
        self.spread = sum(1 << (self.width * lane) for lane in range(lanes))
        self.wide = space.all * self.spread
        self.unknown_lane = space.all << (self.width * UNKNOWN)
        self._wide_masks: dict[Block, int] = {}
        self._led_on: dict[tuple[str, str], int] = {}
        self._splits: dict[tuple[str | None, ...], list[tuple[Subnet, int]]] = {}

    def wide_mask(self, block: Block) -> int:
        """The atoms of a CIDR in every lane."""
        found = self._wide_masks.get(block)
        if found is None:
            found = self._wide_masks[block] = self.space.mask(block) * self.spread
        return found

    def lane(self, wide: int, lane: int) -> int:
        """The atoms of one lane."""
        return wide >> (self.width * lane) & self.space.all

    def nat_lane(self, nat: NatKey, *, judged: bool) -> int:
        """The lane of a NAT gateway."""
        return FIRST_NAT + 2 * self.nats.index(nat) + (0 if judged else 1)

    @cached_property
    def atoms_of_subnet(self) -> dict[tuple[str, str], int]:
        """The atoms of the endpoints of each subnet."""
        found: dict[tuple[str, str], int] = {}
        for endpoint, atoms in zip(self.space.endpoints, self.space.of_endpoint, strict=True):
            key = (endpoint.region, endpoint.subnet_id)
            found[key] = found.get(key, 0) | atoms
        return found

    def entries(self, side: TgwAttachment) -> list[Subnet]:
        """The attachment subnets, in the order in which they stand in for a zone without one."""
        found = []
        for subnet_id in sorted(side.subnet_ids):
            subnet = self.network.subnets.get((side.region, subnet_id))
            if subnet is None:
                raise UnobservableError(f"subnet {subnet_id} is not in the observed state")
            found.append(subnet)
        return found

    def acl_masks(self, subnet: Subnet, *, egress: bool) -> Masks:
        """What the subnet's network ACL allows in each class."""
        try:
            acl = self.network.network_acl_of(subnet)
        except UnobservableError:
            return self.filters.unread()
        return self.filters.acl(acl, egress=egress)

    def of(self, side: TgwAttachment, anchor: Subnet | None, index: int) -> int:
        """What an attachment delivers in one class of ACL headers, in lanes.

        The packets come from the zone of `anchor`, or from another Region when that is None.
        """
        try:
            delivered = 0
            for entry, destinations in self.split(side, anchor):
                delivered |= self._through(side, entry, destinations, index)
        except UnobservableError:
            return self.unknown_lane
        return delivered

    def whichever(self, side: TgwAttachment, delivered: int) -> int:
        """What an attachment delivers, in lanes, when it is not known through which of its subnets."""
        try:
            entries = self.entries(side)
            judges = {(self.network.route_table_of(e).id, self.network.network_acl_of(e).id) for e in entries}
        except UnobservableError:
            return self.unknown_lane
        if len(entries) <= 1:
            return delivered
        unsure = self.space.all if len(judges) > 1 else 0
        for entry in entries:
            unsure |= self.atoms_of_subnet.get((entry.region, entry.id), 0)
        return delivered & ~(unsure * self.spread) | unsure << (self.width * UNKNOWN)

    def split(self, side: TgwAttachment, anchor: Subnet | None) -> list[tuple[Subnet, int]]:
        """The attachment subnets with the destinations that packets from the anchor's zone reach through each."""
        key = (side.region, side.id, side.transit_gateway_id, zone_of(anchor) if anchor else None)
        found = self._splits.get(key)
        if found is None:
            found = self._splits[key] = self._split_by_zone(side, anchor)
        return found

    def led_on(self, side: TgwAttachment) -> int:
        """The destinations of which the attachment subnets' route tables make anything but a loss."""
        key = side.region, side.id
        found = self._led_on.get(key)
        if found is None:
            found = self._led_on[key] = self._find_led_on(side)
        return found

    def _find_led_on(self, side: TgwAttachment) -> int:
        vpc = self.routing.atoms_of_vpc.get((side.region, side.resource_id or ""), 0)
        found = 0
        try:
            tables = {id(t): t for t in map(self.network.route_table_of, self.entries(side))}
        except UnobservableError:
            return self.space.all
        for table in tables.values():
            for route, won in self.routing.won(table):
                local = route is not None and route.target is RouteTargetKind.LOCAL
                found |= won & vpc if local else won
        return found

    def _split_by_zone(self, side: TgwAttachment, anchor: Subnet | None) -> list[tuple[Subnet, int]]:
        entries = self.entries(side)
        everything = self.space.all
        if len(entries) <= 1:
            return [(entry, everything) for entry in entries]
        if anchor is not None:
            zone = zone_of(anchor)
            return [(next((e for e in entries if zone_of(e) == zone), entries[0]), everything)]
        by_zone: dict[str, int] = {}
        for subnet in self.network.subnets_of_vpc.get((side.region, side.resource_id or ""), ()):
            atoms = self.atoms_of_subnet.get((subnet.region, subnet.id), 0)
            by_zone[zone_of(subnet)] = by_zone.get(zone_of(subnet), 0) | atoms
        parts: dict[str, tuple[Subnet, int]] = {}
        for entry in entries:
            own = by_zone.get(zone_of(entry), 0)
            everything &= ~own
            parts.setdefault(zone_of(entry), (entry, own))
        first, own = parts[zone_of(entries[0])]
        parts[zone_of(entries[0])] = first, own | everything
        return list(parts.values())

    def _through(self, side: TgwAttachment, entry: Subnet, destinations: int, index: int) -> int:
        allowed = self.acl_masks(entry, egress=True)[index]
        shared = self.atoms_of_subnet.get((entry.region, entry.id), 0)
        vpc = self.routing.atoms_of_vpc.get((side.region, side.resource_id or ""), 0)
        delivered = 0
        for route, won in self.routing.won(self.network.route_table_of(entry)):
            atoms = won & destinations
            if not atoms or (route is not None and route.state == "blackhole"):
                continue
            if route is None or route.target_id is None:
                delivered |= atoms << (self.width * UNKNOWN)
            elif route.target is RouteTargetKind.LOCAL:
                inside = atoms & vpc
                delivered |= inside & ~shared & allowed
                delivered |= (inside & shared) << (self.width * EXEMPT)
            else:
                delivered |= self._elsewhere(entry, route, atoms, index)
        return delivered

    def _elsewhere(self, entry: Subnet, route: VpcRoute, atoms: int, index: int) -> int:
        if route.target in (
            RouteTargetKind.INTERNET_GATEWAY,
            RouteTargetKind.VPC_PEERING,
            RouteTargetKind.VPC_ENDPOINT,
        ):
            return 0
        nat = (entry.region, route.target_id or "")
        if route.target is not RouteTargetKind.NAT_GATEWAY:
            return atoms << (self.width * UNKNOWN)
        allowed = self.acl_masks(entry, egress=True)[index]
        if nat not in self.network.nat_gateways:
            unseen = self.network.gap("nat_gateways", entry.region) is not None
            return (atoms & allowed) << (self.width * UNKNOWN) if unseen else 0
        out, unknown = self.nat_out(nat, index)
        judged = self.network.nat_gateways[nat].subnet_id != entry.id
        return (atoms & allowed & (out | unknown)) << (self.width * self.nat_lane(nat, judged=judged))

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
        if gateway.state != "available":
            return 0, 0
        subnet = self.nat_subnet(nat)
        allowed = self.acl_masks(subnet, egress=True)[index]
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
                    unknown |= won & self.space.outside
        return out & allowed, unknown & allowed

    def _internet(self, subnet: Subnet, route: VpcRoute) -> int:
        gateway = self.network.internet_gateways.get((subnet.region, route.target_id or ""))
        if gateway is None:
            self.network.require("internet_gateways", subnet.region)
            return 0
        return self.space.outside if subnet.vpc_id in gateway.vpc_ids else 0
