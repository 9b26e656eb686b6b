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
from probes.model.reachability.tgw_transit import End
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

Decider: TypeAlias = tuple[object, ...]
Parts: TypeAlias = Iterator[tuple[Decider, int]]


def is_settled(reachability: Reachability) -> bool:
    """Whether nothing that the source could not see decides about any packet of the analysis."""
    sure, possible = reachability, reachability.possible
    return all(
        one.inside == other.inside
        for one, other in zip(sure.forward + sure.reply, possible.forward + possible.reply, strict=True)
    )


def require_settled(reachability: Reachability) -> None:
    """Raise UnobservableError, with what the source could not see, unless the analysis is settled."""
    if not is_settled(reachability):
        raise unsettled(reachability.network.state)


def unsettled(state: State) -> UnobservableError:
    """The error that says what could not be seen and may decide what is delivered."""
    gaps = [gap for gap in state.gaps if gap.kind in DECIDING]
    named = [f"{gap.kind} {gap.resource or gap.region} {gap.field}".strip() for gap in gaps]
    reasons = [f"{name}: {gap.reason}" for name, gap in zip(named, gaps, strict=True)]
    more = [f"and {len(reasons) - NAMED} more"] if len(reasons) > NAMED else []
    said = "; ".join([*reasons[:NAMED], *more])
    return UnobservableError(f"what is delivered hangs on what was not observed: {said}")


