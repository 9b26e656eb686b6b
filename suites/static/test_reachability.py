"""What the network delivers, proven for every pair of endpoints, against what the document says it delivers."""

import pytest

from probes.model.intent.verification import Intent
from probes.model.spec.claims import FlowClaim, RoleClaim

rule = pytest.mark.rule


@rule("flow")
def test_documented_flow_is_delivered_or_denied(intent: Intent, flow_claim: FlowClaim) -> None:
    """Between all ends of the flow, packets and their replies arrive, or none does, as the document says."""
    violations = intent.flow(flow_claim.flow)

    assert violations == ()


@rule("single-network")
@pytest.mark.usefixtures("single_network_claim")
def test_every_host_subnet_reaches_every_other_region(intent: Intent) -> None:
    """Routes and network ACLs carry all traffic between host subnets of different Regions, and back."""
    violations = intent.single_network()

    assert violations == ()


@rule("symmetric-paths")
@pytest.mark.usefixtures("mesh_claim")
def test_both_directions_cross_the_same_peering(intent: Intent) -> None:
    """A packet and its reply cross the same peering."""
    violations = intent.symmetric_paths()

    assert violations == ()


@rule("no-internet-transit")
@pytest.mark.usefixtures("transit_claim")
def test_traffic_between_regions_never_takes_the_internet(intent: Intent) -> None:
    """The longest match for every other Region is the Transit Gateway."""
    violations = intent.internet_transit()

    assert violations == ()


@rule("no-undocumented-traffic")
def test_nothing_undocumented_is_delivered_to_a_role(intent: Intent, closed_role: RoleClaim) -> None:
    """No packet that the document's tables do not allow gets from any role's hosts to this role's."""
    violations = intent.undocumented_traffic(closed_role.role)

    assert violations == ()
