"""What the spec claims, resource by resource; each claim has a name that a catalogue can call it by.

Names hold no space: `use1` is a VPC or a Transit Gateway, `use1.private` a tier of it, `use1.main:10.66.0.0/18` a
route, `gpu.ingress:tcp:8080:router` a rule, `use1-use2` a peering, `use1.kms` a VPC endpoint.
"""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from typing import TypeVar

import msgspec

from probes.model.spec import (
    DIRECTIONS,
    Direction,
    EcsSpec,
    EndpointSpec,
    FlowSpec,
    LoadBalancerSpec,
    Peering,
    Rule,
    Spec,
    TgwTableSpec,
)
from probes.model.spec.topology import (
    attached_vpcs,
    gateways_of,
    host_tiers,
    instance_roles,
    remote_destinations,
)

ClaimT = TypeVar("ClaimT", bound="Claim")


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One claim under its name."""

    name: str


class VpcClaim(Claim, frozen=True, kw_only=True):
    """What is claimed of a VPC."""

    vpc: str


class TierClaim(Claim, frozen=True, kw_only=True):
    """What is claimed of the subnets of one tier in one VPC."""

    vpc: str
    tier: str


class VpcRouteClaim(Claim, frozen=True, kw_only=True):
    """One route of the route tables of a tier; `destination` is a CIDR, a VPC or an endpoint's service."""

    vpc: str
    tier: str
    destination: str
    via: str


class GatewayClaim(Claim, frozen=True, kw_only=True):
    """What is claimed of a Transit Gateway."""

    gateway: str


class AttachmentClaim(Claim, frozen=True, kw_only=True):
    """A VPC's attachment to a Transit Gateway."""

    gateway: str
    vpc: str


class TableClaim(Claim, frozen=True, kw_only=True):
    """A Transit Gateway route table."""

    gateway: str
    table: str
    claimed: TgwTableSpec


class RouteClaim(Claim, frozen=True, kw_only=True):
    """One route of a Transit Gateway route table; `via` is an attachment by its name in the spec or `blackhole`."""

    gateway: str
    table: str
    destination: IPv4Network
    via: str


class PeeringClaim(Claim, frozen=True, kw_only=True):
    """A Transit Gateway peering."""

    peering: Peering


class RuleClaim(Claim, frozen=True, kw_only=True):
    """One rule of a role's security group in one VPC."""

    vpc: str
    role: str
    rule: Rule


class GroupClaim(Claim, frozen=True, kw_only=True):
    """A role's security group in one VPC, and one direction of its rules."""

    vpc: str
    role: str
    direction: Direction


class RoleClaim(Claim, frozen=True, kw_only=True):
    """The hosts of a role in one VPC, and the tier where they live."""

    vpc: str
    role: str
    tier: str = ""


class EndpointClaim(Claim, frozen=True, kw_only=True):
    """A VPC endpoint of one VPC for one service."""

    vpc: str
    service: str
    endpoint: EndpointSpec


class RegionClaim(Claim, frozen=True, kw_only=True):
    """What is claimed of a Region, by its AWS name."""

    region: str


class MetricClaim(Claim, frozen=True, kw_only=True):
    """A CloudWatch metric of a Transit Gateway that is watched."""

    gateway: str
    metric: str


class ModuleClaim(Claim, frozen=True, kw_only=True):
    """The Terraform module that declares the resources of a type; `root` is the root module."""

    resource_type: str
    module: str


class FlowClaim(Claim, frozen=True, kw_only=True):
    """A flow that is delivered or denied."""

    flow: FlowSpec


def vpcs(spec: Spec) -> Iterator[VpcClaim]:
    """Every VPC."""
    return (VpcClaim(name=name, vpc=name) for name in spec.vpcs)


def tiers(spec: Spec) -> Iterator[TierClaim]:
    """Every tier of every VPC."""
    return (
        TierClaim(name=f"{name}.{tier}", vpc=name, tier=tier)
        for name, vpc in spec.vpcs.items()
        for tier in vpc.subnets
    )


