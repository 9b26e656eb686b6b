"""
From packets that are wrongly lost or wrongly delivered to findings that name the resource which decided.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address

import msgspec

from probes.model.endpoints import Endpoint
from probes.model.errors import ProbeError
from probes.model.forwarding import round_trip
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


def losses(
    reachability: Reachability, pairs: Iterable[tuple[Endpoint, Endpoint]], wanted: Iterable[Sample]
) -> list[Loss]:
    """
    For each pair that loses some packet of these classes, one such packet.

    Raises UnobservableError when whether a packet is lost cannot be known.
    """
    own, classes = atoms_of(reachability), list(wanted)
    found = []
    for source, destination in pairs:
        loss = _first_loss(reachability, classes, (source, own[source]), (destination, own[destination]))
        if loss is not None:
            found.append(loss)
    return found


def _first_loss(
    reachability: Reachability,
    classes: list[Sample],
    sender: tuple[Endpoint, int],
    receiver: tuple[Endpoint, int],
) -> Loss | None:
    atoms, wanted = reachability.setup.space.atoms, receiver[1]
    for sample in classes:
        there = reachability.forward[sample.forward].inside
        back = reachability.reply[sample.reply].inside
        for atom in bits(sender[1]):
            lost = wanted & ~(there[atom] & back[atom])
            if lost:
                target = bits(lost)[0]
                packet = sample.packet(host_of(atoms[atom]), host_of(atoms[target]))
                return Loss(packet, sender[0], receiver[0])
    return None


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


def explain(network: Network, lost: Iterable[Loss], expected: str, total: int) -> tuple[Violation, ...]:
    """
    One violation for each resource that decides against some of these packets, with the first one's trace.
    """
    alike: dict[tuple[object, ...], list[Loss]] = {}
    for loss in lost:
        alike.setdefault((*_kind(loss.source), *_kind(loss.destination)), []).append(loss)
    first: dict[tuple[str, str], RoundTrip] = {}
    counts: dict[tuple[str, str], int] = {}
    for same in alike.values():
        loss = same[0]
        trip = round_trip(network, loss.packet, loss.source, loss.destination)
        hop = trip.dropped_by
        if hop is None:
            raise ProbeError(f"{loss.packet}: the two evaluators disagree; please report this bug")
        key = (hop.stage, hop.resource)
        first.setdefault(key, trip)
        counts[key] = counts.get(key, 0) + len(same)
    return tuple(sorted(_violation(trip, expected, counts[key], total) for key, trip in first.items()))


def _kind(end: Endpoint) -> tuple[object, ...]:
    """
    What endpoints that are lost by the same resource have in common.
    """
    return end.region, end.subnet_id, end.group_ids, end.kind


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
