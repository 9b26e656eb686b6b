"""Packets for a drawn network: some anywhere, some where the engine changes its mind."""

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address
from random import Random
from typing import NamedTuple

from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import MatrixRow, Reachability
from probes.model.reachability.header_classes import HeaderClassPair
from probes.model.reachability.packet_set import Interval
from probes.model.reachability.tgw_egress import NatKey
from suites.selftest.reachability.random_source import PORTS


class Sent(NamedTuple):
    """A packet and the endpoints between which it is asked about."""

    packet: Packet
    source: Endpoint
    destination: Endpoint


class Packets:
    """Packets between the endpoints of an analysis, or from them to `outside`."""

    def __init__(self, reachability: Reachability, outside: Endpoint, random: Random) -> None:
        self.reachability = reachability
        self.ends = reachability.endpoints
        self.outside = outside
        self.random = random
        self._rows: dict[Endpoint, list[MatrixRow]] = {}
        classes = reachability.compiled.address_classes
        self._own_classes = [n for n in range(len(classes)) if 0 <= classes[n].endpoint < len(self.ends)]

    def some(self, count: int) -> Iterator[Sent]:
        """So many packets of each kind: drawn without the engine's help, and near its answers."""
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
        """From outside: to anyone, or in a class of headers in which the engine lets something in."""
        if not self.reachability.external_sources:
            return None
        external_source = self.random.choice(self.reachability.external_sources)
        rows = self._rows_from(external_source) if self.random.choice((True, False)) else []
        if not rows:
            destination = self.random.choice(self.ends)
            return Sent(self._packet(external_source, destination), external_source, destination)
        row = self.random.choice(rows)
        combination = self.reachability.combinations[row.combination]
        target = self.random.choice(bits(row.delivered))
        sent = self._between(row.source, target, self.random.choice(combination.boxes))
        return sent._replace(source=external_source)

    def _rows_from(self, external_source: Endpoint) -> list[MatrixRow]:
        if external_source not in self._rows:
            self._rows[external_source] = list(self.reachability.from_outside(external_source))
        return self._rows[external_source]

    def _neighbours(self) -> Sent:
        """Within one subnet, whose network ACL must not matter."""
        source = self.random.choice(self.ends)
        near = [end for end in self.ends if (end.region, end.subnet_id) == (source.region, source.subnet_id)]
        destination = self.random.choice(near)
        return Sent(self._packet(source, destination), source, destination)

    def _near(self) -> Sent | None:
        """To an address class that the sender's reaches, does not reach, or gets no reply from."""
        analysis, random = self.reachability, self.random
        combination = random.choice(analysis.combinations)
        address_class = random.choice(self._own_classes)
        reached, answered = random.choice(self._areas(combination, address_class))
        address_classes = analysis.compiled.address_classes
        everything = address_classes.inside | address_classes.outside
        kinds = (reached & answered, reached & answered, reached & ~answered, answered & ~reached, ~reached)
        targets = bits(random.choice(kinds) & everything)
        if not targets:
            return None
        return self._between(address_class, random.choice(targets), random.choice(combination.boxes))

    def _areas(self, combination: HeaderClassPair, address_class: int) -> list[tuple[int, int]]:
        """What is reached and what answers: inside, and outside directly or through NAT."""
        there, back = (
            self.reachability.forward[combination.forward],
            self.reachability.reply[combination.reply],
        )
        found = [(there.inside[address_class], back.inside[address_class])] * 2
        if there.outside[address_class]:
            found.append((there.outside[address_class], back.outside[address_class]))
        if there.nat.get(address_class):
            found.append((_through(there.nat[address_class]), _through(back.nat.get(address_class, ()))))
        return found

    def _between(self, address_class: int, target: int, box: tuple[Interval, ...]) -> Sent:
        classes, random = self.reachability.compiled.address_classes, self.random
        protocol, source_port, destination_port, icmp_type, icmp_code = (random.choice(side) for side in box)
        addresses = [
            IPv4Address(random.choice(random.choice(classes[each].ranges)))
            for each in (address_class, target)
        ]
        packet = Packet(
            source=addresses[0],
            destination=addresses[1],
            protocol=protocol,
            source_port=source_port,
            destination_port=destination_port,
            icmp_type=icmp_type,
            icmp_code=icmp_code,
        )
        owner = classes[target].endpoint
        sender = classes[address_class].endpoint
        source = self.ends[sender] if 0 <= sender < len(self.ends) else self.outside
        return Sent(packet, source, self.ends[owner] if owner >= 0 else self.outside)

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


def _through(gateways: Iterable[tuple[NatKey, int]]) -> int:
    addresses = 0
    for _, destinations in gateways:
        addresses |= destinations
    return addresses
