"""The oracle: one packet forwarded as AWS would, one decision at a time.

It is naive on purpose and shares no logic with the set engine, which must agree with it.
"""

from collections.abc import Sequence

import msgspec

from probes.model.errors import InputError, UnobservableError
from probes.model.forwarding.firewall_state import as_firewalls_see
from probes.model.forwarding.gateway_walk import Alternative
from probes.model.forwarding.vpc_walk import Walk
from probes.model.network import endpoints
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import Packet
from probes.model.network.trace import Dropped, RoundTrip, Trace


def forward(
    network: Network,
    packet: Packet,
    source: Endpoint,
    destination: Endpoint | None = None,
    *,
    tracked: bool = False,
) -> Trace:
    """Follow one packet from `source` as AWS forwards it; a dropped packet is an answer, not an error.

    `destination` supplies the security groups assumed for a subnet's hosts. `tracked` says that the packet
    belongs to a connection that the security groups of both ends already track. MTU is not looked at.
    Raises UnobservableError when the decision hangs on something the source could not see or this model does
    not know, InputError when the source cannot send from that address.
    """
    _check_source(packet, source)
    return _known(_trace(Walk(network, packet, source, destination, tracked=tracked)))


def round_trip(
    network: Network, packet: Packet, source: Endpoint, destination: Endpoint | None = None
) -> RoundTrip:
    """Follow a packet and, if it arrives, its reply: tracked by security groups, judged anew by network ACLs.

    Raises as `forward`.
    """
    found = as_far_as_known(network, packet, source, destination)
    _known(found.forward)
    if found.reply is not None:
        _known(found.reply)
    return found


def as_far_as_known(
    network: Network, packet: Packet, source: Endpoint, destination: Endpoint | None = None
) -> RoundTrip:
    """As `round_trip`, but where the way cannot be known further, the trace ends with the reason."""
    _check_source(packet, source)
    walk = Walk(network, packet, source, destination, tracked=False)
    there = _trace(walk)
    if walk.alternatives and there.delivered_to:
        return _whichever(network, there, walk.alternatives)
    return _answered(network, there)


def _whichever(network: Network, there: Trace, ways: Sequence[Alternative]) -> RoundTrip:
    """The first of several ways to the Internet, unless it matters for the reply which one AWS takes."""
    trips = [
        _answered(
            network,
            msgspec.structs.replace(
                there, delivered_to=way.arrived, nat=way.nat, hops=way.hops, inspection=way.inspection
            ),
        )
        for way in ways
    ]
    if len({trip.works for trip in trips}) == 1 or trips[0].unknown or trips[0].reply is None:
        return trips[0]
    unknown = "AWS may take any of its NAT gateways, and whether the reply comes back depends on that"
    reply = msgspec.structs.replace(trips[0].reply, delivered_to=None, unknown=unknown)
    return RoundTrip(forward=trips[0].forward, reply=reply)


def _answered(network: Network, there: Trace) -> RoundTrip:
    reply = _reply(network, there) if there.delivered_to else None
    return RoundTrip(forward=there, reply=as_firewalls_see(network, there, reply) if reply else None)


def source_at(network: Network, region: str, vpc_id: str, packet: Packet) -> Endpoint:
    """Who sends the packet in this VPC; InputError when nobody there owns its source address."""
    found = endpoints.at_address(network, region, vpc_id, packet.source)
    if found is None:
        raise InputError(f"{packet.source} belongs to no subnet of {vpc_id} ({region})")
    return found


def _trace(walk: Walk, nat: tuple[str, str] | None = None) -> Trace:
    """The trace of a walk, which begins at a NAT gateway where one is named."""
    arrived, unknown = None, ""
    try:
        arrived = walk.back_through_nat(nat) if nat else walk.run()
    except Dropped:
        pass
    except UnobservableError as error:
        unknown = str(error)
    return Trace(
        packet=walk.packet,
        source=walk.source,
        hops=tuple(walk.hops),
        delivered_to=arrived,
        nat=walk.nat,
        unknown=unknown,
        inspection=walk.inspection,
    )


def _known(trace: Trace) -> Trace:
    if trace.unknown:
        raise UnobservableError(trace.unknown)
    return trace


def _reply(network: Network, there: Trace) -> Trace:
    responder = there.delivered_to or there.source
    return _trace(Walk(network, there.packet.reply(), responder, there.source, tracked=True), there.nat)


def _check_source(packet: Packet, source: Endpoint) -> None:
    if not source.holds(packet.source):
        raise InputError(f"{source.label} cannot send from {packet.source}: the source check drops it")
