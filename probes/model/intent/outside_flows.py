"""Flows from or to what is not part of the network: the Internet, tenants, an address range beyond.

Routes and network ACLs tell apart few addresses and headers, and treat the hosts of a subnet alike: one packet is
followed for each of those cases, as if no security group were judged. The groups of every host are asked about
apart, by the addresses and headers that their own rules name.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from itertools import chain
from typing import NamedTuple

from msgspec.structs import replace

from probes.model.conformance.verdict import Findings, Violation
from probes.model.errors import EmptySelectionError, ProbeError, UnobservableError
from probes.model.forwarding.oracle import forward, round_trip
from probes.model.intent.address_samples import packets_within
from probes.model.intent.crossed_vpcs import avoided
from probes.model.intent.example_addresses import host_of
from probes.model.intent.flow_headers import Sample, of_flow, samples
from probes.model.intent.group_pieces import GroupPieces, Piece
from probes.model.intent.observability import Doubts, require_no_ipv6, unless_refused
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.entry_points import tenants
from probes.model.network.listening import listening
from probes.model.network.packets import Packet
from probes.model.network.sg_references import RuleDirection
from probes.model.network.trace import RoundTrip, Trace
from probes.model.reachability.address_classes import EVERYWHERE, AddressClasses, interval_of, the_internet
from probes.model.reachability.class_boundaries import blocks
from probes.model.reachability.header_sets import HeaderSet
from probes.model.reachability.intervals import Interval, Intervals, common, without
from probes.model.reachability.locations import intervals_of
from probes.model.reachability.tgw_forwarding import forwarding_routes
from probes.model.spec import INTERNET, TENANTS, FlowSpec, Spec

_UNICAST = int(IPv4Address("1.0.0.0")), int(IPv4Address("223.255.255.255"))  # RFC 1122: 0/8 is this network


class Cell(NamedTuple):
    """Addresses that no route and no network ACL tells apart."""

    number: int
    intervals: Intervals


class Outsider(NamedTuple):
    """Who sends, or nobody where an outsider is sent to, and all of its addresses."""

    sender: Endpoint | None
    cells: tuple[Cell, ...]


class Question(NamedTuple):
    """Some headers between addresses of an endpoint and addresses of an outsider."""

    end: Endpoint
    here: Cell
    sender: Endpoint | None
    there: Cell
    sample: Sample


def is_outside(spec: Spec, end: str) -> bool:
    """Whether an end of a flow is not part of the network."""
    return end not in spec.roles and end not in spec.vpcs and ("/" in end or end in (INTERNET, TENANTS))


def outside_flow(roles: Roles, flow: FlowSpec) -> Findings:
    """Where the flow is not as documented, by the resource that decides.

    Raises EmptySelectionError when the network has none of the ends, UnobservableError when a packet's way
    hangs on what was not seen and no other packet is treated otherwise than documented.
    """
    search, doubts = _Search(roles, flow), Doubts()
    found: dict[tuple[str, str], Violation] = {}
    asked = False
    answers = chain(
        (search.judged(question, doubts) for question in search.questions()),
        (search.followed(*sent) for sent in search.within_the_network()),
    )
    for answer in answers:
        asked = True
        with doubts.noted():
            for violation in answer:
                found.setdefault((violation.resource, violation.expected), violation)
    if not asked:
        ends = f"{' or '.join(flow.sources)}, or no {' or '.join(flow.destinations)}"
        raise EmptySelectionError(f"flow {flow.name}: the network has no {ends}")
    if flow.expect == "denied" and not found:
        for end in (*flow.sources, *flow.destinations):
            if not is_outside(roles.spec, end) and INTERNET in (*flow.sources, *flow.destinations):
                with doubts.noted():
                    require_no_ipv6(roles.network, _inside(roles, end))
    return doubts.settled(found.values())


def _inside(roles: Roles, name: str) -> list[Endpoint]:
    return [end for ends in roles.ends_of(name).values() for end in ends]


class _Search:
    """The questions of one flow and their answers; a packet's way is followed once for all hosts that share it."""

    def __init__(self, roles: Roles, flow: FlowSpec) -> None:
        self.roles = roles
        self.network = roles.network
        self.flow = flow
        self.samples = samples(roles.reachability, of_flow(flow))
        self.groups = GroupPieces(roles.reachability)
        self._ways: dict[tuple[object, ...], RoundTrip | UnobservableError] = {}

    def questions(self) -> Iterator[Question]:
        """Every endpoint with everybody outside, once for each case that routes and network ACLs tell apart."""
        for end, outsider in self._ends():
            public = intervals_of(end.public)
            own = intervals_of(end.networks)
            for here in (*self._cells(common(own, public)), *self._cells(without(own, public))):
                for there in outsider.cells:
                    for sample in self.samples:
                        yield Question(end, here, outsider.sender, there, sample)

    def _ends(self) -> Iterator[tuple[Endpoint, Outsider]]:
        for source in self.flow.sources:
            for destination in self.flow.destinations:
                if is_outside(self.roles.spec, destination):
                    outsider = Outsider(None, self._addresses(destination, without_own=True))
                    yield from ((end, outsider) for end in _inside(self.roles, source))
                    continue
                cells = self._addresses(source)
                for sender in self._senders(source, destination):
                    for end in _inside(self.roles, destination):
                        if sender.kind != "internet" or _home(sender) == _home(end):
                            yield end, Outsider(sender, cells)

    def within_the_network(self) -> Iterator[tuple[Packet, Endpoint]]:
        """Packets to a range's addresses in observed VPCs, where other hosts' groups judge them too."""
        for source in self.flow.sources:
            for destination in self.flow.destinations:
                if is_outside(self.roles.spec, destination) and destination != INTERNET:
                    cidrs = _cidrs(self.roles.spec, destination)
                    yield from packets_within(self.roles, self.flow, _inside(self.roles, source), cidrs)

    def followed(self, packet: Packet, source: Endpoint) -> Iterator[Violation]:
        """Where one packet is treated otherwise than documented. Raises UnobservableError."""
        if self.flow.expect == "denied":
            yield from self._unless_refused(forward(self.network, packet, source))
            return
        trip = round_trip(self.network, packet, source)
        if trip.works:
            yield from avoided(self.roles, self.flow, trip)
        else:
            yield _lost(self.flow, trip)

    def _unless_refused(self, there: Trace) -> Iterator[Violation]:
        if there.delivered and there.inspection.possible:
            raise unless_refused(self.network, there)
        if there.delivered:
            yield _delivered(self.flow, there)

    def _senders(self, name: str, destination: str) -> Iterable[Endpoint]:
        """Who sends from outside: the Internet through each VPC, and tenants by every way in."""
        if name == INTERNET:
            homes = dict.fromkeys(map(_home, _inside(self.roles, destination)))
            return [internet(*home) for home in homes]
        return tenants(self.network, _cidrs(self.roles.spec, name), self.roles.spec.aws_regions)

    def _addresses(self, name: str, *, without_own: bool = False) -> tuple[Cell, ...]:
        own = intervals_of(cidr for vpc in self.network.state.vpcs for cidr in vpc.cidrs)
        if name == INTERNET:
            return self._cells(common(without(the_internet(), own), (_UNICAST,)))
        named = intervals_of(_cidrs(self.roles.spec, name))
        return self._cells(without(named, own) if without_own else named)

    @cached_property
    def _classes(self) -> AddressClasses:
        return AddressClasses(
            [(interval_of(EVERYWHERE),)], blocks(self.network, forwarding_routes(self.network))
        )

    def _cells(self, addresses: Intervals) -> tuple[Cell, ...]:
        found: dict[int, list[Interval]] = {}
        for low, high, number in self._classes.divided(0, addresses):
            found.setdefault(number, []).append((low, high))
        return tuple(Cell(number, tuple(intervals)) for number, intervals in found.items())

    def judged(self, asked: Question, doubts: Doubts) -> Iterator[Violation]:
        """Where these packets are treated otherwise than documented. Raises UnobservableError."""
        direction: RuleDirection = "ingress" if asked.sender else "egress"
        pieces = [
            piece
            for addresses in asked.there.intervals
            for piece in self.groups.of(asked.end, direction, addresses)
        ]
        if self.flow.expect == "denied":
            yield from self._let_through(asked, pieces)
        else:
            yield from self._held_up(asked, pieces, doubts)

    def _let_through(self, asked: Question, pieces: list[Piece]) -> Iterator[Violation]:
        """A packet that the groups let through, if routes and network ACLs do as well."""
        sure = [(piece, common(piece.sure, asked.sample.headers)) for piece in pieces]
        perhaps = [(piece, common(piece.perhaps, asked.sample.headers)) for piece in pieces]
        let_through = [(piece, headers) for piece, headers in (*sure, *perhaps) if headers]
        if not let_through:
            return
        way = self._way(asked)
        if isinstance(way, RoundTrip) and not way.forward.delivered:
            return
        piece, headers = let_through[0]
        yield from self._unless_refused(forward(self.network, *self._packet(asked, piece.addresses, headers)))

    def _held_up(self, asked: Question, pieces: list[Piece], doubts: Doubts) -> Iterator[Violation]:
        """A packet that the groups refuse, and one that is lost on the way."""
        wanted = asked.sample.headers
        refused = [(piece, left) for piece in pieces if (left := without(wanted, piece.perhaps))]
        unclear = [(piece, left) for piece in pieces if (left := without(wanted, piece.sure))]
        for piece, headers in (refused or unclear)[:1]:
            with doubts.noted():
                yield _lost(
                    self.flow, round_trip(self.network, *self._packet(asked, piece.addresses, headers))
                )
        way = self._way(asked)
        if isinstance(way, UnobservableError):
            raise way
        if not way.works:
            yield _lost(self.flow, way)
        elif any(common(piece.sure, wanted) for piece in pieces):
            yield from avoided(self.roles, self.flow, way)

    def _packet(
        self, asked: Question, there: Interval, headers: HeaderSet
    ) -> tuple[Packet, Endpoint, Endpoint | None]:
        return _sent(asked, asked.end, there, asked.sample.at(headers[0][0]))

    def _way(self, asked: Question) -> RoundTrip | UnobservableError:
        """The way of these packets if no group of the endpoint were judged, followed once for all like it."""
        end = asked.end
        named = end.id if listening(self.network, end) is not None else end.kind
        where = named, *_home(end), end.subnet_id, asked.here.number, end.is_public(_host(asked.here))
        key = *where, asked.sender, asked.there.number, id(asked.sample)
        if key not in self._ways:
            self._ways[key] = self._followed(asked)
        return self._ways[key]

    def _followed(self, asked: Question) -> RoundTrip | UnobservableError:
        bare = replace(asked.end, group_ids=None)
        packet, source, destination = _sent(asked, bare, asked.there.intervals[0], asked.sample)
        try:
            if self.flow.expect == "denied":
                return RoundTrip(forward=forward(self.network, packet, source, destination), reply=None)
            return round_trip(self.network, packet, source, destination)
        except UnobservableError as error:
            return error


