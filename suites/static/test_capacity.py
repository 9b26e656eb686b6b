"""Instances in normal operation and room for them after the loss of a Region; what is billed."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import scaling_groups
from probes.model.checks.hosts import hosts_of
from probes.model.conformance.verdict import mismatch, violation_unless
from probes.model.spec import CapacitySpec, Spec
from probes.model.spec.claims import RegionClaim

rule = pytest.mark.rule


@rule("instances-running")
def test_region_runs_the_documented_number_of_instances(
    documented: Documented, capacity: CapacitySpec, capacity_claim: RegionClaim
) -> None:
    """As many instances of the role run as the document's table says."""
    role, homes = capacity.role, documented.homes(capacity.role, capacity_claim.region)
    running = [i for vpc in homes for i in hosts_of(documented, vpc, role) if i.state == "running"]
    violations = mismatch(
        resource=f"{role} instances of {capacity_claim.region}",
        expected=f"{capacity.normal[capacity_claim.name]} running",
        observed=f"{len(running)} running",
        hint="scale the group, or correct the document's table",
    )

    assert violations == []


@rule("scaling-maximum")
def test_scaling_groups_can_reach_the_failover_capacity(
    documented: Documented, capacity: CapacitySpec, failover_capacity_claim: RegionClaim
) -> None:
    """The Auto Scaling groups may grow to the instances that the Region needs when another one is lost."""
    role, needed = capacity.role, capacity.after_failover[failover_capacity_claim.name]
    homes = documented.homes(role, failover_capacity_claim.region)
    groups = [group for vpc in homes for group in scaling_groups(documented, vpc, role)]
    maximum = sum(group.maximum for group in groups)
    violations = violation_unless(
        maximum >= needed,
        resource=", ".join(group.label for group in groups)
        or f"Auto Scaling of {failover_capacity_claim.region}",
        expected=f"MaxSize of at least {needed} in sum",
        observed=maximum if groups else "no Auto Scaling group of the role",
        hint="raise MaxSize, and the service quota behind it",
    )

    assert violations == []


@rule("billed-peerings")
@pytest.mark.usefixtures("billed_peerings_claim")
def test_as_many_peering_attachments_are_billed_as_the_table_says(spec: Spec, documented: Documented) -> None:
    """AWS bills each side of a peering to its owner; the cost table's quantity has to count both."""
    budgeted = sum(row.quantity for row in spec.cost.tgw if row.unit == "peering-attachment-hour")
    billed = sum(len(documented.peerings(gateway)) for gateway in spec.transit_gateways)
    both_sides = budgeted == len(spec.peerings) and billed <= 2 * budgeted
    violations = mismatch(
        resource=f"peering attachments of all Regions{', both sides of each' if both_sides else ''}",
        expected=f"{budgeted:g}",
        observed=f"{billed}",
        hint="correct the quantity in the cost table, or delete the peering that it does not list",
    )

    assert violations == []
