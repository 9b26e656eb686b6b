"""FSx for Lustre and the DynamoDB global table."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import file_systems, global_tables, some_file_systems
from probes.model.conformance.verdict import Violation, mismatch, violation_unless
from probes.model.spec import Spec

requirement = pytest.mark.requirement


@requirement("FSX-01")
def test_region_has_a_file_system_in_its_fsx_subnets(documented: Documented, region: str) -> None:
    """Each Region has an available FSx for Lustre file system, in a documented FSx subnet."""
    subnets = {subnet.id for subnet in documented.subnets_of_tier(region, "fsx")}
    found = file_systems(documented, region)
    good = [fs for fs in found if fs.lifecycle == "AVAILABLE" and subnets.issuperset(fs.subnet_ids)]
    violations = violation_unless(
        bool(good),
        resource=f"FSx for Lustre of {region}",
        expected="an AVAILABLE file system in a documented FSx subnet",
        observed=[f"{fs.label} {fs.lifecycle} in {', '.join(fs.subnet_ids)}" for fs in found],
        hint="create the file system in one of the FSx subnets (Lustre takes exactly one)",
    )

    assert violations == []


@requirement("FSX-02")
def test_file_system_has_the_documented_throughput(spec: Spec, documented: Documented, region: str) -> None:
    """Storage capacity times throughput per unit reaches the documented throughput."""
    known = documented.collection("fsx_file_systems").known
    violations = [
        Violation(
            resource=fs.label,
            expected=f"at least {spec.fsx.throughput_mb_per_s:g} MB/s",
            observed=f"{throughput:g} MB/s from {fs.storage_gib} GiB",
            hint="raise PerUnitStorageThroughput or the capacity",
        )
        for fs in some_file_systems(documented, region)
        for throughput in [fs.storage_gib / 1000 * known(fs, "throughput_mb_per_s_per_tib")]
        if throughput < spec.fsx.throughput_mb_per_s
    ]

    assert violations == []


@requirement("FSX-06")
def test_documented_mount_name_is_the_file_systems(spec: Spec, documented: Documented, region: str) -> None:
    """The mount name of the documented command is that of the file system."""
    known = documented.collection("fsx_file_systems").known
    violations = [
        violation
        for fs in some_file_systems(documented, region)
        for violation in mismatch(
            resource=fs.label,
            expected=f"MountName {spec.fsx.mount_name}",
            observed=f"MountName {known(fs, 'mount_name')}",
            hint="look the name up per file system: only SCRATCH_1 is always called fsx",
        )
    ]

    assert violations == []


@requirement("DDB-01")
def test_global_table_has_an_active_replica_in_every_region(
    spec: Spec, documented: Documented, region: str
) -> None:
    """The table is active in each Region, and lists an active replica in every other one."""
    wanted = {spec.region_named(alias) for alias in spec.dynamodb.replica_regions}
    violations = [
        Violation(
            resource=table.label,
            expected=f"ACTIVE replicas in {', '.join(sorted(wanted))}",
            observed=", ".join(f"{r.region} {r.status}" for r in table.replicas) or "no replica",
            hint="add the replica and wait until it is ACTIVE",
        )
        for table in global_tables(documented, region)
        if not wanted <= {r.region for r in table.replicas if r.status == "ACTIVE"} | {region}
        or table.status != "ACTIVE"
    ]

    assert violations == []
