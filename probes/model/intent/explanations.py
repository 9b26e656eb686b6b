"""From packets that are wrongly lost to violations that name the resource which decided."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from msgspec.structs import replace

from probes.model.conformance.verdict import Findings, Violation
from probes.model.errors import ProbeError, UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.lost_flows import Loss
from probes.model.intent.observability import Doubts
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.trace import Hop, RoundTrip, Stage, Trace

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
    Stage.FIREWALL: "lead both directions through one available firewall endpoint: its VPC needs appliance mode",
    Stage.TGW_PEERING: "accept the peering and wait until both sides are available",
}


class DropPoint(NamedTuple):
    """What keeps a packet, or its reply, from getting where it should."""

    hop: Hop
    trip: RoundTrip
    of_reply: bool


def explain(network: Network, lost: Iterable[tuple[Loss, int]], expected: str, total: int) -> Findings:
    """One violation for each resource that decides against some of these packets, with the first one's trace.

    Raises UnobservableError when whether a packet is lost cannot be known, and of no other packet that is certain.
    """
    doubts = Doubts()
    first: dict[tuple[str, str], DropPoint] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for loss, count in lost:
        with doubts.noted():
            point = _decisive(network, loss)
            key = point.hop.stage, point.hop.resource
            counts[key] += count
            first.setdefault(key, point)
    return doubts.settled(_violation(one, expected, counts[key], total) for key, one in first.items())


def _decisive(network: Network, loss: Loss) -> DropPoint:
    trip = round_trip(network, loss.packet, loss.source, loss.destination)
    if trip.dropped_by is None:
        _refuse_contradiction(network, loss)
    point = _drop_point(trip, loss)
    if point is None:
        raise ProbeError(f"{loss.packet}: the two evaluators disagree; please report this bug")
    return point


def _drop_point(trip: RoundTrip, loss: Loss) -> DropPoint | None:
    """The hop that drops the packet or its reply, or else leads it to somebody else who has the address."""
    there, back = trip.forward, trip.reply
    hop = there.dropped_by
    if hop is None and not _ends_at(there, loss.destination):
        hop = _misroute(there)
    if hop is not None or back is None:
        return DropPoint(hop, trip, of_reply=False) if hop else None
    hop = back.dropped_by
    if hop is None and not trip.works:
        hop = _misroute(back)
    return DropPoint(hop, trip, of_reply=True) if hop else None


def _ends_at(trace: Trace, wanted: Endpoint) -> bool:
    end = trace.delivered_to
    return end is not None and (end.region, end.vpc_id, end.subnet_id) == (
        wanted.region,
        wanted.vpc_id,
        wanted.subnet_id,
    )


def _misroute(trace: Trace) -> Hop | None:
    """The last hop that chose where to, and where that was; a VPC's local route chooses nothing."""
    chosen = [hop for hop in trace.hops if hop.stage in (Stage.TGW_ROUTE, Stage.VPC_PEERING, Stage.GATEWAY)]
    if not chosen or trace.delivered_to is None:
        return None
    decision = f"{chosen[-1].decision}, which leads to {trace.delivered_to.label}"
    return replace(chosen[-1], decision=decision)


def _refuse_contradiction(network: Network, loss: Loss) -> None:
    """Raise UnobservableError when an end's address is not in its subnet, or in several, as only files can say."""
    for end, address in ((loss.source, loss.packet.source), (loss.destination, loss.packet.destination)):
        own = network.subnets.get((end.region, end.subnet_id))
        if own is not None and own.cidr is not None and address not in own.cidr:
            raise UnobservableError(f"{end.label}: its address {address} is not in {own.label}, {own.cidr}")
        subnets = network.subnets_of_vpc.get((end.region, end.vpc_id), ())
        owners = [subnet.label for subnet in subnets if subnet.cidr and address in subnet.cidr]
        if len(owners) > 1:
            raise UnobservableError(f"{address} is in several subnets, which overlap: {', '.join(owners)}")


def _violation(point: DropPoint, expected: str, count: int, total: int) -> Violation:
    hop, trip = point.hop, point.trip
    what = "reply of " if point.of_reply else ""
    return Violation(
        resource=hop.resource,
        expected=expected,
        observed=f"{what}{trip.forward.packet}: {hop.decision} ({count} of {total} pairs are lost here)",
        hint=HINTS.get(hop.stage, "follow the trace and correct the resource that decided"),
        trace=trip.lines,
    )
