"""Where the addresses of the endpoints of an analysis are, as far as routing and network ACLs tell them apart."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network
from typing import NamedTuple, TypeAlias

from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.reachability.address_classes import block_of, interval_of
from probes.model.reachability.intervals import Interval, Intervals, common, united, without


class Location(NamedTuple):
    """What routing looks at in an address of an endpoint. `public`: an Internet gateway translates it."""

    region: str
    vpc_id: str
    subnet_id: str
    public: bool
    may_be_public: bool


Parts: TypeAlias = list[tuple[Location, Intervals]]


class Locations:
    """The locations of some endpoints: one for all addresses that are routed alike.

    With `refine_with`, another network and the same endpoints in it, those of one location are routed alike in
    both networks. `parts` has for each endpoint the numbers of its locations with its addresses there.
    """

    def __init__(
        self,
        network: Network,
        endpoints: Sequence[Endpoint],
        refine_with: tuple[Network, Sequence[Endpoint]] | None = None,
    ) -> None:
        numbers: dict[tuple[Location, Location], int] = {}
        self.parts: list[list[tuple[int, Intervals]]] = []
        self.first: list[Endpoint] = []
        self.addresses: list[list[Interval]] = []
        for each, endpoint in enumerate(endpoints):
            own = _parts(network, endpoint)
            others = own if refine_with is None else _parts(refine_with[0], refine_with[1][each])
            self.parts.append([])
            for key, addresses in _both(own, others):
                number = numbers.setdefault(key, len(numbers))
                if number == len(self.first):
                    self.first.append(endpoint)
                    self.addresses.append([])
                self.addresses[number] += addresses
                self.parts[each].append((number, addresses))
        self.all = [location for location, _ in numbers]


def intervals_of(networks: Iterable[IPv4Network]) -> Intervals:
    """The addresses of some CIDRs."""
    return united(interval_of(block_of(network)) for network in networks)


def _parts(network: Network, endpoint: Endpoint) -> Parts:
    """The addresses of an endpoint that an Internet gateway translates, and the others."""
    place = endpoint.region, endpoint.vpc_id, endpoint.subnet_id
    own, public = intervals_of(endpoint.networks), intervals_of(endpoint.public)
    others = without(own, public)
    found = [(Location(*place, public=True, may_be_public=True), common(own, public))] if public else []
    if others:
        gap = network.gap("network_interfaces", endpoint.region, endpoint.id, ("public_ips",))
        found.append((Location(*place, public=False, may_be_public=gap is not None), others))
    return found


def _both(own: Parts, others: Parts) -> list[tuple[tuple[Location, Location], Intervals]]:
    if own == others:
        return [((location, location), addresses) for location, addresses in own]
    met = [((here, there), common(mine, theirs)) for here, mine in own for there, theirs in others]
    return [(key, addresses) for key, addresses in met if addresses]
