"""What the network delivers, proven for every pair of endpoints, against what the document says it delivers."""

import pytest

from probes.model.intent.verification import Intent
from probes.model.spec import FlowSpec

requirement = pytest.mark.requirement


def test_documented_flow_is_delivered_and_answered(intent: Intent, flow_claim: FlowSpec) -> None:
    """Between all endpoints of the flow's roles, packets arrive and so do their replies."""
    violations = list(intent.flow(flow_claim))

    assert violations == []


@requirement("PEER-05")
def test_every_host_subnet_reaches_every_other_region(intent: Intent) -> None:
    """Routes and network ACLs carry all traffic between host subnets of different Regions, and back."""
    violations = list(intent.single_network())

    assert violations == []


@requirement("RTB-12")
def test_both_directions_cross_the_same_peering(intent: Intent) -> None:
    """A packet and its reply cross the same peering."""
    violations = list(intent.symmetric_paths())

    assert violations == []


@requirement("SEC-01")
def test_traffic_between_regions_never_takes_the_internet(intent: Intent) -> None:
    """The longest match for every other Region is the Transit Gateway."""
    violations = list(intent.internet_transit())

    assert violations == []


@pytest.mark.parametrize(
    "role",
    [
        pytest.param("gpu", marks=requirement("SG-GPU-I4")),
        pytest.param("fsx", marks=requirement("SG-FSX-I5")),
        pytest.param("router", marks=requirement("SG-RTR-I3")),
    ],
)
def test_nothing_undocumented_is_delivered_to_a_role(intent: Intent, role: str) -> None:
    """No packet that the document's tables do not allow gets from any role's hosts to this role's."""
    violations = list(intent.undocumented_traffic(role))

    assert violations == []
