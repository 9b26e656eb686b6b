"""Both ends of a peering, which need not agree."""

import msgspec
import pytest

from probes.model.state import Gap, State, TgwAttachment, TransitGateway
from probes.model.state.tgw import BOTH_ENDS
from probes.sources.describe.peerings import disagreements, with_peer_regions

EAST, OHIO = "us-east-1", "us-east-2"
REQUESTER = TgwAttachment(
    region=EAST,
    id="tgw-attach-1",
    transit_gateway_id="tgw-east",
    resource_type="peering",
    resource_id="tgw-ohio",
    state="available",
    role="requester",
    peer_transit_gateway_id="tgw-ohio",
    peer_region=OHIO,
)
ACCEPTER = msgspec.structs.replace(
    REQUESTER,
    region=OHIO,
    transit_gateway_id="tgw-ohio",
    resource_id="tgw-east",
    role="accepter",
    peer_transit_gateway_id="tgw-east",
    peer_region=EAST,
)
GATEWAYS = tuple(
    TransitGateway(region=region, id=name, state="available", asn=64512)
    for region, name in ((EAST, "tgw-east"), (OHIO, "tgw-ohio"))
)


def seen(*ends: TgwAttachment, gaps: tuple[Gap, ...] = ()) -> State:
    return State(regions=(EAST, OHIO), transit_gateways=GATEWAYS, tgw_attachments=ends, gaps=gaps)


def test_ends_that_agree_are_no_gap() -> None:
    assert list(disagreements(seen(REQUESTER, ACCEPTER))) == []


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"state": "pendingAcceptance"}, "us-east-1 says available, us-east-2 says pendingAcceptance"),
        ({"peer_transit_gateway_id": "tgw-other"}, "us-east-2 says tgw-ohio to tgw-other"),
        ({"role": "requester"}, "both us-east-1 and us-east-2 say that they are the requester"),
    ],
)
def test_ends_that_disagree_are_named(changes: dict[str, str], words: str) -> None:
    other = msgspec.structs.replace(ACCEPTER, **changes)

    gap = next(gap for gap in disagreements(seen(REQUESTER, other)) if gap.region == EAST)

    assert (gap.kind, gap.resource, gap.field) == ("tgw_attachments", "tgw-attach-1", BOTH_ENDS)
    assert words in gap.reason


def test_an_end_that_only_one_region_has_is_named() -> None:
    (gap,) = disagreements(seen(REQUESTER))

    assert gap.reason.endswith("us-east-1 has it in state available, us-east-2 does not have it")


def test_an_end_that_nobody_could_see_is_no_disagreement() -> None:
    unseen = Gap(kind="tgw_attachments", region=OHIO, reason="denied")

    assert list(disagreements(seen(REQUESTER, gaps=(unseen,)))) == []


def test_an_end_in_another_network_is_no_disagreement() -> None:
    elsewhere = msgspec.structs.replace(
        REQUESTER, peer_transit_gateway_id="tgw-foreign", resource_id="tgw-foreign"
    )

    assert list(disagreements(seen(elsewhere))) == []


def test_a_peering_that_both_regions_list_needs_no_third_answer() -> None:
    ends = tuple(msgspec.structs.replace(end, peer_region="", role="") for end in (REQUESTER, ACCEPTER))
    gaps = tuple(unnamed(end) for end in ends)

    found = with_peer_regions(seen(*ends, gaps=gaps))

    assert [end.peer_region for end in found.tgw_attachments] == [OHIO, EAST]
    assert found.gaps == ()
    assert list(disagreements(found)) == []


def test_a_peering_that_one_region_lists_still_needs_its_answer() -> None:
    end = msgspec.structs.replace(REQUESTER, peer_region="", role="")
    other = msgspec.structs.replace(ACCEPTER, transit_gateway_id="tgw-third", peer_region="")

    found = with_peer_regions(seen(end, other, gaps=(unnamed(end),)))

    assert found.tgw_attachments[0].peer_region == ""
    assert found.gaps == (unnamed(end),)


def unnamed(end: TgwAttachment) -> Gap:
    return Gap(
        kind="tgw_attachments", region=end.region, resource=end.id, field="peer_region", reason="no response"
    )
