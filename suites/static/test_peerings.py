"""The peering mesh between the Transit Gateways."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec
from probes.model.spec.claims import PeeringClaim
from probes.model.state import TgwAttachment

requirement = pytest.mark.requirement


def test_documented_peering_is_available_on_both_sides(
    spec: Spec, documented: Documented, peering_claim: PeeringClaim
) -> None:
    """The two Transit Gateways are peered, and both Regions say that the peering is available."""
    violations = [
        Violation(
            resource=f"peering {region} to {peer}",
            expected="one peering attachment, available",
            observed=", ".join(f"{a.label} {a.state}" for a in found) or "no peering attachment",
            hint="create the peering attachment in one Region and accept it in the other",
        )
        for peering in peering_claim.peerings
        for one, other in [tuple(spec.region_named(alias) for alias in peering.between)]
        for region, peer in ((one, other), (other, one))
        for found in [documented.peerings_to(region, peer)]
        if [a.state for a in found] != ["available"]
    ]

    assert violations == []


@requirement("PEER-04")
def test_no_undocumented_peering_exists(spec: Spec, documented: Documented, region: str) -> None:
    """The Transit Gateway is peered with the documented Regions' gateways only, each once."""
    expected = {documented.transit_gateway(peer).id for peer in _documented_peers(spec, region)}
    seen: set[str | None] = set()
    violations = []
    for attachment in documented.peerings(region):
        if attachment.peer_transit_gateway_id not in expected or attachment.peer_transit_gateway_id in seen:
            violations.append(_extra(attachment))
        seen.add(attachment.peer_transit_gateway_id)

    assert violations == []


@requirement("PEER-04")
def test_no_peering_waits_for_acceptance(documented: Documented, region: str) -> None:
    """No peering is pending: a pending one carries nothing."""
    violations = [
        Violation(
            resource=attachment.label,
            expected="available",
            observed=attachment.state,
            hint="accept the peering in the accepter's Region",
        )
        for attachment in documented.peerings(region)
        if attachment.state in {"pendingAcceptance", "initiatingRequest", "pending"}
    ]

    assert violations == []


def _documented_peers(spec: Spec, region: str) -> set[str]:
    alias = spec.alias_of(region)
    pairs = [set(peering.between) for peering in spec.peerings if alias in peering.between]
    return {spec.region_named(other) for pair in pairs for other in pair - {alias}}


def _extra(attachment: TgwAttachment) -> Violation:
    return Violation(
        resource=attachment.label,
        expected="only the documented peerings, each once",
        observed=f"peered with {attachment.peer_transit_gateway_id} in {attachment.peer_region}",
        hint="delete the peering, or add it to the document and the spec",
    )