def tiers_with_hosts(spec: Spec) -> Iterator[TierClaim]:
    """Every tier that holds hosts."""
    return (claim for claim in tiers(spec) if claim.tier in host_tiers(spec, claim.vpc))


def declared_routes(spec: Spec, vpc: str, tier: str) -> dict[str, str]:
    """The VPC routes that the spec declares for a tier: the VPC's own, and those of the tier everywhere."""
    everywhere = spec.tiers[tier].routes if tier in spec.tiers else {}
    return everywhere | spec.vpcs[vpc].routes.get(tier, {})


def vpc_routes(spec: Spec) -> Iterator[VpcRouteClaim]:
    """Every declared route of a tier's route tables."""
    return (
        VpcRouteClaim(
            name=f"{claim.name}:{destination}",
            vpc=claim.vpc,
            tier=claim.tier,
            destination=destination,
            via=via,
        )
        for claim in tiers(spec)
        for destination, via in declared_routes(spec, claim.vpc, claim.tier).items()
    )


def gateways(spec: Spec) -> Iterator[GatewayClaim]:
    """Every Transit Gateway."""
    return (GatewayClaim(name=name, gateway=name) for name in spec.transit_gateways)


def attachments(spec: Spec) -> Iterator[AttachmentClaim]:
    """Every attachment of a VPC; named after the VPC, and after the gateway too where the VPC has several."""
    for gateway in spec.transit_gateways:
        for vpc in attached_vpcs(spec, gateway):
            name = vpc if len(gateways_of(spec, vpc)) == 1 else f"{gateway}.{vpc}"
            yield AttachmentClaim(name=name, gateway=gateway, vpc=vpc)


def tables(spec: Spec) -> Iterator[TableClaim]:
    """Every Transit Gateway route table."""
    return (
        TableClaim(name=f"{name}.{table}", gateway=name, table=table, claimed=claimed)
        for name, gateway in spec.transit_gateways.items()
        for table, claimed in gateway.route_tables.items()
    )


def routes(spec: Spec) -> Iterator[RouteClaim]:
    """Every documented static route of a Transit Gateway route table."""
    return (
        RouteClaim(
            name=f"{claim.name}:{destination}",
            gateway=claim.gateway,
            table=claim.table,
            destination=IPv4Network(destination),
            via=via,
        )
        for claim in tables(spec)
        for destination, via in claim.claimed.routes.items()
    )


def peerings(spec: Spec) -> Iterator[PeeringClaim]:
    """Every Transit Gateway peering."""
    return (PeeringClaim(name=peering.name, peering=peering) for peering in spec.peerings)


def groups(spec: Spec) -> Iterator[GroupClaim]:
    """Every direction of a role's security group that has a table, in every VPC that has the role."""
    return (
        GroupClaim(name=f"{vpc}.{name}.{direction}", vpc=vpc, role=name, direction=direction)
        for name, role in spec.roles.items()
        for vpc in spec.vpcs_with(name)
        for direction in DIRECTIONS
        if role.rules(direction) is not None
    )


def rules(spec: Spec) -> Iterator[RuleClaim]:
    """Every rule of every role in every VPC that has the role."""
    return (
        RuleClaim(name=f"{claim.name}:{rule.kind}:{rule.peer}", vpc=claim.vpc, role=claim.role, rule=rule)
        for claim in groups(spec)
        for rule in spec.roles[claim.role].rules(claim.direction) or ()
    )


def roles(spec: Spec) -> Iterator[RoleClaim]:
    """Every role in every VPC that has it."""
    return (
        RoleClaim(name=f"{vpc}.{role}", vpc=vpc, role=role, tier=spec.roles[role].tier)
        for role in spec.roles
        for vpc in spec.vpcs_with(role)
    )


def closed_roles(spec: Spec) -> Iterator[RoleClaim]:
    """Every role that has a table, in all its VPCs at once."""
    return (RoleClaim(name=role, vpc="", role=role) for role in spec.roles if spec.roles[role].has_table)


