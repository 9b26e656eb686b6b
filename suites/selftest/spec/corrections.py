"""What a corrected document would say, and which findings each correction takes away."""

from ipaddress import IPv4Network
from typing import get_args

from probes.model.spec import ExpansionPart, RangeMs, RuleSpec, TierSpec
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import BUNDLED

SPEC = load_spec(BUNDLED)
BASE = "10.66.0.0/16"
FIRST_OCTETS = {"use1": 0, "use2": 64, "usw2": 128}


def each_vpc(path: str, values: list[object]) -> dict[str, object]:
    return {f"vpcs.{vpc}.{path}": value for vpc, value in zip(SPEC.vpcs, values, strict=True)}


def each_peering(path: str, value: object) -> dict[str, object]:
    return {f"peerings[{index}].{path}": value for index in range(3)}


def with_rule(role: str, rule: RuleSpec) -> dict[str, object]:
    side = "ingress" if rule.source else "egress"
    return {f"roles.{role}.{side}": (*(getattr(SPEC.roles[role], side) or ()), rule)}


def admitting(peer: str, *ports: int | str) -> RuleSpec:
    return RuleSpec(source=peer, destination="", tcp=ports)


ATTACHMENT_SUBNETS = [
    tuple(IPv4Network(f"10.66.{base + 30}.{host}/28") for host in (0, 16, 32))
    for base in FIRST_OCTETS.values()
]
FSX_SUBNETS = [(IPv4Network(f"10.66.{base + 20}.0/24"),) for base in FIRST_OCTETS.values()]
PLATFORM = ("ecr.api", "ecr.dkr", "s3", "sts", "ssm", "ssmmessages", "ec2messages")
TO_THE_BASE = {
    tier: TierSpec(
        prefix_length=SPEC.tiers[tier].prefix_length,
        internet_gateway=SPEC.tiers[tier].internet_gateway,
        routes={BASE: "transit-gateway"},
    )
    for tier in ("public", "private", "fsx")
}
DIRECT_PATH = ("tenant", "privatelink", "nlb", "router", "gpu", "fsx")
STEPS = ("tenant", "global-accelerator", "use2/nlb", "use2/gpu", "use2/fsx", "tenant")
ANYWHERE = (IPv4Network("0.0.0.0/0"),)