def _home(end: Endpoint) -> tuple[str, str]:
    return end.region, end.vpc_id


def _host(cell: Cell) -> IPv4Address:
    return host_of(cell.intervals[0])


def _sent(
    asked: Question, end: Endpoint, there: Interval, sample: Sample
) -> tuple[Packet, Endpoint, Endpoint | None]:
    here, beyond = _host(asked.here), host_of(there)
    if asked.sender is None:
        return sample.packet(here, beyond), end, None
    return sample.packet(beyond, here), asked.sender, end


def _cidrs(spec: Spec, end: str) -> tuple[IPv4Network, ...]:
    return spec.tenants.cidrs if end == TENANTS else (IPv4Network(end),)


def _delivered(flow: FlowSpec, there: Trace) -> Violation:
    end = there.delivered_to
    return Violation(
        resource=f"{there.source.label} to {end.label if end else there.packet.destination}",
        expected=f"{flow.name} is denied",
        observed=f"{there.packet} is delivered",
        hint="remove the route or the rule that lets it through, or correct the document",
        trace=there.lines,
    )


def _lost(flow: FlowSpec, trip: RoundTrip) -> Violation:
    if trip.works:
        raise ProbeError(f"{trip.forward.packet}: the two evaluators disagree; please report this bug")
    hop = trip.dropped_by or (trip.reply or trip.forward).hops[-1]
    return Violation(
        resource=hop.resource,
        expected=flow.sentence or f"{flow.name} is delivered, and so are the replies",
        observed=f"{trip.forward.packet}: {hop.decision}",
        hint="the last hop of the trace decides: change its route or rule, or correct the document",
        trace=trip.lines,
    )
