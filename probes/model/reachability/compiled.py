"""Everything that the answers are computed from, prepared once for a network and its endpoints."""

from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from functools import cached_property
from ipaddress import IPv4Address

import msgspec

from probes.model.errors import UnobservableError
from probes.model.memory import collector_paused
from probes.model.network.endpoints import Endpoint
from probes.model.network.firewalls import FirewallKey, has_firewalls
from probes.model.network.index import Network
from probes.model.reachability.address_classes import AddressClasses, block_of, the_internet, union
from probes.model.reachability.address_ranges import AddressRange, AddressRanges
from probes.model.reachability.class_boundaries import acl_matches, blocks
from probes.model.reachability.firewall_ways import FirewallWays, alike, filters_around_firewalls
from probes.model.reachability.header_classes import HeaderClasses
from probes.model.reachability.intervals import Intervals, common
from probes.model.reachability.locations import Location, Locations, intervals_of
from probes.model.reachability.network_acls import NetworkAcls
from probes.model.reachability.security_groups import SecurityGroups
from probes.model.reachability.tgw_egress import TgwEgress, TgwTransit
from probes.model.reachability.tgw_forwarding import TgwForwardingGraph, forwarding_routes
from probes.model.reachability.tgw_transit import LocationContext, TgwTransits
from probes.model.reachability.vpc_routing import VpcRouting, Ways
from probes.model.state import Subnet