# Changes, and exactly the findings (ID, place) that they correct.
CORRECTIONS: list[tuple[dict[str, object], set[tuple[str, str]]]] = [
    (each_vpc("subnets.tgw", list(ATTACHMENT_SUBNETS)), {("C01", "vpcs.*.subnets")}),
    ({"tiers": SPEC.tiers | TO_THE_BASE}, {("C02", "tiers.*.routes")}),
    ({"ha.detour.rerouting": "by hand"}, {("C03", "ha.detour.rerouting")}),
    ({"ha.detour.added": RangeMs(min_ms=95, max_ms=130)}, {("C04", "ha.detour.added")}),
    ({"ha.failover.added": RangeMs(min_ms=15, max_ms=20)}, {("C04", "ha.failover.added")}),
    (each_peering("rtt", RangeMs(min_ms=15, max_ms=15)), {("C04", "ha.tgw_added_ms"), ("C19", "latency.cross_region")}),
    (
        {f"transit_gateways.{name}.asn": 64512 + index for index, name in enumerate(SPEC.transit_gateways)},
        {("C05", "transit_gateways.*.asn")},
    ),
    (with_rule("fsx", admitting(BASE, 988)), {("C06", "roles.fsx.ingress")}),
    (
        with_rule("fsx", admitting("fsx", 988, "1018-1023"))
        | {"roles.fsx.ingress": (*SPEC.roles["fsx"].ingress[:2], admitting("fsx", 988, "1018-1023"), admitting("gpu", "1018-1020"))},  # type: ignore[index]  # the role has a table
        {("C07", "roles.fsx.ingress")},
    ),
    (with_rule("gpu", admitting("fsx", 988, "1018-1023")), {("C07", "roles.gpu.ingress")}),
    (with_rule("gpu", admitting(BASE, 5201)), {("C08", "roles.gpu.ingress")}),
    ({"network_acl.also_allow": ANYWHERE}, {("C09", "network_acl.allow_within"), ("C09", "network_acl.also_allow")}),
    ({"vpc_endpoints[0].endpoint_type": "Interface"}, {("C09", "network_acl.also_allow")}),
    ({"tenants.path": DIRECT_PATH}, {("C09", "network_acl.allow_within"), ("C10", "tenants.path"), ("C23", "security.no_internet_transit_within")}),
    ({"tenants.path": ("tenant", "global-accelerator", "nlb")}, {("C10", "tenants.path")}),
    ({"global_accelerator.static_names": ("a1.awsglobalaccelerator.com",)}, {("C11", "global_accelerator.static_names")}),
    (
        {"vpc_endpoints[0].endpoint_type": "Gateway", "vpc_endpoints[2].services": ("monitoring",)},
        {("C12", "vpc_endpoints")},
    ),
    (
        {"roles.nlb.ingress": (RuleSpec(source="internet", destination="", tcp=(443, 8080)),)},
        {("C13", "roles.router.ingress")},
    ),
    ({"cost.tgw[2].quantity": 6.0}, {("C14", "cost.tgw[2]")}),
    ({"cost.tgw_total_usd": 338.0}, {("C14", "cost.tgw_total_usd")}),
    (each_vpc("subnets.fsx", list(FSX_SUBNETS)), {("C15", "fsx.file_systems_per_vpc")}),
    ({"fsx.file_systems_per_vpc": 2}, {("C15", "fsx.file_systems_per_vpc")}),
    ({"fsx.throughput_mb_per_s": 5760.0}, {("C16", "fsx.throughput_mb_per_s")}),
    ({"fsx.mount_name": ""}, {("C17", "fsx.mount_name")}),
    ({"fsx.deployment_type": "SCRATCH_1"}, {("C17", "fsx.mount_name")}),
    ({"tenants.text": "10.34.0.0/16"}, {("C18", "tenants.text")}),
    ({"latency.cross_region": RangeMs(min_ms=0, max_ms=80)}, {("C19", "latency.cross_region")}),
    (each_peering("rtt", RangeMs(min_ms=0, max_ms=80)), {("C19", "latency.cross_region"), ("C19", "peerings.*.rtt.min_ms")}),
    (each_peering("bandwidth_claim", "at least"), {("C20", "peerings.*.bandwidth_claim")}),
    (
        {"ha.recovery_includes_capacity": False, "ha.health_check_interval_s": 10.0},
        {("C21", "ha.recovery_limit_s")},
    ),
    (
        {"monitoring.tgw_metrics.BytesDropCountBlackhole": "routing"},
        {("C22", "monitoring.tgw_metrics.BytesDropCountBlackhole")},
    ),
    (
        {"monitoring.tgw_metrics": SPEC.monitoring.tgw_metrics | SPEC.monitoring.derived_tgw_metrics},
        {("C22", "monitoring.tgw_metrics")},
    ),
    ({"security.no_internet_transit_within": (IPv4Network(BASE),)}, {("C23", "security.no_internet_transit_within")}),
    ({"security.tgw_encryption": "between regions"}, {("C24", "security.tgw_encryption")}),
    ({"security.tgw_encryption_support": True}, {("C24", "security.tgw_encryption")}),
    ({"security.tenant_kms_keys": False}, {("C25", "security.tenant_kms_keys")}),
    ({"dynamodb.replication_percentile": 99.0}, {("C26", "dynamodb.replication_percentile")}),
    ({"expansion.deploys": get_args(ExpansionPart)}, {("C27", "expansion.deploys")}),
    ({"ha.failover.steps": STEPS}, {("C28", "ha.failover.steps")}),
    ({"vpc_endpoints[1].services": ("kms", *PLATFORM)}, {("C29", "vpc_endpoints")}),
    ({"roles.gpu.egress": (SPEC.roles["gpu"].egress or ())[::2]}, {("C30", "roles.gpu.egress")}),
    ({"flow_logs.uses": ("rejected traffic",)}, {("C31", "flow_logs.uses")}),
    ({"cost.hours_per_month": 730.0}, {("C32", "cost.hours_per_month")}),
    ({f"roles.{role}.tier_documented": True for role in SPEC.roles}, {("C33", "roles.*.tier")}),
    ({"live.instance_mtu_bytes": 8500}, {("C34", "live.instance_mtu_bytes")}),
]  # fmt: skip
