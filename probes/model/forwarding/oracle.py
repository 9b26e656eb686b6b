"""The oracle: one packet forwarded as AWS would, one decision at a time.

It is naive on purpose and shares no logic with the set engine, which must agree with it.
"""

from probes.model.errors import InputError
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
    walk = Walk(network, packet, source, destination, tracked=tracked)
    try:
        delivered_to = walk.run()
    except Dropped:
        delivered_to = None
    return Trace(packet=packet, source=source, hops=tuple(walk.hops), delivered_to=delivered_to, nat=walk.nat)


def round_trip(
    network: Network, packet: Packet, source: Endpoint, destination: Endpoint | None = None
) -> RoundTrip:
    """Follow a packet and, if it arrives, its reply: tracked by security groups, judged anew by network ACLs."""
    there = forward(network, packet, source, destination)
    if there.delivered_to is None:
        return RoundTrip(forward=there, reply=None)
    return RoundTrip(forward=there, reply=_reply(network, there))


def source_at(network: Network, region: str, vpc_id: str, packet: Packet) -> Endpoint:
    """Who sends the packet in this VPC; InputError when nobody there owns its source address."""
    found = endpoints.at_address(network, region, vpc_id, packet.source)
    if found is None:
        raise InputError(f"{packet.source} belongs to no subnet of {vpc_id} ({region})")
    return found


def _reply(network: Network, there: Trace) -> Trace:
    reply = there.packet.reply()
    if there.nat is None or there.delivered_to is None:
        responder = there.delivered_to or there.source
        return forward(network, reply, responder, there.source, tracked=True)
    walk = Walk(network, reply, there.delivered_to, there.source, tracked=True)
    try:
        delivered_to: Endpoint | None = walk.back_through_nat(there.nat)
    except Dropped:
        delivered_to = None
    return Trace(packet=reply, source=there.delivered_to, hops=tuple(walk.hops), delivered_to=delivered_to)


def _check_source(packet: Packet, source: Endpoint) -> None:
    if not source.holds(packet.source):
        raise InputError(f"{source.label} cannot send from {packet.source}: the source check drops it")
