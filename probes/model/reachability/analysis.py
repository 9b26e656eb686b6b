"""Exact reachability: which packets between which endpoints are delivered, and whose replies come back.

The answer is kept in classes: for each class of headers and each source atom the bits of what it reaches.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from probes.model.memory import collector_paused
from probes.model.network.endpoints import Endpoint, of_interface, of_subnet
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import Setup
from probes.model.reachability.external_sources import Outsiders
from probes.model.reachability.header_classes import Combination, combinations
from probes.model.reachability.matrix import Engine, Rows
from probes.model.reachability.packet_set import PacketSet, box


def default_endpoints(network: Network) -> tuple[Endpoint, ...]:
    """Every network interface, and every subnet for the hosts it may have."""
    network_interfaces = network.state.network_interfaces
    known = [of_interface(i) for i in network_interfaces if i.subnet_id and i.private_ips]
    subnets = [of_subnet(s) for s in network.state.subnets if s.cidr is not None and s.vpc_id is not None]
    return (*known, *subnets)


class Row(NamedTuple):
    """One source atom in one class of headers: the atoms that get its packets and whose replies come back."""

    combination: int
    source: int
    delivered: int


class Reachability:
    """The exact answer for a network and some endpoints. It is computed when first asked for.

    Definite: what the source could not see counts as not delivering; `possible` counts it as delivering, so
    what is in one but not in the other cannot be known. `beside` is described in `Setup`. `outsiders`, the
    Internet as a VPC sees it and tenants, can be asked about as sources.
    """

    def __init__(
        self,
        network: Network,
        endpoints: Sequence[Endpoint] | None = None,
        *,
        optimistic: bool = False,
        beside: tuple[Network, Sequence[Endpoint]] | None = None,
        outsiders: Sequence[Endpoint] = (),
    ) -> None:
        self.network = network
        self.endpoints = default_endpoints(network) if endpoints is None else tuple(endpoints)
        self.optimistic = optimistic
        self.beside = beside
        self.outsiders = tuple(outsiders)

    @cached_property
    def setup(self) -> Setup:
        """The prepared network."""
        with collector_paused():
            return Setup(
                self.network,
                self.endpoints,
                optimistic=self.optimistic,
                beside=self.beside,
                outsiders=self.outsiders,
            )

    @cached_property
    def _engine(self) -> Engine:
        return Engine(self.setup)

    @cached_property
    def possible(self) -> "Reachability":
        """The same question with everything unseen taken as letting packets through."""
        if self.optimistic:
            return self
        return Reachability(self.network, self.endpoints, optimistic=True, outsiders=self.outsiders)

    @cached_property
    def combinations(self) -> list[Combination]:
        """The classes of headers, each with its class of replies."""
        return combinations(self.setup.forward_classes, self.setup.acl_classes)

    @cached_property
    def forward(self) -> list[Rows]:
        """For each class of forward headers what is delivered."""
        with collector_paused():
            return [self._engine.forward(index) for index in range(len(self.setup.forward_classes))]

    @cached_property
    def reply(self) -> list[Rows]:
        """For each class of reply headers whose replies come back."""
        with collector_paused():
            return [self._engine.reply(index) for index in range(len(self.setup.acl_classes))]

    def routed(self, index: int) -> Rows:
        """What routes and network ACLs deliver in one class of ACL headers, security groups aside."""
        return self._engine.routed(index)

    def rows(self) -> Iterator[Row]:
        """The whole answer, class by class: deliveries between endpoints whose replies come back."""
        for index, combination in enumerate(self.combinations):
            there, back = self.forward[combination.forward].inside, self.reply[combination.reply].inside
            for atom, (reached, answered) in enumerate(zip(there, back, strict=True)):
                if reached & answered:
                    yield Row(index, atom, reached & answered)

    def from_outside(self, outsider: Endpoint) -> Iterator[Row]:
        """As `rows` for one outsider: its packets that are delivered and whose replies get back to it.

        A tenant's reply gets back when it leaves by the way the packet came in; by another that is unknown.
        """
        for index, combination in enumerate(self.combinations):
            for atom, reached, answered in self._from_outside(outsider, combination):
                if reached & answered:
                    yield Row(index, atom, reached & answered)

    @cached_property
    def _outsiders(self) -> Outsiders:
        return Outsiders(self.setup)

    def _from_outside(self, outsider: Endpoint, combination: Combination) -> Iterator[tuple[int, int, int]]:
        back = self._outsiders.reply(outsider, combination.reply)
        for atom, reached in self._outsiders.forward(outsider, combination.forward).items():
            yield atom, reached, back.get(atom, 0)

    def _from(self, source: Endpoint, combination: Combination) -> Iterator[tuple[int, int, int]]:
        """For each atom of a source the atoms reached and those whose replies come back."""
        if source in self.outsiders:
            yield from self._from_outside(source, combination)
            return
        there, back = self.forward[combination.forward].inside, self.reply[combination.reply].inside
        for atom in bits(self.setup.space.of_endpoint[self.endpoints.index(source)]):
            yield atom, there[atom], back[atom]

    def allowed(self, source: Endpoint, destination: Endpoint) -> PacketSet:
        """Every packet from one endpoint that the other gets and whose reply comes back."""
        return self._between(source, destination, replied=True)

    def delivered(self, source: Endpoint, destination: Endpoint) -> PacketSet:
        """Every packet from one endpoint that the other gets, whether or not its reply comes back."""
        return self._between(source, destination, replied=False)

    def unknown(self, source: Endpoint, destination: Endpoint) -> PacketSet:
        """Every packet of which the source of the state cannot tell whether it is allowed."""
        return self.possible.allowed(source, destination) - self.allowed(source, destination)

    def _between(self, source: Endpoint, destination: Endpoint, *, replied: bool) -> PacketSet:
        wanted = self.setup.space.of_endpoint[self.endpoints.index(destination)]
        found = PacketSet()
        for combination in self.combinations:
            for atom, there, back in self._from(source, combination):
                reached = there & wanted & (back if replied else -1)
                if reached:
                    found |= self.packets(combination, 1 << atom, reached)
        return found

    def carries(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether this packet is delivered between the endpoints and its reply comes back."""
        return any(there & back for there, back in self._ways_of(packet, source, destination))

    def delivers(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether this packet is delivered, whether or not its reply comes back."""
        return any(there for there, _ in self._ways_of(packet, source, destination))

    def _ways_of(self, packet: Packet, source: Endpoint, destination: Endpoint) -> Iterator[tuple[int, int]]:
        space = self.setup.space
        sender = space.at(packet.source)
        receiver = space.at(packet.destination) & space.of_endpoint[self.endpoints.index(destination)]
        classes = self.setup.forward_classes.of(packet), self.setup.acl_classes.of(packet.reply())
        for atom, there, back in self._from(source, Combination(*classes, ())):
            if sender >> atom & 1:
                yield there & receiver, back & receiver

    def carries_out(self, packet: Packet, source: Endpoint) -> bool:
        """Whether this packet leaves for the Internet or an AWS service and its reply comes back."""
        space = self.setup.space
        sender = space.at(packet.source) & space.of_endpoint[self.endpoints.index(source)]
        receiver = space.at(packet.destination) & space.outside
        there = self.forward[self.setup.forward_classes.of(packet)]
        back = self.reply[self.setup.acl_classes.of(packet.reply())]
        return any(outward(there, back, atom) & receiver for atom in bits(sender))

    def packets(self, combination: Combination, sources: int, destinations: int) -> PacketSet:
        """The packets of one class of headers from some atoms to others."""
        atoms = self.setup.space.atoms
        spans = [
            (source, destination)
            for one in bits(sources)
            for other in bits(destinations)
            for source in atoms[one].ranges
            for destination in atoms[other].ranges
        ]
        found = PacketSet()
        for protocol, source_port, destination_port, icmp_type, icmp_code in combination.boxes:
            for source, destination in spans:
                found |= box(
                    protocol=protocol,
                    source=source,
                    destination=destination,
                    source_port=source_port,
                    destination_port=destination_port,
                    icmp_type=icmp_type,
                    icmp_code=icmp_code,
                )
        return found


def outward(there: Rows, back: Rows, atom: int) -> int:
    """The outside atoms that get a source's packets, directly or through NAT, and whose replies come back."""
    found = there.outside[atom] & back.outside[atom]
    for gateway, destinations in there.nat.get(atom, ()):
        found |= sum(destinations & answered for key, answered in back.nat.get(atom, ()) if key == gateway)
    return found