def endpoints(spec: Spec) -> Iterator[EndpointClaim]:
    """Every VPC endpoint, service by service."""
    return (
        EndpointClaim(name=f"{vpc}.{service}", vpc=vpc, service=service, endpoint=endpoint)
        for vpc in spec.vpcs
        for endpoint in spec.vpc_endpoints
        if not endpoint.vpcs or vpc in endpoint.vpcs
        for service in endpoint.services
    )


def flows(spec: Spec) -> Iterator[FlowClaim]:
    """Every flow."""
    return (FlowClaim(name=flow.name, flow=flow) for flow in spec.flows)


def balancers(spec: Spec) -> Iterator[VpcClaim]:
    """The VPCs that have a Network Load Balancer."""
    return _vpcs_of(spec, spec.load_balancer)


def ecs_services(spec: Spec) -> Iterator[VpcClaim]:
    """The VPCs in which a role runs on ECS."""
    return _vpcs_of(spec, spec.ecs)


def file_systems(spec: Spec) -> Iterator[VpcClaim]:
    """The VPCs that have an FSx for Lustre file system."""
    homes = spec.vpcs_with(spec.fsx.role) if spec.fsx else ()
    return (VpcClaim(name=vpc, vpc=vpc) for vpc in homes)


def replicas(spec: Spec) -> Iterator[RegionClaim]:
    """The Regions that have a replica of the global table."""
    aliases = spec.dynamodb.replica_regions if spec.dynamodb else ()
    return (RegionClaim(name=alias, region=spec.region(alias)) for alias in aliases)


def accelerated_regions(spec: Spec) -> Iterator[RegionClaim]:
    """The Regions to which the Global Accelerator leads."""
    aliases = spec.global_accelerator.endpoint_regions if spec.global_accelerator else ()
    return (RegionClaim(name=alias, region=spec.region(alias)) for alias in aliases)


def tenant_key_regions(spec: Spec) -> Iterator[RegionClaim]:
    """The Regions whose data is encrypted with keys of tenants."""
    if spec.security.tenant_kms_keys:
        for alias, region in spec.region_names.items():
            yield RegionClaim(name=alias, region=region)


def normal_capacity(spec: Spec) -> Iterator[RegionClaim]:
    """The Regions with a documented number of running instances."""
    return _regions_of(spec, spec.capacity.normal if spec.capacity else {})


def failover_capacity(spec: Spec) -> Iterator[RegionClaim]:
    """The Regions that take over instances of another one."""
    return _regions_of(spec, spec.capacity.after_failover if spec.capacity else {})


def metrics(spec: Spec) -> Iterator[MetricClaim]:
    """Every metric that is watched, of every Transit Gateway."""
    watched = (*spec.monitoring.tgw_metrics, *spec.monitoring.derived_tgw_metrics)
    return (
        MetricClaim(name=f"{gateway}.{metric}", gateway=gateway, metric=metric)
        for gateway in spec.transit_gateways
        for metric in dict.fromkeys(watched)
    )


def modules(spec: Spec) -> Iterator[ModuleClaim]:
    """Every resource type whose Terraform module the document names."""
    named = spec.deployment
    places = {
        "aws_vpc": named.vpc_module,
        "aws_vpc_endpoint": named.vpc_module if spec.vpc_endpoints else "",
        "aws_ec2_transit_gateway": named.transit_gateway_module,
        "aws_ec2_transit_gateway_route": named.transit_gateway_module,
        "aws_ec2_transit_gateway_peering_attachment": named.peering_module,
    }
    return (
        ModuleClaim(name=resource_type, resource_type=resource_type, module=module)
        for resource_type, module in places.items()
        if module
    )


def _vpcs_of(spec: Spec, claimed: LoadBalancerSpec | EcsSpec | None) -> Iterator[VpcClaim]:
    homes = (claimed.vpcs or spec.vpcs_with(claimed.role)) if claimed else ()
    return (VpcClaim(name=vpc, vpc=vpc) for vpc in homes)


