"""The flow logs of the documented VPCs and how long their records live."""

from typing import TypeVar

from probes.model.checks.documented import Documented
from probes.model.errors import EmptySelectionError
from probes.model.state import BucketLifecycle, FlowLog, LogGroup

DestinationT = TypeVar("DestinationT", LogGroup, BucketLifecycle)


def flow_logs_of(documented: Documented, region: str) -> tuple[FlowLog, ...]:
    """The flow logs of the documented VPC; empty when it has none."""
    vpc = documented.vpc(region)
    found = documented.collection("flow_logs").in_region(region)
    return tuple(flow_log for flow_log in found if flow_log.resource_id == vpc.id)


def retention_days(documented: Documented, region: str, flow_log: FlowLog) -> int:
    """How many days the destination keeps records, 0 for ever.

    Raises EmptySelectionError when the destination is not in the state.
    """
    destination: str = documented.collection("flow_logs").known(flow_log, "destination")
    if flow_log.destination_type == "s3":
        bucket = destination.removeprefix("arn:aws:s3:::").split("/")[0]
        buckets: tuple[BucketLifecycle, ...] = documented.collection("bucket_lifecycles").in_region(region)
        return _named(buckets, bucket).expiration_days
    groups = documented.collection("log_groups")
    name = destination.rsplit(":log-group:", maxsplit=1)[-1].removesuffix(":*")
    days: int = groups.known(_named(groups.in_region(region), name), "retention_days")
    return days


def _named(items: tuple[DestinationT, ...], name: str) -> DestinationT:
    for item in items:
        if item.id == name:
            return item
    raise EmptySelectionError(f"flow log destination {name} is not in the observed state")
