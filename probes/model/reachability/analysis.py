"""Exact reachability: which packets between which endpoints are delivered, and whose replies come back.

Routes and network ACLs are answered for all endpoints at once, by classes of headers and addresses. Security groups
are answered for the ends that a question is about: no group divides what another one lets through.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from probes.model.memory import collector_paused
from probes.model.network.endpoints import Endpoint, of_interface, of_subnet
from probes.model.network.firewalls import has_firewalls
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import bits
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.external_sources import Arrivals, ExternalSources
from probes.model.reachability.firewall_state import FirewallState, Row
from probes.model.reachability.header_classes import HeaderClassPair, class_pairs
from probes.model.reachability.matrix import DeliveryMatrix, MatrixRows
from probes.model.reachability.packet_set import PacketSet
from probes.model.reachability.pair_sets import PairSets


def default_endpoints(network: Network) -> tuple[Endpoint, ...]:
    """Every network interface, and every subnet for the hosts it may have."""
    network_interfaces = network.state.network_interfaces
    known = [of_interface(i) for i in network_interfaces if i.subnet_id and i.private_ips]
    subnets = [of_subnet(s) for s in network.state.subnets if s.cidr is not None and s.vpc_id is not None]
    return (*known, *subnets)


class Reachability:
    """The exact answer for a network and some endpoints. It is computed when first asked for.

    Definite: what the source could not see counts as not delivering; `possible` counts it as delivering, so
    what is in one but not in the other cannot be known. `refine_with` and `outward` are described in
    `CompiledNetwork`. `external_sources`, the Internet as a VPC sees it and tenants, can be asked about as sources.
    """

    def __init__(  # noqa: PLR0913 - the question's own parts
        self,
        network: Network,
        endpoints: Sequence[Endpoint] | None = None,
        *,
        optimistic: bool = False,
        refine_with: tuple[Network, Sequence[Endpoint]] | None = None,
        external_sources: Sequence[Endpoint] = (),
        outward: bool = False,
        uninspected: bool = False,
    ) -> None:
        self.network = network
        self.endpoints = default_endpoints(network) if endpoints is None else tuple(endpoints)
        self.optimistic = optimistic
        self.refine_with = refine_with
        self.external_sources = tuple(external_sources)
        self.outward = outward or any(source.kind == "internet" for source in self.external_sources)
        self._uninspected = uninspected

    @cached_property
    def compiled(self) -> CompiledNetwork:
        """The prepared network."""
        found = self._compiled(optimistic=self.optimistic)
        return found.without(found.transits.firewalls.keys) if self._uninspected else found

    def _compiled(self, *, optimistic: bool) -> CompiledNetwork:
        with collector_paused():
            return CompiledNetwork(
                self.network,
                self.endpoints,
                optimistic=optimistic,
                refine_with=self.refine_with,
                external_sources=self.external_sources,
                outward=self.outward,
            )

    @cached_property
    def uninspected(self) -> "Reachability":
        """The same question if every firewall dropped everything: what no firewall's rules can stop."""
        if not has_firewalls(self.network):
            return self
        return Reachability(
            self.network,
            self.endpoints,
            optimistic=self.optimistic,
            external_sources=self.external_sources,
            outward=self.outward,
            uninspected=True,
        )

    @cached_property
    def _firewall_state(self) -> FirewallState | None:
        if self._uninspected or not has_firewalls(self.network):
            return None
        other = self._compiled(optimistic=not self.optimistic)
        both = (other, self.compiled) if self.optimistic else (self.compiled, other)
        with collector_paused():
            return FirewallState(*both)

    def symmetric(self, pair: HeaderClassPair, row: Row) -> int:
        """The destinations of a sender with which the firewalls on the way see both directions."""
        state = self._firewall_state
        if state is None:
            return -1
        return state.perhaps_symmetric(pair, row) if self.optimistic else state.symmetric(pair, row)

    @cached_property
    def possible(self) -> "Reachability":
        """The same question with everything unseen taken as letting packets through."""
        if self.optimistic:
            return self
        return Reachability(
            self.network,
            self.endpoints,
            optimistic=True,
            external_sources=self.external_sources,
            outward=self.outward,
        )

    @cached_property
    def class_pairs(self) -> list[HeaderClassPair]:
        """The classes of headers, each with its class of replies."""
        return class_pairs(self.compiled.header_classes)

    @cached_property
    def routed(self) -> list[MatrixRows]:
        """For each class of headers what routes and network ACLs deliver."""
        with collector_paused():
            matrix = DeliveryMatrix(self.compiled)
            return [matrix.routed(index) for index in range(len(self.compiled.header_classes))]

    @cached_property
    def reply(self) -> list[MatrixRows]:
        """For each class of reply headers whose replies come back."""
        with collector_paused():
            matrix = DeliveryMatrix(self.compiled)
            return [matrix.reply(index) for index in range(len(self.compiled.header_classes))]

    def answered(self, pair: HeaderClassPair, sender: int) -> int:
        """The address classes that get packets of one and whose replies come back, security groups aside."""
        found = self.routed[pair.forward].inside[sender] & self.reply[pair.reply].inside[sender]
        return found & self._both_ways(pair, sender) if found else 0

    def _both_ways(self, pair: HeaderClassPair, sender: int) -> int:
        return self.symmetric(pair, lambda rows: rows.inside[sender])

    @cached_property
    def _external(self) -> ExternalSources:
        return ExternalSources(self.compiled)

    def admitted(self, source: Endpoint, pair: HeaderClassPair) -> Arrivals:
        """As `answered` for each address class of an external source.

        A tenant's reply gets back when it leaves by the way the packet came in; by another that is unknown.
        """
        back = self._external.reply(source, pair.reply)
        there = self._external.forward(source, pair.forward)
        return {
            sender: found for sender, reached in there.items() if (found := reached & back.get(sender, 0))
        }

    @cached_property
    def _pairs(self) -> PairSets:
        return PairSets(self.compiled)

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
        ways = [
            (pair, sender, reached & back if replied else reached)
            for pair in self.class_pairs
            for sender, reached, back in self._rows(source, pair)
        ]
        return self._pairs.of(source, destination, ways)

    def _rows(self, source: Endpoint, pair: HeaderClassPair) -> Iterator[tuple[int, int, int]]:
        """By address class of a source what its packets reach and whose replies come back, groups aside."""
        if source in self.external_sources:
            back = self._external.reply(source, pair.reply)
            for sender, reached in self._external.forward(source, pair.forward).items():
                yield sender, reached, back.get(sender, 0)
            return
        there, answers = self.routed[pair.forward].inside, self.reply[pair.reply].inside
        for sender in bits(self.compiled.addresses_of(source)):
            yield sender, there[sender], answers[sender] & self._both_ways(pair, sender)

    def carries(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether this packet is delivered between the endpoints and its reply comes back."""
        there, back = self._ways_of(packet, source, destination)
        return there and back

    def delivers(self, packet: Packet, source: Endpoint, destination: Endpoint) -> bool:
        """Whether this packet is delivered, whether or not its reply comes back."""
        return self._ways_of(packet, source, destination)[0]

    def _ways_of(self, packet: Packet, source: Endpoint, destination: Endpoint) -> tuple[bool, bool]:
        compiled = self.compiled
        sender = compiled.address_class_at(source, packet.source)
        receiver = compiled.address_class_at(destination, packet.destination)
        if sender is None or receiver is None:
            return False, False
        if not (
            self._pairs.lets_out(packet, source, destination)
            and self._pairs.lets_in(packet, source, destination)
        ):
            return False, False
        classes = compiled.header_classes
        pair = HeaderClassPair(classes.of(packet), classes.of(packet.reply()), ())
        for row, reached, back in self._rows(source, pair):
            if row == sender:
                return bool(reached >> receiver & 1), bool(back >> receiver & 1)
        return False, False