class CompiledNetwork:
    """The classes of addresses and headers, the filters and the routing of one network.

    Routes and network ACLs decide by classes: what they tell apart, locations and addresses, is told apart for
    all. Security groups decide by the ranges of the endpoints' addresses, each set of groups for itself.

    With `refine_with`, what another network and the same endpoints in it tell apart is told apart here too, so
    that the classes of the two are the same. `optimistic` takes what the source could not see as letting
    everything through, else as letting nothing. `external_sources` are senders that are no endpoints. With
    `outward` the addresses of the Internet and of AWS services are destinations, else they are left out.
    """

    def __init__(  # noqa: PLR0913 - what an analysis is asked about
        self,
        network: Network,
        endpoints: Sequence[Endpoint],
        *,
        optimistic: bool,
        refine_with: tuple[Network, Sequence[Endpoint]] | None = None,
        external_sources: Sequence[Endpoint] = (),
        outward: bool = False,
    ) -> None:
        self.network = network
        self.endpoints = endpoints
        self.optimistic = optimistic
        routes = forwarding_routes(network)
        boundaries, matches = blocks(network, routes), acl_matches(network)
        if refine_with is not None:
            boundaries |= blocks(refine_with[0], forwarding_routes(refine_with[0]))
            matches |= acl_matches(refine_with[0])
        self.header_classes = HeaderClasses(matches)
        self.locations = Locations(network, endpoints, refine_with)
        self.tenants = [each for each in external_sources if each.kind == "tenant"]
        self.address_classes = AddressClasses(
            self.locations.addresses,
            boundaries,
            external=[intervals_of(tenant.networks) for tenant in self.tenants],
            outside=the_internet() if outward else (),
        )
        self.acls = NetworkAcls(network, self.address_classes, self.header_classes, optimistic=optimistic)
        self.routing = VpcRouting(network, self.address_classes, self.locations)
        self.tgw_egress = TgwEgress(network, self.address_classes, self.routing, self.acls)
        self.graph = TgwForwardingGraph(network, self.tgw_egress, routes)
        self.parts = self._parts_of_sources(FirewallWays)
        self.contexts = [
            self._context(number, location) for number, location in enumerate(self.locations.all)
        ]

    def leaving(self, ways: Ways, subnet: Subnet, index: int) -> list[TgwTransit]:
        """What the ways of a subnet into Transit Gateways and firewalls lead to in one class of headers."""
        if len(self.parts) == 1:
            return self.transits.leaving(ways, subnet, index)
        return [
            msgspec.structs.replace(transit, admitted=transit.admitted & sources)
            for sources, transits in self.parts
            for transit in transits.leaving(ways, subnet, index)
            if transit.admitted & sources
        ]

    def without(self, firewalls: Collection[FirewallKey]) -> "CompiledNetwork":
        """The same network if these firewalls passed nothing on."""
        found = copy(self)
        found.parts = self._parts_of_sources(lambda egress: FirewallWays(egress, firewalls))
        return found

    @cached_property
    def from_strangers(self) -> TgwTransits:
        """The transits of packets from outside: what a firewall does with them is not known."""
        if not has_firewalls(self.network):
            return self.transits
        egress = TgwEgress(self.network, self.address_classes, self.routing, self.acls)
        return TgwTransits(self.graph, egress, FirewallWays(egress, unknown=True))

    @property
    def transits(self) -> TgwTransits:
        """The transits of packets from some sources: of all where there is no firewall."""
        return self.parts[0][1]

    def _parts_of_sources(
        self, firewalls: Callable[[TgwEgress], FirewallWays]
    ) -> list[tuple[int, TgwTransits]]:
        """The source addresses that the network ACLs around firewalls treat alike, with their transits."""
        found = []
        for sources in alike(self.address_classes.all, filters_around_firewalls(self.network, self.acls)):
            egress = TgwEgress(self.network, self.address_classes, self.routing, self.acls, among=sources)
            found.append((sources, TgwTransits(self.graph, egress, firewalls(egress))))
        return found

    @cached_property
    def ranges(self) -> AddressRanges:
        """The addresses of every endpoint, divided by address classes."""
        with collector_paused():
            return AddressRanges(self._ranges(), len(self.endpoints), len(self.address_classes))

    @cached_property
    def groups(self) -> SecurityGroups:
        """The security groups of every endpoint."""
        return SecurityGroups(self.network, self.endpoints, self.ranges, optimistic=self.optimistic)

    @cached_property
    def number_of(self) -> dict[Endpoint, int]:
        """The number of each endpoint."""
        return {endpoint: number for number, endpoint in enumerate(self.endpoints)}

    def address_class_at(self, endpoint: Endpoint, address: IPv4Address) -> int | None:
        """The class of an address of an endpoint or external source; None when it does not have that address."""
        number = int(address)
        for place, intervals in self._parts(endpoint) if endpoint.holds(address) else ():
            if any(low <= number <= high for low, high in intervals):
                return self.address_classes.at(place, address)
        return None

    def divided(self, endpoint: Endpoint) -> Iterator[tuple[int, int, int]]:
        """The addresses of an endpoint or external source in pieces of one class: first, last, class."""
        for place, intervals in self._parts(endpoint):
            yield from self.address_classes.divided(place, intervals)

    def _parts(self, endpoint: Endpoint) -> list[tuple[int, Intervals]]:
        """Its addresses by their place among those of the address classes: see `AddressClasses`."""
        number = self.number_of.get(endpoint)
        if number is not None:
            return self.locations.parts[number]
        if endpoint.kind != "tenant":
            place = len(self.locations.all) + len(self.tenants)
            return [(place, common(the_internet(), intervals_of(endpoint.networks)))]
        tenant = len(self.locations.all) + self.tenants.index(endpoint)
        return [(tenant, intervals_of(endpoint.networks))]

    def addresses_of(self, endpoint: Endpoint) -> int:
        """The address classes in which an endpoint has addresses."""
        return union(1 << each for _, _, each in self.divided(endpoint))

    def context_of(self, address_class: int) -> LocationContext:
        """What decides about packets of an address class of the endpoints."""
        return self.contexts[self.address_classes[address_class].place]

    def _ranges(self) -> Iterator[AddressRange]:
        for number, parts in enumerate(self.locations.parts):
            for place, intervals in parts:
                for low, high, address_class in self.address_classes.divided(place, intervals):
                    yield AddressRange(low, high, number, address_class)

    def _context(self, number: int, location: Location) -> LocationContext:
        subnet = self.network.subnets.get((location.region, location.subnet_id))
        if subnet is None or subnet.cidr is None:
            label = self.locations.first[number].label
            raise UnobservableError(f"{label}: its subnet is not in the observed state")
        return LocationContext(
            location=location,
            subnet=subnet,
            addresses=self.address_classes.of_place[number],
            neighbours=self.tgw_egress.addresses_of_subnet[subnet.region, subnet.id],
            own=self.address_classes.mask(block_of(subnet.cidr)),
            public=location.public or (self.optimistic and location.may_be_public),
            ways=self.ways(subnet),
            acl_out=self.acls.of(subnet, egress=True),
            acl_in=self.acls.of(subnet, egress=False),
        )

    def ways(self, subnet: Subnet) -> Ways:
        """Where packets that leave a subnet go; all of them to the unknown when its route table was not seen."""
        try:
            return self.routing.ways(subnet)
        except UnobservableError:
            return Ways(unknown=self.address_classes.all)
