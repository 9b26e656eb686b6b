"""The peerings between the Transit Gateways."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.conformance.verdict import Violation
from probes.model.spec import Spec
from probes.model.spec.claims import GatewayClaim, PeeringClaim
from probes.model.spec.topology import peers_of
from probes.model.state import TgwAttachment

rule = pytest.mark.rule


@rule("peering-available")
def test_documented_peering_is_available_on_both_sides(
    spec: Spec, documented: Documented, peering_claim: PeeringClaim
) -> None:
    """The two Transit Gateways are peered, and both Regions say that the peering is available."""
    one, other = peering_claim.peering.between
    violations = [
        Violation(
            resource=f"peering {spec.gateway_region(here)} to {spec.gateway_region(there)}",
            expected="one peering attachment, available",
            observed=", ".join(f"{a.label} {a.state}" for a in found) or "no peering attachment",
            hint="create the peering attachment in one Region and accept it in the other",
        )
        for here, there in ((one, other), (other, one))
        for found in [documented.peerings_to(here, there)]
        if [a.state for a in found] != ["available"]
    ]

    assert violations == []


@rule("no-other-peering")
def test_no_undocumented_peering_exists(
    spec: Spec, documented: Documented, gateway_claim: GatewayClaim
) -> None:
    """The Transit Gateway is peered with the documented gateways only, with each once."""
    gateway = gateway_claim.gateway
    expected = {documented.transit_gateway(peer).id for peer in peers_of(spec, gateway)}
    elsewhere = [
        documented.attachment(gateway, name).id
        for name, claimed in spec.transit_gateways[gateway].attachments.items()
        if claimed.type == "peering"
    ]
    seen: set[str | None] = set()
    violations = []
    for attachment in (a for a in documented.peerings(gateway) if a.id not in elsewhere):
        if attachment.peer_transit_gateway_id not in expected or attachment.peer_transit_gateway_id in seen:
            violations.append(_extra(attachment))
        seen.add(attachment.peer_transit_gateway_id)

    assert violations == []


@rule("peering-accepted")
def test_no_peering_waits_for_acceptance(documented: Documented, gateway_claim: GatewayClaim) -> None:
    """No peering is pending: a pending one carries nothing."""
    violations = [
        Violation(
            resource=attachment.label,
            expected="available",
            observed=attachment.state,
            hint="accept the peering in the accepter's Region",
        )
        for attachment in documented.peerings(gateway_claim.gateway)
        if attachment.state in {"pendingAcceptance", "initiatingRequest", "pending"}
    ]

    assert violations == []


def _extra(attachment: TgwAttachment) -> Violation:
    return Violation(
        resource=attachment.label,
        expected="only the documented peerings, each once",
        observed=f"peered with {attachment.peer_transit_gateway_id} in {attachment.peer_region}",
        hint="delete the peering, or add it to the document and the spec",
    )
