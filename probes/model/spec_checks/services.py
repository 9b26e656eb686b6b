"""Findings about storage, metrics, encryption and growth."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import get_args

from netaddr import IPSet

from probes.model.spec import ExpansionPart, Spec
from probes.model.spec.services import FlowLogUse
from probes.model.spec_checks.finding import Finding

UNTOLD_BY_FLOW_LOGS: tuple[FlowLogUse, ...] = ("security group violations", "network ACL violations")


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
    """C27: a new Region needs everything that the others have."""
    deploys = spec.expansion.deploys if spec.expansion else get_args(ExpansionPart)
    needless = () if spec.global_accelerator else ("global-accelerator-endpoint-group",)
    missing = [part for part in get_args(ExpansionPart) if part not in (*deploys, *needless)]
    if missing:
        yield Finding(
            id="C27",
            severity="S3",
            where="expansion.deploys",
            expected="a step for everything that a Region of the document has",
            observed=f"none for {', '.join(missing)}",
            hint="; ".join(("add them", *_told_of_the_next_region(spec))),
        )


def _told_of_the_next_region(spec: Spec) -> Iterator[str]:
    """What else the next Region changes."""
    if spec.global_accelerator:
        yield "an accelerator's endpoint group is created per Region, not updated"
    if spec.dynamodb:
        yield "a strongly consistent global table admits no Region outside its set"
    expansion = spec.expansion
    if expansion is None:
        return
    if spec.address_space and not _has_room_after(spec, expansion.vpc_cidr):
        space = ", ".join(map(str, spec.address_space))
        yield f"after {expansion.vpc_cidr} no /{expansion.vpc_cidr.prefixlen} of {space} is free for another one"
    budget = spec.latency.cross_region
    if budget and expansion.new_peerings:
        pairs = ", ".join(f"{expansion.region}-{peer}" for peer in expansion.new_peerings)
        yield f"{budget.min_ms:g} to {budget.max_ms:g} ms was stated without the round trips of {pairs}"


def _has_room_after(spec: Spec, cidr: IPv4Network) -> bool:
    taken = IPSet([str(cidr), *(str(own) for vpc in spec.vpcs.values() for own in vpc.cidrs)])
    free = IPSet(map(str, spec.address_space)) - taken
    return any(block.prefixlen <= cidr.prefixlen for block in free.iter_cidrs())


def flow_log_uses(spec: Spec) -> Iterator[Finding]:
    """C31: a rejected flow's record does not say what rejected it.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html
    """
    uses = [use for use in (spec.flow_logs.uses if spec.flow_logs else ()) if use in UNTOLD_BY_FLOW_LOGS]
    if uses:
        yield Finding(
            id="C31",
            severity="S4",
            where="flow_logs.uses",
            expected="rejected traffic: the record names neither security group nor network ACL",
            observed=", ".join(uses),
            hint="keep traffic type ALL and ask the suite's trace which rule it was",
        )
