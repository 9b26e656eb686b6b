"""Which of a flow's ports the documented rules let pass, and by what kind of peer."""

from collections.abc import Iterable
from ipaddress import IPv4Network

import msgspec

from probes.model.spec import FlowSpec, Region, SgRuleSpec, Spec
from probes.model.spec.ports import ports_of


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A flow's ports at one end: admitted from any region, by security-group reference only, or refused."""

    by_address: frozenset[int]
    by_reference: frozenset[int]
    refused: frozenset[int]


def admission(spec: Spec, flow: FlowSpec, rules: Iterable[SgRuleSpec], peer: str) -> Admission:
    """How rules treat a flow whose other end has the role `peer`.

    A rule is by address when its CIDR holds the peer's subnets in every region, by reference when it names
    the role: AWS honours such a rule only where the referenced group is in the same Region.
    """
    wanted = ports_of(flow.ports)
    matching = [rule for rule in rules if rule.protocol in (flow.protocol, "all")]
    address = [rule for rule in matching if _holds_role(spec, rule.peer, peer)]
    by_address = wanted & _union(address)
    by_reference = (wanted & _union(rule for rule in matching if rule.peer == peer)) - by_address
    return Admission(
        by_address=by_address, by_reference=by_reference, refused=wanted - by_address - by_reference
    )


def network_of(text: str) -> IPv4Network | None:
    """The network of a rule's peer, None when the peer is a role."""
    try:
        return IPv4Network(text)
    except ValueError:
        return None


def _union(rules: Iterable[SgRuleSpec]) -> frozenset[int]:
    return frozenset().union(*(ports_of(rule.ports) for rule in rules))


def _holds_role(spec: Spec, rule_peer: str, role: str) -> bool:
    network = network_of(rule_peer)
    return network is not None and all(
        cidr.subnet_of(network) for region in spec.regions.values() for cidr in _subnets(spec, region, role)
    )


def _subnets(spec: Spec, region: Region, role: str) -> tuple[IPv4Network, ...]:
    return region.subnets.of(spec.roles[role].tier)
