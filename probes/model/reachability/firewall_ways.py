"""What comes out behind firewall endpoints, as sets of addresses.

A firewall hands packets back to the route table of its subnet, which may lead into a Transit Gateway again, and
from there into a firewall. So what the firewalls pass on is the least fixpoint over all of them: a loop delivers
nothing.
"""

from collections.abc import Callable, Collection, Iterable

from probes.model.errors import UnobservableError
from probes.model.network.firewalls import FirewallKey, subnet_behind
from probes.model.network.index import Network
from probes.model.reachability.address_classes import block_of, union
from probes.model.reachability.network_acls import NetworkAcls
from probes.model.reachability.tgw_egress import EXEMPT, NORMAL, UNKNOWN, TgwEgress, TgwTransit
from probes.model.reachability.vpc_routing import TgwWay
from probes.model.state import Subnet
from probes.model.state.vpc import FIREWALL_ENDPOINT

Cross = Callable[[TgwWay, int], TgwTransit]
"""What one way into a TGW leads to in one class of headers."""


class FirewallWays:
    """What the firewall endpoints of one network pass on, by disposition as in `TgwEgress`.

    A firewall of `closed` passes nothing on. With `unknown` nobody knows what any of them does: so it is for
    packets from outside the network. `solve` has to be called for a class of headers before `transit` is.
    """

    def __init__(
        self, tgw_egress: TgwEgress, closed: Collection[FirewallKey] = (), *, unknown: bool = False
    ) -> None:
        self.tgw_egress = tgw_egress
        self.network = tgw_egress.network
        self.address_classes = tgw_egress.address_classes
        self.keys = sorted(
            (endpoint.region, endpoint.id)
            for endpoint in self.network.state.vpc_endpoints
            if endpoint.endpoint_type == FIREWALL_ENDPOINT
        )
        self._closed = closed
        self._unknown = unknown

    def solve(self, index: int, crossing: Callable[[], Cross]) -> None:
        """Find what comes out behind every firewall in one class of headers.

        `crossing` gives anew what ways into a TGW lead to, as far as the firewalls are known by then.
        """
        behind = dict.fromkeys(self.keys, 0)
        if self._unknown or not self.keys:
            self.tgw_egress.behind_firewalls[index] = dict.fromkeys(
                self.keys, self.tgw_egress.unknown_disposition
            )
            return
        while True:
            self.tgw_egress.behind_firewalls[index] = behind
            cross = crossing()
            found = {key: self._of(key, index, cross) for key in self.keys}
            if found == behind:
                return
            behind = found

    def transit(self, key: FirewallKey, destinations: int, subnet: Subnet, index: int) -> TgwTransit:
        """What a route of a subnet into a firewall leads to."""
        everything = self.address_classes.all
        try:
            inside = subnet_behind(self.network, self.network.vpc_endpoints[key])
        except UnobservableError:
            return TgwTransit(everything, 0, 0, destinations, ())
        judged = inside.id != subnet.id
        admitted = self.tgw_egress.acls.of(inside, egress=False)[index] if judged else everything
        found = self.tgw_egress.behind_firewalls[index][key]
        return self.tgw_egress.by_disposition(
            found & destinations * self.tgw_egress.all_dispositions, admitted
        )

    def is_available(self, key: FirewallKey) -> bool:
        """Whether a firewall takes packets."""
        return self.network.vpc_endpoints[key].state == "available"

    def _of(self, key: FirewallKey, index: int, cross: Cross) -> int:
        """What comes out behind a firewall once its subnet's network ACL has let the packet in."""
        if key in self._closed:
            return 0
        try:
            inside = subnet_behind(self.network, self.network.vpc_endpoints[key])
            return self._from(inside, index, cross) if self.is_available(key) else 0
        except UnobservableError:
            return self.tgw_egress.unknown_disposition

    def _from(self, inside: Subnet, index: int, cross: Cross) -> int:
        egress, width = self.tgw_egress, self.tgw_egress.width
        if inside.cidr is None:
            raise UnobservableError(f"{inside.label} has no CIDR")
        strangers = union(self.address_classes.of_external)
        leaving = egress.acls.of(inside, egress=True)[index] & ~strangers
        leaving &= ~self.address_classes.mask(block_of(inside.cidr))
        ways = egress.routing.ways(inside)
        found = egress.addresses_of_subnet.get((inside.region, inside.id), 0) << (width * EXEMPT)
        found |= (leaving & ways.local) << (width * NORMAL)
        found |= (leaving & ways.unknown | strangers) << (width * UNKNOWN)
        for nat, destinations in ways.nat:
            out, unknown = egress.nat_out(nat, index)
            judged = egress.nat_subnet(nat).id != inside.id
            found |= (leaving & destinations & (out | unknown)) << (
                width * egress.nat_disposition(nat, judged=judged)
            )
        for way in ways.tgw:
            found |= egress.from_among(cross(way, index)) & leaving * egress.all_dispositions
        for key, destinations in ways.firewall:
            found |= egress.from_among(self.transit(key, leaving & destinations, inside, index))
        return found


def filters_around_firewalls(network: Network, acls: NetworkAcls) -> set[int]:
    """The sources that the network ACLs of the firewalls' subnets let in, and those of attachments beside them."""
    found: set[int] = set()
    for firewall in network.state.vpc_endpoints:
        if firewall.endpoint_type == FIREWALL_ENDPOINT:
            beside = {
                subnet_id
                for side in network.state.tgw_attachments
                if (side.region, side.resource_id) == (firewall.region, firewall.vpc_id)
                for subnet_id in side.subnet_ids
            }
            for subnet_id in beside.union(firewall.subnet_ids):
                subnet = network.subnets.get((firewall.region, subnet_id))
                found.update(acls.of(subnet, egress=False) if subnet is not None else ())
    return found


def alike(addresses: int, filters: Iterable[int]) -> list[int]:
    """Some addresses in parts of which each filter has all or none."""
    parts = [addresses]
    for each in filters:
        parts = [both for part in parts for both in (part & each, part & ~each) if both]
    return parts or [addresses]
