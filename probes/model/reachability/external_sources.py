"""What routes and network ACLs let in from the Internet and from tenants, and whose replies get back to them."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import NamedTuple

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.entry_points import entry_attachment, internet_gateway, is_return_path
from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.matrix import Members, add
from probes.model.reachability.tgw_egress import EXEMPT, NORMAL, UNKNOWN
from probes.model.reachability.tgw_forwarding import side_of
from probes.model.reachability.tgw_transit import LocationContext
from probes.model.state import TgwAttachment

Arrivals = dict[int, int]
"""By address class of an external source, address classes of endpoints."""


class ExternalSources:
    """Computes, for one analysis, rows like those of `DeliveryMatrix` for senders that are no endpoints."""

    def __init__(self, compiled: CompiledNetwork) -> None:
        self.compiled = compiled
        self.address_classes = compiled.address_classes
        self._rows: dict[tuple[str, Endpoint, int], Arrivals] = {}

    def addresses(self, source: Endpoint) -> int:
        """The address classes that a source sends from."""
        if source.kind == "internet":
            return self.address_classes.outside
        return self.address_classes.of_external[self.compiled.tenants.index(source)]

    def forward(self, source: Endpoint, index: int) -> Arrivals:
        """What gets the source's packets in a class of headers."""
        return self._cached(self._forward, source, index)

    def reply(self, source: Endpoint, index: int) -> Arrivals:
        """Whose replies in a class of headers get back to the source, out by the way the packets came in."""
        return self._cached(self._reply, source, index)

    def _cached(self, compute: Callable[[Endpoint, int], Arrivals], source: Endpoint, index: int) -> Arrivals:
        key = compute.__name__, source, index
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = compute(source, index)
        return found

    def _forward(self, source: Endpoint, index: int) -> Arrivals:
        admission, senders = self._admission(source, index), self.addresses(source)
        members: Members = {}
        for context in self._contexts(source):
            add(members, context.acl_in[index] & senders, context.addresses & admission.judged)
            add(members, senders, context.addresses & admission.exempt)
        return _columns(members)

    def _contexts(self, source: Endpoint) -> Sequence[LocationContext]:
        if not source.vpc_id:
            return self.compiled.contexts
        return self._of_vpc.get((source.region, source.vpc_id), ())

    @cached_property
    def _of_vpc(self) -> dict[tuple[str, str], list[LocationContext]]:
        found: dict[tuple[str, str], list[LocationContext]] = {}
        for context in self.compiled.contexts:
            found.setdefault((context.location.region, context.location.vpc_id), []).append(context)
        return found

    def _admission(self, source: Endpoint, index: int) -> "_Admission":
        if source.kind == "internet":
            return _Admission(self._public(source))
        if source.vpc_id:
            return _Admission(self.compiled.routing.addresses_of_vpc.get((source.region, source.vpc_id), 0))
        return self._through_tgw(entry_attachment(self.compiled.network, source), index)

    def _public(self, source: Endpoint) -> int:
        try:
            gateway = internet_gateway(self.compiled.network, source.region, source.vpc_id)
            opened = gateway is not None
        except UnobservableError:
            opened = self.compiled.optimistic
        found = 0
        for context in self._contexts(source) if opened else ():
            found |= context.addresses if context.public else 0
        return found

    def _through_tgw(self, side: TgwAttachment, index: int) -> "_Admission":
        tgw_egress, optimistic = self.compiled.tgw_egress, self.compiled.optimistic
        try:
            table = self.compiled.graph.table_entered(side)
        except UnobservableError:
            return _Admission(0, self.address_classes.inside if optimistic else 0)
        if table is None or side.state != "available":
            return _Admission(0)
        region = "" if side.resource_type == "peering" else side.region
        delivered = self.compiled.from_strangers.after(table, index, region)
        unknown = tgw_egress.disposition(delivered, UNKNOWN) if optimistic else 0
        return _Admission(
            tgw_egress.disposition(delivered, NORMAL), tgw_egress.disposition(delivered, EXEMPT) | unknown
        )

    def _reply(self, source: Endpoint, index: int) -> Arrivals:
        senders, members = self.addresses(source), Members()
        towards = self._towards(source)
        for context in self._contexts(source):
            leaving = context.acl_out[index] & ~context.own & senders
            if self.compiled.optimistic:
                unseen = context.ways.internet_unseen if context.public else 0
                add(members, leaving & (context.ways.unknown | unseen), context.addresses)
            if source.kind == "internet":
                add(members, leaving & context.ways.internet if context.public else 0, context.addresses)
            elif source.vpc_id:
                add(members, leaving & self._routed(context, source), context.addresses)
            if towards or self.compiled.optimistic:
                self._through_tgws(members, context, leaving, towards, index)
            if self.compiled.optimistic and (source.kind != "internet" or context.public):
                for key, destinations in context.ways.firewall:
                    entered = self.compiled.transits.firewalls.is_available(key)
                    add(members, leaving & destinations if entered else 0, context.addresses)
        return _columns(members)

    def _through_tgws(
        self, members: Members, context: LocationContext, leaving: int, towards: list[int], index: int
    ) -> None:
        for way in context.ways.tgw:
            table = self.compiled.graph.entered(side_of(way.side))
            back = towards[table] & way.destinations if towards and table is not None else 0
            for sources, transits in self.compiled.parts:
                transit = transits.of(way, index)
                unknown = transit.unknown if self.compiled.optimistic else 0
                add(members, leaving & (back | unknown), context.addresses & transit.admitted & sources)

    def _towards(self, source: Endpoint) -> list[int]:
        if source.vpc_id:
            return []
        return self.compiled.graph.towards(entry_attachment(self.compiled.network, source))

    def _routed(self, context: LocationContext, source: Endpoint) -> int:
        try:
            table = self.compiled.network.route_table_of(context.subnet)
        except UnobservableError:
            return 0
        found = 0
        for route, won in self.compiled.routing.won(table):
            live = route is not None and route.state != "blackhole"
            if live and route is not None and is_return_path(source, context.subnet.region, route.target_id):
                found |= won
        return found


class _Admission(NamedTuple):
    """Where a source's packets get to: what its subnet's network ACL judges, and what it does not."""

    judged: int
    exempt: int = 0


def _columns(members: Members) -> Arrivals:
    found: Arrivals = {}
    for row, addresses in members.items():
        for address_class in bits(row):
            found[address_class] = found.get(address_class, 0) | addresses
    return found
