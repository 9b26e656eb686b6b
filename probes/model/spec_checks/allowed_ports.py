"""Which of a flow's ports the documented rules let pass, and by what kind of peer."""

from collections.abc import Iterable
from ipaddress import IPv4Network

import msgspec

from probes.model.spec import INTERNET, Kind, Rule, Spec
from probes.model.spec.ports import ports_of


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """A flow's ports at one end: admitted from any Region, by security-group reference only, or refused."""

    by_address: frozenset[int]
    by_reference: frozenset[int]
    refused: frozenset[int]


def admission(spec: Spec, kind: Kind, rules: Iterable[Rule], peer: str) -> Admission:
    """How rules treat traffic whose other end has the role `peer`.

    Rules are by address when their CIDRs together hold the peer's subnets in every VPC, by reference when they
    name the role:
    AWS honours such a rule only where the referenced group is in the same Region
    (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html, "Security group referencing").
    """
    wanted = ports_of(kind.ports)
    matching = [rule for rule in rules if rule.protocol in (kind.protocol, "all")]
    by_address = frozenset(
        port
        for ports, rules_of_it in _by_rules(matching, wanted).items()
        if _hold_role(spec, tuple(rule.peer for rule in rules_of_it), peer)
        for port in ports
    )
    by_reference = (wanted & _union(rule for rule in matching if rule.peer == peer)) - by_address
    return Admission(
        by_address=by_address, by_reference=by_reference, refused=wanted - by_address - by_reference
    )


def networks_of(spec: Spec, peer: str) -> tuple[IPv4Network, ...]:
    """The networks that a rule's peer names by address; none when the peer is a role."""
    if peer == INTERNET:
        return (IPv4Network("0.0.0.0/0"),)
    if peer in spec.vpcs:
        return spec.vpcs[peer].cidrs
    try:
        return (IPv4Network(peer),)
    except ValueError:
        return ()


def _union(rules: Iterable[Rule]) -> frozenset[int]:
    return frozenset().union(*(ports_of(rule.ports) for rule in rules))


def _by_rules(rules: list[Rule], wanted: frozenset[int]) -> dict[frozenset[int], list[Rule]]:
    """The wanted ports, those together that the same rules are about."""
    found: dict[frozenset[int], list[Rule]] = {wanted: []}
    for rule in rules:
        own = ports_of(rule.ports)
        found = {
            part: kept
            for ports, before in found.items()
            for part, kept in ((ports & own, [*before, rule]), (ports - own, before))
            if part
        }
    return found


def _hold_role(spec: Spec, peers: tuple[str, ...], role: str) -> bool:
    networks = [network for peer in peers for network in networks_of(spec, peer)]
    return bool(networks) and all(
        any(cidr.subnet_of(network) for network in networks)
        for vpc in spec.vpcs_with(role)
        for cidr in spec.vpcs[vpc].tier(spec.roles[role].tier)
    )
