"""Whether the firewalls on the way see both directions of a connection."""

import msgspec

from probes.model.network.firewalls import FirewallKey
from probes.model.network.index import Network
from probes.model.network.packets import TCP
from probes.model.network.trace import Hop, Inspection, Stage, Trace


def as_firewalls_see(network: Network, request: Trace, reply: Trace) -> Trace:
    """The reply, lost or unknown where a firewall sees only one of the two directions.

    A firewall drops TCP of which it does not see both. What it does with other protocols is its own affair.
    Appliance mode keeps both directions of a flow in one zone, so where each may take any, both take the same.
    https://docs.aws.amazon.com/network-firewall/latest/developerguide/asymmetric-routing.html
    https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-appliance-scenario.html
    """
    if reply.delivered_to is None:
        return reply
    there, back = request.inspection, reply.inspection
    uncertain = ""
    sights = [(key, (_seen(there, key), _seen(back, key))) for key in sorted(there.possible | back.possible)]
    for key, seen in [*sights, *((key, (there.any, back.any)) for key, _ in sights[:1])]:
        if seen[0] == seen[1]:
            continue
        words = "the request may pass it and the reply not, or the other way round"
        if None not in seen:
            words = "sees the request and not the reply" if seen[0] else "sees the reply and not the request"
            if request.packet.protocol == TCP:
                return _dropped(network, reply, key, words)
        uncertain = uncertain or f"{_label(network, key)}: {words}"
    return msgspec.structs.replace(reply, delivered_to=None, unknown=uncertain) if uncertain else reply


def _seen(inspection: Inspection, key: FirewallKey) -> bool | None:
    """Whether a firewall is on the way; None when AWS may take a way with it or one without."""
    if key in inspection.certain:
        return True
    return None if key in inspection.possible else False


def _dropped(network: Network, reply: Trace, key: FirewallKey, words: str) -> Trace:
    hop = Hop(
        stage=Stage.FIREWALL,
        region=key[0],
        resource_id=key[1],
        resource=_label(network, key),
        decision=f"{words}: it drops connections of which it does not see both directions",
        dropped=True,
    )
    return msgspec.structs.replace(reply, hops=(*reply.hops, hop), delivered_to=None)


def _label(network: Network, key: FirewallKey) -> str:
    return network.vpc_endpoints[key].label
