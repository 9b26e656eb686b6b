"""Packets that leave the observed network: for the Internet, directly or through NAT, or for an AWS service."""

from functools import partial

from probes.model.network.endpoints import Endpoint, internet
from probes.model.network.packets import Packet
from probes.model.reachability.address_classes import union
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderClassPair
from probes.model.reachability.matrix import MatrixRows
from probes.model.reachability.pair_sets import PairSets
from probes.model.reachability.tgw_egress import NatKey

ANYBODY = internet("", "")


def carries_out(reachability: Reachability, packet: Packet, source: Endpoint) -> bool:
    """Whether this packet leaves for the Internet or an AWS service and its reply comes back."""
    ends = _let_out(reachability, packet, source)
    if ends is None:
        return False
    classes = reachability.compiled.header_classes
    pair = HeaderClassPair(classes.of(packet), classes.of(packet.reply()), ())
    return bool(_outward(reachability, pair, ends[0]) >> ends[1] & 1)


def leaves(reachability: Reachability, packet: Packet, source: Endpoint) -> bool:
    """Whether this packet leaves for the Internet or an AWS service, whatever becomes of its reply."""
    ends = _let_out(reachability, packet, source)
    if ends is None:
        return False
    rows = reachability.routed[reachability.compiled.header_classes.of(packet)]
    out = rows.outside[ends[0]] | union(addresses for _, addresses in rows.nat.get(ends[0], ()))
    return bool(out >> ends[1] & 1)


def _let_out(reachability: Reachability, packet: Packet, source: Endpoint) -> tuple[int, int] | None:
    """The address classes of both ends, if the source's security groups let the packet out."""
    compiled = reachability.compiled
    sender = compiled.address_class_at(source, packet.source)
    receiver = compiled.address_class_at(ANYBODY, packet.destination)
    if sender is None or receiver is None or not PairSets(compiled).lets_out(packet, source, ANYBODY):
        return None
    return sender, receiver


def _outward(reachability: Reachability, pair: HeaderClassPair, source: int) -> int:
    """The outside classes that get a source's packets, directly or through NAT, and whose replies come back."""
    there, back = reachability.routed[pair.forward], reachability.reply[pair.reply]
    found = there.outside[source] & back.outside[source]
    found &= reachability.symmetric(pair, lambda rows: rows.outside[source]) if found else 0
    for gateway, destinations in there.nat.get(source, ()):
        answered = destinations & _through(back, source, gateway)
        if answered:
            found |= answered & reachability.symmetric(
                pair, partial(_through, source=source, gateway=gateway)
            )
    return found


def _through(rows: MatrixRows, source: int, gateway: NatKey) -> int:
    """The outside classes that a source reaches, or that answer it, through a NAT gateway."""
    return union(addresses for key, addresses in rows.nat.get(source, ()) if key == gateway)
