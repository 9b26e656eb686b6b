"""Which losses one resource decides, told from sets alone, so that one packet of each is traced."""

from collections.abc import Iterator
from functools import cached_property, reduce
from operator import or_
from typing import TypeAlias

from probes.model.errors import UnobservableError
from probes.model.intent.flow_headers import Sample
from probes.model.intent.nat_causes import beyond_route
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.tgw_transit import EndpointContext
from probes.model.reachability.vpc_routing import TgwWay
from probes.model.state import State, VpcRoute

NAMED = 5
DECIDING = (
    "vpcs",
    "subnets",
    "vpc_route_tables",
    "security_groups",
    "network_acls",
    "prefix_lists",
    "network_interfaces",
    "internet_gateways",
    "nat_gateways",
    "vpc_peerings",
    "vpc_endpoints",
    "transit_gateways",
    "tgw_attachments",
    "tgw_route_tables",
)
"""
The collections of a state that decide which packets are delivered.
"""

DropCause: TypeAlias = tuple[object, ...]
Parts: TypeAlias = Iterator[tuple[DropCause, int]]


def is_fully_observed(reachability: Reachability) -> bool:
    """Whether nothing that the source could not see decides about any packet of the analysis."""
    sure, possible = reachability, reachability.possible
    return all(
        one.inside == other.inside
        for one, other in zip(sure.forward + sure.reply, possible.forward + possible.reply, strict=True)
    )


def require_fully_observed(reachability: Reachability) -> None:
    """Raise UnobservableError, with what the source could not see, unless the analysis is settled."""
    if not is_fully_observed(reachability):
        raise indeterminate(reachability.network.state)


def indeterminate(state: State) -> UnobservableError:
    """The error that says what could not be seen and may decide what is delivered."""
    gaps = [gap for gap in state.gaps if gap.kind in DECIDING]
    named = [f"{gap.kind} {gap.resource or gap.region} {gap.field}".strip() for gap in gaps]
    reasons = [f"{name}: {gap.reason}" for name, gap in zip(named, gaps, strict=True)]
    more = [f"and {len(reasons) - NAMED} more"] if len(reasons) > NAMED else []
    said = "; ".join([*reasons[:NAMED], *more])
    return UnobservableError(f"what is delivered hangs on what was not observed: {said}")


