"""
Which endpoints and which losses a network cannot tell apart, so that one of them is looked at for all.
"""

from functools import cached_property
from typing import NamedTuple

from probes.model.endpoints import Endpoint
from probes.model.intent_headers import Sample
from probes.model.reachability import Reachability
from probes.model.reachability_filters import Component
from probes.model.reachability_rows import End


class Lost(NamedTuple):
    """
    A packet that is lost: its class, its ends, and the atom of each.
    """

    sample: Sample
    source: Endpoint
    destination: Endpoint
    here: int
    there: int


class Alike:
    """
    The kinds of an analysis's endpoints.
    """

    def __init__(self, reachability: Reachability) -> None:
        self.reachability = reachability
        self._kinds: dict[tuple[object, ...], int] = {}

    @cached_property
    def settled(self) -> bool:
        """
        Whether nothing that the source could not see decides about any packet of the analysis.
        """
        sure, possible = self.reachability, self.reachability.possible
        return all(
            one.inside == other.inside
            for one, other in zip(sure.forward + sure.reply, possible.forward + possible.reply, strict=True)
        )

    @cached_property
    def of(self) -> dict[Endpoint, int]:
        """
        A number for each endpoint, the same for those whose packets are lost by the same resource.

        Only alike are those behind the same tables, filters and groups, their addresses in the same blocks of
        every route and rule; where the source could not see everything, only those of one subnet.
        """
        return {end.endpoint: self._number(self._kind(end)) for end in self.reachability.setup.ends}

    def _number(self, kind: tuple[object, ...]) -> int:
        return self._kinds.setdefault(kind, len(self._kinds))

    def _kind(self, end: End) -> tuple[object, ...]:
        own = end.endpoint
        if not self.settled:
            return own.region, own.subnet_id, own.group_ids, own.kind
        signatures = self.reachability.setup.space.signatures
        return (
            own.region,
            own.group_ids,
            own.kind,
            id(end.ways),
            id(end.acl_in),
            id(end.acl_out),
            tuple(sorted({signatures[atom] for atom in end.bits})),
            own.subnet_id if own.subnet_id in self._attached else "",
        )

    def decider(self, lost: Lost) -> tuple[object, ...]:
        """
        The same for losses that one resource decides, as far as that shows without tracing the packets.
        """
        forward, reply, _ = lost.sample
        setup, source, destination = self.reachability.setup, lost.source, lost.destination
        if not self.settled:
            return lost[1:3]
        acl_class = setup.acl_class_of[forward]
        if self.reachability.forward[forward].inside[lost.here] >> lost.there & 1:
            return "reply", *self._leaving(destination, source, reply, lost.here)
        if not _lets(self._ends[source].egress, forward, lost.there):
            return "out", self.of[source]
        if self.reachability.routed(acl_class).inside[lost.here] >> lost.there & 1:
            return "in", self.of[destination]
        return "there", *self._leaving(source, destination, acl_class, lost.there)

    def _leaving(
        self, sender: Endpoint, receiver: Endpoint, acl_class: int, target: int
    ) -> tuple[object, ...]:
        end, kind = self._ends[sender], self.of[sender]
        if not end.acl_out[acl_class] >> target & 1:
            return kind, "filtered"
        ways = end.ways
        if (ways.local | sum({way.destinations for way in ways.tgw})) >> target & 1:
            return kind, self.of[receiver]
        table = self.reachability.network.route_table_of(end.subnet)
        won = enumerate(self.reachability.setup.routing.won(table))
        return kind, "unrouted", next((order for order, (_, atoms) in won if atoms >> target & 1), None)

    @cached_property
    def _ends(self) -> dict[Endpoint, End]:
        return {end.endpoint: end for end in self.reachability.setup.ends}

    @cached_property
    def _attached(self) -> frozenset[str]:
        sides = self.reachability.network.state.tgw_attachments
        return frozenset(subnet for side in sides for subnet in side.subnet_ids or ())


def _lets(rules: tuple[Component, ...], header_class: int, peer: int) -> bool:
    return any(rule.classes >> header_class & 1 and rule.peers >> peer & 1 for rule in rules)
