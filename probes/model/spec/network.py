"""The intended addresses and routes: Regions, VPCs, Transit Gateways and what joins them."""

from ipaddress import IPv4Network
from typing import Literal

from probes.model.spec.base import RangeMs, SpecPart


class Location(SpecPart, frozen=True, kw_only=True):
    """Where a Region is, in degrees: the great-circle distance gives the speed-of-light floor of an RTT."""

    latitude_deg: float
    longitude_deg: float


class RegionSpec(SpecPart, frozen=True, kw_only=True):
    """A Region by its AWS name; everywhere else in the spec it is called by its alias."""

    name: str
    location: Location | None = None


class Find(SpecPart, frozen=True, kw_only=True):
    """How a resource is found in an observed network, beside what the spec claims of it.

    `name` is a shell glob for the Name tag, in which `{region}` stands for the Region's alias; `tags` have to be
    there with these values; `account` is the owner's ID. What is not given is not asked for.
    """

    name: str = "*"
    tags: dict[str, str] = {}
    account: str = ""


class TierSpec(SpecPart, frozen=True, kw_only=True):
    """What holds for the subnets of one tier in every VPC that has it.

    `one_per_zone`: no two of them share an Availability Zone. `local_routes_only` is about the tier of an
    attachment: its subnets share one route table, which leads nowhere else.
    `routes` leads destinations (a CIDR, or the name of a VPC or VPC endpoint service) to `transit-gateway`,
    `transit-gateway:NAME` where a VPC has several, `internet-gateway`, `nat-gateway`, `firewall`, `endpoint` or
    the name of a VPC that a VPC peering joins.
    """

    prefix_length: int | None = None
    one_per_zone: bool = False
    internet_gateway: bool | None = None
    local_routes_only: bool = False
    routes: dict[str, str] = {}


class VpcSpec(SpecPart, frozen=True, kw_only=True):
    """One VPC: its Region by alias, its CIDRs, and its subnets by tier in the document's order.

    `attachment` is the tier whose subnets hold the Transit Gateway attachment, `firewall` the one whose subnets
    hold a firewall endpoint each: of AWS Network Firewall, or of a Gateway Load Balancer.
    """

    region: str
    cidr: IPv4Network | tuple[IPv4Network, ...]
    subnets: dict[str, tuple[IPv4Network, ...]] = {}
    attachment: str = "tgw"
    appliance_mode: bool = False
    firewall: str = ""
    routes: dict[str, dict[str, str]] = {}
    find: Find = Find()

    @property
    def cidrs(self) -> tuple[IPv4Network, ...]:
        """Every CIDR of the VPC, the primary one first."""
        return self.cidr if isinstance(self.cidr, tuple) else (self.cidr,)

    def tier(self, name: str) -> tuple[IPv4Network, ...]:
        """The subnets of a tier; empty when the VPC has none."""
        return self.subnets.get(name, ())

    @property
    def all_subnets(self) -> tuple[IPv4Network, ...]:
        """The subnets of all tiers."""
        return tuple(cidr for cidrs in self.subnets.values() for cidr in cidrs)


class TgwTableSpec(SpecPart, frozen=True, kw_only=True):
    """One Transit Gateway route table: who looks its routes up in it, who writes routes into it, and its routes.

    Attachments are called by what they lead to: a VPC, the Transit Gateway of a peering, or an attachment of
    `TransitGatewaySpec.attachments`. `routes` leads a CIDR to an attachment or to `blackhole`; the table has no
    other static route.
    """

    associated: tuple[str, ...] = ()
    propagated: tuple[str, ...] = ()
    routes: dict[str, str] = {}
    find: Find = Find()


class OtherAttachmentSpec(SpecPart, frozen=True, kw_only=True):
    """An attachment that leads out of what the spec describes."""

    type: Literal["vpn", "direct-connect-gateway", "connect", "vpc", "peering"]
    find: Find = Find()


class TransitGatewaySpec(SpecPart, frozen=True, kw_only=True):
    """One Transit Gateway; its Region is the alias that it is named after, unless `region` says another."""

    region: str = ""
    asn: int | None = None
    route_tables: dict[str, TgwTableSpec] = {}
    attachments: dict[str, OtherAttachmentSpec] = {}
    find: Find = Find()


class Peering(SpecPart, frozen=True, kw_only=True):
    """A peering of two Transit Gateways, and what it promises; what is not given is not claimed.

    `bandwidth_claim` says which way the document bounds `bandwidth_gbit_per_s`; the floor is what a measurement
    has to reach.
    """

    between: tuple[str, str]
    rtt: RangeMs | None = None
    bandwidth_gbit_per_s: float | None = None
    bandwidth_claim: Literal["up to", "at least"] = "up to"
    throughput_floor_mbit_per_s: float | None = None
    use_case: str = ""

    @property
    def name(self) -> str:
        """Its two ends, as `use1-use2`."""
        return "-".join(self.between)


class VpcPeering(Peering, frozen=True, kw_only=True):
    """A VPC peering connection of two VPCs, and what it promises."""
