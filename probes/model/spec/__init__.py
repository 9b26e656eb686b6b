"""The intended network: the user's architecture document as typed data.

Field names follow the document; what the document does not say but a check needs is marked "ours" in a
docstring here and in a comment of the YAML, so that nobody takes it for the document's word. A default always
means that the document is silent. Regions are keyed by their AWS name; everywhere else in the spec they are
referred to by alias. `Cnn` are the contradictions of the document that `probes.model.spec_checks.lint` finds.
"""

from ipaddress import IPv4Network

from probes.model.spec.access import (
    EndpointSpec,
    FlowSpec,
    NaclSpec,
    Role,
    SecurityGroupSpec,
    SecuritySpec,
    SgRuleSpec,
)
from probes.model.spec.base import (
    TIERS,
    RangeMs,
    SpecPart,
    Tier,
)
from probes.model.spec.figures import (
    CostSpec,
    DeploymentSpec,
    ExpansionPart,
    ExpansionSpec,
    FailoverSpec,
    HaSpec,
    LatencySpec,
    TgwCost,
    TransferCost,
)
from probes.model.spec.measuring import (
    ConnectivityCheckSpec,
    LabSpec,
    LiveSpec,
)
from probes.model.spec.regions import (
    GpuCount,
    Location,
    Peering,
    Region,
    Subnets,
    TgwRouteSpec,
    TierPrefixes,
    VpcRouteSpec,
)
from probes.model.spec.services import (
    DynamoSpec,
    FlowLogSpec,
    FsxSpec,
    GlobalAcceleratorSpec,
    MonitoringSpec,
)

__all__ = [
    "TIERS",
    "ConnectivityCheckSpec",
    "CostSpec",
    "DeploymentSpec",
    "DynamoSpec",
    "EndpointSpec",
    "ExpansionPart",
    "ExpansionSpec",
    "FailoverSpec",
    "FlowLogSpec",
    "FlowSpec",
    "FsxSpec",
    "GlobalAcceleratorSpec",
    "GpuCount",
    "HaSpec",
    "LabSpec",
    "LatencySpec",
    "LiveSpec",
    "Location",
    "MonitoringSpec",
    "NaclSpec",
    "Peering",
    "RangeMs",
    "Region",
    "Role",
    "SecurityGroupSpec",
    "SecuritySpec",
    "SgRuleSpec",
    "Spec",
    "Subnets",
    "TgwCost",
    "TgwRouteSpec",
    "Tier",
    "TierPrefixes",
    "TransferCost",
    "VpcRouteSpec",
]


class Spec(SpecPart, frozen=True, kw_only=True):
    """The whole intended network.

    `tenant_cidr_text` is kept as written, since it need not be a CIDR (C18); `tenant_cidrs` (ours) are the
    ranges that reachability takes for the tenants', none if the spec does not say. `tenant_path` is the
    documented way of a tenant's request, one word per hop. `tier_prefixes` is the diagram's claim; the
    table's is in `regions`. `vpc_name` (ours) is a glob like those of `Role`, for the Name tags of the VPCs.
    """

    name: str
    document: str
    base_cidr: IPv4Network
    vpc_name: str = "*"
    tier_prefixes: TierPrefixes
    tenant_cidr_text: str
    tenant_cidrs: tuple[IPv4Network, ...] = ()
    tenant_path: tuple[str, ...]
    regions: dict[str, Region]
    peerings: tuple[Peering, ...]
    vpc_routes: tuple[VpcRouteSpec, ...] = ()
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
    security: SecuritySpec
    deployment: DeploymentSpec
    expansion: ExpansionSpec
    connectivity: ConnectivityCheckSpec
    live: LiveSpec
    lab: LabSpec

    def __repr__(self) -> str:
        # A traceback shows arguments: of many Regions the whole spec takes longer than the test.
        return f"Spec(name={self.name!r}, …)"

    def region_named(self, name_or_alias: str) -> str:
        """The AWS name of a region given by alias or name; KeyError when the spec has no such region."""
        for name, region in self.regions.items():
            if name_or_alias in (name, region.alias):
                return name
        raise KeyError(name_or_alias)

    def alias_of(self, region: str) -> str:
        """The alias of a region given by its AWS name."""
        return self.regions[region].alias

    def peering_between(self, one: str, other: str) -> Peering:
        """The peering of two regions given by alias or name, in either order; KeyError when there is none."""
        here, there = ({name, self.regions[name].alias} for name in map(self.region_named, (one, other)))
        for peering in self.peerings:
            first, second = peering.between
            if (first in here and second in there) or (first in there and second in here):
                return peering
        raise KeyError(f"{one}-{other}")
