"""Packets that leave the observed network: for the Internet, directly or through NAT, or for an AWS service."""

from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.packets import Packet
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.matrix import MatrixRows
from probes.model.reachability.pair_sets import PairSets

ANYBODY = internet("", "")


def carries_out(reachability: Reachability, packet: Packet, source: Endpoint) -> bool:
    """Whether this packet leaves for the Internet or an AWS service and its reply comes back."""
    compiled = reachability.compiled
    sender = compiled.address_class_at(source, packet.source)
    receiver = compiled.address_class_at(ANYBODY, packet.destination)
    if sender is None or receiver is None or not PairSets(compiled).lets_out(packet, source, ANYBODY):
        return False
    there = reachability.routed[compiled.header_classes.of(packet)]
    back = reachability.reply[compiled.header_classes.of(packet.reply())]
    return bool(_outward(there, back, sender) >> receiver & 1)


def _outward(there: MatrixRows, back: MatrixRows, source: int) -> int:
    """The outside classes that get a source's packets, directly or through NAT, and whose replies come back."""
    found = there.outside[source] & back.outside[source]
    for gateway, destinations in there.nat.get(source, ()):
        for key, answered in back.nat.get(source, ()):
            found |= destinations & answered if key == gateway else 0
    return found
