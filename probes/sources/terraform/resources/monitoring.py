"""What records and protects the network: flow logs, log groups, bucket lifecycles, alarms, key aliases."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from probes.model import state
from probes.model.state.base import TGW_NAMESPACE
from probes.sources.terraform.resources.fields import Field, always, flag, never_shown, one, text
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import listed, number_of, text_of
from probes.sources.terraform.schema.base import (
    Attributes,
    FieldMap,
    Flag,
    Number,
    Tagged,
    Text,
    TextMap,
    Texts,
)

LOGS_DESTINATION = "cloud-watch-logs"
LOGGED = ("vpc_id", "subnet_id", "eni_id", "transit_gateway_id", "transit_gateway_attachment_id")


class FlowLog(Tagged, gc=False):
    """`aws_flow_log`."""

    vpc_id: Text = UNSET
    subnet_id: Text = UNSET
    eni_id: Text = UNSET
    transit_gateway_id: Text = UNSET
    transit_gateway_attachment_id: Text = UNSET
    traffic_type: Text = UNSET
    log_destination_type: Text = UNSET
    log_destination: Text = UNSET
    log_group_name: Text = UNSET


class LogGroup(Tagged, gc=False):
    """`aws_cloudwatch_log_group`."""

    name: Text = UNSET
    retention_in_days: Number = UNSET


class Expiration(msgspec.Struct, gc=False):
    """When a lifecycle rule expires objects."""

    days: Number = UNSET


class LifecycleAnd(msgspec.Struct, gc=False):
    """Several conditions of a rule."""

    prefix: Text = UNSET
    tags: Any = None
    object_size_greater_than: Any = None
    object_size_less_than: Any = None


class LifecycleFilter(LifecycleAnd, gc=False):
    """Which objects a rule is about."""

    tag: Any = None
    both: list[LifecycleAnd] | UnsetType | None = msgspec.field(name="and", default=UNSET)


class LifecycleRule(msgspec.Struct, gc=False):
    """One rule of a bucket."""

    status: Text = UNSET
    expiration: list[Expiration] | UnsetType | None = UNSET
    prefix: Text = UNSET
    filter: list[LifecycleFilter] | UnsetType | None = UNSET


class BucketLifecycle(Attributes, gc=False):
    """`aws_s3_bucket_lifecycle_configuration`."""

    bucket: Text = UNSET
    rule: list[LifecycleRule] | UnsetType | None = UNSET


class AlarmMetric(msgspec.Struct, gc=False):
    """One metric of an alarm that computes."""

    namespace: Text = UNSET
    metric_name: Text = UNSET
    dimensions: TextMap = UNSET


class AlarmQuery(msgspec.Struct, gc=False):
    """One term of an alarm that computes."""

    metric: list[AlarmMetric] | UnsetType | None = UNSET


class MetricAlarm(Tagged, gc=False):
    """`aws_cloudwatch_metric_alarm`."""

    alarm_name: Text = UNSET
    namespace: Text = UNSET
    metric_name: Text = UNSET
    dimensions: TextMap = UNSET
    actions_enabled: Flag = UNSET
    alarm_actions: Texts = UNSET
    comparison_operator: Text = UNSET
    threshold: float | str | UnsetType | None = UNSET
    metric_query: list[AlarmQuery] | UnsetType | None = UNSET


class KmsAlias(Attributes, gc=False):
    """`aws_kms_alias`."""

    name: Text = UNSET
    target_key_id: Text = UNSET
    target_key_arn: Text = UNSET


def _logged(resource: ResourceReader[FlowLog], field: str) -> str | None:
    for attribute in LOGGED:
        value = getattr(resource.attributes, attribute)
        if (isinstance(value, str) and value) or (value is UNSET and resource.instance.configures(attribute)):
            return resource.one(attribute, field)
    return None


def _traffic_type(resource: ResourceReader[FlowLog], field: str) -> str | None:
    return resource.text("traffic_type", field) or None


def _destination(resource: ResourceReader[FlowLog], field: str) -> str | None:
    """The log group's name or the ARN of a bucket or stream; None when the file does not tell."""
    is_group = text_of(resource.attributes.log_destination_type, LOGS_DESTINATION) == LOGS_DESTINATION
    for attribute in ("log_group_name", "log_destination"):
        value = getattr(resource.attributes, attribute)
        if value is UNSET and resource.instance.configures(attribute):
            return resource.one(attribute, field)
        found = _group_named(resource.reader, value) if is_group and value else value
        if found:
            return str(found)
    resource.gap("log_destination names no log group that was read", field)
    return None


def _group_named(reader: Reader, text: str) -> str:
    """The log group that an ARN names; a bare name must be that of a group that was read."""
    if text.startswith("arn:"):
        return text.partition(":log-group:")[2].removesuffix(":*")
    groups = reader.of(LogGroup, "aws_cloudwatch_log_group")
    return text if any(text == reader.identity(group) for group in groups) else ""


