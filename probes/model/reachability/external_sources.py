"""What gets in from the Internet and from tenants: rows like the engine's, for senders that are no endpoints."""

from collections.abc import Callable, Sequence
from functools import cached_property

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.entry_points import internet_gateway, leads_to, way_in
from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import Setup
from probes.model.reachability.matrix import Members, add
from probes.model.reachability.tgw_egress import EXEMPT, NORMAL, UNKNOWN
from probes.model.reachability.tgw_forwarding import side_of
from probes.model.reachability.tgw_transit import End
from probes.model.state import TgwAttachment

Arrivals = dict[int, int]


class Outsiders:
    """Computes, for one analysis, what each outsider's atoms get to and whose replies come back to them."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.space = setup.space
        self._rows: dict[tuple[str, Endpoint, int], Arrivals] = {}

    def atoms(self, outsider: Endpoint) -> int:
        """The atoms that an outsider sends from."""
        if outsider.kind == "internet":
            return self.space.outside
        return self.space.of_stranger[list(self.space.strangers).index(outsider)]

    def forward(self, outsider: Endpoint, index: int) -> Arrivals:
        """For each atom of an outsider the endpoints' atoms that get its packets in a class of forward headers."""
        return self._once(self._forward, outsider, index)

    def reply(self, outsider: Endpoint, index: int) -> Arrivals:
        """For each atom of an outsider the endpoints' atoms whose replies get back to it, out by the same way."""
        return self._once(self._reply, outsider, index)

    def _once(self, compute: Callable[[Endpoint, int], Arrivals], outsider: Endpoint, index: int) -> Arrivals:
        key = compute.__name__, outsider, index
        found = self._rows.get(key)
        if found is None:
            found = self._rows[key] = compute(outsider, index)
        return found

    def _forward(self, outsider: Endpoint, index: int) -> Arrivals:
        let_in, senders = self._let_in(outsider, self.setup.acl_class_of[index]), self.atoms(outsider)
        members: Members = {}
        for end in self._ends(outsider):
            judged, exempt = let_in(end)
            accepted = 0
            for classes, peers in end.ingress:
                accepted |= peers if classes >> index & 1 else 0
            admitted = end.acl_in[self.setup.acl_class_of[index]] & accepted & senders
            add(members, admitted, judged)
            add(members, accepted & senders, exempt)
        return _columns(members)

    def _ends(self, outsider: Endpoint) -> Sequence[End]:
        return (
            self._of_vpc.get((outsider.region, outsider.vpc_id), ()) if outsider.vpc_id else self.setup.ends
        )

    @cached_property
    def _of_vpc(self) -> dict[tuple[str, str], list[End]]:
        found: dict[tuple[str, str], list[End]] = {}
        for end in self.setup.ends:
            found.setdefault((end.endpoint.region, end.endpoint.vpc_id), []).append(end)
        return found

    def _let_in(self, outsider: Endpoint, index: int) -> "_Gate":
        if outsider.kind == "internet":
            return _Gate(self._public(outsider))
        if outsider.vpc_id:
            return _Gate(self.setup.routing.atoms_of_vpc.get((outsider.region, outsider.vpc_id), 0))
        return self._through_tgw(way_in(self.setup.network, outsider), index)

    def _public(self, outsider: Endpoint) -> int:
        place = outsider.region, outsider.vpc_id
        try:
            open_ = internet_gateway(self.setup.network, *place) is not None
        except UnobservableError:
            open_ = self.setup.optimistic
        own = self.setup.routing.atoms_of_vpc.get(place, 0) if open_ else 0
        found = 0
        for end in self._ends(outsider):
            found |= end.atoms & own if end.public else 0
        return found

    def _through_tgw(self, side: TgwAttachment, index: int) -> "_Gate":
        exits, optimistic = self.setup.exits, self.setup.optimistic
        try:
            table = self.setup.mesh.table_entered(side)
        except UnobservableError:
            return _Gate(0, self.space.inside if optimistic else 0)
        if table is None or side.state != "available":
            return _Gate(0)
        region = "" if side.resource_type == "peering" else side.region
        wide = self.setup.crossings.after(table, index, region)
        unknown = exits.lane(wide, UNKNOWN) if optimistic else 0
        return _Gate(exits.lane(wide, NORMAL), exits.lane(wide, EXEMPT) | unknown)

    def _reply(self, outsider: Endpoint, index: int) -> Arrivals:
        senders, members = self.atoms(outsider), Members()
        towards = self._towards(outsider)
        for end in self._ends(outsider):
            leaving = end.acl_out[index] & ~end.own & senders
            if self.setup.optimistic:
                unseen = end.ways.internet_unseen if end.public else 0
                add(members, leaving & (end.ways.unknown | unseen), end.atoms)
            if outsider.kind == "internet":
                add(members, leaving & end.ways.internet if end.public else 0, end.atoms)
            elif outsider.vpc_id:
                add(members, leaving & self._routed(end, outsider), end.atoms)
            for way in end.ways.tgw:
                crossing = self.setup.crossings.of(way, index)
                table = self.setup.mesh.entered(side_of(way.side))
                back = towards[table] & way.destinations if towards and table is not None else 0
                back |= crossing.unknown if self.setup.optimistic else 0
                add(members, leaving & back, end.atoms & crossing.admitted)
        return _columns(members)

    def _towards(self, outsider: Endpoint) -> list[int]:
        if outsider.kind == "internet" or outsider.vpc_id:
            return []
        return self.setup.mesh.towards(way_in(self.setup.network, outsider))

    def _routed(self, end: End, outsider: Endpoint) -> int:
        if (end.endpoint.region, end.endpoint.vpc_id) != (outsider.region, outsider.vpc_id):
            return 0
        try:
            table = self.setup.network.route_table_of(end.subnet)
        except UnobservableError:
            return 0
        found = 0
        for route, won in self.setup.routing.won(table):
            live = route is not None and route.state != "blackhole"
            if live and route is not None and leads_to(outsider, end.subnet.region, route.target_id):
                found |= won
        return found


class _Gate:
    """The atoms that an outsider's packets get to: those judged by their subnet's network ACL, and those not."""

    def __init__(self, judged: int, exempt: int = 0) -> None:
        self.judged = judged
        self.exempt = exempt

    def __call__(self, end: End) -> tuple[int, int]:
        return end.atoms & self.judged, end.atoms & self.exempt


def _columns(members: Members) -> Arrivals:
    found: Arrivals = {}
    for row, atoms in members.items():
        for atom in bits(row):
            found[atom] = found.get(atom, 0) | atoms
    return found
