"""Rows of the answer: for one class of headers, what every source atom gets to, and which replies come back."""

from functools import cached_property

import msgspec

from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import Setup
from probes.model.reachability.filters import Component
from probes.model.reachability.tgw_egress import NatKey
from probes.model.reachability.tgw_transit import Crossing, End

Members = dict[int, int]


class Rows(msgspec.Struct):
    """For each source atom: endpoints' atoms reached, outside atoms reached directly, and through NAT gateways."""

    inside: list[int]
    outside: list[int]
    nat: dict[int, list[tuple[NatKey, int]]]


class Engine:
    """Computes rows. `forward` asks what is delivered, `reply` which destinations' replies come back."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.space = setup.space
        self.ends = setup.ends
        self.width = len(setup.space.atoms)
        self._routed: dict[int, Rows] = {}
        self._egress = self._egress_of_atoms()

    def forward(self, index: int) -> Rows:
        """What is delivered in one class of forward headers."""
        routed = self.routed(self.setup.acl_class_of[index])
        accepted = _transpose(self._acceptance(index), self.width)
        alive = [masks[index] for masks in self._egress]
        inside = [r & a & c for r, a, c in zip(routed.inside, alive, accepted, strict=True)]
        outside = [r & a for r, a in zip(routed.outside, alive, strict=True)]
        nat = {
            atom: [(key, destinations & alive[atom]) for key, destinations in found]
            for atom, found in routed.nat.items()
        }
        return Rows(inside, outside, nat)

    def routed(self, index: int) -> Rows:
        """What routes and network ACLs let through in one class of ACL headers, security groups aside."""
        found = self._routed.get(index)
        if found is None:
            admitting: Members = {}
            for end in self.ends:
                admitting[end.acl_in[index]] = admitting.get(end.acl_in[index], 0) | end.atoms
            admitted = _transpose(admitting, self.width)
            found = self._routed[index] = Rows([0] * self.width, [0] * self.width, {})
            for end in self.ends:
                self._route(found, end, index, admitted)
        return found

    def _route(self, rows: Rows, end: End, index: int, admitted: list[int]) -> None:
        ways, optimistic = end.ways, self.setup.optimistic
        leaving = end.acl_out[index] & ~end.own
        local = leaving & ways.local
        lost = leaving & ways.unknown if optimistic else 0
        crossed = [self.setup.crossings.of(way, index) for way in ways.tgw]
        carried = ways.internet | (ways.internet_unseen if optimistic else 0)
        direct = leaving & (ways.service | (carried if end.public else 0))
        for atom in end.bits:
            judged, exempt = local, end.shared | lost
            for crossing in crossed:
                if crossing.admitted >> atom & 1:
                    judged |= leaving & crossing.normal
                    exempt |= leaving & (crossing.exempt | (crossing.unknown if optimistic else 0))
            rows.inside[atom] = (judged & admitted[atom] | exempt) & self.space.inside
            rows.outside[atom] = direct | (lost & self.space.outside)
        if ways.nat or any(crossing.nat for crossing in crossed):
            self._through_nat(rows, end, index, leaving)

    def _through_nat(self, rows: Rows, end: End, index: int, leaving: int) -> None:
        exits = self.setup.exits
        ways = [
            (key, end.bits, exits.nat_subnet(key).id != end.subnet.id, destinations)
            for key, destinations in end.ways.nat
        ]
        for way in end.ways.tgw:
            crossing = self.setup.crossings.of(way, index)
            admitted = bits(end.atoms & crossing.admitted)
            ways += [(key, admitted, judged, destinations) for key, judged, destinations in crossing.nat]
        for key, senders, judged, destinations in ways:
            out, unknown = exits.nat_out(key, index)
            judge = exits.acl_masks(exits.nat_subnet(key), egress=False)[index] if judged else self.space.all
            lost = leaving & destinations & unknown if self.setup.optimistic else 0
            for atom in senders:
                if judge >> atom & 1:
                    rows.nat.setdefault(atom, []).append((key, leaving & destinations & out))
                    rows.inside[atom] |= lost & self.space.inside
                    rows.outside[atom] |= lost & self.space.outside

    def reply(self, index: int) -> Rows:
        """For each atom the destinations whose replies to it come back in one class of reply headers.

        It is `routed` seen from the other end, without security groups: they track the connection.
        """
        local, normal, exempt = self._replies(index)
        from_local, from_normal = _transpose(local, self.width), _transpose(normal, self.width)
        from_exempt = _transpose(exempt, self.width)
        rows = Rows([0] * self.width, [0] * self.width, {})
        for end in self.ends:
            judge = end.acl_in[index]
            for atom in end.bits:
                judged = (from_local[atom] | from_normal[atom]) & judge
                rows.inside[atom] = end.shared | judged | from_exempt[atom]
                rows.outside[atom] = judge & self.space.outside
        for key in self.setup.exits.nats:
            self._replies_through_nat(rows, key, index)
        return rows

    def _replies(self, index: int) -> tuple[Members, Members, Members]:
        local: Members = {}
        normal: Members = {}
        exempt: Members = {}
        inside, optimistic = self.space.inside, self.setup.optimistic
        for end in self.ends:
            leaving = end.acl_out[index] & ~end.own & inside
            add(local, leaving & end.ways.local, end.atoms)
            if optimistic:
                add(exempt, leaving & end.ways.unknown, end.atoms)
            for way in end.ways.tgw:
                crossing = self.setup.crossings.of(way, index)
                senders = end.atoms & crossing.admitted
                add(normal, leaving & crossing.normal, senders)
                add(exempt, leaving & (crossing.exempt | (crossing.unknown if optimistic else 0)), senders)
        return local, normal, exempt

    def _replies_through_nat(self, rows: Rows, key: NatKey, index: int) -> None:
        exits = self.setup.exits
        subnet = exits.nat_subnet(key)
        entering = exits.acl_masks(subnet, egress=False)[index] & self.space.outside
        leaving = exits.acl_masks(subnet, egress=True)[index]
        ways = self.setup.ways(subnet)
        crossed = [self.setup.crossings.of(way, index) for way in ways.tgw]
        for end in self.ends:
            for atom in end.bits:
                back = entering if end.subnet == subnet else 0
                if not back and leaving >> atom & 1:
                    back = entering & end.acl_in[index] if ways.local >> atom & 1 else 0
                    back |= entering & self._back_across(crossed, atom, end.acl_in[index])
                    if self.setup.optimistic and ways.unknown >> atom & 1:
                        back |= entering
                rows.nat.setdefault(atom, []).append((key, back))

    def _back_across(self, crossed: list[Crossing], atom: int, judge: int) -> int:
        back = 0
        for crossing in crossed:
            if crossing.normal >> atom & 1:
                back |= crossing.admitted & judge
            if crossing.exempt >> atom & 1 or (self.setup.optimistic and crossing.unknown >> atom & 1):
                back |= crossing.admitted
        return back

    def _egress_of_atoms(self) -> list[tuple[int, ...]]:
        """For each atom, by class of forward headers, what its endpoint's security groups let out."""
        count = len(self.setup.forward_classes)
        masks: dict[int, tuple[int, ...]] = {}
        found = [(0,) * count] * self.width
        for end in self.ends:
            own = masks.get(id(end.egress))
            if own is None:
                own = masks[id(end.egress)] = _by_class(end.egress, count)
            for atom in end.bits:
                found[atom] = own
        return found

    @cached_property
    def _ingress(self) -> dict[Component, int]:
        """The distinct inbound rules, with the atoms of the endpoints that have them."""
        found: dict[Component, int] = {}
        for end in self.ends:
            for component in end.ingress:
                found[component] = found.get(component, 0) | end.atoms
        return found

    def _acceptance(self, index: int) -> Members:
        members: Members = {}
        for (classes, peers), atoms in self._ingress.items():
            if classes >> index & 1:
                add(members, peers, atoms)
        return members


def _by_class(components: tuple[Component, ...], count: int) -> tuple[int, ...]:
    masks = [0] * count
    for classes, peers in components:
        for index in range(count):
            if classes >> index & 1:
                masks[index] |= peers
    return tuple(masks)


def add(members: Members, row: int, atoms: int) -> None:
    """Give atoms a row, unless either is empty."""
    if row and atoms:
        members[row] = members.get(row, 0) | atoms


def _transpose(members: Members, width: int) -> list[int]:
    """From rows with the atoms that have them, to each atom's column.

    Rows that nearly agree, as those of a mesh do, are read from what each lacks of all of them together.
    """
    columns = [0] * width
    union = total = 0
    for row, atoms in members.items():
        union |= row
        total |= atoms
    disjoint = sum(atoms.bit_count() for atoms in members.values()) == total.bit_count()
    present = sum(row.bit_count() for row in members)
    if disjoint and union.bit_count() * (len(members) + 1) < 2 * present:
        for row, atoms in members.items():
            for bit in bits(union & ~row):
                columns[bit] |= atoms
        for bit in bits(union):
            columns[bit] = total & ~columns[bit]
        return columns
    for row, atoms in members.items():
        for bit in bits(row):
            columns[bit] |= atoms
    return columns
