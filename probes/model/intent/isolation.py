"""Traffic between documented roles that is delivered although no documented rule allows it."""

from collections.abc import Iterable, Iterator
from functools import cached_property

from probes.model.conformance.verdict import Violation
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.drop_causes import indeterminate
from probes.model.intent.flow_headers import Sample, everything, header_set, of_protocol
from probes.model.intent.lost_flows import addresses_of, host_of
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.trace import RoundTrip, Stage
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.packet_set import PacketSet
from probes.model.spec import ENDPOINTS, Direction, Rule
from probes.model.spec_checks.allowed_ports import networks_of


class Isolation:
    """Compares what the roles' hosts may send each other with the documented security-group tables."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.reachability = roles.reachability

    def violations(self, target_role: str) -> tuple[Violation, ...]:
        """One violation for each security group of a role that lets in what the document does not allow.

        The Internet and the tenants are asked about like the hosts of the other roles. Raises
        UnobservableError when there is none, but might be one if the source had seen everything.
        """
        self._require_members()
        found: dict[tuple[str, str], Violation] = {}
        beyond: dict[str, list[Sample]] = {}
        groups = self.roles.of_role(target_role)
        everyone = sum({self._own[end] for ends in groups for end in ends})
        for (_, source_role), sources in self.roles.by_role.items():
            if source_role not in beyond:
                documented = self._documented(source_role, target_role)
                beyond[source_role] = list(_undocumented_classes(self.reachability, documented).values())
            classes, senders = self._reaching(self.reachability, beyond[source_role], sources, everyone)
            for targets in groups if senders else ():
                for trip in self._delivered(classes, senders, targets):
                    violation = _violation(trip, source_role, target_role)
                    found.setdefault((violation.resource, violation.expected), violation)
        for violation in self._of_outsiders(target_role, [end for ends in groups for end in ends]):
            found.setdefault((violation.resource, violation.expected), violation)
        if not found and self.roles.network.state.gaps and self._possible(target_role, beyond, everyone):
            raise indeterminate(self.roles.network.state)
        return tuple(sorted(found.values()))

    def _possible(self, target_role: str, beyond: dict[str, list[Sample]], wanted: int) -> bool:
        """Whether something undocumented would be delivered if all that was not seen let it through."""
        inside, outside = self.reachability.possible, self.roles.outside.possible
        if any(
            self._reaching(inside, beyond[role], sources, wanted)[1]
            for (_, role), sources in self.roles.by_role.items()
        ):
            return True
        own = addresses_of(outside)
        hosts = sum({own[end] for ends in self.roles.of_role(target_role) for end in ends})
        for external_source in outside.external_sources:
            more = _undocumented_classes(outside, self._documented_from(external_source, target_role))
            if any(
                row.delivered & hosts and row.combination in more
                for row in outside.from_outside(external_source)
            ):
                return True
        return False

    def _require_members(self) -> None:
        """Nobody can say what gets to a role's hosts unless the groups of every interface are known."""
        for name in self.roles.spec.vpcs:
            vpc = self.roles.documented.vpc(name)
            self.roles.network.require_of_all(
                "network_interfaces", vpc.region, ("group_ids",), ("vpc_id", vpc.id)
            )

    def _of_outsiders(self, target_role: str, targets: list[Endpoint]) -> Iterator[Violation]:
        outside = self.roles.outside
        addresses = outside.compiled.address_classes
        own = addresses_of(outside)
        wanted = sum({own[end] for end in targets})
        for external_source in outside.external_sources:
            beyond = _undocumented_classes(outside, self._documented_from(external_source, target_role))
            for row in outside.from_outside(external_source):
                for target in bits(row.delivered & wanted) if row.combination in beyond else ():
                    receiver = outside.endpoints[addresses[target].endpoint]
                    packet = beyond[row.combination].packet(
                        host_of(addresses[row.source]), host_of(addresses[target])
                    )
                    trip = round_trip(self.roles.network, packet, external_source, receiver)
                    yield _violation(trip, external_source.label, target_role)

    def _documented_from(self, external_source: Endpoint, target: str) -> PacketSet:
        """What the role's table lets in from every address of an external source."""
        found = PacketSet()
        spec = self.roles.spec
        for rule in spec.roles[target].rules("ingress") or ():
            named = networks_of(spec, rule.peer)
            if named and all(any(n.subnet_of(own) for own in named) for n in external_source.networks):
                found |= header_set(of_protocol(rule.protocol, rule.ports))
        return found

    def _documented(self, source: str, target: str) -> PacketSet:
        return self._side(source, "egress", target) & self._side(target, "ingress", source)

    def _side(self, role: str, direction: Direction, other: str) -> PacketSet:
        rules = self.roles.spec.roles[role].rules(direction)
        if rules is None:
            return header_set(everything())
        found = PacketSet()
        for rule in rules:
            if self._names(rule, other):
                found |= header_set(of_protocol(rule.protocol, rule.ports))
        return found

    def _names(self, rule: Rule, role: str) -> bool:
        """Whether a rule's peer is the role, or holds all of its hosts."""
        spec = self.roles.spec
        if rule.peer in spec.roles:
            return rule.peer == role
        if rule.peer == ENDPOINTS:
            return any(role == endpoint.role for endpoint in spec.vpc_endpoints)
        named, tier = networks_of(spec, rule.peer), spec.roles[role].tier
        return bool(named) and all(
            any(cidr.subnet_of(network) for network in named)
            for vpc in spec.vpcs_with(role)
            for cidr in spec.vpcs[vpc].tier(tier)
        )

    @cached_property
    def _own(self) -> dict[Endpoint, int]:
        return addresses_of(self.reachability)

    def _reaching(
        self, reachability: Reachability, classes: list[Sample], sources: Iterable[Endpoint], targets: int
    ) -> tuple[list[Sample], list[Endpoint]]:
        found: dict[Sample, set[Endpoint]] = {}
        for sample in classes:
            there = reachability.forward[sample.forward].inside
            back = reachability.reply[sample.reply].inside
            for source in sources:
                others = targets & ~self._own[source]
                if any(
                    there[address_class] & back[address_class] & others
                    for address_class in bits(self._own[source])
                ):
                    found.setdefault(sample, set()).add(source)
        senders = set().union(*found.values())
        return list(found), [source for source in sources if source in senders]

    def _delivered(
        self, classes: list[Sample], sources: Iterable[Endpoint], targets: Iterable[Endpoint]
    ) -> Iterator[RoundTrip]:
        own, addresses = self._own, self.reachability.compiled.address_classes
        wanted = {target: own[target] for target in targets}
        for sample in classes:
            there = self.reachability.forward[sample.forward].inside
            back = self.reachability.reply[sample.reply].inside
            for source in sources:
                for target, mask in wanted.items():
                    if source == target:
                        continue
                    for address_class in bits(own[source]):
                        reached = there[address_class] & back[address_class] & mask
                        if reached:
                            packet = sample.packet(
                                host_of(addresses[address_class]), host_of(addresses[bits(reached)[0]])
                            )
                            yield round_trip(self.roles.network, packet, source, target)
                            break


def _undocumented_classes(reachability: Reachability, documented: PacketSet) -> dict[int, Sample]:
    """The classes of headers, by their number, that hold some which are not documented; one of those each."""
    found = {}
    for number, combination in enumerate(reachability.combinations):
        more = header_set(combination.boxes) - documented
        if more:
            protocol, _, _, *rest = more.boxes()[0]
            headers = (protocol, rest[0], rest[1], rest[2], rest[3])
            found[number] = Sample(combination.forward, combination.reply, headers)
    return found


def _violation(trip: RoundTrip, source_role: str, target_role: str) -> Violation:
    last = next(hop for hop in reversed(trip.forward.hops) if hop.stage is Stage.SG_INGRESS)
    return Violation(
        resource=last.resource,
        expected=f"nothing from {source_role} to {target_role} but what the document's tables allow",
        observed=f"{trip.forward.packet} is delivered: {last.decision}",
        hint="narrow the rule, or add the traffic to the document and the spec",
        trace=trip.lines,
    )
