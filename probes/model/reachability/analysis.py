"""Exact reachability: which packets between which endpoints are delivered, and whose replies come back.

The answer is kept in classes: for each class of headers and each source address class the bits of what it reaches.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from probes.model.memory import collector_paused
from probes.model.network.endpoints import Endpoint, of_interface, of_subnet
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.external_sources import ExternalSources
from probes.model.reachability.header_classes import HeaderClassPair, combinations
from probes.model.reachability.matrix import DeliveryMatrix, MatrixRows
from probes.model.reachability.packet_set import PacketSet, box


def default_endpoints(network: Network) -> tuple[Endpoint, ...]:
    """Every network interface, and every subnet for the hosts it may have."""
    network_interfaces = network.state.network_interfaces
    known = [of_interface(i) for i in network_interfaces if i.subnet_id and i.private_ips]
    subnets = [of_subnet(s) for s in network.state.subnets if s.cidr is not None and s.vpc_id is not None]
    return (*known, *subnets)


class MatrixRow(NamedTuple):
    """One address class as the source in one class of headers: what gets its packets and answers."""

    combination: int
    source: int
    delivered: int


class Reachability:
    """The exact answer for a network and some endpoints. It is computed when first asked for.

    Definite: what the source could not see counts as not delivering; `possible` counts it as delivering, so
    what is in one but not in the other cannot be known. `refine_with` is described in `CompiledNetwork`.
    `external_sources`, the Internet as a VPC sees it and tenants, can be asked about as sources.
    """

    def __init__(
        self,
        network: Network,
        endpoints: Sequence[Endpoint] | None = None,
        *,
        optimistic: bool = False,
        refine_with: tuple[Network, Sequence[Endpoint]] | None = None,
        external_sources: Sequence[Endpoint] = (),
    ) -> None:
        self.network = network
        self.endpoints = default_endpoints(network) if endpoints is None else tuple(endpoints)
        self.optimistic = optimistic
        self.refine_with = refine_with
        self.external_sources = tuple(external_sources)

    @cached_property
    def compiled(self) -> CompiledNetwork:
        """The prepared network."""
        with collector_paused():
            return CompiledNetwork(
                self.network,
                self.endpoints,
                optimistic=self.optimistic,
                refine_with=self.refine_with,
                external_sources=self.external_sources,
            )

    @cached_property
    def _matrix(self) -> DeliveryMatrix:
        return DeliveryMatrix(self.compiled)

    @cached_property
    def possible(self) -> "Reachability":
        """The same question with everything unseen taken as letting packets through."""
        if self.optimistic:
            return self
        return Reachability(
            self.network, self.endpoints, optimistic=True, external_sources=self.external_sources
        )

    @cached_property
    def combinations(self) -> list[HeaderClassPair]:
        """The classes of headers, each with its class of replies."""
        return combinations(self.compiled.forward_classes, self.compiled.acl_classes)

    @cached_property
    def forward(self) -> list[MatrixRows]:
        """For each class of forward headers what is delivered."""
        with collector_paused():
            return [self._matrix.forward(index) for index in range(len(self.compiled.forward_classes))]

    @cached_property
    def reply(self) -> list[MatrixRows]:
        """For each class of reply headers whose replies come back."""
        with collector_paused():
            return [self._matrix.reply(index) for index in range(len(self.compiled.acl_classes))]

    def routed(self, index: int) -> MatrixRows:
        """What routes and network ACLs deliver in one class of ACL headers, security groups aside."""
        return self._matrix.routed(index)

    def rows(self) -> Iterator[MatrixRow]:
        """The whole answer, class by class: deliveries between endpoints whose replies come back."""
        for index, combination in enumerate(self.combinations):
            there, back = self.forward[combination.forward].inside, self.reply[combination.reply].inside
            for address_class, (reached, answered) in enumerate(zip(there, back, strict=True)):
                if reached & answered:
                    yield MatrixRow(index, address_class, reached & answered)

    def from_outside(self, external_source: Endpoint) -> Iterator[MatrixRow]:
        """As `rows` for one external_source: its packets that are delivered and whose replies get back to it.

        A tenant's reply gets back when it leaves by the way the packet came in; by another that is unknown.
        """
        for index, combination in enumerate(self.combinations):
            for address_class, reached, answered in self._from_outside(external_source, combination):
                if reached & answered:
                    yield MatrixRow(index, address_class, reached & answered)

    @cached_property
    def _external(self) -> ExternalSources:
        return ExternalSources(self.compiled)

    def _from_outside(
        self, external_source: Endpoint, combination: HeaderClassPair
    ) -> Iterator[tuple[int, int, int]]:
        back = self._external.reply(external_source, combination.reply)
        for address_class, reached in self._external.forward(external_source, combination.forward).items():
            yield address_class, reached, back.get(address_class, 0)

    def _from(self, source: Endpoint, combination: HeaderClassPair) -> Iterator[tuple[int, int, int]]:
        """For each address class of a source the addresses reached and those whose replies come back."""
        if source in self.external_sources:
            yield from self._from_outside(source, combination)
            return
        there, back = self.forward[combination.forward].inside, self.reply[combination.reply].inside
        for address_class in bits(self.compiled.address_classes.of_endpoint[self.endpoints.index(source)]):
            yield address_class, there[address_class], back[address_class]

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
        wanted = self.compiled.address_classes.of_endpoint[self.endpoints.index(destination)]
        found = PacketSet()
        for combination in self.combinations:
            for address_class, there, back in self._from(source, combination):
                reached = there & wanted & (back if replied else -1)
                if reached:
                    found |= self.packets(combination, 1 << address_class, reached)
        return found

    def carries(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether this packet is delivered between the endpoints and its reply comes back."""
        return any(there & back for there, back in self._ways_of(packet, source, destination))

    def delivers(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether this packet is delivered, whether or not its reply comes back."""
        return any(there for there, _ in self._ways_of(packet, source, destination))

    def _ways_of(self, packet: Packet, source: Endpoint, destination: Endpoint) -> Iterator[tuple[int, int]]:
        address_classes = self.compiled.address_classes
        sender = address_classes.at(packet.source)
        receiver = (
            address_classes.at(packet.destination)
            & address_classes.of_endpoint[self.endpoints.index(destination)]
        )
        classes = self.compiled.forward_classes.of(packet), self.compiled.acl_classes.of(packet.reply())
        for address_class, there, back in self._from(source, HeaderClassPair(*classes, ())):
            if sender >> address_class & 1:
                yield there & receiver, back & receiver

    def packets(self, combination: HeaderClassPair, sources: int, destinations: int) -> PacketSet:
        """The packets of one class of headers from some addresses to others."""
        addresses = self.compiled.address_classes
        spans = [
            (source, destination)
            for one in bits(sources)
            for other in bits(destinations)
            for source in addresses[one].ranges
            for destination in addresses[other].ranges
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
