"""FSx for Lustre and the DynamoDB global table."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.edge_services import file_systems, some_file_systems, tables_named
from probes.model.conformance.verdict import Violation, mismatch, violation_unless
from probes.model.spec import DynamoSpec, FsxSpec, Spec
from probes.model.spec.claims import RegionClaim, VpcClaim

rule = pytest.mark.rule


@rule("fsx-available")
def test_vpc_has_a_file_system_in_its_subnets(
    spec: Spec, documented: Documented, fsx_spec: FsxSpec, file_system_claim: VpcClaim
) -> None:
    """The VPC has an available FSx for Lustre file system in a subnet of its role."""
    vpc = file_system_claim.vpc
    subnets = {subnet.id for subnet in documented.subnets_of_tier(vpc, spec.roles[fsx_spec.role].tier)}
    found = file_systems(documented, vpc)
    good = [fs for fs in found if fs.lifecycle == "AVAILABLE" and subnets.issuperset(fs.subnet_ids)]
    violations = violation_unless(
        bool(good),
        resource=f"FSx for Lustre of {spec.region_of(vpc)}",
        expected="an AVAILABLE file system in a documented FSx subnet",
        observed=[f"{fs.label} {fs.lifecycle} in {', '.join(fs.subnet_ids)}" for fs in found],
        hint="create the file system in one of the FSx subnets (Lustre takes exactly one)",
    )

    assert violations == []


@rule("fsx-throughput")
def test_file_system_has_the_documented_throughput(
    documented: Documented, fsx_spec: FsxSpec, fast_file_system_claim: VpcClaim
) -> None:
    """Storage capacity times throughput per unit reaches the documented throughput."""
    known = documented.collection("fsx_file_systems").known
    wanted = fsx_spec.throughput_mb_per_s or 0
    violations = [
        Violation(
            resource=fs.label,
            expected=f"at least {wanted:g} MB/s",
            observed=f"{throughput:g} MB/s from {fs.storage_gib} GiB",
            hint="raise PerUnitStorageThroughput or the capacity",
        )
        for fs in some_file_systems(documented, fast_file_system_claim.vpc)
        for throughput in [fs.storage_gib / 1000 * known(fs, "throughput_mb_per_s_per_tib")]
        if throughput < wanted
    ]

    assert violations == []


@rule("fsx-mount-name")
def test_documented_mount_name_is_the_file_systems(
    documented: Documented, fsx_spec: FsxSpec, mounted_file_system_claim: VpcClaim
) -> None:
    """The mount name of the documented command is that of the file system."""
    known = documented.collection("fsx_file_systems").known
    violations = [
        violation
        for fs in some_file_systems(documented, mounted_file_system_claim.vpc)
        for violation in mismatch(
            resource=fs.label,
            expected=f"MountName {fsx_spec.mount_name}",
            observed=f"MountName {known(fs, 'mount_name')}",
            hint="look the name up per file system: only SCRATCH_1 is always called fsx",
        )
    ]

    assert violations == []


@rule("dynamodb-replica")
def test_global_table_has_an_active_replica_in_every_region(
    spec: Spec, documented: Documented, dynamodb_spec: DynamoSpec, replica_claim: RegionClaim
) -> None:
    """The table is active in each Region, and lists an active replica in every other one."""
    region = replica_claim.region
    wanted = {spec.region(alias) for alias in dynamodb_spec.replica_regions}
    tables = tables_named(documented, region)
    violations = violation_unless(
        bool(tables),
        resource=f"DynamoDB of {region}",
        expected=f"a global table named like {dynamodb_spec.table!r}",
        observed="no such table",
        hint="create the table, or its replica in this Region",
    ) + [
        Violation(
            resource=table.label,
            expected=f"ACTIVE replicas in {', '.join(sorted(wanted))}",
            observed=", ".join(f"{r.region} {r.status}" for r in table.replicas) or "no replica",
            hint="add the replica and wait until it is ACTIVE",
        )
        for table in tables
        if not wanted <= {r.region for r in table.replicas if r.status == "ACTIVE"} | {region}
        or table.status != "ACTIVE"
    ]

    assert violations == []
