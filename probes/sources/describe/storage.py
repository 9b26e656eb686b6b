"""Raw answers of storage, table, metric, container and scaling services as resources of the model."""

from collections.abc import Iterable

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
from probes.sources.describe import raw_data as raw
from probes.sources.describe.fields import tags_of


def fsx_file_system(region: str, item: raw.RawFileSystem) -> FsxFileSystem:
    """An FSx file system. Only Lustre has a mount name and a throughput per TiB."""
    lustre = item.lustre_configuration
    return FsxFileSystem(
        region=region,
        id=item.file_system_id,
        tags=tags_of(item.tags),
        type=item.file_system_type,
        lifecycle=item.lifecycle,
        vpc_id=item.vpc_id,
        subnet_ids=tuple(sorted(item.subnet_ids)),
        network_interface_ids=tuple(sorted(item.network_interface_ids)),
        storage_gib=item.storage_capacity,
        throughput_mb_per_s_per_tib=lustre.per_unit_storage_throughput,
        deployment_type=lustre.deployment_type,
        mount_name=lustre.mount_name,
        kms_key_id=item.kms_key_id,
    )


def dynamo_table(region: str, item: raw.RawTable) -> DynamoTable:
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


def metric_alarm(region: str, item: raw.RawMetricAlarm) -> MetricAlarm:
    """An alarm; one on a metric-math expression stands for the first metric in it."""
    metrics = [query.metric_stat.metric for query in item.metrics if query.metric_stat]
    metric = metrics[0] if metrics else _alarm_metric(item)
    return MetricAlarm(
        region=region,
        id=item.alarm_name,
        namespace=metric.namespace,
        metric=metric.metric_name,
        dimensions=_dimensions(metric.dimensions),
        actions_enabled=item.actions_enabled,
    )


def metric(region: str, item: raw.RawMetric, statistics: raw.MetricStatistics | None) -> Metric:
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


def metric_id(item: raw.RawMetric | raw.MetricStatistics) -> str:
    """Name a metric as "namespace/name/dim=value,…", the dimensions in order of their names."""
    dimensions = sorted(_dimensions(item.dimensions).items())
    return f"{item.namespace}/{item.metric_name}/" + ",".join(f"{name}={value}" for name, value in dimensions)


def ecs_service(region: str, item: raw.RawEcsService) -> EcsService:
    """An ECS service."""
    network = item.network_configuration.awsvpc_configuration
    return EcsService(
        region=region,
        id=item.service_arn,
        tags={tag.key: tag.value for tag in item.tags},
        service_name=item.service_name,
        cluster=item.cluster_arn,
        running_count=item.running_count,
        desired_count=item.desired_count,
        subnet_ids=tuple(sorted(network.subnets)),
        group_ids=tuple(sorted(network.security_groups)),
        target_group_ids=tuple(sorted(filter(None, (each.target_group_arn for each in item.load_balancers)))),
    )


def auto_scaling_group(region: str, item: raw.RawAutoScalingGroup) -> AutoScalingGroup:
    """An Auto Scaling group."""
    return AutoScalingGroup(
        region=region,
        id=item.auto_scaling_group_name,
        tags=tags_of(item.tags),
        desired=item.desired_capacity,
        minimum=item.min_size,
        maximum=item.max_size,
        subnet_ids=tuple(sorted(filter(None, item.vpc_zone_identifier.split(",")))),
    )


def kms_alias(region: str, item: raw.RawAlias) -> KmsAlias:
    """A KMS alias; AWS's own reserved aliases may point at no key yet."""
    return KmsAlias(region=region, id=item.alias_name, target_key_id=item.target_key_id)


def _alarm_metric(item: raw.RawMetricAlarm) -> raw.RawMetric:
    return raw.RawMetric(namespace=item.namespace, metric_name=item.metric_name, dimensions=item.dimensions)


def _dimensions(dimensions: Iterable[raw.Dimension]) -> dict[str, str]:
    return {dimension.name: dimension.value for dimension in dimensions}


def _value(statistics: raw.MetricStatistics) -> float | None:
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
