"""
The intended network: the user's architecture document as typed data.

Field names follow the document; what the document does not say but a check needs is grouped under `Ours`
types or marked "ours" in its docstring, so that nobody takes it for the document's word. Regions are keyed by
their AWS name; everywhere else in the spec they are referred to by alias.
"""

from ipaddress import IPv4Network
from typing import Literal

import msgspec

Tier = Literal["public", "private", "fsx", "tgw"]
TIERS: tuple[Tier, ...] = ("public", "private", "fsx", "tgw")


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Base of every part of the spec: immutable, and unknown keys are errors.
    """


class RangeMs(_Part, frozen=True, kw_only=True):
    """
    A documented latency range, round trip, in milliseconds.
    """

    min_ms: float
    max_ms: float


class Subnets(_Part, frozen=True, kw_only=True):
    """
    The documented subnets of one region by tier, in the table's order.
    """

    public: tuple[IPv4Network, ...]
    private: tuple[IPv4Network, ...]
    fsx: tuple[IPv4Network, ...]
    tgw: tuple[IPv4Network, ...]

    def of(self, tier: Tier) -> tuple[IPv4Network, ...]:
        """
        The subnets of one tier.
        """
        subnets: tuple[IPv4Network, ...] = getattr(self, tier)
        return subnets

    def all(self) -> tuple[IPv4Network, ...]:
        """
        The subnets of all tiers.
        """
        return tuple(cidr for tier in TIERS for cidr in self.of(tier))


class Location(_Part, frozen=True, kw_only=True):
    """
    Where a region is, in degrees (ours): the great-circle distance gives the speed-of-light floor of an RTT.
    """

    latitude_deg: float
    longitude_deg: float


class GpuCount(_Part, frozen=True, kw_only=True):
    """
    GPUs of a region in normal operation and after the documented failure of us-east-1.
    """

    normal: int
    after_failover: int


class TgwRouteSpec(_Part, frozen=True, kw_only=True):
    """
    One documented Transit Gateway route; `via` is "vpc" or the alias of the region that the peering leads to.
    """

    requirement: str
    destination: IPv4Network
    via: str


class Region(_Part, frozen=True, kw_only=True):
    """
    One region of the document; `requirement` is the catalogue ID of its VPC CIDR.
    """

    alias: str
    requirement: str
    vpc_cidr: IPv4Network
    subnets: Subnets
    tgw_asn: int
    tgw_routes: tuple[TgwRouteSpec, ...]
    gpus: GpuCount
    location: Location


class Peering(_Part, frozen=True, kw_only=True):
    """
    One Transit Gateway peering. Bandwidth is the document's ceiling; the floor is ours.

    The three requirements are the catalogue IDs of its existence, its latency and its bandwidth.
    """

    between: tuple[str, str]
    requirement: str
    latency_requirement: str
    bandwidth_requirement: str
    rtt: RangeMs
    bandwidth_gbit_per_s: float
    use_case: str
    throughput_floor_mbit_per_s: float


class SgRuleSpec(_Part, frozen=True, kw_only=True):
    """
    One documented security-group rule.

    `protocol` is tcp, udp, icmp or all. `ports` holds single ports or "low-high" ranges; empty means all.
    `peer` is a role of `roles`, the word "vpc-endpoints", or a CIDR. `requirement` is the catalogue ID.
    """

    requirement: str
    protocol: Literal["tcp", "udp", "icmp", "all"]
    ports: tuple[int | str, ...] = ()
    peer: str
    services: tuple[str, ...] = ()


class SecurityGroupSpec(_Part, frozen=True, kw_only=True):
    """
    The documented rules of one security group; the world is closed: no other rule is allowed.
    """

    ingress: tuple[SgRuleSpec, ...]
    egress: tuple[SgRuleSpec, ...]


class Role(_Part, frozen=True, kw_only=True):
    """
    How a role of the document is found in an observed network (ours).

    The patterns are shell globs; `{alias}` and `{region}` stand for the region. A resource has the role if the
    glob matches its Name tag or, for a security group, its group name. `tier` is where its hosts live.
    """

    tier: Tier
    security_group: str
    host: str = ""
    ports: tuple[int | str, ...] = ()


class NaclSpec(_Part, frozen=True, kw_only=True):
    """
    The documented network ACL: allow within these CIDRs in both directions, deny all else.
    """

    allow_within: tuple[IPv4Network, ...]


class EndpointSpec(_Part, frozen=True, kw_only=True):
    """
    One documented VPC endpoint. `services` are AWS service suffixes (`monitoring`, `logs`): all are required.
    """

    requirement: str
    services: tuple[str, ...]


class FlowSpec(_Part, frozen=True, kw_only=True):
    """
    One flow that the document says works.

    `source` and `destination` are roles; `scope` says whether both ends are in one region, in two, or either.
    """

    id: str
    requirement: str
    source: str
    destination: str
    scope: Literal["same-region", "cross-region", "any"]
    protocol: Literal["tcp", "udp", "icmp", "all"]
    ports: tuple[int | str, ...] = ()
    sentence: str


class GlobalAcceleratorSpec(_Part, frozen=True, kw_only=True):
    """
    The documented Global Accelerator.
    """

    static_ip_count: int
    static_names: tuple[str, ...]
    endpoint_regions: tuple[str, ...]


class FsxSpec(_Part, frozen=True, kw_only=True):
    """
    The documented FSx for Lustre file system of each region.
    """

    throughput_mb_per_s: float
    model_size_gb: float
    load_time_min_s: float
    load_time_max_s: float
    mount_name: str
    dr_mount_address: str


class DynamoSpec(_Part, frozen=True, kw_only=True):
    """
    The documented DynamoDB global table. `table` is a glob for its name (ours).
    """

    table: str
    replica_regions: tuple[str, ...]
    replication_limit_s: float


class FlowLogSpec(_Part, frozen=True, kw_only=True):
    """
    The documented VPC flow logs. `traffic_type` is ours (C31: violations need REJECT records too).
    """

    retention_days: int
    traffic_type: str


class MonitoringSpec(_Part, frozen=True, kw_only=True):
    """
    CloudWatch metrics of the Transit Gateways that the document monitors, and the ones it should (ours).
    """

    tgw_metrics: dict[str, str]
    derived_tgw_metrics: dict[str, str]


class HaSpec(_Part, frozen=True, kw_only=True):
    """
    The document's high-availability figures.
    """

    total_gpus: int
    recovery_limit_s: float
    failover_added: RangeMs
    tgw_added_ms: float
    detour_added: RangeMs
    rerouting: str


class LatencySpec(_Part, frozen=True, kw_only=True):
    """
    Latencies of the document that belong to no single peering.
    """

    intra_region_request: RangeMs
    cross_region: RangeMs
    router_to_gpu_max_ms: float
    tenant_p95_max_s: float


class TransferCost(_Part, frozen=True, kw_only=True):
    """
    One row of the inter-region transfer table, in US dollars.
    """

    requirement: str
    between: tuple[str, str]
    usd_per_gb: float
    gb_per_month: float
    usd_per_month: float


class TgwCost(_Part, frozen=True, kw_only=True):
    """
    One row of the Transit Gateway cost table, in US dollars; the unit is an hour or a GB.
    """

    requirement: str
    component: str
    usd_per_unit: float
    quantity: float
    usd_per_month: float


class CostSpec(_Part, frozen=True, kw_only=True):
    """
    The document's cost tables. `hours_per_month` is what its sums imply.
    """

    hours_per_month: float
    transfer: tuple[TransferCost, ...]
    transfer_total_usd: float
    tgw: tuple[TgwCost, ...]
    tgw_total_usd: float


class ExpansionSpec(_Part, frozen=True, kw_only=True):
    """
    The documented fourth region.
    """

    region: str
    vpc_cidr: IPv4Network
    new_peerings: tuple[str, ...]
    estimated_weeks: float


class LiveSpec(_Part, frozen=True, kw_only=True):
    """
    How the live suite measures (ours, except `ping_count`, which is the document's).
    """

    ping_count: int
    ping_count_max: int
    ping_interval_s: float
    loss_limit_ratio: float
    jitter_limit_ms: float
    iperf3_port: int
    iperf3_streams: int
    iperf3_duration_s: float
    iperf3_omit_s: float
    tgw_mtu_bytes: int


class LabSpec(_Part, frozen=True, kw_only=True):
    """
    How the lab scales the network (ours). Rates are divided by `rate_divisor`; RTTs are real.
    """

    rate_divisor: float
    hosts_per_role: int


class Spec(_Part, frozen=True, kw_only=True):
    """
    The whole intended network.
    """

    name: str
    document: str
    base_cidr: IPv4Network
    tenant_cidr_text: str
    regions: dict[str, Region]
    peerings: tuple[Peering, ...]
    roles: dict[str, Role]
    security_groups: dict[str, SecurityGroupSpec]
    network_acl: NaclSpec
    vpc_endpoints: tuple[EndpointSpec, ...]
    flows: tuple[FlowSpec, ...]
    global_accelerator: GlobalAcceleratorSpec
    fsx: FsxSpec
    dynamodb: DynamoSpec
    flow_logs: FlowLogSpec
    monitoring: MonitoringSpec
    ha: HaSpec
    latency: LatencySpec
    cost: CostSpec
    expansion: ExpansionSpec
    live: LiveSpec
    lab: LabSpec

    def region_named(self, name_or_alias: str) -> str:
        """
        The AWS name of a region given by alias or name; KeyError when the spec has no such region.
        """
        for name, region in self.regions.items():
            if name_or_alias in (name, region.alias):
                return name
        raise KeyError(name_or_alias)

    def alias_of(self, region: str) -> str:
        """
        The alias of a region given by its AWS name.
        """
        return self.regions[region].alias

    def peering_between(self, one: str, other: str) -> Peering:
        """
        The peering of two regions given by alias or name, in either order; KeyError when there is none.
        """
        wanted = {self.region_named(one), self.region_named(other)}
        for peering in self.peerings:
            if {self.region_named(alias) for alias in peering.between} == wanted:
                return peering
        raise KeyError(f"{one}-{other}")
