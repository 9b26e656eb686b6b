"""What gets in from the Internet and from tenants: rows like the engine's, for senders that are no endpoints."""

from collections.abc import Callable, Sequence
from functools import cached_property

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.entry_points import entry_attachment, internet_gateway, is_return_path
from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.matrix import Members, add
from probes.model.reachability.tgw_egress import EXEMPT, NORMAL, UNKNOWN
from probes.model.reachability.tgw_forwarding import side_of
from probes.model.reachability.tgw_transit import EndpointContext
from probes.model.state import TgwAttachment

Arrivals = dict[int, int]


class ExternalSources:
    """What each external source's packets get to, and whose replies come back to it."""

    def __init__(self, compiled: CompiledNetwork) -> None:
        self.compiled = compiled
        self.address_classes = compiled.address_classes
        self._rows: dict[tuple[str, Endpoint, int], Arrivals] = {}

    def addresses(self, external_source: Endpoint) -> int:
        """The addresses that an external source sends from."""
        if external_source.kind == "internet":
            return self.address_classes.outside
        return self.address_classes.of_external_source[
            list(self.address_classes.external_sources).index(external_source)
        ]

    def forward(self, external_source: Endpoint, index: int) -> Arrivals:
        """By address class of a source, what gets its packets in a class of forward headers."""
        return self._once(self._forward, external_source, index)

    def reply(self, external_source: Endpoint, index: int) -> Arrivals:
        """By address class of a source, whose replies get back to it by the way the packets came in."""
        return self._once(self._reply, external_source, index)

    def _once(
        self, compute: Callable[[Endpoint, int], Arrivals], external_source: Endpoint, index: int
    ) -> Arrivals:
        key = compute.__name__, external_source, index
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = compute(external_source, index)
        return found

    def _forward(self, external_source: Endpoint, index: int) -> Arrivals:
        let_in, senders = (
            self._let_in(external_source, self.compiled.acl_class_of[index]),
            self.addresses(external_source),
        )
        members: Members = {}
        for end in self._ends(external_source):
            judged, exempt = let_in(end)
            accepted = 0
            for classes, peers in end.ingress:
                accepted |= peers if classes >> index & 1 else 0
            admitted = end.acl_in[self.compiled.acl_class_of[index]] & accepted & senders
            add(members, admitted, judged)
            add(members, accepted & senders, exempt)
        return _columns(members)

    def _ends(self, external_source: Endpoint) -> Sequence[EndpointContext]:
        return (
            self._of_vpc.get((external_source.region, external_source.vpc_id), ())
            if external_source.vpc_id
            else self.compiled.ends
        )

    @cached_property
    def _of_vpc(self) -> dict[tuple[str, str], list[EndpointContext]]:
        found: dict[tuple[str, str], list[EndpointContext]] = {}
        for end in self.compiled.ends:
            found.setdefault((end.endpoint.region, end.endpoint.vpc_id), []).append(end)
        return found

    def _let_in(self, external_source: Endpoint, index: int) -> "_Admission":
        if external_source.kind == "internet":
            return _Admission(self._public(external_source))
        if external_source.vpc_id:
            return _Admission(
                self.compiled.routing.addresses_of_vpc.get(
                    (external_source.region, external_source.vpc_id), 0
                )
            )
        return self._through_tgw(entry_attachment(self.compiled.network, external_source), index)

    def _public(self, external_source: Endpoint) -> int:
        place = external_source.region, external_source.vpc_id
        try:
            open_ = internet_gateway(self.compiled.network, *place) is not None
        except UnobservableError:
            open_ = self.compiled.optimistic
        own = self.compiled.routing.addresses_of_vpc.get(place, 0) if open_ else 0
        found = 0
        for end in self._ends(external_source):
            found |= end.public & own
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
        delivered = self.compiled.transits.after(table, index, region)
        unknown = tgw_egress.disposition(delivered, UNKNOWN) if optimistic else 0
        return _Admission(
            tgw_egress.disposition(delivered, NORMAL), tgw_egress.disposition(delivered, EXEMPT) | unknown
        )

    def _reply(self, external_source: Endpoint, index: int) -> Arrivals:
        senders, members = self.addresses(external_source), Members()
        towards = self._towards(external_source)
        for end in self._ends(external_source):
            leaving = end.acl_out[index] & ~end.own & senders
            if self.compiled.optimistic:
                add(members, leaving & end.ways.unknown, end.addresses)
                add(members, leaving & end.ways.internet_unseen, end.public)
            if external_source.kind == "internet":
                add(members, leaving & end.ways.internet, end.public)
            elif external_source.vpc_id:
                add(members, leaving & self._routed(end, external_source), end.addresses)
            for way in end.ways.tgw:
                transit = self.compiled.transits.of(way, index)
                table = self.compiled.graph.entered(side_of(way.side))
                back = towards[table] & way.destinations if towards and table is not None else 0
                back |= transit.unknown if self.compiled.optimistic else 0
                add(members, leaving & back, end.addresses & transit.admitted)
        return _columns(members)

    def _towards(self, external_source: Endpoint) -> list[int]:
        if external_source.kind == "internet" or external_source.vpc_id:
            return []
        return self.compiled.graph.towards(entry_attachment(self.compiled.network, external_source))

    def _routed(self, end: EndpointContext, external_source: Endpoint) -> int:
        if (end.endpoint.region, end.endpoint.vpc_id) != (external_source.region, external_source.vpc_id):
            return 0
        try:
            table = self.compiled.network.route_table_of(end.subnet)
        except UnobservableError:
            return 0
        found = 0
        for route, won in self.compiled.routing.won(table):
            live = route is not None and route.state != "blackhole"
            if (
                live
                and route is not None
                and is_return_path(external_source, end.subnet.region, route.target_id)
            ):
                found |= won
        return found


class _Admission:
    """Where an external source's packets get to: what its subnet's network ACL judges, and what it does not."""

    def __init__(self, judged: int, exempt: int = 0) -> None:
        self.judged = judged
        self.exempt = exempt

    def __call__(self, end: EndpointContext) -> tuple[int, int]:
        return end.addresses & self.judged, end.addresses & self.exempt


def _columns(members: Members) -> Arrivals:
    found: Arrivals = {}
    for row, addresses in members.items():
        for address_class in bits(row):
            found[address_class] = found.get(address_class, 0) | addresses
    return found
