"""Storage, tables, metrics, containers and scaling: describe responses as resources of the model."""

from collections.abc import Iterable

import msgspec

from probes.model.state import (
    AutoScalingGroup,
    DynamoTable,
    EcsService,
    FsxFileSystem,
    KmsAlias,
    Metric,
    MetricAlarm,
    TableReplica,
)
from probes.sources.describe.edge import CamelPart
from probes.sources.describe.fields import FieldMap, Part, Raw, Tag, ids


class LustreConfiguration(Part, frozen=True, kw_only=True):
    """FSx LustreFileSystemConfiguration."""

    deployment_type: str = ""
    per_unit_storage_throughput: int | None = None
    mount_name: str = ""


class RawFileSystem(Raw, frozen=True, kw_only=True):
    """FSx FileSystem. Only Lustre has a mount name and a throughput per TiB."""

    id: str = msgspec.field(name="FileSystemId")
    type: str = msgspec.field(name="FileSystemType", default="")
    lifecycle: str = ""
    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] = ()
    network_interface_ids: tuple[str, ...] = ()
    storage_gib: int = msgspec.field(name="StorageCapacity", default=0)
    kms_key_id: str = ""
    lustre_configuration: LustreConfiguration = LustreConfiguration()


class Replica(Part, frozen=True, kw_only=True):
    """DynamoDB ReplicaDescription."""

    region_name: str
    replica_status: str


class SseDescription(Part, frozen=True, kw_only=True):
    """DynamoDB SSEDescription."""

    kms_key_arn: str = msgspec.field(name="KMSMasterKeyArn", default="")


class RawTable(Part, frozen=True, kw_only=True):
    """DynamoDB TableDescription."""

    table_name: str
    table_status: str
    replicas: tuple[Replica, ...] = ()
    global_table_version: str = ""
    multi_region_consistency: str = ""
    sse_description: SseDescription = msgspec.field(name="SSEDescription", default=SseDescription())


class Dimension(Part, frozen=True, kw_only=True):
    """CloudWatch Dimension."""

    name: str
    value: str


class RawMetric(Part, frozen=True, kw_only=True):
    """CloudWatch Metric."""

    namespace: str
    metric_name: str
    dimensions: tuple[Dimension, ...] = ()


class MetricStat(Part, frozen=True, kw_only=True):
    """CloudWatch MetricStat."""

    metric: RawMetric


class MetricDataQuery(Part, frozen=True, kw_only=True):
    """CloudWatch MetricDataQuery."""

    metric_stat: MetricStat | None = None


class RawMetricAlarm(Part, frozen=True, kw_only=True):
    """CloudWatch MetricAlarm. An alarm on a metric-math expression names its metrics in Metrics."""

    id: str = msgspec.field(name="AlarmName")
    namespace: str = ""
    metric_name: str = ""
    dimensions: tuple[Dimension, ...] = ()
    metrics: tuple[MetricDataQuery, ...] = ()
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    comparison: str = msgspec.field(name="ComparisonOperator", default="")
    threshold: float | None = None


class Datapoint(Part, frozen=True, kw_only=True):
    """CloudWatch Datapoint."""

    sum: float | None = None
    extended_statistics: dict[str, float] = msgspec.field(default_factory=dict)


class MetricStatistics(Part, frozen=True, kw_only=True):
    """The response of get_metric_statistics with the metric and the statistic that were asked for."""

    namespace: str
    metric_name: str
    dimensions: tuple[Dimension, ...] = ()
    statistic: str
    datapoints: tuple[Datapoint, ...]


class AwsVpcConfiguration(CamelPart, frozen=True, kw_only=True):
    """ECS AwsVpcConfiguration."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


class NetworkConfiguration(CamelPart, frozen=True, kw_only=True):
    """ECS NetworkConfiguration."""

    awsvpc_configuration: AwsVpcConfiguration = AwsVpcConfiguration()


class EcsLoadBalancer(CamelPart, frozen=True, kw_only=True):
    """ECS LoadBalancer."""

    target_group_arn: str = ""


class EcsTag(msgspec.Struct, frozen=True, gc=False):
    """ECS Tag."""

    key: str
    value: str = ""


class RawEcsService(CamelPart, frozen=True, kw_only=True):
    """ECS Service."""

    id: str = msgspec.field(name="serviceArn")
    service_name: str
    cluster: str = msgspec.field(name="clusterArn")
    status: str = "ACTIVE"
    running_count: int
    desired_count: int
    network_configuration: NetworkConfiguration = NetworkConfiguration()
    load_balancers: tuple[EcsLoadBalancer, ...] = ()
    tags: tuple[EcsTag, ...] = ()


class ScalingInstance(Part, frozen=True, kw_only=True):
    """Auto Scaling Instance."""

    instance_id: str = ""


class SuspendedProcess(Part, frozen=True, kw_only=True):
    """Auto Scaling SuspendedProcess."""

    process_name: str = ""


class RawAutoScalingGroup(Part, frozen=True, kw_only=True):
    """Auto Scaling AutoScalingGroup. Status is only set while the group is being deleted."""

    id: str = msgspec.field(name="AutoScalingGroupName")
    minimum: int = msgspec.field(name="MinSize")
    maximum: int = msgspec.field(name="MaxSize")
    desired: int = msgspec.field(name="DesiredCapacity")
    zones: str = msgspec.field(name="VPCZoneIdentifier", default="")
    status: str = ""
    instances: tuple[ScalingInstance, ...] = ()
    suspended_processes: tuple[SuspendedProcess, ...] = ()
    tags: tuple[Tag, ...] = ()


class RawAlias(Part, frozen=True, kw_only=True):
    """KMS AliasListEntry. AWS's own reserved aliases may point at no key yet."""

    id: str = msgspec.field(name="AliasName")
    target_key_id: str = ""


