"""The intended regions: addresses, Transit Gateways, routes and peerings."""

from ipaddress import IPv4Network
from typing import Literal

from probes.model.spec.base import TIERS, RangeMs, SpecPart, Tier


class TierPrefixes(SpecPart, frozen=True, kw_only=True):
    """The prefix length that the document's diagram gives the subnets of each tier."""

    public: int
    private: int
    fsx: int
    tgw: int

    def of(self, tier: Tier) -> int:
        """The prefix length of one tier."""
        length: int = getattr(self, tier)
        return length


class Subnets(SpecPart, frozen=True, kw_only=True):
    """The documented subnets of one region by tier, in the table's order."""

    public: tuple[IPv4Network, ...]
    private: tuple[IPv4Network, ...]
    fsx: tuple[IPv4Network, ...]
    tgw: tuple[IPv4Network, ...]

    def of(self, tier: Tier) -> tuple[IPv4Network, ...]:
        """The subnets of one tier."""
        subnets: tuple[IPv4Network, ...] = getattr(self, tier)
        return subnets

    def all(self) -> tuple[IPv4Network, ...]:
        """The subnets of all tiers."""
        return tuple(cidr for tier in TIERS for cidr in self.of(tier))


class VpcRouteSpec(SpecPart, frozen=True, kw_only=True):
    """A route to the Transit Gateway in the VPC route tables of these tiers. The document lists none (C02)."""

    tiers: tuple[Tier, ...]
    destination: IPv4Network


class Location(SpecPart, frozen=True, kw_only=True):
    """Where a region is, in degrees (ours): the great-circle distance gives the speed-of-light floor of an RTT."""

    latitude_deg: float
    longitude_deg: float


class GpuCount(SpecPart, frozen=True, kw_only=True):
    """GPUs of a region in normal operation and after the documented failure of us-east-1."""

    normal: int
    after_failover: int


class TgwRouteSpec(SpecPart, frozen=True, kw_only=True):
    """One documented Transit Gateway route; `via` is "vpc" or the alias of the region that the peering leads to."""

    requirement: str
    destination: IPv4Network
    via: str


class Region(SpecPart, frozen=True, kw_only=True):
    """One region of the document; `requirement` is the catalogue ID of its VPC CIDR."""

    alias: str
    requirement: str
    vpc_cidr: IPv4Network
    subnets: Subnets
    tgw_asn: int
    tgw_routes: tuple[TgwRouteSpec, ...]
    gpus: GpuCount
    location: Location


class Peering(SpecPart, frozen=True, kw_only=True):
    """One Transit Gateway peering. Bandwidth is the document's ceiling; the floor is ours.

    The three requirements are the catalogue IDs of its existence, its latency and its bandwidth.
    `bandwidth_claim` says which way the document bounds the bandwidth.
    """

    between: tuple[str, str]
    requirement: str
    latency_requirement: str
    bandwidth_requirement: str
    rtt: RangeMs
    bandwidth_gbit_per_s: float
    use_case: str
    throughput_floor_mbit_per_s: float
    bandwidth_claim: Literal["up to", "at least"] = "up to"
