"""The answer for one class of headers: what every source gets to, and which replies come back."""

from functools import cached_property

import msgspec

from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.filters import Component
from probes.model.reachability.tgw_egress import NatKey
from probes.model.reachability.tgw_transit import EndpointContext, TgwTransit

Members = dict[int, int]


class MatrixRows(msgspec.Struct):
    """By source address class: classes reached inside, outside directly, and outside through NAT gateways."""

    inside: list[int]
    outside: list[int]
    nat: dict[int, list[tuple[NatKey, int]]]


class DeliveryMatrix:
    """Computes rows. `forward` asks what is delivered, `reply` which destinations' replies come back."""

    def __init__(self, compiled: CompiledNetwork) -> None:
        self.compiled = compiled
        self.address_classes = compiled.address_classes
        self.ends = compiled.ends
        self.width = len(compiled.address_classes)
        self._routed: dict[int, MatrixRows] = {}
        self._egress = self._egress_by_source()

    def forward(self, index: int) -> MatrixRows:
        """What is delivered in one class of forward headers."""
        routed = self.routed(self.compiled.acl_class_of[index])
        accepted = _transpose(self._acceptance(index), self.width)
        alive = [masks[index] for masks in self._egress]
        inside = [r & a & c for r, a, c in zip(routed.inside, alive, accepted, strict=True)]
        outside = [r & a for r, a in zip(routed.outside, alive, strict=True)]
        nat = {
            address_class: [(key, destinations & alive[address_class]) for key, destinations in found]
            for address_class, found in routed.nat.items()
        }
        return MatrixRows(inside, outside, nat)

    def routed(self, index: int) -> MatrixRows:
        """What routes and network ACLs let through in one class of ACL headers, security groups aside."""
        found = self._routed.get(index)
        if found is None:
            admitting: Members = {}
            for end in self.ends:
                admitting[end.acl_in[index]] = admitting.get(end.acl_in[index], 0) | end.addresses
            admitted = _transpose(admitting, self.width)
            found = self._routed[index] = MatrixRows([0] * self.width, [0] * self.width, {})
            for end in self.ends:
                self._route(found, end, index, admitted)
        return found

    def _route(self, rows: MatrixRows, end: EndpointContext, index: int, admitted: list[int]) -> None:
        ways, optimistic = end.ways, self.compiled.optimistic
        leaving = end.acl_out[index] & ~end.own
        local = leaving & ways.local
        lost = leaving & ways.unknown if optimistic else 0
        transits = [self.compiled.transits.of(way, index) for way in ways.tgw]
        carried = ways.internet | (ways.internet_unseen if optimistic else 0)
        service, direct = leaving & ways.service, leaving & (ways.service | carried)
        for address_class in end.bits:
            judged, exempt = local, end.shared | lost
            for transit in transits:
                if transit.admitted >> address_class & 1:
                    judged |= leaving & transit.normal
                    exempt |= leaving & (transit.exempt | (transit.unknown if optimistic else 0))
            rows.inside[address_class] = (
                judged & admitted[address_class] | exempt
            ) & self.address_classes.inside
            outside = direct if end.public >> address_class & 1 else service
            rows.outside[address_class] = outside | (lost & self.address_classes.outside)
        if ways.nat or any(transit.nat for transit in transits):
            self._through_nat(rows, end, index, leaving)

    def _through_nat(self, rows: MatrixRows, end: EndpointContext, index: int, leaving: int) -> None:
        tgw_egress = self.compiled.tgw_egress
        ways = [
            (key, end.bits, tgw_egress.nat_subnet(key).id != end.subnet.id, destinations)
            for key, destinations in end.ways.nat
        ]
        for way in end.ways.tgw:
            transit = self.compiled.transits.of(way, index)
            admitted = bits(end.addresses & transit.admitted)
            ways += [(key, admitted, judged, destinations) for key, judged, destinations in transit.nat]
        for key, senders, judged, destinations in ways:
            out, unknown = tgw_egress.nat_out(key, index)
            judge = (
                tgw_egress.acl_masks(tgw_egress.nat_subnet(key), egress=False)[index]
                if judged
                else self.address_classes.all
            )
            lost = leaving & destinations & unknown if self.compiled.optimistic else 0
            for address_class in senders:
                if judge >> address_class & 1:
                    rows.nat.setdefault(address_class, []).append((key, leaving & destinations & out))
                    rows.inside[address_class] |= lost & self.address_classes.inside
                    rows.outside[address_class] |= lost & self.address_classes.outside

    def reply(self, index: int) -> MatrixRows:
        """For each address class the destinations whose replies to it come back in one class of reply headers.

        It is `routed` seen from the other end, without security groups: they track the connection.
        """
        local, normal, exempt = self._replies(index)
        from_local, from_normal = _transpose(local, self.width), _transpose(normal, self.width)
        from_exempt = _transpose(exempt, self.width)
        rows = MatrixRows([0] * self.width, [0] * self.width, {})
        for end in self.ends:
            judge = end.acl_in[index]
            for address_class in end.bits:
                judged = (from_local[address_class] | from_normal[address_class]) & judge
                rows.inside[address_class] = end.shared | judged | from_exempt[address_class]
                rows.outside[address_class] = judge & self.address_classes.outside
        for key in self.compiled.tgw_egress.nats:
            self._replies_through_nat(rows, key, index)
        return rows

    def _replies(self, index: int) -> tuple[Members, Members, Members]:
        local: Members = {}
        normal: Members = {}
        exempt: Members = {}
        inside, optimistic = self.address_classes.inside, self.compiled.optimistic
        for end in self.ends:
            leaving = end.acl_out[index] & ~end.own & inside
            add(local, leaving & end.ways.local, end.addresses)
            if optimistic:
                add(exempt, leaving & end.ways.unknown, end.addresses)
            for way in end.ways.tgw:
                transit = self.compiled.transits.of(way, index)
                senders = end.addresses & transit.admitted
                add(normal, leaving & transit.normal, senders)
                add(exempt, leaving & (transit.exempt | (transit.unknown if optimistic else 0)), senders)
        return local, normal, exempt

    def _replies_through_nat(self, rows: MatrixRows, key: NatKey, index: int) -> None:
        tgw_egress = self.compiled.tgw_egress
        subnet = tgw_egress.nat_subnet(key)
        entering = tgw_egress.acl_masks(subnet, egress=False)[index] & self.address_classes.outside
        leaving = tgw_egress.acl_masks(subnet, egress=True)[index]
        ways = self.compiled.ways(subnet)
        transits = [self.compiled.transits.of(way, index) for way in ways.tgw]
        for end in self.ends:
            for address_class in end.bits:
                back = entering if end.subnet == subnet else 0
                if not back and leaving >> address_class & 1:
                    back = entering & end.acl_in[index] if ways.local >> address_class & 1 else 0
                    back |= entering & self._back_across(transits, address_class, end.acl_in[index])
                    if self.compiled.optimistic and ways.unknown >> address_class & 1:
                        back |= entering
                rows.nat.setdefault(address_class, []).append((key, back))

    def _back_across(self, transits: list[TgwTransit], address_class: int, judge: int) -> int:
        back = 0
        for transit in transits:
            if transit.normal >> address_class & 1:
                back |= transit.admitted & judge
            if transit.exempt >> address_class & 1 or (
                self.compiled.optimistic and transit.unknown >> address_class & 1
            ):
                back |= transit.admitted
        return back

    def _egress_by_source(self) -> list[tuple[int, ...]]:
        """For each address class, by class of forward headers, what its endpoint's security groups let out."""
        count = len(self.compiled.forward_classes)
        masks: dict[int, tuple[int, ...]] = {}
        found = [(0,) * count] * self.width
        for end in self.ends:
            own = masks.get(id(end.egress))
            if own is None:
                own = masks[id(end.egress)] = _by_class(end.egress, count)
            for address_class in end.bits:
                found[address_class] = own
        return found

    @cached_property
    def _ingress(self) -> dict[Component, int]:
        """The distinct inbound rules, with the addresses of the endpoints that have them."""
        found: dict[Component, int] = {}
        for end in self.ends:
            for component in end.ingress:
                found[component] = found.get(component, 0) | end.addresses
        return found

    def _acceptance(self, index: int) -> Members:
        members: Members = {}
        for (classes, peers), addresses in self._ingress.items():
            if classes >> index & 1:
                add(members, peers, addresses)
        return members


def _by_class(components: tuple[Component, ...], count: int) -> tuple[int, ...]:
    masks = [0] * count
    for classes, peers in components:
        for index in range(count):
            if classes >> index & 1:
                masks[index] |= peers
    return tuple(masks)


def add(members: Members, row: int, addresses: int) -> None:
    """Give addresses a row, unless either is empty."""
    if row and addresses:
        members[row] = members.get(row, 0) | addresses


def _transpose(members: Members, width: int) -> list[int]:
    """From rows with the addresses that have them, to each address class's column.

    MatrixRows that nearly agree, as those of a mesh do, are read from what each lacks of all of them together.
    """
    columns = [0] * width
    union = total = 0
    for row, addresses in members.items():
        union |= row
        total |= addresses
    disjoint = sum(addresses.bit_count() for addresses in members.values()) == total.bit_count()
    present = sum(row.bit_count() for row in members)
    if disjoint and union.bit_count() * (len(members) + 1) < 2 * present:
        for row, addresses in members.items():
            for bit in bits(union & ~row):
                columns[bit] |= addresses
        for bit in bits(union):
            columns[bit] = total & ~columns[bit]
        return columns
    for row, addresses in members.items():
        for bit in bits(row):
            columns[bit] |= addresses
    return columns
