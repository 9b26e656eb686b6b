"""The answers of storage, table, metric, container and scaling services, as typed items named as in botocore."""

import msgspec

from probes.sources.describe.fields import Part, Raw, Tag
from probes.sources.describe.raw_services import CamelPart


class LustreConfiguration(Part, frozen=True, kw_only=True):
    """FSx LustreFileSystemConfiguration."""

    deployment_type: str = ""
    per_unit_storage_throughput: int | None = None
    mount_name: str = ""


class RawFileSystem(Raw, frozen=True, kw_only=True):
    """FSx FileSystem, or EFS's, which is answered under the same key and has no FileSystemType."""

    file_system_id: str
    file_system_type: str = ""
    lifecycle: str = ""
    vpc_id: str | None = None
    subnet_ids: tuple[str, ...] = ()
    network_interface_ids: tuple[str, ...] = ()
    storage_capacity: int = 0
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

    alarm_name: str
    namespace: str = ""
    metric_name: str = ""
    dimensions: tuple[Dimension, ...] = ()
    metrics: tuple[MetricDataQuery, ...] = ()
    actions_enabled: bool = True


class Datapoint(Part, frozen=True, kw_only=True):
    """CloudWatch Datapoint."""

    sum: float | None = None
    extended_statistics: dict[str, float] = msgspec.field(default_factory=dict)


class MetricStatistics(Part, frozen=True, kw_only=True):
    """The answer of get_metric_statistics with the metric and the statistic that were asked for."""

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

    service_arn: str
    service_name: str
    cluster_arn: str
    status: str = "ACTIVE"
    running_count: int
    desired_count: int
    network_configuration: NetworkConfiguration = NetworkConfiguration()
    load_balancers: tuple[EcsLoadBalancer, ...] = ()
    tags: tuple[EcsTag, ...] = ()


class RawAutoScalingGroup(Part, frozen=True, kw_only=True):
    """Auto Scaling AutoScalingGroup. Status is only set while the group is being deleted."""

    auto_scaling_group_name: str
    min_size: int
    max_size: int
    desired_capacity: int
    vpc_zone_identifier: str = msgspec.field(name="VPCZoneIdentifier", default="")
    status: str = ""
    tags: tuple[Tag, ...] = ()


class RawAlias(Part, frozen=True, kw_only=True):
    """KMS AliasListEntry, or Lambda's AliasConfiguration, which is answered under the same key and has a Name."""

    alias_name: str = ""
    target_key_id: str = ""
