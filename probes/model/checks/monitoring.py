"""What CloudWatch and VPC flow logs record of the documented network, and how long the records are kept."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TypeVar

from probes.model.checks.documented import Documented
from probes.model.errors import EmptySelectionError
from probes.model.spec import DynamoSpec
from probes.model.state import BucketLifecycle, FlowLog, LogGroup, Metric, MetricAlarm, TransitGateway
from probes.model.state.base import DYNAMO_NAMESPACE, TGW_NAMESPACE

DestinationT = TypeVar("DestinationT", LogGroup, BucketLifecycle)


def watched_metrics(documented: Documented, gateway: TransitGateway) -> frozenset[str]:
    """The metrics of a Transit Gateway, all its attachments together, on which an alarm can tell somebody.

    An alarm on one attachment (TransitGatewayAttachment among its dimensions) watches that one only.
    https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-cloudwatch-metrics.html
    """
    alarms = documented.collection("metric_alarms").in_region(gateway.region)
    return frozenset(
        alarm.metric
        for alarm in alarms
        if alarm.namespace == TGW_NAMESPACE
        and alarm.actions_enabled
        and alarm.alarm_actions
        and not _is_deaf(alarm)
        and alarm.dimensions == {"TransitGateway": gateway.id}
    )


def _is_deaf(alarm: MetricAlarm) -> bool:
    """Whether the alarm can never fire: no metric of a Transit Gateway is below zero."""
    if alarm.threshold is None:
        return False
    return (alarm.comparison == "LessThanThreshold" and alarm.threshold <= 0) or (
        alarm.comparison == "LessThanOrEqualToThreshold" and alarm.threshold < 0
    )


def replication_latency_ms(documented: Documented, region: str) -> Iterable[tuple[str, str, float]]:
    """Table, receiving Region and p99 replication latency in ms for every measured pair.

    Raises EmptySelectionError when CloudWatch has no data point.
    """
    table = (documented.spec.dynamodb or DynamoSpec()).table
    measured = [
        (m.dimensions.get("TableName", ""), m.dimensions.get("ReceivingRegion", ""), m.value)
        for m in _metrics(documented, region, DYNAMO_NAMESPACE, "ReplicationLatency")
        if m.value is not None and fnmatchcase(m.dimensions.get("TableName", ""), table)
    ]
    if not measured:
        raise EmptySelectionError(f"no data point of {DYNAMO_NAMESPACE} ReplicationLatency in {region}")
    return measured


def bytes_between_regions(documented: Documented) -> float:
    """Bytes that left over the peering attachments of all documented Transit Gateways in 30 days.

    Raises EmptySelectionError when no peering attachment has a data point.
    """
    values = []
    for gateway in documented.spec.transit_gateways:
        region = documented.spec.gateway_region(gateway)
        peerings = {attachment.id for attachment in documented.peerings(gateway)}
        values += [
            m.value
            for m in _metrics(documented, region, TGW_NAMESPACE, "BytesOut")
            if m.value is not None and m.dimensions.get("TransitGatewayAttachment") in peerings
        ]
    if not values:
        raise EmptySelectionError(f"no data point of {TGW_NAMESPACE} BytesOut for any peering attachment")
    return sum(values)


def flow_logs_of(documented: Documented, vpc: str) -> tuple[FlowLog, ...]:
    """The flow logs of the documented VPC; empty when it has none."""
    observed = documented.vpc(vpc)
    found = documented.collection("flow_logs").in_region(observed.region)
    return tuple(flow_log for flow_log in found if flow_log.resource_id == observed.id)


def retention_days(documented: Documented, region: str, flow_log: FlowLog) -> int:
    """How many days the destination keeps records, 0 for ever.

    Raises EmptySelectionError when the destination is not in the state.
    """
    destination: str = documented.collection("flow_logs").known(flow_log, "destination")
    if flow_log.destination_type == "s3":
        bucket, _, folder = re.sub(r"^arn:[a-z-]+:s3:::", "", destination).partition("/")
        buckets: tuple[BucketLifecycle, ...] = documented.collection("bucket_lifecycles").in_region(region)
        return _named(buckets, bucket).days_of(_key(documented, region, flow_log, folder))
    groups = documented.collection("log_groups")
    days: int = groups.known(_named(groups.in_region(region), log_group_name(destination)), "retention_days")
    return days


def _key(documented: Documented, region: str, flow_log: FlowLog, folder: str) -> str:
    """Where the records of a flow log begin in its bucket.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
    """
    vpc = documented.network.vpcs.get((region, flow_log.resource_id or ""))
    within = f"{folder.strip('/')}/" if folder.strip("/") else ""
    owner = f"{vpc.owner_id}/vpcflowlogs/{region}/" if vpc and vpc.owner_id else ""
    return f"{within}AWSLogs/{owner}"


def log_group_name(destination: str) -> str:
    """The name of the log group that a flow log's destination gives by name or by ARN."""
    return destination.rsplit(":log-group:", maxsplit=1)[-1].removesuffix(":*")


def _metrics(documented: Documented, region: str, namespace: str, name: str) -> list[Metric]:
    found = documented.collection("metrics").in_region(region)
    return [m for m in found if m.namespace == namespace and m.metric == name]


def _named(items: tuple[DestinationT, ...], name: str) -> DestinationT:
    for item in items:
        if item.id == name:
            return item
    raise EmptySelectionError(f"flow log destination {name} is not in the observed state")