def _regions_of(spec: Spec, counts: dict[str, int]) -> Iterator[RegionClaim]:
    return (RegionClaim(name=alias, region=spec.region(alias)) for alias in counts)


def _when(holds: Callable[[Spec], object]) -> Callable[[Spec], Iterator[Claim]]:
    """The claim of the whole network, where the spec makes it."""

    def claims(spec: Spec) -> Iterator[Claim]:
        if holds(spec):
            yield Claim(name="network")

    return claims


def _narrowed(
    claims: Callable[[Spec], Iterator[ClaimT]], holds: Callable[[Spec, ClaimT], object]
) -> Callable[[Spec], Iterator[Claim]]:
    return lambda spec: (claim for claim in claims(spec) if holds(spec, claim))


def _sends(spec: Spec, claim: TierClaim) -> bool:
    """Whether hosts of the tier have to reach something remote, and the document names no route for it."""
    return (
        spec.single_network
        and bool(remote_destinations(spec, claim.vpc))
        and not declared_routes(spec, claim.vpc, claim.tier)
    )


def _internet(spec: Spec, claim: TierClaim) -> bool | None:
    tier = spec.tiers.get(claim.tier)
    return tier.internet_gateway if tier else None


def _is_zoned(spec: Spec, claim: TierClaim) -> bool:
    return claim.tier in spec.tiers and spec.tiers[claim.tier].one_per_zone


def _is_public(spec: Spec, claim: TierClaim) -> bool:
    return _internet(spec, claim) is True


def _is_private(spec: Spec, claim: TierClaim) -> bool:
    return _internet(spec, claim) is False


def _has_asn(spec: Spec, claim: GatewayClaim) -> bool:
    return spec.transit_gateways[claim.gateway].asn is not None


def _is_placed(spec: Spec, claim: AttachmentClaim) -> bool:
    """Whether the document says in which subnets the attachment is."""
    vpc = spec.vpcs[claim.vpc]
    return vpc.attachment in vpc.subnets


def _is_quiet(spec: Spec, claim: AttachmentClaim) -> bool:
    """Whether the document says that the subnets of the attachment have local routes only."""
    tier = spec.tiers.get(spec.vpcs[claim.vpc].attachment)
    return _is_placed(spec, claim) and tier is not None and tier.local_routes_only


def _associates(_: Spec, claim: TableClaim) -> bool:
    return bool(claim.claimed.associated)


def _propagates(_: Spec, claim: TableClaim) -> bool:
    return bool(claim.claimed.propagated)


def _has_named_instances(spec: Spec, claim: RoleClaim) -> bool:
    role = spec.roles[claim.role]
    return bool(role.hosts) and role.tier_documented and claim.role in instance_roles(spec)


def _has_findable_hosts(spec: Spec, claim: RoleClaim) -> bool:
    role = spec.roles[claim.role]
    return role.has_table and (bool(role.hosts) or claim.role not in instance_roles(spec))


