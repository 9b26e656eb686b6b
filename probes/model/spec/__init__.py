"""The intended network as typed data: what somebody's document claims, and nothing else.

Only a name and VPCs are needed; what a spec does not say is not claimed, and not judged. Regions, VPCs, Transit
Gateways and roles are called by the names that the spec gives them. What a document does not say but a check
needs is marked "ours" in a comment of the YAML, so that nobody takes it for the document's word. `Cnn` are the
contradictions that `probes.model.spec_checks.lint` finds.
"""

from functools import cached_property
from ipaddress import IPv4Network

from probes.model.spec.access import (
    DIRECTIONS,
    ENDPOINTS,
    INTERNET,
    TENANTS,
    Direction,
    EndpointSpec,
    FlowSpec,
    NaclSpec,
    Role,
    Rule,
    RuleSpec,
    SecuritySpec,
)
from probes.model.spec.base import Kind, Ports, Protocol, RangeMs, SpecPart, Traffic
from probes.model.spec.figures import (
    CapacitySpec,
    CostSpec,
    DeploymentSpec,
    DetourSpec,
    ExpansionPart,
    ExpansionSpec,
    FailoverSpec,
    HaSpec,
    LatencySpec,
    PairLatency,
    RoleLatency,
    TgwCost,
    TransferCost,
)
from probes.model.spec.measuring import ConnectivityCheckSpec, LabSpec, LiveSpec
from probes.model.spec.network import (
    Find,
    Location,
    OtherAttachmentSpec,
    Peering,
    RegionSpec,
    TgwTableSpec,
    TierSpec,
    TransitGatewaySpec,
    VpcPeering,
    VpcSpec,
)
from probes.model.spec.services import (
    DynamoSpec,
    EcsSpec,
    FlowLogSpec,
    FsxSpec,
    GlobalAcceleratorSpec,
    LoadBalancerSpec,
    MonitoringSpec,
    TenantSpec,
)

__all__ = [
    "DIRECTIONS",
    "ENDPOINTS",
    "INTERNET",
    "TENANTS",
    "CapacitySpec",
    "ConnectivityCheckSpec",
    "CostSpec",
    "DeploymentSpec",
    "DetourSpec",
    "Direction",
    "DynamoSpec",
    "EcsSpec",
    "EndpointSpec",
    "ExpansionPart",
    "ExpansionSpec",
    "FailoverSpec",
    "Find",
    "FlowLogSpec",
    "FlowSpec",
    "FsxSpec",
    "GlobalAcceleratorSpec",
    "HaSpec",
    "Kind",
    "LabSpec",
    "LatencySpec",
    "LiveSpec",
    "LoadBalancerSpec",
    "Location",
    "MonitoringSpec",
    "NaclSpec",
    "OtherAttachmentSpec",
    "PairLatency",
    "Peering",
    "Ports",
    "Protocol",
    "RangeMs",
    "RegionSpec",
    "Role",
    "RoleLatency",
    "Rule",
    "RuleSpec",
    "SecuritySpec",
    "Spec",
    "SpecPart",
    "TenantSpec",
    "TgwCost",
    "TgwTableSpec",
    "TierSpec",
    "Traffic",
    "TransferCost",
    "TransitGatewaySpec",
    "VpcPeering",
    "VpcSpec",
]


