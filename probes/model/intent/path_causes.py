"""Which losses one route table, network ACL or Transit Gateway decides, told by address classes."""

from collections.abc import Iterator
from functools import cached_property
from typing import TypeAlias

from probes.model.intent.nat_causes import beyond_route
from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.tgw_transit import LocationContext
from probes.model.reachability.vpc_routing import TgwWay
from probes.model.state import VpcRoute

DropCause: TypeAlias = tuple[object, ...]
Causes: TypeAlias = Iterator[tuple[DropCause, int]]
"""Each cause with the destinations to which the packets are lost, or from which the replies are."""


class PathCauses:
    """Follows packets of one class of headers that are lost on their way, in the order of the network."""

    def __init__(self, compiled: CompiledNetwork) -> None:
        self.compiled = compiled
        self._routes: dict[tuple[str, str], dict[int, tuple[int, VpcRoute | None]]] = {}
        self._ways: dict[int, dict[int, TgwWay]] = {}

    def forward(self, index: int, sender: int, lost: int) -> Causes:
        """What loses packets between a sender's address class and others."""
        source = self.compiled.context_of(sender)
        refused = lost & ~source.acl_out[index]
        if refused:
            yield ("acl out", id(source.acl_out)), refused
        left = lost & ~refused
        yield from self._not_let_in(left & source.ways.local)
        left &= ~source.ways.local
        for way in source.ways.tgw:
            if left & way.destinations:
                yield from self._through_tgw(index, way, sender, left & way.destinations)
                left &= ~way.destinations
        if left:
            yield from self._by_route(index, source, sender, left)

    def back(self, index: int, sender: int, lost: int) -> Causes:
        """What loses the replies from address classes to the one that sent the packets."""
        for addresses, receiver in self._alike:
            if lost & addresses:
                yield from self._reply(index, receiver, sender, lost & addresses)

    def _by_route(self, index: int, source: LocationContext, sender: int, lost: int) -> Causes:
        table = self.compiled.network.route_table_of(source.subnet)
        for order, (route, addresses) in enumerate(self.compiled.routing.won(table)):
            if lost & addresses:
                no_way = self._no_way(source, order)
                ends = 1 << sender, lost & addresses
                for beyond, _, part in beyond_route(self.compiled, source, route, index, ends):
                    yield (*no_way, *beyond), part
                lost &= ~addresses
        if lost:
            yield self._no_way(source, None), lost

    def _through_tgw(self, index: int, way: TgwWay, sender: int, lost: int) -> Causes:
        transit = self.compiled.transits.of(way, index)
        if not transit.admitted >> sender & 1:
            yield ("acl of the attachment", way.entry.region, way.entry.id), lost
            return
        out = transit.normal | transit.exempt
        yield from self._not_let_in(lost & out)
        for target in bits(lost & ~out):
            yield self._inside_tgw(way, index, sender, target), 1 << target

    def _reply(self, index: int, receiver: LocationContext, sender: int, lost: int) -> Causes:
        """What loses the replies of addresses whose packets all take one way to the first sender."""
        judge = "reply", "acl in", id(self.compiled.context_of(sender).acl_in)
        if not receiver.acl_out[index] >> sender & 1:
            yield ("reply", "acl out", id(receiver.acl_out)), lost
        elif receiver.ways.local >> sender & 1:
            yield judge, lost
        elif (way := self._tgw_way_of(receiver).get(sender)) is None:
            yield from self._reply_by_route(index, receiver, sender, lost)
        else:
            transit = self.compiled.transits.of(way, index)
            if lost & ~transit.admitted:
                refused = lost & ~transit.admitted
                yield ("reply", "acl of the attachment", way.entry.region, way.entry.id), refused
            if (transit.normal | transit.exempt) >> sender & 1:
                yield judge, lost & transit.admitted
            else:
                for target in bits(lost & transit.admitted):
                    yield ("reply", *self._inside_tgw(way, index, target, sender)), 1 << target

    def _reply_by_route(self, index: int, receiver: LocationContext, sender: int, lost: int) -> Causes:
        order, route = self._route_of(receiver).get(sender, (None, None))
        no_way = self._no_way(receiver, order)
        for beyond, part, _ in beyond_route(self.compiled, receiver, route, index, (lost, 1 << sender)):
            yield ("reply", *no_way, *beyond), part

    def _no_way(self, sender: LocationContext, route: int | None) -> DropCause:
        return "no way", sender.location.region, sender.subnet.vpc_id, id(sender.ways), route

    def _inside_tgw(self, way: TgwWay, index: int, sender: int, target: int) -> DropCause:
        """A Transit Gateway tells addresses apart by its routes, and what is behind it by zones and filters.

        The sender counts where NAT gateways are: the ACL of their subnet sees it.
        """
        classes = self.compiled.address_classes
        subnet = self.compiled.context_of(target).subnet
        where = subnet.region, subnet.id, classes[target].block
        seen = classes[sender].block if self.compiled.tgw_egress.nats else None
        return "transit gateway", way.side.region, way.side.id, way.entry.id, *where, index, seen

    def _not_let_in(self, lost: int) -> Causes:
        """Destinations that only the network ACL of their own subnet keeps the packets from."""
        for judge, addresses in self._judges.items() if lost else ():
            if lost & addresses:
                yield judge, lost & addresses

    @cached_property
    def _judges(self) -> dict[DropCause, int]:
        found: dict[DropCause, int] = {}
        for context in self.compiled.contexts:
            judge = "acl in", id(context.acl_in)
            found[judge] = found.get(judge, 0) | context.addresses
        return found

    @cached_property
    def _alike(self) -> list[tuple[int, LocationContext]]:
        """A representative of the locations that share routes and outbound ACL, with their addresses."""
        found: dict[tuple[int, int], tuple[int, LocationContext]] = {}
        for context in self.compiled.contexts:
            key = id(context.ways), id(context.acl_out)
            addresses, first = found.get(key, (0, context))
            found[key] = addresses | context.addresses, first
        return list(found.values())

    def _tgw_way_of(self, sender: LocationContext) -> dict[int, TgwWay]:
        found = self._ways.get(id(sender.ways))
        if found is None:
            ways = reversed(sender.ways.tgw)
            found = {each: way for way in ways for each in bits(way.destinations)}
            self._ways[id(sender.ways)] = found
        return found

    def _route_of(self, sender: LocationContext) -> dict[int, tuple[int, VpcRoute | None]]:
        """Which route of the sender's table wins each address class, with its order."""
        table = self.compiled.network.route_table_of(sender.subnet)
        key = table.region, table.id
        found = self._routes.get(key)
        if found is None:
            won = enumerate(self.compiled.routing.won(table))
            found = {each: (order, route) for order, (route, addresses) in won for each in bits(addresses)}
            self._routes[key] = found
        return found
