"""Which of a flow's ports the documented rules let pass, and by what kind of peer."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

import msgspec

from probes.model.spec import INTERNET, Kind, Rule, Spec
from probes.model.spec.ports import PortRanges, port_ranges


class Admission(msgspec.Struct, frozen=True, kw_only=True):
    """Those of a flow's ports that one end admits by security-group reference only, and those that it refuses."""

    by_reference: PortRanges
    refused: PortRanges


def admission(spec: Spec, kind: Kind, rules: Iterable[Rule], peer: str) -> Admission:
    """How rules treat traffic whose other end has the role `peer`.

    Rules are by address when their CIDRs together hold the peer's subnets in every VPC, by reference when they
    name the role:
    AWS honours such a rule only where the referenced group is in the same Region
    (https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html, "Security group referencing").
    """
    matching = [rule for rule in rules if rule.protocol in (kind.protocol, "all")]
    by_reference, refused = list[tuple[int, int]](), list[tuple[int, int]]()
    for ports in _undivided(kind, matching):
        peers = tuple(rule.peer for rule in matching if _lets(rule, ports))
        if _hold_role(spec, peers, peer):
            continue
        (by_reference if peer in peers else refused).append(ports)
    return Admission(by_reference=tuple(by_reference), refused=tuple(refused))


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


def _undivided(kind: Kind, rules: Iterable[Rule]) -> Iterator[tuple[int, int]]:
    """The wanted ports in ranges that no rule divides."""
    divided = [ports for rule in rules for ports in port_ranges(rule.ports)]
    starts = sorted({first for first, _ in divided} | {last + 1 for _, last in divided})
    for first, last in port_ranges(kind.ports):
        inside = [start for start in starts if first < start <= last]
        yield from zip([first, *inside], [*(start - 1 for start in inside), last], strict=True)


def _lets(rule: Rule, ports: tuple[int, int]) -> bool:
    return any(first <= ports[0] and ports[1] <= last for first, last in port_ranges(rule.ports))


def _hold_role(spec: Spec, peers: tuple[str, ...], role: str) -> bool:
    networks = [network for peer in peers for network in networks_of(spec, peer)]
    return bool(networks) and all(
        any(cidr.subnet_of(network) for network in networks)
        for vpc in spec.vpcs_with(role)
        for cidr in spec.vpcs[vpc].tier(spec.roles[role].tier)
    )
