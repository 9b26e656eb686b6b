"""
Rows of the answer: for one class of headers, what every source atom gets to, and which replies come back.
"""

import msgspec

from probes.model.reachability_exits import NatKey
from probes.model.reachability_headers import HeaderClasses
from probes.model.reachability_rows import Crossings, End
from probes.model.reachability_setup import Setup
from probes.model.reachability_space import bits

Pairs = list[tuple[int, int]]


class Rows(msgspec.Struct):
    """
    For each source atom: endpoints' atoms reached, outside atoms reached directly, and through NAT gateways.
    """

    inside: list[int]
    outside: list[int]
    nat: dict[int, list[tuple[NatKey, int]]]


class Engine:
    """
    Computes rows. `forward` asks what is delivered, `reply` which destinations' replies come back.
    """

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.space = setup.space
        self.ends = setup.ends
        self.width = len(setup.space.atoms)
        self._egress: dict[tuple[int, int], int] = {}
        self._inverted: dict[tuple[tuple[int, int], ...], list[int]] = {}

    def forward(self, index: int) -> Rows:
        """
        What is delivered in one class of forward headers.
        """
        classes, crossings = self.setup.forward_classes, self.setup.forward_crossings
        admitted = self._inverse(self._acl_pairs(classes, index))
        accepted = self._inverse(self._group_pairs(index))
        rows = Rows(inside=[0] * self.width, outside=[0] * self.width, nat={})
        for end in self.ends:
            self._forward_from(rows, end, crossings, index, admitted, accepted)
        return rows

    def _forward_from(  # noqa: PLR0913, PLR0917 - the inner loop is fed with what the outer one prepared
        self, rows: Rows, end: End, crossings: Crossings, index: int, admitted: list[int], accepted: list[int]
    ) -> None:
        ways = end.ways
        alive = self._egress_of(end, index)
        routed = (
            alive & crossings.exits.acl_masks(end.subnet, crossings.classes, egress=True)[index] & ~end.own
        )
        shared = alive & end.shared
        local = routed & ways.local
        lost = routed & ways.unknown if self.setup.optimistic else 0
        crossed = [crossings.of(way, index) for way in ways.tgw]
        direct = routed & (ways.service | (ways.internet if end.endpoint.public else 0))
        for atom in end.bits:
            inside = local
            exempt = shared | lost
            for crossing in crossed:
                if crossing.admitted >> atom & 1:
                    inside |= routed & crossing.normal
                    exempt |= routed & crossing.exempt
                    if self.setup.optimistic:
                        exempt |= routed & crossing.unknown
            rows.inside[atom] = (inside & admitted[atom] | exempt) & accepted[atom] & ~self.space.outside
            rows.outside[atom] = direct | (lost & self.space.outside)
        if ways.nat or any(crossing.nat for crossing in crossed):
            self._through_nat(rows, end, crossings, index, routed)

    def _through_nat(self, rows: Rows, end: End, crossings: Crossings, index: int, routed: int) -> None:
        exits = crossings.exits
        for atom in end.bits:
            found: list[tuple[NatKey, int]] = []
            for key, destinations in end.ways.nat:
                out, unknown = exits.nat_out(key, crossings.classes, index)
                subnet = exits.nat_subnet(key)
                judge = exits.acl_masks(subnet, crossings.classes, egress=False)[index]
                if subnet.id == end.subnet.id or judge >> atom & 1:
                    found.append((key, routed & destinations & out))
                    if self.setup.optimistic:
                        rows.outside[atom] |= routed & destinations & unknown & self.space.outside
            for way in end.ways.tgw:
                crossing = crossings.of(way, index)
                for key, judged, destinations in crossing.nat if crossing.admitted >> atom & 1 else ():
                    judge = exits.acl_masks(exits.nat_subnet(key), crossings.classes, egress=False)[index]
                    if not judged or judge >> atom & 1:
                        found.append((key, routed & destinations))
            if found:
                rows.nat[atom] = found

    def reply(self, index: int) -> Rows:
        """
        For each atom the destinations whose replies to it come back in one class of reply headers.
        """
        crossings = self.setup.reply_crossings
        local: Pairs = []
        normal: Pairs = []
        exempt: Pairs = []
        for end in self.ends:
            self._replies_of(end, crossings, index, local, normal, exempt)
        from_local = self._inverse(local)
        from_normal, from_exempt = self._inverse(normal), self._inverse(exempt)
        rows = Rows(inside=[0] * self.width, outside=[0] * self.width, nat={})
        for end in self.ends:
            judge = crossings.exits.acl_masks(end.subnet, crossings.classes, egress=False)[index]
            for atom in end.bits:
                judged = from_local[atom] | from_normal[atom]
                rows.inside[atom] = end.shared | judged & judge & ~end.shared | from_exempt[atom]
                rows.outside[atom] = judge & self.space.outside
        self._replies_through_nat(rows, crossings, index)
        return rows

    def _replies_of(  # noqa: PLR0913, PLR0917 - as _forward_from
        self, end: End, crossings: Crossings, index: int, local: Pairs, normal: Pairs, exempt: Pairs
    ) -> None:
        inside = self.space.all & ~self.space.outside
        routed = crossings.exits.acl_masks(end.subnet, crossings.classes, egress=True)[index] & ~end.own
        local.append((routed & end.ways.local & inside, end.atoms))
        if self.setup.optimistic and end.ways.unknown:
            exempt.append((routed & end.ways.unknown & inside, end.atoms))
        for way in end.ways.tgw:
            crossing = crossings.of(way, index)
            senders = end.atoms & crossing.admitted
            normal.append((routed & crossing.normal & inside, senders))
            back = crossing.exempt | (crossing.unknown if self.setup.optimistic else 0)
            exempt.append((routed & back & inside, senders))

    def _replies_through_nat(self, rows: Rows, crossings: Crossings, index: int) -> None:
        exits = crossings.exits
        for key in exits.nats:
            subnet = exits.nat_subnet(key)
            entering = exits.acl_masks(subnet, crossings.classes, egress=False)[index] & self.space.outside
            leaving = exits.acl_masks(subnet, crossings.classes, egress=True)[index]
            ways = self.setup.routing.ways(subnet)
            crossed = [crossings.of(way, index) for way in ways.tgw]
            for end in self.ends:
                judge = exits.acl_masks(end.subnet, crossings.classes, egress=False)[index]
                for atom in end.bits:
                    back = 0
                    if end.subnet.id == subnet.id and end.subnet.region == subnet.region:
                        back = entering
                    elif leaving >> atom & 1:
                        back = entering & judge if ways.local >> atom & 1 else 0
                        for crossing in crossed:
                            admitted = entering & crossing.admitted
                            back |= admitted & judge if crossing.normal >> atom & 1 else 0
                            back |= admitted if crossing.exempt >> atom & 1 else 0
                            if self.setup.optimistic and (crossing.unknown >> atom & 1):
                                back |= admitted
                        if self.setup.optimistic and (ways.unknown >> atom & 1):
                            back |= entering
                    rows.nat.setdefault(atom, []).append((key, back))

    def _egress_of(self, end: End, index: int) -> int:
        key = (id(end.egress), index)
        found = self._egress.get(key)
        if found is None:
            found = 0
            for component in end.egress:
                if component.classes >> index & 1:
                    found |= component.peers
            self._egress[key] = found
        return found

    def _acl_pairs(self, classes: HeaderClasses, index: int) -> Pairs:
        pairs: dict[int, int] = {}
        for end in self.ends:
            allowed = self.setup.exits.acl_masks(end.subnet, classes, egress=False)[index]
            pairs[allowed] = pairs.get(allowed, 0) | end.atoms
        return list(pairs.items())

    def _group_pairs(self, index: int) -> Pairs:
        pairs: dict[int, int] = {}
        for end in self.ends:
            for component in end.ingress:
                if component.classes >> index & 1:
                    pairs[component.peers] = pairs.get(component.peers, 0) | end.atoms
        return list(pairs.items())

    def _inverse(self, pairs: Pairs) -> list[int]:
        """
        From (row, members) pairs, where the members' columns have the row's bits, to the columns' rows.
        """
        merged: dict[int, int] = {}
        for row, members in pairs:
            if row and members:
                merged[row] = merged.get(row, 0) | members
        key = tuple(merged.items())
        found = self._inverted.get(key)
        if found is None:
            found = self._inverted[key] = _transpose(merged, self.width)
        return found


def _transpose(merged: dict[int, int], width: int) -> list[int]:
    columns = [0] * width
    for row, members in merged.items():
        for bit in bits(row):
            columns[bit] |= members
    return columns
