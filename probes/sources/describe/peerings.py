"""Both ends of each Transit Gateway peering compared: each Region keeps its own record of it."""

from collections.abc import Iterable

import msgspec

from probes.model.state import Gap, State, TgwAttachment
from probes.model.state.tgw import BOTH_ENDS


def with_peer_regions(state: State) -> State:
    """The state with the peer Region of every peering that both Regions list, where no response names it.

    A peering has one ID in both Regions, and each names the other's Transit Gateway as its resource.
    """
    unnamed = {(gap.region, gap.resource) for gap in state.gaps if gap.field == "peer_region"}
    ends: dict[str, list[TgwAttachment]] = {}
    for end in state.tgw_attachments:
        if end.resource_type == "peering":
            ends.setdefault(end.id, []).append(end)
    found = {
        (end.region, end.id): other.region
        for pair in ends.values()
        for end in pair
        for other in pair
        if (end.region, end.id) in unnamed and _name_each_other(end, other)
    }
    return msgspec.structs.replace(
        state,
        gaps=tuple(
            gap for gap in state.gaps if gap.field != "peer_region" or (gap.region, gap.resource) not in found
        ),
        tgw_attachments=tuple(
            msgspec.structs.replace(end, peer_region=found.get((end.region, end.id), end.peer_region))
            for end in state.tgw_attachments
        ),
    )


def disagreements(state: State) -> Iterable[Gap]:
    """A gap at each end of every peering whose two ends, both seen, do not say the same.

    An end that is not there was seen not to be there when its Region's responses name its Transit Gateway.
    """
    ends = {(end.region, end.id): end for end in state.tgw_attachments if end.resource_type == "peering"}
    gateways = {(gateway.region, gateway.id) for gateway in state.transit_gateways}
    unseen = {gap.region for gap in state.gaps if gap.kind == "tgw_attachments" and not gap.resource}
    for end in ends.values():
        other = ends.get((end.peer_region, end.id))
        is_seen = (end.peer_region, end.peer_transit_gateway_id) in gateways and end.peer_region not in unseen
        if other is None and not is_seen:
            continue
        if end.peer_region != end.region and (difference := _difference(end, other)):
            yield Gap(
                kind="tgw_attachments",
                region=end.region,
                resource=end.id,
                field=BOTH_ENDS,
                reason=f"the two ends of the peering disagree: {difference}",
            )


def _name_each_other(end: TgwAttachment, other: TgwAttachment) -> bool:
    return (end.transit_gateway_id, end.peer_transit_gateway_id) == (
        other.peer_transit_gateway_id,
        other.transit_gateway_id,
    )


def _difference(end: TgwAttachment, other: TgwAttachment | None) -> str:
    if other is None:
        return f"{end.region} has it in state {end.state}, {end.peer_region} does not have it"
    if end.state != other.state:
        return f"{end.region} says {end.state}, {other.region} says {other.state}"
    if end.role and (end.transit_gateway_id, end.role) == (other.peer_transit_gateway_id, other.role):
        return f"both {end.region} and {other.region} say that they are the {end.role}"
    if end.transit_gateway_id != other.peer_transit_gateway_id:
        return (
            f"{end.region} says it joins {end.transit_gateway_id} to {end.peer_transit_gateway_id}, "
            f"{other.region} says {other.transit_gateway_id} to {other.peer_transit_gateway_id}"
        )
    return ""
