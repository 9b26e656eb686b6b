"""The document's figures: availability, latency, cost, deployment and growth."""

from ipaddress import IPv4Network
from typing import Literal

from probes.model.spec.base import RangeMs, SpecPart


class FailoverSpec(SpecPart, frozen=True, kw_only=True):
    """The documented cross-region failover (Flow 2): the region that fails, the one that takes over, the path.

    Each step of the path is `alias/role`, `peering/one-other`, or a word of the document without a region.
    """

    failed_region: str
    to_region: str
    steps: tuple[str, ...]


class HaSpec(SpecPart, frozen=True, kw_only=True):
    """The document's high-availability figures.

    `rerouting` is its phrase for what happens when `failed_peering` fails; `detour_via` the region it names.
    The health check is that of the load balancers' target groups, AWS's defaults where the document is silent
    (ours). With `recovery_includes_capacity` the limit covers the replacement GPUs too, not steering alone.
    """

    total_gpus: int
    recovery_limit_s: float
    recovery_includes_capacity: bool
    failover_added: RangeMs
    tgw_added_ms: float
    detour_added: RangeMs
    rerouting: str
    failed_peering: tuple[str, str]
    detour_via: str
    failover: FailoverSpec
    health_check_interval_s: float = 30.0
    unhealthy_threshold: int = 2


class LatencySpec(SpecPart, frozen=True, kw_only=True):
    """Latencies of the document that belong to no single peering."""

    intra_region_request: RangeMs
    cross_region: RangeMs
    router_to_gpu_max_ms: float
    tenant_p95_max_s: float


class TransferCost(SpecPart, frozen=True, kw_only=True):
    """One row of the inter-region transfer table, in US dollars."""

    requirement: str
    between: tuple[str, str]
    usd_per_gb: float
    gb_per_month: float
    usd_per_month: float


class TgwCost(SpecPart, frozen=True, kw_only=True):
    """One row of the Transit Gateway cost table, in US dollars per `unit`."""

    requirement: str
    component: str
    unit: Literal["vpc-attachment-hour", "peering-attachment-hour", "gb"]
    usd_per_unit: float
    quantity: float
    usd_per_month: float


class CostSpec(SpecPart, frozen=True, kw_only=True):
    """The document's cost tables. `hours_per_month` is what its sums imply."""

    hours_per_month: float
    transfer: tuple[TransferCost, ...]
    transfer_total_usd: float
    tgw: tuple[TgwCost, ...]
    tgw_total_usd: float


ExpansionPart = Literal[
    "vpc",
    "transit-gateway",
    "peerings",
    "tgw-routes",
    "vpc-endpoints",
    "network-acl",
    "flow-logs",
    "nlb",
    "router",
    "fsx",
    "dynamodb-replica",
    "global-accelerator-endpoint-group",
    "latency-budgets",
    "cost-rows",
]


class ExpansionSpec(SpecPart, frozen=True, kw_only=True):
    """The documented fourth region. `deploys` lists, in our words, what its steps create or update."""

    region: str
    vpc_cidr: IPv4Network
    new_peerings: tuple[str, ...]
    deploys: tuple[ExpansionPart, ...]
    estimated_weeks: float


class DeploymentSpec(SpecPart, frozen=True, kw_only=True):
    """The Terraform modules that the document names, and its deployment steps in order."""

    vpc_module: str
    transit_gateway_module: str
    peering_module: Literal["root"]
    steps: tuple[str, ...]
