"""Findings about storage, metrics, encryption and growth."""

from collections.abc import Iterator
from typing import get_args

from probes.model.spec import ExpansionPart, Spec
from probes.model.spec_checks.finding import Finding


def mount_string(spec: Spec) -> Iterator[Finding]:
    """C17: the mount name is FSx's choice, except for SCRATCH_1.

    https://docs.aws.amazon.com/fsx/latest/APIReference/API_LustreFileSystemConfiguration.html
    """
    fsx = spec.fsx
    if fsx and fsx.mount_name and fsx.deployment_type != "SCRATCH_1":
        yield Finding(
            id="C17",
            severity="S2",
            where="fsx.mount_name",
            expected="the MountName that FSx reports, and the address that it assigned",
            observed=f"{fsx.mount_name!r}: only SCRATCH_1 file systems have a name known beforehand, 'fsx'; "
            "those are not encrypted in transit",
            hint="look both up; a documented address is an example, not one to be chosen",
        )


def metric_meanings(spec: Spec) -> Iterator[Finding]:
    """C22: the blackhole counters count routing mistakes, in packets and in bytes."""
    for metric, meaning in spec.monitoring.tgw_metrics.items():
        if "DropCount" in metric and meaning not in ("", "routing"):
            yield Finding(
                id="C22",
                severity="S3",
                where=f"monitoring.tgw_metrics.{metric}",
                expected="routing: it counts what a blackhole route, or no route, has dropped",
                observed=repr(meaning),
                hint="drops for want of bandwidth show in no Transit Gateway metric but as retransmits",
            )


def missing_metrics(spec: Spec) -> Iterator[Finding]:
    """C22: drops for want of a route have metrics of their own."""
    missing = [
        name for name in spec.monitoring.derived_tgw_metrics if name not in spec.monitoring.tgw_metrics
    ]
    if missing:
        yield Finding(
            id="C22",
            severity="S3",
            where="monitoring.tgw_metrics",
            expected="the drops for want of a route among the key metrics",
            observed=f"{', '.join(missing)} not listed",
            hint="a forgotten route drops silently and shows here only",
        )


def encryption(spec: Spec) -> Iterator[Finding]:
    """C24: AWS encrypts what leaves a Region; within one it is an option."""
    if spec.security.tgw_encryption == "all traffic" and not spec.security.tgw_encryption_support:
        yield Finding(
            id="C24",
            severity="S3",
            where="security.tgw_encryption",
            expected="traffic between regions: that is what AWS encrypts by default",
            observed="all traffic, though within a Region Encryption Support must be switched on",
            hint="scope the claim, or switch Encryption Support on and say tgw_encryption_support: true",
        )


def tenant_keys(spec: Spec) -> Iterator[Finding]:
    """C25: a file system and a table have one key each, whoever's data they hold."""
    per_vpc = spec.fsx.file_systems_per_vpc if spec.fsx else 0
    tables = 1 if spec.dynamodb else 0
    if spec.security.tenant_kms_keys and (per_vpc == 1 or tables):
        yield Finding(
            id="C25",
            severity="S3",
            where="security.tenant_kms_keys",
            expected="one file system and table per tenant, or encryption by the client",
            observed=f"{per_vpc} file system a VPC and {tables} global table, each with a single KMS key",
            hint="say which data the tenants' keys protect, and where it is encrypted",
        )


def replication_limit(spec: Spec) -> Iterator[Finding]:
    """C26: DynamoDB promises no replication time, so a limit needs a percentile."""
    table = spec.dynamodb
    if table and table.replication_limit_s is not None and table.replication_percentile is None:
        yield Finding(
            id="C26",
            severity="S4",
            where="dynamodb.replication_percentile",
            expected="the share of writes that the limit binds",
            observed=f"below {table.replication_limit_s:g} s, always; AWS: typically, no SLA",
            hint="write the limit as a percentile",
        )


def expansion_steps(spec: Spec) -> Iterator[Finding]:
    """C27: a new region needs everything that the others have."""
    deploys = spec.expansion.deploys if spec.expansion else get_args(ExpansionPart)
    needless = () if spec.global_accelerator else ("global-accelerator-endpoint-group",)
    missing = [part for part in get_args(ExpansionPart) if part not in (*deploys, *needless)]
    if missing:
        yield Finding(
            id="C27",
            severity="S3",
            where="expansion.deploys",
            expected="a step for everything that a region of the document has",
            observed=f"none for {', '.join(missing)}",
            hint="add them; an accelerator's endpoint group is created per region, not updated, and a "
            "strongly consistent global table admits no region outside its set",
        )


def flow_log_uses(spec: Spec) -> Iterator[Finding]:
    """C31: a rejected flow's record does not say what rejected it."""
    uses = [use for use in (spec.flow_logs.uses if spec.flow_logs else ()) if "security group" in use.lower()]
    if uses:
        yield Finding(
            id="C31",
            severity="S4",
            where="flow_logs.uses",
            expected="rejected traffic: the record names neither security group nor network ACL",
            observed=", ".join(map(repr, uses)),
            hint="keep traffic type ALL and ask the suite's trace which rule it was",
        )
