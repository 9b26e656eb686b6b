"""Packets that leave the observed network: for the Internet, directly or through NAT, or for an AWS service."""

from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.matrix import MatrixRows


def carries_out(reachability: Reachability, packet: Packet, source: Endpoint) -> bool:
    """Whether this packet leaves for the Internet or an AWS service and its reply comes back."""
    compiled = reachability.compiled
    classes = compiled.address_classes
    sender = classes.at(packet.source) & classes.of_endpoint[reachability.endpoints.index(source)]
    receiver = classes.at(packet.destination) & classes.outside
    there = reachability.forward[compiled.forward_classes.of(packet)]
    back = reachability.reply[compiled.acl_classes.of(packet.reply())]
    return any(_outward(there, back, address_class) & receiver for address_class in bits(sender))


def _outward(there: MatrixRows, back: MatrixRows, source: int) -> int:
    """The outside classes that get a source's packets, directly or through NAT, and whose replies come back."""
    found = there.outside[source] & back.outside[source]
    for gateway, destinations in there.nat.get(source, ()):
        for key, answered in back.nat.get(source, ()):
            found |= destinations & answered if key == gateway else 0
    return found