FLOW_LOG = FieldMap(
    state.FlowLog,
    {
        "resource_id": _logged,
        "status": always("ACTIVE"),
        "deliver_status": never_shown("whether a flow log delivers"),
        "traffic_type": _traffic_type,
        "destination_type": text("log_destination_type", LOGS_DESTINATION),
        "destination": _destination,
    },
)


def _retention(resource: ResourceReader[LogGroup], field: str) -> int | None:
    """Events never expire where no retention is set."""
    if resource.attributes.retention_in_days is None:
        return 0
    return resource.number("retention_in_days", field, computed=True)


LOG_GROUP = FieldMap(state.LogGroup, {"retention_days": _retention})


def _metric(resource: ResourceReader[MetricAlarm], field: str) -> MetricAlarm | AlarmMetric:
    """What the alarm is about; one that computes from several metrics is listed with the first of them."""
    queries = resource.attributes.metric_query
    if queries is UNSET and resource.instance.configures("metric_query"):
        resource.unknown("metric_query", field)
    metrics = (metric for query in listed(queries) for metric in listed(query.metric))
    return next(metrics, resource.attributes)


def _of_metric(attribute: str) -> Field:
    def read(resource: ResourceReader[MetricAlarm], field: str) -> str:
        metric = _metric(resource, field)
        if metric is resource.attributes:
            return resource.text(attribute, field)
        return text_of(getattr(metric, attribute))

    return read


def _dimensions(resource: ResourceReader[MetricAlarm], field: str) -> dict[str, str]:
    """The dimensions; a plan leaves out those whose value it does not know.

    For a Transit Gateway's metrics the type of what they refer to tells which dimension it is.
    """
    metric, reader = _metric(resource, field), resource.reader
    values = metric.dimensions if isinstance(metric.dimensions, dict) else {}
    known = {key: value for key, value in values.items() if value is not None}
    references = resource.instance.references("dimensions")
    if not references:
        return known
    resolution = reader.resolver.all_of(resource.instance, references, "dimensions")
    if resolution.missing or metric.namespace != TGW_NAMESPACE:
        if not known:
            resource.gap(f"dimensions {resolution.missing or 'is not known before apply'}", field)
        return known
    gateways = {reader.identity(gateway) for gateway in reader.of(object, "aws_ec2_transit_gateway")}
    for identity in resolution.ids:
        known.setdefault("TransitGateway" if identity in gateways else "TransitGatewayAttachment", identity)
    return known


def _actions(resource: ResourceReader[MetricAlarm], _field: str) -> tuple[str, ...]:
    """Whom the alarm tells; a topic that is made together with it has no ARN yet, and is one all the same."""
    attributes = resource.attributes
    if attributes.alarm_actions is UNSET and resource.instance.configures("alarm_actions"):
        return ("known after apply",)
    return tuple(sorted(filter(None, listed(attributes.alarm_actions))))


def _threshold(resource: ResourceReader[MetricAlarm], field: str) -> float | None:
    found = resource.attributes.threshold
    if found is UNSET and resource.instance.configures("threshold"):
        resource.unknown("threshold", field)
    try:
        return None if found is UNSET or found is None else float(found)
    except ValueError:
        return None


ALARM = FieldMap(
    state.MetricAlarm,
    {
        "namespace": _of_metric("namespace"),
        "metric": _of_metric("metric_name"),
        "dimensions": _dimensions,
        "actions_enabled": flag(default=True),
        "alarm_actions": _actions,
        "comparison": text("comparison_operator"),
        "threshold": _threshold,
    },
)

KEY_ALIAS = FieldMap(state.KmsAlias, {"target_key_id": one()})


def read_bucket_lifecycles(reader: Reader) -> list[state.BucketLifecycle]:
    """The shortest expiry of each prefix among each bucket's enabled rules."""
    lifecycles = []
    for instance in reader.of(BucketLifecycle, "aws_s3_bucket_lifecycle_configuration"):
        bucket = reader.at(instance).one("bucket")
        found: dict[str, int] = {}
        for prefix, days in _expiries(instance.attributes):
            found[prefix] = min(days, found.get(prefix, days))
        if bucket:
            lifecycles.append(state.BucketLifecycle(region=instance.region, id=bucket, expirations=found))
    return lifecycles


def _expiries(attributes: BucketLifecycle) -> Iterator[tuple[str, int]]:
    for rule in listed(attributes.rule):
        parts: list[LifecycleAnd] = [*listed(rule.filter)]
        parts += [part for each in listed(rule.filter) for part in listed(each.both)]
        narrowed = any(part.object_size_greater_than or part.object_size_less_than for part in parts) or any(
            getattr(part, name, None) for part in parts for name in ("tag", "tags")
        )
        if rule.status == "Enabled" and not narrowed:
            prefix = next(filter(None, map(text_of, (rule.prefix, *(part.prefix for part in parts)))), "")
            yield from ((prefix, days) for each in listed(rule.expiration) if (days := number_of(each.days)))
