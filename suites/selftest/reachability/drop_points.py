"""Which resource decides that a packet is lost, read from the sets of an analysis."""

from typing import NamedTuple, Never

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.listening import listening
from probes.model.network.packets import Packet
from probes.model.network.trace import Stage
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.network_acls import Masks
from probes.model.reachability.pair_sets import PairSets
from probes.model.reachability.tgw_transit import LocationContext
from probes.model.reachability.vpc_routing import TgwWay
from probes.model.state import RouteTargetKind, Subnet, TgwAttachment


class Decision(NamedTuple):
    """The stage and the resource ID that lose a packet, or its reply."""

    stage: Stage
    resource_id: str
    reply: bool


class _Lost(Exception):  # noqa: N818 - an event of the search, not an error
    def __init__(self, stage: Stage, resource_id: str) -> None:
        self.decision = stage, resource_id


def decision(
    reachability: Reachability, packet: Packet, source: Endpoint, destination: Endpoint
) -> Decision | None:
    """What loses the packet or its reply; None when both arrive.

    Raises UnobservableError when that depends on something that cannot be known.
    """
    return Decisions(reachability).of(packet, source, destination)


class Decisions:
    """Reads decisions from one analysis."""

    def __init__(self, reachability: Reachability) -> None:
        self.compiled = reachability.compiled
        self.pairs = PairSets(reachability.compiled)

    def of(self, packet: Packet, source: Endpoint, destination: Endpoint) -> Decision | None:
        """As `decision`."""
        for reply, asked, ends in (
            (False, packet, (source, destination)),
            (True, packet.reply(), (destination, source)),
        ):
            try:
                self._lose(asked, *ends, tracked=reply)
            except _Lost as lost:
                return Decision(*lost.decision, reply)
        return None

    def _lose(self, packet: Packet, source: Endpoint, destination: Endpoint, *, tracked: bool) -> None:
        one = self.compiled.address_class_at(source, packet.source)
        other = self.compiled.address_class_at(destination, packet.destination)
        if one is None or other is None:
            raise ValueError(f"{packet} is not between {source.label} and {destination.label}")
        here, there = self.compiled.context_of(one), self.compiled.context_of(other)
        if not tracked and not self.pairs.lets_out(packet, source, destination):
            raise _Lost(Stage.SG_EGRESS, " ".join(source.group_ids or ()))
        if not here.own >> other & 1:
            self._route(here, there, (one, other), self.compiled.header_classes.of(packet))
        if not tracked and listening(self.compiled.network, destination) is not None:
            raise UnobservableError("the sets do not tell a closed port from a security group")
        if not tracked and not self.pairs.lets_in(packet, source, destination):
            raise _Lost(Stage.SG_INGRESS, " ".join(destination.group_ids or ()))

    def _route(
        self, here: LocationContext, there: LocationContext, pair: tuple[int, int], index: int
    ) -> None:
        self._judge(here.acl_out, Stage.NACL_EGRESS, here.subnet, index, pair[1])
        if here.ways.unknown >> pair[1] & 1:
            raise UnobservableError(f"{here.subnet.label}: its route cannot be known")
        target, target_id = self._won(here.subnet, pair[1])
        if target is RouteTargetKind.TRANSIT_GATEWAY:
            if self._cross(here, target_id, pair, index) == there.subnet:
                return
        elif target is RouteTargetKind.NAT_GATEWAY:
            self._translate(here.subnet, target_id, pair, index)
        elif target not in (RouteTargetKind.LOCAL, RouteTargetKind.VPC_PEERING):
            raise _Lost(Stage.GATEWAY, target_id)
        elif not here.ways.local >> pair[1] & 1:
            stage = Stage.DESTINATION if target is RouteTargetKind.LOCAL else Stage.VPC_PEERING
            raise _Lost(stage, target_id)
        self._judge(there.acl_in, Stage.NACL_INGRESS, there.subnet, index, pair[0])

    def _won(self, subnet: Subnet, address_class: int) -> tuple[RouteTargetKind, str]:
        table = self.compiled.network.route_table_of(subnet)
        for route, addresses in self.compiled.routing.won(table):
            if route is not None and addresses >> address_class & 1 and route.state != "blackhole":
                return route.target, route.target_id or ""
        raise _Lost(Stage.VPC_ROUTE, table.id)

    def _cross(self, here: LocationContext, gateway_id: str, pair: tuple[int, int], index: int) -> Subnet:
        way = next((way for way in here.ways.tgw if way.destinations >> pair[1] & 1), None)
        if way is None:
            side = self.compiled.network.vpc_attachment(
                here.subnet.region, here.subnet.vpc_id or "", gateway_id
            )
            raise _Lost(Stage.TGW_ATTACHMENT, side.id if side else gateway_id)
        admitted = self.compiled.tgw_egress.acls.of(way.entry, egress=False)
        self._judge(admitted, Stage.TGW_SUBNET_NACL, way.entry, index, pair[0])
        return self._leave(self._between(way, pair[1]), way, pair, index)

    def _between(self, way: TgwWay, address_class: int) -> TgwAttachment:
        graph, seen = self.compiled.graph, set[int]()
        table = graph.table_entered(way.side)
        if table is None:
            raise _Lost(Stage.TGW_ASSOCIATION, way.side.id)
        while table not in seen:
            seen.add(table)
            if graph.unknown[table] >> address_class & 1:
                raise UnobservableError(f"{graph.tables[table].label}: its route cannot be known")
            for side, mask in graph.delivers[table].items():
                if mask >> address_class & 1:
                    return self.compiled.network.tgw_sides[side]
            for (stage, resource_id), mask in graph.drops[table].items():
                if mask >> address_class & 1:
                    raise _Lost(Stage(stage), resource_id)
            onward = [edge.table for edge in graph.edges[table] if edge.destinations >> address_class & 1]
            if not onward:
                break
            table = onward[0]
        raise _Lost(Stage.TGW_ROUTE, graph.tables[table].id)

    def _leave(self, out: TgwAttachment, way: TgwWay, pair: tuple[int, int], index: int) -> Subnet:
        tgw_egress, address_class = self.compiled.tgw_egress, pair[1]
        anchor = way.entry if out.region == way.side.region else None
        parts = tgw_egress.split(out, anchor)
        entry = next((entry for entry, destinations in parts if destinations >> address_class & 1), None)
        if out.appliance_mode and (candidates := tgw_egress.entries(out)):
            entry = candidates[0]  # where AWS may take any, what is decided is decided at all of them
        if entry is None:
            raise _Lost(Stage.TGW_ATTACHMENT, out.id)
        target, target_id = self._won(entry, address_class)
        if target is RouteTargetKind.NAT_GATEWAY:
            self._judge(
                tgw_egress.acls.of(entry, egress=True), Stage.TGW_SUBNET_NACL, entry, index, address_class
            )
            self._translate(entry, target_id, pair, index)
        if target is not RouteTargetKind.LOCAL:
            if tgw_egress.of(out, anchor, index) & tgw_egress.unknown_disposition:
                raise UnobservableError(f"{entry.label}: its route on is not modelled")
            raise _Lost(Stage.GATEWAY, target_id)
        if not tgw_egress.addresses_of_subnet.get((entry.region, entry.id), 0) >> address_class & 1:
            self._judge(
                tgw_egress.acls.of(entry, egress=True), Stage.TGW_SUBNET_NACL, entry, index, address_class
            )
        return entry

    def _translate(self, here: Subnet, nat_id: str, pair: tuple[int, int], index: int) -> Never:
        """A NAT gateway loses whatever is meant for an endpoint: it only leads to the Internet."""
        tgw_egress = self.compiled.tgw_egress
        gateway = self.compiled.network.nat_gateways.get((here.region, nat_id))
        if gateway is None or gateway.state != "available" or not tgw_egress.is_carried_by_nat(index):
            raise _Lost(Stage.GATEWAY, nat_id)
        inside = tgw_egress.nat_subnet((here.region, nat_id))
        if inside.id != here.id:
            self._judge(tgw_egress.acls.of(inside, egress=False), Stage.NACL_INGRESS, inside, index, pair[0])
        self._judge(tgw_egress.acls.of(inside, egress=True), Stage.NACL_EGRESS, inside, index, pair[1])
        target, target_id = self._won(inside, pair[1])
        if target is not RouteTargetKind.INTERNET_GATEWAY:
            raise UnobservableError(f"{gateway.label}: translation towards {target} is not modelled")
        raise _Lost(Stage.GATEWAY, target_id if gateway.connectivity == "public" else nat_id)

    def _judge(self, masks: Masks, stage: Stage, subnet: Subnet, index: int, address_class: int) -> None:
        if not masks[index] >> address_class & 1:
            raise _Lost(stage, self.compiled.network.network_acl_of(subnet).id)