def dynamo_table(region: str, item: RawTable) -> DynamoTable:
    """A DynamoDB table; a global one's replicas include its own Region."""
    replicas = {each.region_name: each.replica_status for each in item.replicas}
    if replicas:
        replicas.setdefault(region, item.table_status)
    return DynamoTable(
        region=region,
        id=item.table_name,
        status=item.table_status,
        replicas=tuple(TableReplica(region=name, status=status) for name, status in sorted(replicas.items())),
        version=item.global_table_version,
        multi_region_consistency=item.multi_region_consistency,
        kms_key_id=item.sse_description.kms_key_arn,
    )


def metric(region: str, item: RawMetric, statistics: MetricStatistics | None) -> Metric:
    """A metric and, where somebody asked for one, its statistic."""
    return Metric(
        region=region,
        id=metric_id(item),
        namespace=item.namespace,
        metric=item.metric_name,
        dimensions=_dimensions(item.dimensions),
        statistic=statistics.statistic if statistics else "",
        value=_value(statistics) if statistics else None,
    )


def metric_id(item: RawMetric | MetricStatistics) -> str:
    """Name a metric as "namespace/name/dim=value,…", the dimensions in order of their names."""
    dimensions = sorted(_dimensions(item.dimensions).items())
    return f"{item.namespace}/{item.metric_name}/" + ",".join(f"{name}={value}" for name, value in dimensions)


def _alarm_metric(item: RawMetricAlarm) -> RawMetric:
    """The metric of an alarm; one on a metric-math expression stands for the first metric in it."""
    metrics = [query.metric_stat.metric for query in item.metrics if query.metric_stat]
    if metrics:
        return metrics[0]
    return RawMetric(namespace=item.namespace, metric_name=item.metric_name, dimensions=item.dimensions)


def _dimensions(dimensions: Iterable[Dimension]) -> dict[str, str]:
    return {dimension.name: dimension.value for dimension in dimensions}


def _value(statistics: MetricStatistics) -> float | None:
    points = statistics.datapoints
    if statistics.statistic == "Sum":
        sums = [point.sum for point in points if point.sum is not None]
        return sum(sums) if sums else None
    percentiles = [
        point.extended_statistics[statistics.statistic]
        for point in points
        if statistics.statistic in point.extended_statistics
    ]
    return max(percentiles, default=None)


def _file_system_type(item: RawFileSystem) -> str:
    """Its type; a response without FileSystemType tells it by the configuration that only Lustre has."""
    is_lustre = item.lustre_configuration != LustreConfiguration()
    return item.type or ("LUSTRE" if is_lustre else "")


fsx_file_system = FieldMap(
    FsxFileSystem,
    type=_file_system_type,
    throughput_mb_per_s_per_tib="lustre_configuration.per_unit_storage_throughput",
    deployment_type="lustre_configuration.deployment_type",
    mount_name="lustre_configuration.mount_name",
)
metric_alarm = FieldMap(
    MetricAlarm,
    namespace=lambda item: _alarm_metric(item).namespace,
    metric=lambda item: _alarm_metric(item).metric_name,
    dimensions=lambda item: _dimensions(_alarm_metric(item).dimensions),
    alarm_actions=lambda item: ids(item.alarm_actions),
)
ecs_service = FieldMap(
    EcsService,
    subnet_ids=lambda item: ids(item.network_configuration.awsvpc_configuration.subnets),
    group_ids=lambda item: ids(item.network_configuration.awsvpc_configuration.security_groups),
    target_group_ids=lambda item: ids(each.target_group_arn for each in item.load_balancers),
)
auto_scaling_group = FieldMap(
    AutoScalingGroup,
    subnet_ids=lambda item: ids(item.zones.split(",")),
    instance_ids=lambda item: ids(each.instance_id for each in item.instances),
    suspended=lambda item: ids(each.process_name for each in item.suspended_processes),
)
kms_alias = FieldMap(KmsAlias)
