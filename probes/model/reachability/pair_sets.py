"""The packets that one endpoint may send another: routes, network ACLs and security groups together."""

from collections.abc import Iterable
from ipaddress import IPv4Address

from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.network.sg_references import RuleDirection
from probes.model.reachability.address_classes import interval_of
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.header_classes import HeaderClassPair
from probes.model.reachability.header_sets import boxes_of, contains, position_of
from probes.model.reachability.intervals import Interval, united
from probes.model.reachability.locations import intervals_of
from probes.model.reachability.packet_set import ADDRESSES, PacketSet, box, union_of
from probes.model.reachability.security_groups import NOT_JUDGED, GroupSet, Peers

Way = tuple[HeaderClassPair, int, int]
"""Packets of one pair of header classes, the address class that sends them, those that get them."""


class PairSets:
    """Puts together what one endpoint may send another."""

    def __init__(self, compiled: CompiledNetwork) -> None:
        self.compiled = compiled

    def of(self, source: Endpoint, destination: Endpoint, ways: Iterable[Way]) -> PacketSet:
        """The packets that take one of these ways and that the groups of both ends let through."""
        routed = self._routed(source, destination, ways)
        if not routed:
            return routed
        leaving = self._let_through(source, "egress", destination)
        return routed & leaving & self._let_through(destination, "ingress", source)

    def lets_out(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether the security groups of the source let a packet out."""
        return self._allows(self._groups(source, "egress"), packet, packet.destination, destination)

    def lets_in(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether the security groups of the destination let a packet in."""
        return self._allows(self._groups(destination, "ingress"), packet, packet.source, source)

    def _allows(self, groups: GroupSet, packet: Packet, address: IPv4Address, other: Endpoint) -> bool:
        position = position_of(packet)
        return any(
            low <= int(address) <= high
            for rule in groups.rules
            if contains(rule.headers, ((position, position),))
            for low, high in self._addresses(rule.peers, other)
        )

    def _groups(self, endpoint: Endpoint, direction: RuleDirection) -> GroupSet:
        if endpoint not in self.compiled.number_of:
            return NOT_JUDGED
        return self.compiled.groups.of(endpoint, direction)

    def _addresses(self, peers: Peers, other: Endpoint) -> list[Interval]:
        """Which addresses of the other end a rule names."""
        own, number = list(intervals_of(other.networks)), self.compiled.number_of.get(other)
        if number is not None and peers.members & self.compiled.ranges.of_endpoint[number]:
            return own
        named = map(interval_of, peers.blocks)
        both = [(max(a, c), min(b, d)) for a, b in named for c, d in own]
        return [(low, high) for low, high in both if low <= high]

    def _routed(self, source: Endpoint, destination: Endpoint, ways: Iterable[Way]) -> PacketSet:
        senders = self._by_class(source)
        receivers = self._by_class(destination)
        return union_of(
            box(
                protocol=protocol,
                source=sender,
                destination=receiver,
                source_port=source_port,
                destination_port=destination_port,
                icmp_type=icmp_type,
                icmp_code=icmp_code,
            )
            for pair, address_class, reached in ways
            for sender in senders.get(address_class, ())
            for other, addresses in receivers.items()
            if reached >> other & 1
            for receiver in addresses
            for protocol, source_port, destination_port, icmp_type, icmp_code in pair.boxes
        )

    def _by_class(self, endpoint: Endpoint) -> dict[int, list[Interval]]:
        found: dict[int, list[Interval]] = {}
        for low, high, address_class in self.compiled.divided(endpoint):
            found.setdefault(address_class, []).append((low, high))
        return found

    def _let_through(self, endpoint: Endpoint, direction: RuleDirection, other: Endpoint) -> PacketSet:
        """What one end's groups let through from or to addresses of the other."""
        by_addresses: dict[Interval, list[Interval]] = {}
        for rule in self._groups(endpoint, direction).rules:
            for addresses in self._addresses(rule.peers, other):
                by_addresses.setdefault(addresses, []).extend(rule.headers)
        return union_of(
            box(
                protocol=protocol,
                source=addresses if direction == "ingress" else ADDRESSES,
                destination=ADDRESSES if direction == "ingress" else addresses,
                destination_port=ports,
                icmp_type=icmp_type,
                icmp_code=icmp_code,
            )
            for addresses, headers in by_addresses.items()
            for protocol, ports, icmp_type, icmp_code in boxes_of(united(headers))
        )
