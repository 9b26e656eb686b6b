"""The two evaluators on the judged network itself: the sets of packets, and one packet followed hop by hop."""

from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet


def require_agreement(roles: Roles, packet: Packet, source: Endpoint, destination: Endpoint) -> None:
    """Raise RuntimeError, a bug of ours and no verdict, when the evaluators differ about a packet and its reply."""
    try:
        trip = round_trip(roles.network, packet, source, destination)
    except UnobservableError:
        return
    if trip.works is not roles.reachability.carries(packet, source, destination):
        raise RuntimeError(
            f"the evaluators disagree, please report this: {packet} from {source.label} to {destination.label}: "
            f"followed hop by hop it {'works' if trip.works else 'is lost'}, by sets of packets it does not"
        )
