"""Traffic between documented roles that is delivered although no documented rule allows it."""

from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from probes.model.conformance.verdict import Findings, Violation
from probes.model.forwarding.filters import describe_rule
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.delivered_traffic import DeliveredTraffic, Receivers, Senders, Witness
from probes.model.intent.documented_rules import allowed, names
from probes.model.intent.flow_headers import boxes_from_any_port
from probes.model.intent.observability import Doubts, admits_ipv6, doubt, require_no_ipv6
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox
from probes.model.reachability.header_sets import ALL_HEADERS, HeaderSet
from probes.model.reachability.intervals import common, without
from probes.model.spec import Direction, Rule
from probes.model.spec_checks.allowed_ports import networks_of

Label = tuple[tuple[str, ...], ...]
Named = tuple[bool | None, ...]


class Alike(NamedTuple):
    """Hosts of a role that the same rules of another role name, and what these rules allow."""

    label: Label
    ends: tuple[Endpoint, ...]
    documented: HeaderSet


class Isolation:
    """Compares what the roles' hosts may send each other with the documented security-group tables."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles

    def violations(self, target_role: str) -> Findings:
        """One violation for each source and each security group that lets in what the document does not allow.

        The Internet and the tenants are asked about like the hosts of the other roles. Raises
        UnobservableError when there is none, but might be one if the source had seen everything.
        """
        self._require_members()
        doubts = Doubts()
        found: dict[tuple[str, str], Violation] = {}
        for who, witness in (*self._inside.of(target_role), *self._outside.of(target_role)):
            violation = self._violation(witness, who, target_role)
            found.setdefault((violation.resource, violation.expected), violation)
        with doubts.noted():
            self._require_nothing_more_let_in(target_role, found)
        return doubts.settled(found.values())

    def _require_nothing_more_let_in(self, target_role: str, found: Collection[tuple[str, str]]) -> None:
        """Raise UnobservableError if something else would be delivered if all unseen let it through."""
        for search in self._possibly:
            for who, witness in search.of(target_role):
                if self._blamed(witness, who, target_role) not in found:
                    raise doubt(self.roles.network, *witness[:3])
        network = self.roles.network
        require_no_ipv6(
            network, (end for end in self.roles.of_role(target_role) if admits_ipv6(network, end))
        )

    @cached_property
    def _possibly(self) -> "tuple[_FromRoles, _FromOutside]":
        inside, outside = self.roles.reachability.possible, self.roles.outside.possible
        return _FromRoles(self.roles, inside), _FromOutside(self.roles, outside)

    def _require_members(self) -> None:
        """Nobody can say what gets to a role's hosts unless the groups of every interface are known."""
        for name in self.roles.spec.vpcs:
            vpc = self.roles.documented.vpc(name)
            self.roles.network.require_of_all(
                "network_interfaces", vpc.region, ("group_ids",), ("vpc_id", vpc.id)
            )

    @cached_property
    def _inside(self) -> "_FromRoles":
        return _FromRoles(self.roles, self.roles.reachability.uninspected)

    @cached_property
    def _outside(self) -> "_FromOutside":
        return _FromOutside(self.roles, self.roles.outside.uninspected)

    def _blamed(self, witness: Witness, who: str, target_role: str) -> tuple[str, str]:
        """The resource that lets a packet in, and what is expected of it."""
        _, _, destination, (_, _, group, _) = witness
        expected = f"nothing from {who} to {target_role} but what the document's tables allow"
        return group.label if group else destination.label, expected

    def _violation(self, witness: Witness, who: str, target_role: str) -> Violation:
        packet, source, destination, (_, _, group, rule) = witness
        allows = (
            f"{group.label} allows {describe_rule(rule)}" if group and rule else "no security group is judged"
        )
        resource, expected = self._blamed(witness, who, target_role)
        return Violation(
            resource=resource,
            expected=expected,
            observed=f"{packet} is delivered: {allows}",
            hint="narrow the rule, or add the traffic to the document and the spec",
            trace=round_trip(self.roles.network, packet, source, destination).lines,
        )


