"""The AWS services around the intended network; each is judged only where the spec names it."""

from ipaddress import IPv4Network
from typing import Literal

from probes.model.spec.base import SpecPart

FlowLogUse = Literal[
    "connection patterns",
    "rejected traffic",
    "security group violations",
    "network ACL violations",
    "troubleshooting",
]
Meaning = Literal["", "traffic", "routing", "bandwidth"]


class LoadBalancerSpec(SpecPart, frozen=True, kw_only=True):
    """A Network Load Balancer in each of these VPCs (in all when none is named).

    `role` are its own interfaces, `forwards_to` is the role behind it, on whose ports it listens.
    """

    role: str
    forwards_to: str
    vpcs: tuple[str, ...] = ()


class EcsSpec(SpecPart, frozen=True, kw_only=True):
    """A role that runs as an ECS service behind the load balancer; `service` is a glob for the service's name."""

    role: str
    service: str = "*"
    vpcs: tuple[str, ...] = ()


class GlobalAcceleratorSpec(SpecPart, frozen=True, kw_only=True):
    """The documented Global Accelerator; `endpoint_regions` are aliases."""

    static_ip_count: int | None = None
    static_names: tuple[str, ...] = ()
    endpoint_regions: tuple[str, ...] = ()


class FsxSpec(SpecPart, frozen=True, kw_only=True):
    """The documented FSx for Lustre file systems: the role of their servers, and of the clients that mount them."""

    role: str
    clients: str = ""
    throughput_mb_per_s: float | None = None
    model_size_gb: float | None = None
    load_time_min_s: float | None = None
    load_time_max_s: float | None = None
    mount_name: str = ""
    deployment_type: str = ""
    dr_mount_address: str = ""
    file_systems_per_vpc: int = 1


class DynamoSpec(SpecPart, frozen=True, kw_only=True):
    """The documented DynamoDB global table. `table` is a glob for its name.

    `replication_percentile` is the share of writes, in percent, that the limit binds.
    """

    table: str = "*"
    replica_regions: tuple[str, ...] = ()
    replication_limit_s: float | None = None
    replication_percentile: float | None = None


class FlowLogSpec(SpecPart, frozen=True, kw_only=True):
    """The documented VPC flow logs. `uses` is what the document wants to learn from them, in our words."""

    retention_days: int | None = None
    traffic_type: str = "ALL"
    uses: tuple[FlowLogUse, ...] = ()


class MonitoringSpec(SpecPart, frozen=True, kw_only=True):
    """CloudWatch metrics of the Transit Gateways that the document monitors, and the ones it should.

    Each with what the document says that it shows; empty where it says nothing.
    """

    tgw_metrics: dict[str, Meaning] = {}
    derived_tgw_metrics: dict[str, Meaning] = {}


class TenantSpec(SpecPart, frozen=True, kw_only=True):
    """Who is a guest of the network.

    `text` is kept as the document writes it, since it need not be a CIDR; `cidrs` are the ranges that
    reachability takes for theirs. `path` is the documented way of a request, one word per hop.
    """

    text: str = ""
    cidrs: tuple[IPv4Network, ...] = ()
    path: tuple[str, ...] = ()
