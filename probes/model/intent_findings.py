"""
From packets that are wrongly lost or wrongly delivered to findings that name the resource which decided.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address
from typing import NamedTuple

import msgspec

from probes.model.endpoints import Endpoint
from probes.model.errors import ProbeError, UnobservableError
from probes.model.forwarding import round_trip
from probes.model.intent_deciders import Decider, Deciders
from probes.model.intent_headers import Sample
from probes.model.network import Network
from probes.model.packets import Packet
from probes.model.reachability import Reachability
from probes.model.reachability_rows import End
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
    The pairs that lose some packet of these classes: one packet for each decider, and how many pairs it has.
    """
    classes, deciders = list(wanted), Deciders(reachability)
    ends = {end.endpoint: end for end in reachability.setup.ends}
    counts: Counter[Decider] = Counter()
    first: dict[Decider, tuple[Sample, int, int]] = {}
    for source, destinations in _destinations(groups, ends):
        for decider, sample, atom, lost in _lost(deciders, classes, ends[source], destinations):
            counts[decider] += lost.bit_count()
            first.setdefault(decider, (sample, atom, bits(lost)[0]))
    for decider, where in first.items():
        yield _loss(reachability, *where), counts[decider]


def _destinations(groups: Iterable[Group], ends: Mapping[Endpoint, End]) -> Iterable[tuple[Endpoint, int]]:
    """
    All destinations of each source as one mask: most groups have theirs in common.
    """
    masks: dict[int, int] = {}
    found: dict[Endpoint, int] = {}
    for sources, destinations in groups:
        if id(destinations) not in masks:
            masks[id(destinations)] = sum({ends[end].atoms for end in destinations})
        for source in sources:
            found[source] = found.get(source, 0) | masks[id(destinations)]
    return found.items()


def _lost(
    deciders: Deciders, classes: list[Sample], source: End, destinations: int
) -> Iterator[tuple[Decider, Sample, int, int]]:
    """
    The destinations that lose something, by decider and first packet, each by one of its atoms.
    """
    left = destinations & ~source.atoms
    for sample in classes:
        there = deciders.reachability.forward[sample.forward].inside
        back = deciders.reachability.reply[sample.reply].inside
        for atom in source.bits:
            lost = left & ~(there[atom] & back[atom])
            if lost:
                lost, whole = deciders.one_atom_each(lost)
                left &= ~whole
                for decider, part in deciders.of(sample, source, atom, lost):
                    yield decider, sample, atom, part


def _loss(reachability: Reachability, sample: Sample, here: int, there: int) -> Loss:
    atoms = reachability.setup.space.atoms
    packet = sample.packet(host_of(atoms[here]), host_of(atoms[there]))
    source, destination = (reachability.endpoints[atoms[atom].endpoint] for atom in (here, there))
    return Loss(packet, source, destination)


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
    counts: Counter[tuple[str, str]] = Counter()
    for loss, count in lost:
        trip = round_trip(network, loss.packet, loss.source, loss.destination)
        hop = trip.dropped_by
        if hop is None:
            _refuse_overlap(network, loss)
            raise ProbeError(f"{loss.packet}: the two evaluators disagree; please report this bug")
        counts[hop.stage, hop.resource] += count
        first.setdefault((hop.stage, hop.resource), trip)
    return tuple(sorted(_violation(trip, expected, counts[key], total) for key, trip in first.items()))


def _refuse_overlap(network: Network, loss: Loss) -> None:
    """
    Raise UnobservableError when an end's address is in several subnets of its VPC, as a plan may have it.
    """
    for end, address in ((loss.source, loss.packet.source), (loss.destination, loss.packet.destination)):
        subnets = network.subnets_of_vpc.get((end.region, end.vpc_id), ())
        owners = [subnet.label for subnet in subnets if subnet.cidr and address in subnet.cidr]
        if len(owners) > 1:
            raise UnobservableError(f"{address} is in several subnets, which overlap: {', '.join(owners)}")


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
