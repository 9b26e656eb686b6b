"""The AWS services around the intended network."""

from probes.model.spec.base import SpecPart


class GlobalAcceleratorSpec(SpecPart, frozen=True, kw_only=True):
    """The documented Global Accelerator."""

    static_ip_count: int
    static_names: tuple[str, ...]
    endpoint_regions: tuple[str, ...]


class FsxSpec(SpecPart, frozen=True, kw_only=True):
    """The documented FSx for Lustre file system of each region."""

    throughput_mb_per_s: float
    model_size_gb: float
    load_time_min_s: float
    load_time_max_s: float
    mount_name: str
    dr_mount_address: str
    file_systems_per_region: int


class DynamoSpec(SpecPart, frozen=True, kw_only=True):
    """The documented DynamoDB global table. `table` is a glob for its name (ours).

    `replication_percentile` is the share of writes, in percent, that the limit binds; the document has none.
    """

    table: str
    replica_regions: tuple[str, ...]
    replication_limit_s: float
    replication_percentile: float | None = None


class FlowLogSpec(SpecPart, frozen=True, kw_only=True):
    """The documented VPC flow logs. `traffic_type` is ours (C31: violations need REJECT records too).

    `uses` is what the document wants to learn from them.
    """

    retention_days: int
    traffic_type: str
    uses: tuple[str, ...] = ()


class MonitoringSpec(SpecPart, frozen=True, kw_only=True):
    """CloudWatch metrics of the Transit Gateways that the document monitors, and the ones it should (ours)."""

    tgw_metrics: dict[str, str]
    derived_tgw_metrics: dict[str, str]
