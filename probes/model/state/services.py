"""Observed services around the network: logs, load balancers, accelerators, storage, tables, metrics, scaling."""

from ipaddress import IPv4Address

import msgspec

from probes.model.state.base import Resource


class FlowLog(Resource, frozen=True, kw_only=True):
    """`describe_flow_logs`. `traffic_type` is "ALL", "ACCEPT" or "REJECT".

    `destination` is the log group's name, or the ARN of the bucket or stream.
    """

    resource_id: str | None
    status: str
    deliver_status: str | None
    traffic_type: str | None
    destination_type: str
    destination: str | None


class LogGroup(Resource, frozen=True, kw_only=True):
    """CloudWatch Logs `describe_log_groups`; `id` is the name. Retention 0 means that events never expire."""

    retention_days: int | None


class BucketLifecycle(Resource, frozen=True, kw_only=True):
    """S3 `get_bucket_lifecycle_configuration`; `id` is the bucket.

    `expirations` are the days after which enabled rules expire current objects, by the prefix of their keys: the
    shortest of each prefix. Rules for tagged or large objects are left out: they are about some objects only.
    """

    expirations: dict[str, int]

    def days_of(self, key: str) -> int:
        """After how many days the object with a key expires; 0 when no rule reaches it."""
        return min((days for prefix, days in self.expirations.items() if key.startswith(prefix)), default=0)


class LoadBalancer(Resource, frozen=True, kw_only=True):
    """ELBv2 `describe_load_balancers`; `id` is the ARN."""

    lb_name: str
    type: str
    scheme: str
    state: str
    vpc_id: str | None
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...] = ()


class Listener(Resource, frozen=True, kw_only=True):
    """ELBv2 `describe_listeners`; `id` is the ARN."""

    load_balancer_id: str | None
    port: int
    protocol: str
    target_group_ids: tuple[str, ...]


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """ELBv2 `describe_target_health`: one target. `health` is "healthy", "unhealthy", …."""

    id: str
    port: int | None
    health: str


class TargetGroup(Resource, frozen=True, kw_only=True):
    """ELBv2 `describe_target_groups` with target health; `id` is the ARN. `targets` is None when not observable."""

    port: int | None
    protocol: str
    target_type: str
    vpc_id: str | None
    health_check_interval_s: int
    unhealthy_threshold: int
    healthy_threshold: int
    targets: tuple[Target, ...] | None = ()


class EndpointService(Resource, frozen=True, kw_only=True):
    """`describe_vpc_endpoint_service_configurations`: a PrivateLink service."""

    service_name: str
    state: str
    load_balancer_ids: tuple[str, ...]


class Accelerator(Resource, frozen=True, kw_only=True):
    """Global Accelerator `describe_accelerator`; `id` is the ARN, `region` is "global"."""

    accelerator_name: str
    enabled: bool
    status: str | None
    ips: tuple[IPv4Address, ...]
    dns_name: str | None = ""


class AcceleratorEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One endpoint of an endpoint group."""

    endpoint_id: str | None
    health: str | None
    client_ip_preservation: bool = False
    weight: int = 128


class EndpointGroup(Resource, frozen=True, kw_only=True):
    """Global Accelerator `list_endpoint_groups`; `region` is "global".

    `endpoint_region` is where the endpoints are. A dial of 0, or a weight of 0, sends nothing there.
    https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-traffic-dial.html
    """

    accelerator_id: str | None
    endpoint_region: str
    endpoints: tuple[AcceleratorEndpoint, ...]
    health_check_interval_s: int = 30
    threshold: int = 3
    traffic_dial_percent: float = 100.0


class FsxFileSystem(Resource, frozen=True, kw_only=True):
    """FSx `describe_file_systems`."""

    type: str
    lifecycle: str
    vpc_id: str | None
    subnet_ids: tuple[str, ...]
    network_interface_ids: tuple[str, ...] | None
    storage_gib: int
    throughput_mb_per_s_per_tib: int | None
    deployment_type: str = ""
    mount_name: str | None = ""
    kms_key_id: str = ""


class TableReplica(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """One replica of a DynamoDB table."""

    region: str
    status: str


class DynamoTable(Resource, frozen=True, kw_only=True):
    """DynamoDB `describe_table`; `id` is the table's name.

    `replicas` of a global table include its own Region, which neither AWS nor Terraform lists there reliably.
    """

    status: str
    replicas: tuple[TableReplica, ...]
    version: str = ""
    multi_region_consistency: str = ""
    kms_key_id: str = ""


class MetricAlarm(Resource, frozen=True, kw_only=True):
    """CloudWatch `describe_alarms`; `id` is the alarm's name. `comparison` is the ComparisonOperator."""

    namespace: str
    metric: str
    dimensions: dict[str, str]
    actions_enabled: bool = True
    alarm_actions: tuple[str, ...] = ()
    comparison: str = ""
    threshold: float | None = None


class Metric(Resource, frozen=True, kw_only=True):
    """CloudWatch `list_metrics` with one statistic; `id` is "namespace/name/dim=value,…".

    `value` is the Sum over 30 days for TransitGateway bytes, the p99 in ms over a day for ReplicationLatency,
    and None when no data point exists.
    """

    namespace: str
    metric: str
    dimensions: dict[str, str]
    statistic: str = ""
    value: float | None = None


class EcsService(Resource, frozen=True, kw_only=True):
    """ECS `describe_services`; `id` is the ARN."""

    service_name: str
    cluster: str
    running_count: int | None
    desired_count: int
    subnet_ids: tuple[str, ...]
    group_ids: tuple[str, ...]
    target_group_ids: tuple[str, ...]


class AutoScalingGroup(Resource, frozen=True, kw_only=True):
    """Auto Scaling `describe_auto_scaling_groups`; `id` is the group's name.

    `instance_ids` are the instances that it has, `suspended` the processes that somebody stopped.
    """

    desired: int
    minimum: int
    maximum: int
    subnet_ids: tuple[str, ...]
    instance_ids: tuple[str, ...] = ()
    suspended: tuple[str, ...] = ()


class KmsAlias(Resource, frozen=True, kw_only=True):
    """KMS `list_aliases`; `id` is the alias name."""

    target_key_id: str | None
