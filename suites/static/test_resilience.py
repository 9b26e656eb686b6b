"""What each single failure loses, by the configured routes, and what the documented remedy brings back."""

import pytest

from probes.model.failures.impact import Resilience

rule = pytest.mark.rule


@rule("peering-failure-local")
@pytest.mark.usefixtures("mesh_claim")
def test_peering_failure_leaves_traffic_within_regions_alone(resilience: Resilience) -> None:
    """No traffic within a Region depends on a peering."""
    violations = list(resilience.local_traffic())

    assert violations == []


@rule("peering-failure-rerouted")
@pytest.mark.usefixtures("rerouting_claim")
def test_peering_failure_is_rerouted(resilience: Resilience) -> None:
    """The configured routes lead around a failed peering."""
    violations = list(resilience.rerouting())

    assert violations == []


@rule("detour")
@pytest.mark.usefixtures("detour_claim")
def test_detour_adds_what_the_document_says(resilience: Resilience) -> None:
    """With the two-route runbook applied, the detour works and adds the documented milliseconds."""
    violations = list(resilience.detour_figures())

    assert violations == []


@rule("region-failure")
@pytest.mark.usefixtures("region_loss_claim")
def test_region_failure_leaves_the_other_regions_connected(resilience: Resilience) -> None:
    """The other Regions reach each other as before when one is lost: failover has somewhere to go."""
    violations = list(resilience.region_losses())

    assert violations == []