CLAIMS: dict[str, Callable[[Spec], Iterator[Claim]]] = {
    "vpc_claim": vpcs,
    "confined_vpc_claim": _narrowed(vpcs, lambda spec, _: spec.address_space),
    "disjoint_vpc_claim": _narrowed(vpcs, lambda spec, _: len(spec.vpcs) > 1 and not spec.overlaps),
    "tiered_vpc_claim": _narrowed(vpcs, lambda spec, claim: spec.vpcs[claim.vpc].subnets),
    "acl_claim": _narrowed(vpcs, lambda spec, _: spec.network_acl),
    "flow_log_claim": _narrowed(vpcs, lambda spec, _: spec.flow_logs),
    "retention_claim": _narrowed(vpcs, lambda spec, _: spec.flow_logs and spec.flow_logs.retention_days),
    "tier_claim": tiers,
    "zoned_tier_claim": _narrowed(tiers, _is_zoned),
    "host_tier_claim": tiers_with_hosts,
    "sending_tier_claim": _narrowed(tiers_with_hosts, _sends),
    "public_tier_claim": _narrowed(tiers, _is_public),
    "private_tier_claim": _narrowed(tiers, _is_private),
    "firewall_claim": _narrowed(tiers, lambda spec, claim: claim.tier == spec.vpcs[claim.vpc].firewall),
    "vpc_route_claim": vpc_routes,
    "gateway_claim": gateways,
    "asn_claim": _narrowed(gateways, _has_asn),
    "encrypted_gateway_claim": _narrowed(
        gateways, lambda spec, _: spec.security.tgw_encryption == "all traffic"
    ),
    "attachment_claim": attachments,
    "placed_attachment_claim": _narrowed(attachments, _is_placed),
    "reaching_attachment_claim": _narrowed(
        attachments, lambda spec, claim: spec.every_zone_attached and _is_placed(spec, claim)
    ),
    "quiet_attachment_claim": _narrowed(attachments, _is_quiet),
    "table_claim": tables,
    "associated_table_claim": _narrowed(tables, _associates),
    "propagating_table_claim": _narrowed(tables, _propagates),
    "route_claim": routes,
    "peering_claim": peerings,
    "group_claim": groups,
    "rule_claim": rules,
    "role_claim": _narrowed(roles, _has_findable_hosts),
    "placed_role_claim": _narrowed(roles, _has_named_instances),
    "closed_role": closed_roles,
    "endpoint_claim": endpoints,
    "used_endpoint_claim": _narrowed(endpoints, lambda _, claim: claim.endpoint.users),
    "balancer_claim": balancers,
    "listening_balancer_claim": balancers,
    "recovery_claim": _narrowed(balancers, lambda spec, _: spec.ha.recovery_limit_s),
    "endpoint_service_claim": _narrowed(balancers, lambda spec, _: "privatelink" in spec.tenants.path),
    "ecs_claim": ecs_services,
    "file_system_claim": file_systems,
    "fast_file_system_claim": _narrowed(
        file_systems, lambda spec, _: spec.fsx and spec.fsx.throughput_mb_per_s
    ),
    "mounted_file_system_claim": _narrowed(file_systems, lambda spec, _: spec.fsx and spec.fsx.mount_name),
    "replica_claim": replicas,
    "fast_replica_claim": _narrowed(
        replicas, lambda spec, _: spec.dynamodb and spec.dynamodb.replication_limit_s
    ),
    "accelerator_claim": _when(lambda spec: spec.global_accelerator),
    "accelerated_region_claim": accelerated_regions,
    "tenant_key_claim": tenant_key_regions,
    "capacity_claim": normal_capacity,
    "failover_capacity_claim": failover_capacity,
    "metric_claim": metrics,
    "billed_peerings_claim": _when(
        lambda spec: any(row.unit == "peering-attachment-hour" for row in spec.cost.tgw)
    ),
    "transfer_claim": _when(lambda spec: spec.cost.transfer),
    "module_claim": modules,
    "flow_claim": flows,
    "drawn_address_claim": _when(lambda spec: any(vpc.subnets for vpc in spec.vpcs.values())),
    "drawn_destination_claim": _when(lambda spec: any(True for _ in tables(spec))),
    "drawn_traffic_claim": _when(lambda spec: any(True for _ in groups(spec))),
    "drawn_packet_claim": _when(lambda spec: spec.roles or any(host_tiers(spec, vpc) for vpc in spec.vpcs)),
    "mesh_claim": _when(lambda spec: spec.peerings),
    "single_network_claim": _when(lambda spec: spec.single_network),
    "transit_claim": _when(lambda spec: spec.security.no_internet_transit),
    "rerouting_claim": _when(lambda spec: spec.ha.detour and spec.ha.detour.rerouting == "automatic"),
    "detour_claim": _when(lambda spec: spec.ha.detour and spec.ha.detour.added),
    "region_loss_claim": _when(lambda spec: spec.ha.failover),
}
"""
The claims that a test can be about, by the name of its fixture.
"""