class Deciders:
    """Follows lost packets as far as the sets of an analysis show them, in the order of the network.

    Losses with one decider are decided by one resource; one resource may have several deciders.
    """

    def __init__(self, reachability: Reachability) -> None:
        self.reachability = reachability
        self._setup = reachability.setup
        self._let_out: dict[tuple[int, int], int] = {}
        self._shares: dict[tuple[str, int], list[tuple[Decider, int]]] = {}
        self._routes: dict[tuple[str, str], dict[int, tuple[int, VpcRoute | None]]] = {}
        self._ways: dict[int, dict[int, TgwWay]] = {}

    def of(self, sample: Sample, source: End, here: int, lost: int) -> Parts:
        """The destinations to which a class of packets from an atom is lost, or from which the replies are."""
        there = self.reachability.forward[sample.forward].inside[here]
        if lost & ~there:
            yield from self._outward(sample.forward, source, here, lost & ~there)
        if lost & there:
            yield from self._homeward(sample.reply, source, here, lost & there)

    def one_atom_each(self, atoms: int) -> tuple[int, int]:
        """The atoms without all but the first of each endpoint's, and every atom of those endpoints."""
        whole = atoms
        for several in self._several:
            if atoms & several:
                mine = atoms & several
                atoms, whole = atoms & ~several | (mine & -mine), whole | several
        return atoms, whole

    @cached_property
    def _several(self) -> list[int]:
        return [end.atoms for end in self._setup.ends if len(end.bits) > 1]

    def _outward(self, forward: int, source: End, here: int, lost: int) -> Parts:
        refused = lost & ~self._egress(source, forward)
        if refused:
            yield ("group out", *_groups(source)), refused
        acl_class = self._setup.acl_class_of[forward]
        arrived = self.reachability.routed(acl_class).inside[here]
        yield from self._shared_out("group in", lost & ~refused & arrived)
        yield from self._on_the_way(acl_class, source, here, lost & ~refused & ~arrived)

    def _egress(self, source: End, forward: int) -> int:
        key = id(source.egress), forward
        if key not in self._let_out:
            peers = (rule.peers for rule in source.egress if rule.classes >> forward & 1)
            self._let_out[key] = reduce(or_, peers, 0)
        return self._let_out[key]

    def _on_the_way(self, acl_class: int, source: End, here: int, lost: int) -> Parts:
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

    def _by_route(self, acl_class: int, source: End, here: int, lost: int) -> Parts:
        table = self.reachability.network.route_table_of(source.subnet)
        for order, (route, atoms) in enumerate(self._setup.routing.won(table)):
            if lost & atoms:
                no_way = self._no_way(source, order)
                ends = 1 << here, lost & atoms
                for beyond, _, part in beyond_route(self._setup, source, route, acl_class, ends):
                    yield (*no_way, *beyond), part
                lost &= ~atoms
        if lost:
            yield self._no_way(source, None), lost

    def _across(self, acl_class: int, way: TgwWay, here: int, lost: int) -> Parts:
        crossing = self._setup.crossings.of(way, acl_class)
        if not crossing.admitted >> here & 1:
            yield ("acl of the attachment", way.entry.region, way.entry.id), lost
            return
        out = crossing.normal | crossing.exempt
        yield from self._shared_out("acl in", lost & out)
        for target in bits(lost & ~out):
            yield self._inside(way, acl_class, here, target), 1 << target

    def _homeward(self, reply: int, source: End, here: int, lost: int) -> Parts:
        for mask, sender in self._fronts:
            if lost & mask:
                yield from self._answering(reply, sender, source, here, lost & mask)

    def _answering(self, reply: int, sender: End, source: End, here: int, lost: int) -> Parts:
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
            crossing = self._setup.crossings.of(way, reply)
            if lost & ~crossing.admitted:
                refused = lost & ~crossing.admitted
                yield ("reply", "acl of the attachment", way.entry.region, way.entry.id), refused
            admitted = lost & crossing.admitted
            if admitted and (crossing.normal | crossing.exempt) >> here & 1:
                yield ("reply", "acl in", id(source.acl_in)), admitted
            elif admitted and not self._setup.exits.nats:
                yield ("reply", *self._inside(way, reply, None, here)), admitted
            else:
                for atom in bits(admitted):
                    yield ("reply", *self._inside(way, reply, atom, here)), 1 << atom

    def _no_way(self, sender: End, route: int | None) -> Decider:
        return "no way", sender.endpoint.region, sender.subnet.vpc_id, id(sender.ways), route

    def _inside(self, way: TgwWay, acl_class: int, sender: int | None, target: int) -> Decider:
        """A Transit Gateway tells addresses apart by its routes, and what is behind it by zones and filters.

        The sender counts where NAT gateways are: the ACL of their subnet sees it.
        """
        space, exits = self._setup.space, self._setup.exits
        subnet = self._setup.ends[space.atoms[target].endpoint].subnet
        where = subnet.region, subnet.id, space.signatures[target]
        seen = space.signatures[sender] if sender is not None and exits.nats else None
        return "transit gateway", way.side.region, way.side.id, way.entry.id, *where, acl_class, seen

    def _shared_out(self, filter_: str, lost: int) -> list[tuple[Decider, int]]:
        """Lost destinations by the filter before them: the same network answers many sources alike."""
        key = filter_, lost
        if lost and key not in self._shares:
            masks = self._receivers[filter_].items()
            self._shares[key] = [((filter_, *who), lost & mask) for who, mask in masks if lost & mask]
        return self._shares[key] if lost else []

    @cached_property
    def _receivers(self) -> dict[str, dict[Decider, int]]:
        found: dict[str, dict[Decider, int]] = {"group in": {}, "acl in": {}}
        for end in self._setup.ends:
            for kind, judge in (("group in", _groups(end)), ("acl in", (id(end.acl_in),))):
                found[kind][judge] = found[kind].get(judge, 0) | end.atoms
        return found

    @cached_property
    def _fronts(self) -> list[tuple[int, End]]:
        """The ends that send all packets alike, each with one of them."""
        found: dict[tuple[int, int], tuple[int, End]] = {}
        for end in self._setup.ends:
            key = id(end.ways), id(end.acl_out)
            mask, first = found.get(key, (0, end))
            found[key] = mask | end.atoms, first
        return list(found.values())

    def _way_of(self, sender: End) -> dict[int, TgwWay]:
        found = self._ways.get(id(sender.ways))
        if found is None:
            ways = reversed(sender.ways.tgw)
            found = {atom: way for way in ways for atom in bits(way.destinations)}
            self._ways[id(sender.ways)] = found
        return found

    def _route_of(self, sender: End) -> dict[int, tuple[int, VpcRoute | None]]:
        """Which route of the sender's table wins each atom, with its order."""
        table = self.reachability.network.route_table_of(sender.subnet)
        key = table.region, table.id
        found = self._routes.get(key)
        if found is None:
            won = enumerate(self._setup.routing.won(table))
            found = {atom: (order, route) for order, (route, atoms) in won for atom in bits(atoms)}
            self._routes[key] = found
        return found


def _groups(end: End) -> Decider:
    return end.endpoint.region, end.endpoint.vpc_id, end.endpoint.group_ids