class _FromRoles:
    """What the hosts of each role send a role although the document does not allow it."""

    def __init__(self, roles: Roles, reachability: Reachability) -> None:
        self.roles = roles
        self.reachability = reachability
        self._search = DeliveredTraffic(reachability)
        self._senders: dict[tuple[str, Label], Senders] = {}

    def of(self, target_role: str) -> Iterator[tuple[str, Witness]]:
        """Each source role with what is found."""
        receivers: dict[Label, Receivers] = {}
        for source_role in self.roles.spec.roles:
            for there in self._alike(target_role, source_role, "egress"):
                if there.label not in receivers:
                    receivers[there.label] = Receivers(self.reachability, there.ends)
                for here in self._alike(source_role, target_role, "ingress"):
                    undocumented = _undocumented(common(there.documented, here.documented))
                    senders = self._of_role(source_role, here)
                    for witness in self._search.between(senders, receivers[there.label], undocumented):
                        yield source_role, witness

    def _of_role(self, role: str, alike: "Alike") -> Senders:
        found = self._senders.get((role, alike.label))
        if found is None:
            found = self._senders[role, alike.label] = Senders(self.reachability, alike.ends)
        return found

    def _alike(self, role: str, other: str, direction: Direction) -> list["Alike"]:
        """The hosts of a role, together where the rules of the other role name them alike."""
        rules = self.roles.spec.roles[other].rules(direction)
        found: dict[Named, Alike] = {}
        for vpc in self.roles.spec.vpcs_with(role):
            tier = self.roles.spec.vpcs[vpc].tier(self.roles.spec.roles[role].tier)
            whole = tuple(names(self.roles.spec, rule, role, tier) for rule in rules or ())
            ends = self.roles.by_role[vpc, role]
            each = ends if None in whole else ()
            for named, label, members in (
                *(
                    (self._of_end(rules or (), role, end), (vpc, str(end.networks), end.id), (end,))
                    for end in each
                ),
                *(() if None in whole else ((whole, (vpc,), ends),)),
            ):
                known = found.get(
                    named, Alike((), (), ALL_HEADERS if rules is None else _documented(rules, named))
                )
                found[named] = known._replace(label=(*known.label, label), ends=(*known.ends, *members))
        return list(found.values())

    def _of_end(self, rules: Iterable[Rule], role: str, end: Endpoint) -> Named:
        return tuple(names(self.roles.spec, rule, role, end.networks) for rule in rules)


class _FromOutside:
    """What the Internet and the tenants send a role although the document does not allow it."""

    def __init__(self, roles: Roles, reachability: Reachability) -> None:
        self.roles = roles
        self.reachability = reachability
        self._search = DeliveredTraffic(reachability)

    def of(self, target_role: str) -> Iterator[tuple[str, Witness]]:
        """Each external source with what is found."""
        receivers = Receivers(self.reachability, self.roles.of_role(target_role))
        if self.roles.spec.roles[target_role].rules("ingress") is None:
            return
        for source in self.reachability.external_sources:
            undocumented = _undocumented(self._documented(source, target_role))
            for witness in self._search.arriving(source, receivers, undocumented):
                yield source.label, witness

    def _documented(self, source: Endpoint, target: str) -> HeaderSet:
        """What the role's table lets in from every address of an external source."""
        return allowed(
            rule
            for rule in self.roles.spec.roles[target].rules("ingress") or ()
            if (named := networks_of(self.roles.spec, rule.peer))
            and all(any(network.subnet_of(own) for own in named) for network in source.networks)
        )


def _documented(rules: Iterable[Rule], named: Named) -> HeaderSet:
    """What the rules allow that name somebody."""
    return allowed(rule for rule, is_named in zip(rules, named, strict=True) if is_named)


def _undocumented(documented: HeaderSet) -> list[HeaderBox]:
    return boxes_from_any_port(without(ALL_HEADERS, documented))