class DropCauses:
    """Follows lost packets as far as the sets of an analysis show them, in the order of the network.

    Losses with one cause are decided by one resource; one resource may have several causes.
    """

    def __init__(self, reachability: Reachability) -> None:
        self.reachability = reachability
        self._setup = reachability.compiled
        self._let_out: dict[tuple[int, int], int] = {}
        self._shares: dict[tuple[str, int], list[tuple[DropCause, int]]] = {}
        self._routes: dict[tuple[str, str], dict[int, tuple[int, VpcRoute | None]]] = {}
        self._ways: dict[int, dict[int, TgwWay]] = {}

    def of(self, sample: Sample, source: EndpointContext, here: int, lost: int) -> Parts:
        """The destinations to which a class of packets from one address class is lost, or the replies."""
        there = self.reachability.forward[sample.forward].inside[here]
        if lost & ~there:
            yield from self._forward(sample.forward, source, here, lost & ~there)
        if lost & there:
            yield from self._return(sample.reply, source, here, lost & there)

    def one_class_each(self, addresses: int) -> tuple[int, int]:
        """The first address class of each endpoint, and every class of those endpoints."""
        whole = addresses
        for several in self._several:
            if addresses & several:
                mine = addresses & several
                addresses, whole = addresses & ~several | (mine & -mine), whole | several
        return addresses, whole

    @cached_property
    def _several(self) -> list[int]:
        return [end.addresses for end in self._setup.ends if len(end.bits) > 1]

    def _forward(self, forward: int, source: EndpointContext, here: int, lost: int) -> Parts:
        refused = lost & ~self._egress(source, forward)
        if refused:
            yield ("group out", *_groups(source)), refused
        acl_class = self._setup.acl_class_of[forward]
        arrived = self.reachability.routed(acl_class).inside[here]
        yield from self._shared_out("group in", lost & ~refused & arrived)
        yield from self._on_the_way(acl_class, source, here, lost & ~refused & ~arrived)

    def _egress(self, source: EndpointContext, forward: int) -> int:
        key = id(source.egress), forward
        if key not in self._let_out:
            peers = (rule.peers for rule in source.egress if rule.classes >> forward & 1)
            self._let_out[key] = reduce(or_, peers, 0)
        return self._let_out[key]

    def _on_the_way(self, acl_class: int, source: EndpointContext, here: int, lost: int) -> Parts:
        if not lost:
            return
        filtered = lost & ~source.acl_out[acl_class]
        if filtered:
            yield ("acl out", id(source.acl_out)), filtered
        left = lost & ~filtered
        yield from self._shared_out("acl in", left & source.ways.local)
        left &= ~source.ways.local
        for way in source.ways.tgw:
            if left & way.destinations:
                yield from self._across(acl_class, way, here, left & way.destinations)
                left &= ~way.destinations
        if left:
            yield from self._by_route(acl_class, source, here, left)

    def _by_route(self, acl_class: int, source: EndpointContext, here: int, lost: int) -> Parts:
        table = self.reachability.network.route_table_of(source.subnet)
        for order, (route, addresses) in enumerate(self._setup.routing.won(table)):
            if lost & addresses:
                no_way = self._no_way(source, order)
                ends = 1 << here, lost & addresses
                for beyond, _, part in beyond_route(self._setup, source, route, acl_class, ends):
                    yield (*no_way, *beyond), part
                lost &= ~addresses
        if lost:
            yield self._no_way(source, None), lost

    def _across(self, acl_class: int, way: TgwWay, here: int, lost: int) -> Parts:
        transit = self._setup.transits.of(way, acl_class)
        if not transit.admitted >> here & 1:
            yield ("acl of the attachment", way.entry.region, way.entry.id), lost
            return
        out = transit.normal | transit.exempt
        yield from self._shared_out("acl in", lost & out)
        for target in bits(lost & ~out):
            yield self._inside(way, acl_class, here, target), 1 << target

    def _return(self, reply: int, source: EndpointContext, here: int, lost: int) -> Parts:
        for mask, sender in self._sender_classes:
            if lost & mask:
                yield from self._answering(reply, sender, source, here, lost & mask)

    def _answering(
        self, reply: int, sender: EndpointContext, source: EndpointContext, here: int, lost: int
    ) -> Parts:
        if not sender.acl_out[reply] >> here & 1:
            yield ("reply", "acl out", id(sender.acl_out)), lost
        elif sender.ways.local >> here & 1:
            yield ("reply", "acl in", id(source.acl_in)), lost
        elif (way := self._way_of(sender).get(here)) is None:
            order, route = self._route_of(sender).get(here, (None, None))
            no_way = self._no_way(sender, order)
            for beyond, part, _ in beyond_route(self._setup, sender, route, reply, (lost, 1 << here)):
                yield ("reply", *no_way, *beyond), part
        else:
            transit = self._setup.transits.of(way, reply)
            if lost & ~transit.admitted:
                refused = lost & ~transit.admitted
                yield ("reply", "acl of the attachment", way.entry.region, way.entry.id), refused
            admitted = lost & transit.admitted
            if admitted and (transit.normal | transit.exempt) >> here & 1:
                yield ("reply", "acl in", id(source.acl_in)), admitted
            elif admitted and not self._setup.tgw_egress.nats:
                yield ("reply", *self._inside(way, reply, None, here)), admitted
            else:
                for address_class in bits(admitted):
                    yield ("reply", *self._inside(way, reply, address_class, here)), 1 << address_class

    def _no_way(self, sender: EndpointContext, route: int | None) -> DropCause:
        return "no way", sender.endpoint.region, sender.subnet.vpc_id, id(sender.ways), route

    def _inside(self, way: TgwWay, acl_class: int, sender: int | None, target: int) -> DropCause:
        """A Transit Gateway tells addresses apart by its routes, and what is behind it by zones and filters.

        The sender counts where NAT gateways are: the ACL of their subnet sees it.
        """
        address_classes, tgw_egress = self._setup.address_classes, self._setup.tgw_egress
        subnet = self._setup.ends[address_classes[target].endpoint].subnet
        where = subnet.region, subnet.id, address_classes.block_masks[target]
        seen = address_classes.block_masks[sender] if sender is not None and tgw_egress.nats else None
        return "transit gateway", way.side.region, way.side.id, way.entry.id, *where, acl_class, seen

    def _shared_out(self, filter_: str, lost: int) -> list[tuple[DropCause, int]]:
        """Lost destinations by the filter before them: the same network answers many sources alike."""
        key = filter_, lost
        if lost and key not in self._shares:
            masks = self._receivers[filter_].items()
            self._shares[key] = [((filter_, *who), lost & mask) for who, mask in masks if lost & mask]
        return self._shares[key] if lost else []

    @cached_property
    def _receivers(self) -> dict[str, dict[DropCause, int]]:
        found: dict[str, dict[DropCause, int]] = {"group in": {}, "acl in": {}}
        for end in self._setup.ends:
            for kind, judge in (("group in", _groups(end)), ("acl in", (id(end.acl_in),))):
                found[kind][judge] = found[kind].get(judge, 0) | end.addresses
        return found

    @cached_property
    def _sender_classes(self) -> list[tuple[int, EndpointContext]]:
        """The ends that send all packets alike, each with one of them."""
        found: dict[tuple[int, int], tuple[int, EndpointContext]] = {}
        for end in self._setup.ends:
            key = id(end.ways), id(end.acl_out)
            mask, first = found.get(key, (0, end))
            found[key] = mask | end.addresses, first
        return list(found.values())

    def _way_of(self, sender: EndpointContext) -> dict[int, TgwWay]:
        found = self._ways.get(id(sender.ways))
        if found is None:
            ways = reversed(sender.ways.tgw)
            found = {address_class: way for way in ways for address_class in bits(way.destinations)}
            self._ways[id(sender.ways)] = found
        return found

    def _route_of(self, sender: EndpointContext) -> dict[int, tuple[int, VpcRoute | None]]:
        """Which route of the sender's table wins each address class, with its order."""
        table = self.reachability.network.route_table_of(sender.subnet)
        key = table.region, table.id
        found = self._routes.get(key)
        if found is None:
            won = enumerate(self._setup.routing.won(table))
            found = {
                address_class: (order, route)
                for order, (route, addresses) in won
                for address_class in bits(addresses)
            }
            self._routes[key] = found
        return found


def _groups(end: EndpointContext) -> DropCause:
    return end.endpoint.region, end.endpoint.vpc_id, end.endpoint.group_ids
