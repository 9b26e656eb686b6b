"""Packets to ask both evaluators about: anywhere, and where an analysis changes its answer."""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from random import Random
from typing import NamedTuple

import msgspec

from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.network.sg_references import RuleDirection
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox, HeaderClassPair
from probes.model.reachability.header_sets import boxes_of
from probes.model.state.base import ANYWHERE
from suites.selftest.reachability.random_source import PORTS


class Sent(NamedTuple):
    """A packet and the endpoints between which it is asked about."""

    packet: Packet
    source: Endpoint
    destination: Endpoint


class Place(NamedTuple):
    """Some successive addresses of an endpoint."""

    endpoint: Endpoint
    low: int
    high: int

    def address(self, random: Random) -> IPv4Address:
        """One of them, at an end or in the middle."""
        return IPv4Address(random.choice((self.low, self.high, (self.low + self.high) // 2)))


class Packets:
    """Packets between the endpoints of an analysis, or from them to `outside`."""

    def __init__(self, reachability: Reachability, outside: Endpoint, random: Random) -> None:
        self.reachability = reachability
        self.compiled = reachability.compiled
        self.ends = reachability.endpoints
        self.outside = outside
        self.everybody = msgspec.structs.replace(outside, networks=(ANYWHERE,))
        self.random = random

    def some(self, count: int) -> Iterator[Sent]:
        """So many packets of each kind: drawn without the analysis' help, and near its answers."""
        kinds: tuple[Callable[[], Sent | None], ...] = (
            self._anywhere,
            self._arriving,
            self._neighbours,
            self._near,
            self._near,
        )
        for _ in range(count):
            for kind in kinds:
                sent = kind()
                if sent is not None:
                    yield sent

    def _anywhere(self) -> Sent:
        source, destination = self.random.choice(self.ends), self.random.choice((*self.ends, self.outside))
        return Sent(self._packet(source, destination), source, destination)

    def _arriving(self) -> Sent | None:
        """From outside: to anyone, or where routes and network ACLs let something in."""
        if not self.reachability.external_sources:
            return None
        source = self.random.choice(self.reachability.external_sources)
        pair = self.random.choice(self.reachability.class_pairs)
        rows = list(self.reachability.admitted(source, pair).items())
        if not rows or self.random.choice((True, False)):
            destination = self.random.choice(self.ends)
            return Sent(self._packet(source, destination), source, destination)
        sender, reached = self.random.choice(rows)
        senders = [
            Place(source, low, high) for low, high, each in self.compiled.divided(source) if each == sender
        ]
        return self._between(
            self.random.choice(senders), self._place_in(self.random.choice(bits(reached))), pair
        )

    def _neighbours(self) -> Sent:
        """Within one subnet, whose network ACL must not matter."""
        source = self.random.choice(self.ends)
        near = [end for end in self.ends if (end.region, end.subnet_id) == (source.region, source.subnet_id)]
        destination = self.random.choice(near)
        return Sent(self._packet(source, destination), source, destination)

    def _near(self) -> Sent | None:
        """Between address classes of which one reaches the other, does not, or gets no reply from it."""
        random = self.random
        pair = random.choice(self.reachability.class_pairs)
        sender = random.choice(bits(self.compiled.address_classes.inside))
        reached, answered = random.choice(self._areas(pair, sender))
        everything = self.compiled.address_classes.inside | self.compiled.address_classes.outside
        kinds = (reached & answered, reached & answered, reached & ~answered, answered & ~reached, ~reached)
        targets = bits(random.choice(kinds) & everything)
        if not targets:
            return None
        return self._between(self._place_in(sender), self._place_in(random.choice(targets)), pair)

    def _areas(self, pair: HeaderClassPair, sender: int) -> list[tuple[int, int]]:
        """What is reached and what answers: inside, and outside directly or through NAT."""
        there, back = self.reachability.routed[pair.forward], self.reachability.reply[pair.reply]
        found = [(there.inside[sender], back.inside[sender])] * 2
        if there.outside[sender]:
            found.append((there.outside[sender], back.outside[sender]))
        for gateway, destinations in there.nat.get(sender, ()):
            found += [(destinations, back) for key, back in back.nat.get(sender, ()) if key == gateway]
        return found

    def _place_in(self, address_class: int) -> Place:
        if self.compiled.address_classes.outside >> address_class & 1:
            own = [each for each in self.compiled.divided(self.everybody) if each[2] == address_class]
            low, high, _ = self.random.choice(own)
            return Place(self.outside, low, high)
        found = self.compiled.ranges[self.random.choice(bits(self.compiled.ranges.of_class[address_class]))]
        return Place(self.ends[found.endpoint], found.low, found.high)

    def _headers(self, pair: HeaderClassPair, source: Endpoint, destination: Endpoint) -> HeaderBox:
        """Headers of the pair, or of a rule of one of the ends."""
        ends: tuple[tuple[Endpoint, RuleDirection], ...] = ((source, "egress"), (destination, "ingress"))
        rules = [
            rule
            for end, direction in ends
            if end in self.ends
            for rule in self.compiled.groups.of(end, direction).rules
        ]
        if not rules or self.random.choice((True, False)):
            return self.random.choice(pair.boxes)
        protocol, ports, *icmp = self.random.choice(list(boxes_of(self.random.choice(rules).headers)))
        ported = protocol[0] in (6, 17)
        source_port = self.random.choice(PORTS) if ported else 0
        return protocol, (source_port, source_port), ports, icmp[0], icmp[1]

    def _between(self, here: Place, there: Place, pair: HeaderClassPair) -> Sent:
        headers = self._headers(pair, here.endpoint, there.endpoint)
        protocol, source_port, destination_port, icmp_type, icmp_code = map(self.random.choice, headers)
        packet = Packet(
            source=here.address(self.random),
            destination=there.address(self.random),
            protocol=protocol,
            source_port=source_port,
            destination_port=destination_port,
            icmp_type=icmp_type,
            icmp_code=icmp_code,
        )
        return Sent(packet, here.endpoint, there.endpoint)

    def _packet(self, source: Endpoint, destination: Endpoint) -> Packet:
        random = self.random
        protocol = random.choice((0, 1, 6, 17, 47))
        ported, icmp = protocol in (6, 17), protocol == 1
        return Packet(
            source=self._address(source),
            destination=self._address(destination),
            protocol=protocol,
            source_port=random.choice(PORTS) if ported else 0,
            destination_port=random.choice(PORTS) if ported else 0,
            icmp_type=random.choice((0, 3, 8, 13)) if icmp else 0,
            icmp_code=random.choice((0, 4)) if icmp else 0,
        )

    def _address(self, endpoint: Endpoint) -> IPv4Address:
        network = self.random.choice(endpoint.networks)
        size = network.num_addresses
        places = {0, max(size // 2 - 1, 0), size // 2, size - 1, *({10, 11} if size > 11 else ())}
        return network[self.random.choice(sorted(places))]
