"""What watches and protects the network: flow logs, log groups, bucket lifecycles, alarms, key aliases."""

from collections.abc import Iterator

from msgspec import UNSET

from probes.model.state import BucketLifecycle, FlowLog, KmsAlias, LogGroup, MetricAlarm
from probes.model.state.base import TGW_NAMESPACE
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import Answer, configured, references_of
from probes.sources.terraform.resources.reader import Reading, flag_of, number_of, tags_of, text_of
from probes.sources.terraform.schema import services as service

LOGS_DESTINATION = "cloud-watch-logs"
UNKNOWN = "is not known before apply"
_WATCHED = ("vpc_id", "subnet_id", "eni_id", "transit_gateway_id", "transit_gateway_attachment_id")


def read_flow_logs(reading: Reading) -> list[FlowLog]:
    """Flow logs. Whether they deliver is not in any Terraform file."""
    return [_flow_log(reading, instance) for instance in reading.of(service.FlowLog, "aws_flow_log")]


def _flow_log(reading: Reading, instance: Instance[service.FlowLog]) -> FlowLog:
    attributes, log_id = instance.attributes, reading.identity(instance)
    reason = f"{instance.address}: Terraform does not show whether a flow log delivers"
    reading.gap("flow_logs", reason, region=instance.region, resource=log_id, field="deliver_status")
    return FlowLog(
        region=instance.region,
        id=log_id,
        tags=tags_of(attributes),
        resource_id=_watched(reading, instance),
        status="ACTIVE",
        deliver_status=None,
        traffic_type=text_of(attributes.traffic_type) or None,
        destination_type=text_of(attributes.log_destination_type, LOGS_DESTINATION),
        destination=_destination(reading, instance),
    )


def _watched(reading: Reading, instance: Instance[service.FlowLog]) -> str | None:
    for attribute in _WATCHED:
        value = getattr(instance.attributes, attribute)
        if (isinstance(value, str) and value) or (value is UNSET and configured(instance, attribute)):
            identity = reading.identity(instance)
            return reading.one(instance, value, attribute, "flow_logs", identity, "resource_id")
    return None


def _destination(reading: Reading, instance: Instance[service.FlowLog]) -> str | None:
    """The log group's name or the ARN of a bucket or stream; None when the file does not tell."""
    attributes, place = instance.attributes, ("flow_logs", reading.identity(instance), "destination")
    logs = text_of(attributes.log_destination_type, LOGS_DESTINATION) == LOGS_DESTINATION
    for attribute in ("log_group_name", "log_destination"):
        value = getattr(attributes, attribute)
        if value is UNSET and configured(instance, attribute):
            return reading.one(instance, value, attribute, *place)
        found = _group_named(reading, value) if logs and value else value
        if found:
            return str(found)
    reading.unresolved(
        instance, "log_destination", Answer(missing="names no log group that was read"), *place
    )
    return None


def _group_named(reading: Reading, text: str) -> str:
    """The log group that an ARN names; a bare name must be that of a group that was read."""
    if text.startswith("arn:"):
        return text.partition(":log-group:")[2].removesuffix(":*")
    groups = reading.of(service.LogGroup, "aws_cloudwatch_log_group")
    return text if any(text == reading.identity(group) for group in groups) else ""


def read_log_groups(reading: Reading) -> list[LogGroup]:
    """Log groups by name."""
    groups = []
    for instance in reading.of(service.LogGroup, "aws_cloudwatch_log_group"):
        attributes, name = instance.attributes, reading.identity(instance)
        days = 0 if attributes.retention_in_days is None else number_of(attributes.retention_in_days)
        if days is None:
            reading.unknown(instance, "retention_in_days", "log_groups", name, "retention_days")
        groups.append(
            LogGroup(region=instance.region, id=name, tags=tags_of(attributes), retention_days=days)
        )
    return groups


def read_bucket_lifecycles(reading: Reading) -> list[BucketLifecycle]:
    """The shortest expiry among each bucket's enabled rules."""
    kind, name = "bucket_lifecycles", "aws_s3_bucket_lifecycle_configuration"
    lifecycles = []
    for instance in reading.of(service.BucketLifecycle, name):
        bucket = reading.one(instance, instance.attributes.bucket, "bucket", kind)
        days = min(_expiries(instance.attributes), default=0)
        if bucket:
            lifecycles.append(BucketLifecycle(region=instance.region, id=bucket, expiration_days=days))
    return lifecycles


def _expiries(attributes: service.BucketLifecycle) -> Iterator[int]:
    for rule in attributes.rule if isinstance(attributes.rule, list) else ():
        if rule.status == "Enabled" and isinstance(rule.expiration, list):
            yield from (days for each in rule.expiration if (days := number_of(each.days)))


def read_alarms(reading: Reading) -> list[MetricAlarm]:
    """Metric alarms; one that computes from several metrics is listed with the first of them."""
    return [
        _alarm(reading, instance)
        for instance in reading.of(service.MetricAlarm, "aws_cloudwatch_metric_alarm")
    ]


def _alarm(reading: Reading, instance: Instance[service.MetricAlarm]) -> MetricAlarm:
    attributes, name = instance.attributes, reading.identity(instance)
    metric: service.MetricAlarm | service.AlarmMetric = attributes
    queries = attributes.metric_query
    for query in queries if isinstance(queries, list) else ():
        if isinstance(query.metric, list) and query.metric:
            metric = query.metric[0]
            break
    return MetricAlarm(
        region=instance.region,
        id=name,
        tags=tags_of(attributes),
        namespace=text_of(metric.namespace),
        metric=text_of(metric.metric_name),
        dimensions=_dimensions(reading, instance, metric),
        actions_enabled=flag_of(attributes.actions_enabled, default=True),
    )


def _dimensions(
    reading: Reading,
    instance: Instance[service.MetricAlarm],
    metric: service.MetricAlarm | service.AlarmMetric,
) -> dict[str, str]:
    """The dimensions; a plan leaves out those whose value it does not know.

    For a Transit Gateway's metrics the type of what they refer to tells which dimension it is.
    """
    values = metric.dimensions if isinstance(metric.dimensions, dict) else {}
    known = {key: value for key, value in values.items() if value is not None}
    references = references_of(instance, "dimensions")
    if not references:
        return known
    answer = reading.resolver.all_of(instance, references, "dimensions")
    place = ("metric_alarms", reading.identity(instance), "dimensions")
    if answer.missing or metric.namespace != TGW_NAMESPACE:
        if not known:
            reading.unresolved(instance, "dimensions", Answer(missing=answer.missing or UNKNOWN), *place)
        return known
    gateways = {reading.identity(gateway) for gateway in reading.of(object, "aws_ec2_transit_gateway")}
    for identity in answer.ids:
        known.setdefault("TransitGateway" if identity in gateways else "TransitGatewayAttachment", identity)
    return known


def read_key_aliases(reading: Reading) -> list[KmsAlias]:
    """Key aliases by name."""
    return [
        KmsAlias(
            region=instance.region,
            id=reading.identity(instance),
            target_key_id=reading.one(
                instance,
                instance.attributes.target_key_id,
                "target_key_id",
                "kms_aliases",
                reading.identity(instance),
                "target_key_id",
            ),
        )
        for instance in reading.of(service.KmsAlias, "aws_kms_alias")
    ]
