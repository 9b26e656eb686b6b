"""What routes and network ACLs deliver in one class of headers, and whose replies come back."""

from collections.abc import Hashable
from typing import TypeVar

import msgspec

from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.tgw_egress import NatKey, TgwTransit
from probes.model.reachability.tgw_transit import LocationContext

Key = TypeVar("Key", bound=Hashable)
Members = dict[int, int]


class MatrixRows(msgspec.Struct):
    """By source address class: classes reached inside, outside directly, and outside through NAT gateways."""

    inside: list[int]
    outside: list[int]
    nat: dict[int, list[tuple[NatKey, int]]]


class DeliveryMatrix:
    """Computes rows, security groups aside. `routed` says what is delivered, `reply` whose replies come back."""

    def __init__(self, compiled: CompiledNetwork) -> None:
        self.compiled = compiled
        self.address_classes = compiled.address_classes
        self.contexts = compiled.contexts
        self.width = len(compiled.address_classes)

    def routed(self, index: int) -> MatrixRows:
        """What is delivered in one class of headers."""
        admitting: Members = {}
        for context in self.contexts:
            add(admitting, context.acl_in[index], context.addresses)
        admitted = transposed(admitting, self.width)
        found = MatrixRows([0] * self.width, [0] * self.width, {})
        for context in self.contexts:
            self._route(found, context, index, admitted)
        return found

    def _route(self, rows: MatrixRows, context: LocationContext, index: int, admitted: list[int]) -> None:
        ways, optimistic = context.ways, self.compiled.optimistic
        leaving = context.acl_out[index] & ~context.own
        local = leaving & ways.local
        lost = leaving & ways.unknown if optimistic else 0
        transits = self.compiled.leaving(ways, context.subnet, index)
        carried = ways.internet | (ways.internet_unseen if optimistic else 0)
        direct = leaving & (ways.service | (carried if context.public else 0))
        for address_class in bits(context.addresses):
            judged, exempt = local, context.neighbours | lost
            for transit in transits:
                if transit.admitted >> address_class & 1:
                    judged |= leaving & transit.normal
                    exempt |= leaving & (transit.exempt | (transit.unknown if optimistic else 0))
            rows.inside[address_class] = (
                judged & admitted[address_class] | exempt
            ) & self.address_classes.inside
            rows.outside[address_class] = direct | (lost & self.address_classes.outside)
        if ways.nat or any(transit.nat for transit in transits):
            self._through_nat(rows, context, index, transits)

    def _through_nat(
        self, rows: MatrixRows, context: LocationContext, index: int, transits: list[TgwTransit]
    ) -> None:
        leaving = context.acl_out[index] & ~context.own
        tgw_egress = self.compiled.tgw_egress
        ways = [
            (key, bits(context.addresses), tgw_egress.nat_subnet(key).id != context.subnet.id, destinations)
            for key, destinations in context.ways.nat
        ]
        for transit in transits:
            admitted = bits(context.addresses & transit.admitted)
            ways += [(key, admitted, judged, destinations) for key, judged, destinations in transit.nat]
        for key, senders, judged, destinations in ways:
            out, unknown = tgw_egress.nat_out(key, index)
            judge = (
                tgw_egress.acls.of(tgw_egress.nat_subnet(key), egress=False)[index]
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
        from_local, from_normal = transposed(local, self.width), transposed(normal, self.width)
        from_exempt = transposed(exempt, self.width)
        rows = MatrixRows([0] * self.width, [0] * self.width, {})
        for context in self.contexts:
            judge = context.acl_in[index]
            for address_class in bits(context.addresses):
                judged = (from_local[address_class] | from_normal[address_class]) & judge
                rows.inside[address_class] = context.neighbours | judged | from_exempt[address_class]
                rows.outside[address_class] = judge & self.address_classes.outside
        for key in self.compiled.tgw_egress.nats:
            self._replies_through_nat(rows, key, index)
        return rows

    def _replies(self, index: int) -> tuple[Members, Members, Members]:
        local: Members = {}
        normal: Members = {}
        exempt: Members = {}
        inside, optimistic = self.address_classes.inside, self.compiled.optimistic
        for context in self.contexts:
            leaving = context.acl_out[index] & ~context.own & inside
            add(local, leaving & context.ways.local, context.addresses)
            if optimistic:
                add(exempt, leaving & context.ways.unknown, context.addresses)
            for transit in self.compiled.leaving(context.ways, context.subnet, index):
                senders = context.addresses & transit.admitted
                add(normal, leaving & transit.normal, senders)
                add(exempt, leaving & (transit.exempt | (transit.unknown if optimistic else 0)), senders)
        return local, normal, exempt

    def _replies_through_nat(self, rows: MatrixRows, key: NatKey, index: int) -> None:
        tgw_egress = self.compiled.tgw_egress
        subnet = tgw_egress.nat_subnet(key)
        entering = tgw_egress.acls.of(subnet, egress=False)[index] & self.address_classes.outside
        leaving = tgw_egress.acls.of(subnet, egress=True)[index]
        ways = self.compiled.ways(subnet)
        transits = self.compiled.leaving(ways, subnet, index)
        for context in self.contexts:
            for address_class in bits(context.addresses):
                back = entering if context.subnet == subnet else 0
                if not back and leaving >> address_class & 1:
                    back = entering & context.acl_in[index] if ways.local >> address_class & 1 else 0
                    back |= entering & self._back_across(transits, address_class, context.acl_in[index])
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


def add(members: dict[Key, int], row: Key, addresses: int) -> None:
    """Give addresses a row, unless either is empty."""
    if row and addresses:
        members[row] = members.get(row, 0) | addresses


def transposed(members: Members, width: int) -> list[int]:
    """From rows with the addresses that have them, to each address class's column.

    Rows that nearly agree, as those of a mesh do, are read from what each lacks of all of them together.
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
