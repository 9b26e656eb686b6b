"""
From packets that are wrongly lost or wrongly delivered to findings that name the resource which decided.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address
from typing import NamedTuple

import msgspec

from probes.model.endpoints import Endpoint
from probes.model.errors import ProbeError
from probes.model.forwarding import round_trip
from probes.model.intent_alike import Alike, Lost
from probes.model.intent_headers import Sample
from probes.model.network import Network
from probes.model.packets import Packet
from probes.model.reachability import Reachability
from probes.model.reachability_space import Atom, bits
from probes.model.trace import RoundTrip, Stage
from probes.model.verdict import Violation

HINTS = {
    Stage.SG_EGRESS: "add an egress rule for this traffic to the source's security group",
    Stage.SG_INGRESS: "add an ingress rule for this traffic, by CIDR if it comes from another Region",
    Stage.NACL_EGRESS: "allow this traffic and its replies in the subnet's network ACL",
    Stage.NACL_INGRESS: "allow this traffic and its replies in the subnet's network ACL",
    Stage.TGW_SUBNET_NACL: "open the network ACL of the attachment subnets to the whole network",
    Stage.VPC_ROUTE: "route the other Regions' CIDRs to the Transit Gateway",
    Stage.TGW_ATTACHMENT: "give the attachment a subnet in every zone that holds hosts",
    Stage.TGW_ASSOCIATION: "associate the attachment with the TGW route table of the documented routes",
    Stage.TGW_ROUTE: "add the documented static route, or remove what shadows it",
    Stage.TGW_PEERING: "accept the peering and wait until both sides are available",
}


class Loss(msgspec.Struct, frozen=True):
    """
    A packet that should arrive, with its reply, and does not.
    """

    packet: Packet
    source: Endpoint
    destination: Endpoint
    decider: tuple[object, ...]


class Group(NamedTuple):
    """
    Every pair of a source and another endpoint that is a destination.
    """

    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]

    def __len__(self) -> int:
        return len(self.sources) * len(self.destinations) - len({*self.sources} & {*self.destinations})


def losses(
    reachability: Reachability, groups: Iterable[Group], wanted: Iterable[Sample]
) -> Iterator[tuple[Loss, int]]:
    """
    For pairs of the same kinds that lose some packet of these classes, one such packet and how many they are.
    """
    own, classes, alike = atoms_of(reachability), list(wanted), Alike(reachability)
    lost_by = {}
    first: dict[tuple[int, int], tuple[Endpoint, Endpoint]] = {}
    counts: Counter[tuple[int, int]] = Counter()
    for sources, destinations in groups:
        targets = [(end, own[end], alike.of[end]) for end in destinations]
        everyone = sum({mask for _, mask, _ in targets})
        for source in sources:
            if source not in lost_by:
                lost_by[source] = _lost(reachability, classes, own[source])
            lost = lost_by[source] & everyone & ~own[source]
            for target, mask, kind in targets if lost else ():
                if lost & mask:
                    key = alike.of[source], kind
                    first.setdefault(key, (source, target))
                    counts[key] += 1
    for key, (source, target) in first.items():
        yield _first_loss(alike, classes, (source, own[source]), (target, own[target])), counts[key]


def _lost(reachability: Reachability, classes: list[Sample], sender: int) -> int:
    delivered = -1
    for sample in classes:
        there = reachability.forward[sample.forward].inside
        back = reachability.reply[sample.reply].inside
        for atom in bits(sender):
            delivered &= there[atom] & back[atom]
    return ~delivered


def _first_loss(
    alike: Alike,
    classes: list[Sample],
    sender: tuple[Endpoint, int],
    receiver: tuple[Endpoint, int],
) -> Loss:
    reachability, wanted = alike.reachability, receiver[1]
    atoms = reachability.setup.space.atoms
    for sample in classes:
        there = reachability.forward[sample.forward].inside
        back = reachability.reply[sample.reply].inside
        for atom in bits(sender[1]):
            lost = wanted & ~(there[atom] & back[atom])
            if lost:
                target = bits(lost)[0]
                packet = sample.packet(host_of(atoms[atom]), host_of(atoms[target]))
                what = Lost(sample, sender[0], receiver[0], atom, target)
                return Loss(packet, sender[0], receiver[0], alike.decider(what))
    raise ProbeError(f"{sender[0].label} loses nothing to {receiver[0].label}; please report this bug")


def host_of(atom: Atom) -> IPv4Address:
    """
    An address of an atom, not one of the first four of a subnet, which AWS keeps, if it has others.
    """
    low, high = max(atom.ranges, key=lambda span: span[1] - span[0])
    return IPv4Address(min(low + 10, high))


def atoms_of(reachability: Reachability) -> dict[Endpoint, int]:
    """
    The atoms of each endpoint.
    """
    return dict(zip(reachability.endpoints, reachability.setup.space.of_endpoint, strict=True))


def explain(
    network: Network, lost: Iterable[tuple[Loss, int]], expected: str, total: int
) -> tuple[Violation, ...]:
    """
    One violation for each resource that decides against some of these packets, with the first one's trace.

    Raises UnobservableError when whether a packet is lost cannot be known.
    """
    first: dict[tuple[str, str], RoundTrip] = {}
    counts: dict[tuple[str, str], int] = {}
    decided: dict[tuple[object, ...], tuple[str, str]] = {}
    for loss, count in lost:
        if loss.decider not in decided:
            trip = round_trip(network, loss.packet, loss.source, loss.destination)
            hop = trip.dropped_by
            if hop is None:
                raise ProbeError(f"{loss.packet}: the two evaluators disagree; please report this bug")
            decided[loss.decider] = hop.stage, hop.resource
            first.setdefault((hop.stage, hop.resource), trip)
        key = decided[loss.decider]
        counts[key] = counts.get(key, 0) + count
    return tuple(sorted(_violation(trip, expected, counts[key], total) for key, trip in first.items()))


def _violation(trip: RoundTrip, expected: str, count: int, total: int) -> Violation:
    hop = trip.dropped_by
    assert hop is not None  # noqa: S101 - `explain` refuses trips without one
    what = "reply of " if trip.reply is not None else ""
    return Violation(
        resource=hop.resource,
        expected=expected,
        observed=f"{what}{trip.forward.packet}: {hop.decision} ({count} of {total} pairs are lost here)",
        hint=HINTS.get(hop.stage, "follow the trace and correct the resource that decided"),
        trace=trip.lines,
    )