class Spec(SpecPart, frozen=True, kw_only=True, dict=True):
    """The whole intended network.

    `regions` leads aliases to AWS names; a Region that only `vpcs` name is called by its AWS name. `catalogue` is
    the file with the document's requirements, beside the spec. `address_space` are the ranges that all addresses
    lie in; `overlaps` says whether VPCs may share addresses. With `every_zone_attached` each zone that holds hosts
    has a subnet of the VPC's Transit Gateway attachment. In a `single_network` routes and network ACLs carry
    all traffic between the VPCs of different Regions; in a `full_mesh` every two Transit Gateways are peered.
    """

    name: str
    document: str = ""
    catalogue: str = ""
    address_space: tuple[IPv4Network, ...] = ()
    overlaps: bool = False
    every_zone_attached: bool = False
    single_network: bool = False
    full_mesh: bool = False
    regions: dict[str, str | RegionSpec] = {}
    tiers: dict[str, TierSpec] = {}
    vpcs: dict[str, VpcSpec]
    transit_gateways: dict[str, TransitGatewaySpec] = {}
    peerings: tuple[Peering, ...] = ()
    vpc_peerings: tuple[VpcPeering, ...] = ()
    roles: dict[str, Role] = {}
    network_acl: NaclSpec | None = None
    vpc_endpoints: tuple[EndpointSpec, ...] = ()
    flows: tuple[FlowSpec, ...] = ()
    tenants: TenantSpec = TenantSpec()
    load_balancer: LoadBalancerSpec | None = None
    ecs: EcsSpec | None = None
    global_accelerator: GlobalAcceleratorSpec | None = None
    fsx: FsxSpec | None = None
    dynamodb: DynamoSpec | None = None
    flow_logs: FlowLogSpec | None = None
    monitoring: MonitoringSpec = MonitoringSpec()
    capacity: CapacitySpec | None = None
    ha: HaSpec = HaSpec()
    latency: LatencySpec = LatencySpec()
    cost: CostSpec = CostSpec()
    security: SecuritySpec = SecuritySpec()
    deployment: DeploymentSpec = DeploymentSpec()
    expansion: ExpansionSpec | None = None
    connectivity: ConnectivityCheckSpec | None = None
    live: LiveSpec = LiveSpec()
    lab: LabSpec = LabSpec()

    def __repr__(self) -> str:
        # A traceback shows arguments: of many Regions the whole spec takes longer than the test.
        return f"Spec(name={self.name!r}, …)"

    def region(self, alias_or_name: str) -> str:
        """The AWS name of a Region given by alias or name; KeyError when the spec has no such Region."""
        named = self.region_names
        if alias_or_name in named:
            return named[alias_or_name]
        if alias_or_name in self._aliases:
            return alias_or_name
        raise KeyError(alias_or_name)

    def alias(self, region: str) -> str:
        """The alias of a Region given by its AWS name."""
        return self._aliases[region]

    @cached_property
    def _aliases(self) -> dict[str, str]:
        return {name: alias for alias, name in reversed(self.region_names.items())}

    @cached_property
    def region_names(self) -> dict[str, str]:
        """The AWS names by alias: those of `regions`, then those that VPCs name without an alias."""
        named = {
            alias: region if isinstance(region, str) else region.name
            for alias, region in self.regions.items()
        }
        others = {vpc.region: vpc.region for vpc in self.vpcs.values() if vpc.region not in named}
        return named | {alias: name for alias, name in others.items() if name not in named.values()}

    @property
    def aws_regions(self) -> tuple[str, ...]:
        """The AWS names of all Regions, in the spec's order."""
        return tuple(self.region_names.values())

    def location(self, region: str) -> Location | None:
        """Where a Region is, given by its AWS name; None when the spec does not say."""
        found = self.regions.get(self.alias(region))
        return found.location if isinstance(found, RegionSpec) else None

    def region_of(self, vpc: str) -> str:
        """The AWS name of a VPC's Region."""
        return self.region(self.vpcs[vpc].region)

    def vpcs_in(self, region: str) -> tuple[str, ...]:
        """The VPCs of a Region given by its AWS name."""
        return self._vpcs_by_region.get(region, ())

    @cached_property
    def _vpcs_by_region(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for name in self.vpcs:
            found.setdefault(self.region_of(name), []).append(name)
        return {region: tuple(names) for region, names in found.items()}

    def gateway_region(self, gateway: str) -> str:
        """The AWS name of a Transit Gateway's Region."""
        return self.region(self.transit_gateways[gateway].region or gateway)

    def vpcs_with(self, role: str) -> tuple[str, ...]:
        """The VPCs in which a role lives: those it names, else all that have its tier."""
        wanted = self.roles[role]
        return wanted.vpcs or tuple(name for name, vpc in self.vpcs.items() if wanted.tier in vpc.subnets)
