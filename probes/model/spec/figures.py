"""The document's figures: capacity, availability, latency, cost, deployment and growth."""

from ipaddress import IPv4Network
from typing import Literal

from probes.model.spec.base import RangeMs, SpecPart


class CapacitySpec(SpecPart, frozen=True, kw_only=True):
    """How many instances of a role run in each Region (by alias): normally, and after the documented failure."""

    role: str
    normal: dict[str, int] = {}
    after_failover: dict[str, int] = {}
    total: int | None = None


class FailoverSpec(SpecPart, frozen=True, kw_only=True):
    """The documented cross-Region failover: the Region that fails, the one that takes over, the path.

    Each step of the path is `alias/role`, `peering/one-other`, or a word of the document without a Region.
    """

    failed_region: str
    to_region: str
    steps: tuple[str, ...] = ()
    added: RangeMs | None = None


class DetourSpec(SpecPart, frozen=True, kw_only=True):
    """What the document promises when a peering fails: the way round, what it adds, and how it comes about."""

    failed_peering: tuple[str, str]
    via: str
    added: RangeMs | None = None
    rerouting: Literal["", "automatic", "by hand"] = ""


class HaSpec(SpecPart, frozen=True, kw_only=True):
    """The document's high-availability figures.

    The health check is that of the load balancers' target groups, AWS's defaults where the document is silent.
    With `recovery_includes_capacity` the limit covers the replacement hosts too, not steering alone.
    """

    recovery_limit_s: float | None = None
    recovery_includes_capacity: bool = False
    health_check_interval_s: float = 30.0
    unhealthy_threshold: int = 2
    tgw_added_ms: float | None = None
    failover: FailoverSpec | None = None
    detour: DetourSpec | None = None


class PairLatency(SpecPart, frozen=True, kw_only=True):
    """A round trip between two Regions or VPCs that no peering joins directly, or within one."""

    between: tuple[str, str]
    rtt: RangeMs


class RoleLatency(SpecPart, frozen=True, kw_only=True):
    """The longest round trip between two roles of one Region, in milliseconds."""

    source: str
    destination: str
    max_ms: float


class LatencySpec(SpecPart, frozen=True, kw_only=True):
    """Latencies of the document that belong to no single peering."""

    between: tuple[PairLatency, ...] = ()
    roles: tuple[RoleLatency, ...] = ()
    cross_region: RangeMs | None = None
    intra_region_request: RangeMs | None = None
    tenant_p95_max_s: float | None = None


class TransferCost(SpecPart, frozen=True, kw_only=True):
    """One row of the inter-Region transfer table, in US dollars."""

    between: tuple[str, str]
    usd_per_gb: float
    gb_per_month: float
    usd_per_month: float


class TgwCost(SpecPart, frozen=True, kw_only=True):
    """One row of the Transit Gateway cost table, in US dollars per `unit`."""

    component: str
    unit: Literal["vpc-attachment-hour", "peering-attachment-hour", "gb"]
    usd_per_unit: float
    quantity: float
    usd_per_month: float


class CostSpec(SpecPart, frozen=True, kw_only=True):
    """The document's cost tables. `hours_per_month` is what its sums imply."""

    hours_per_month: float = 730.0
    transfer: tuple[TransferCost, ...] = ()
    transfer_total_usd: float | None = None
    tgw: tuple[TgwCost, ...] = ()
    tgw_total_usd: float | None = None


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
    """The next Region that the document plans. `deploys` lists, in our words, what its steps create or update."""

    region: str
    vpc_cidr: IPv4Network
    new_peerings: tuple[str, ...] = ()
    deploys: tuple[ExpansionPart, ...] = ()
    estimated_weeks: float | None = None


class DeploymentSpec(SpecPart, frozen=True, kw_only=True):
    """Where Terraform declares the network: module names or globs, and the deployment steps in order."""

    vpc_module: str = ""
    transit_gateway_module: str = ""
    peering_module: str = ""
    steps: tuple[str, ...] = ()
