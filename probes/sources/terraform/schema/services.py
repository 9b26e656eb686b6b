"""The attributes that the model needs of storage, compute and what watches the network."""

import msgspec
from msgspec import UNSET, UnsetType

from probes.sources.terraform.schema.attribute_types import (
    Attributes,
    Flag,
    Number,
    Tagged,
    Text,
    TextMap,
    Texts,
)


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


class LifecycleRule(msgspec.Struct, gc=False):
    """One rule of a bucket."""

    status: Text = UNSET
    expiration: list[Expiration] | UnsetType | None = UNSET


class BucketLifecycle(Attributes, gc=False):
    """`aws_s3_bucket_lifecycle_configuration`."""

    bucket: Text = UNSET
    rule: list[LifecycleRule] | UnsetType | None = UNSET


class FsxLustre(Tagged, gc=False):
    """`aws_fsx_lustre_file_system`."""

    subnet_ids: Texts = UNSET
    vpc_id: Text = UNSET
    network_interface_ids: Texts = UNSET
    storage_capacity: Number = UNSET
    per_unit_storage_throughput: Number = UNSET
    deployment_type: Text = UNSET
    mount_name: Text = UNSET
    kms_key_id: Text = UNSET


class Replica(msgspec.Struct, gc=False):
    """One further Region of a table."""

    region_name: Text = UNSET
    consistency_mode: Text = UNSET


class Encryption(msgspec.Struct, gc=False):
    """A table's key."""

    kms_key_arn: Text = UNSET


class DynamoTable(Tagged, gc=False):
    """`aws_dynamodb_table`."""

    name: Text = UNSET
    replica: list[Replica] | UnsetType | None = UNSET
    server_side_encryption: list[Encryption] | UnsetType | None = UNSET


class DynamoReplica(Tagged, gc=False):
    """`aws_dynamodb_table_replica`."""

    global_table_arn: Text = UNSET


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
    metric_query: list[AlarmQuery] | UnsetType | None = UNSET


class ServiceNetwork(msgspec.Struct, gc=False):
    """Where the tasks of a service are."""

    subnets: Texts = UNSET
    security_groups: Texts = UNSET


class ServiceLoadBalancer(msgspec.Struct, gc=False):
    """Where a service registers its tasks."""

    target_group_arn: Text = UNSET


class EcsService(Tagged, gc=False):
    """`aws_ecs_service`."""

    name: Text = UNSET
    cluster: Text = UNSET
    desired_count: Number = UNSET
    network_configuration: list[ServiceNetwork] | UnsetType | None = UNSET
    load_balancer: list[ServiceLoadBalancer] | UnsetType | None = UNSET


class AutoScalingGroup(Attributes, gc=False):
    """`aws_autoscaling_group`."""

    name: Text = UNSET
    desired_capacity: Number = UNSET
    min_size: Number = UNSET
    max_size: Number = UNSET
    vpc_zone_identifier: Texts = UNSET


class KmsAlias(Attributes, gc=False):
    """`aws_kms_alias`."""

    name: Text = UNSET
    target_key_id: Text = UNSET
    target_key_arn: Text = UNSET
