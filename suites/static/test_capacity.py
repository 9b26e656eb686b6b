"""GPUs in normal operation and room for them after the loss of a Region; what is billed."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import gpu_scaling_groups
from probes.model.checks.hosts import hosts_of
from probes.model.conformance.verdict import mismatch, violation_unless
from probes.model.spec import Spec

requirement = pytest.mark.requirement


@requirement("HA-01")
def test_region_runs_the_documented_number_of_gpu_instances(
    spec: Spec, documented: Documented, region: str
) -> None:
    """As many GPU instances run as the document's table says."""
    running = [instance for instance in hosts_of(documented, region, "gpu") if instance.state == "running"]
    violations = mismatch(
        resource=f"GPU instances of {region}",
        expected=f"{spec.regions[region].gpus.normal} running",
        observed=f"{len(running)} running",
        hint="scale the group, or correct the document's table",
    )

    assert violations == []


@requirement("HA-02")
def test_scaling_groups_can_reach_the_failover_capacity(
    spec: Spec, documented: Documented, region: str
) -> None:
    """The Auto Scaling groups may grow to the GPUs that the Region needs when another one is lost."""
    needed = spec.regions[region].gpus.after_failover
    groups = gpu_scaling_groups(documented, region)
    maximum = sum(group.maximum for group in groups)
    violations = violation_unless(
        maximum >= needed,
        resource=", ".join(group.label for group in groups),
        expected=f"MaxSize of at least {needed} in sum",
        observed=maximum,
        hint="raise MaxSize, and the service quota behind it",
    )

    assert violations == []


@requirement("COST-07")
def test_as_many_peering_attachments_are_billed_as_the_table_says(spec: Spec, documented: Documented) -> None:
    """AWS bills each side of a peering to its owner; the cost table's quantity has to count both."""
    budgeted = sum(row.quantity for row in spec.cost.tgw if row.unit == "peering-attachment-hour")
    billed = sum(len(documented.peerings(region)) for region in spec.regions)
    violations = mismatch(
        resource="peering attachments of all Regions",
        expected=f"{budgeted:g}",
        observed=f"{billed}",
        hint="correct the quantity in the cost table, or delete the peering that it does not list",
    )

    assert violations == []
