"""What a corrected document would say, and which findings each correction takes away."""

from ipaddress import IPv4Network
from typing import get_args

from probes.model.spec import ExpansionPart, RangeMs, SecurityGroupSpec, SgRuleSpec, VpcRouteSpec
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import BUNDLED

SPEC = load_spec(BUNDLED)
BASE = "10.66.0.0/16"
REGIONS = {"us-east-1": 0, "us-east-2": 64, "us-west-2": 128}


def each_region(path: str, values: list[object]) -> dict[str, object]:
    return {f"regions.{region}.{path}": value for region, value in zip(SPEC.regions, values, strict=True)}


def each_peering(path: str, value: object) -> dict[str, object]:
    return {f"peerings[{index}].{path}": value for index in range(3)}


def rule(protocol: str, ports: tuple[int | str, ...], peer: str) -> SgRuleSpec:
    return SgRuleSpec(requirement="SG-NEW-1", protocol=protocol, ports=ports, peer=peer)  # type: ignore[arg-type]  # one of the literals


def with_rule(
    role: str, side: str, protocol: str, ports: tuple[int | str, ...], peer: str
) -> dict[str, object]:
    rules = getattr(SPEC.security_groups[role], side)
    return {f"security_groups.{role}.{side}": (*rules, rule(protocol, ports, peer))}


TGW_SUBNETS = [
    tuple(IPv4Network(f"10.66.{base + 30}.{host}/28") for host in (0, 16, 32)) for base in REGIONS.values()
]
FSX_SUBNETS = [(IPv4Network(f"10.66.{base + 20}.0/24"),) for base in REGIONS.values()]
PLATFORM = ("ecr.api", "ecr.dkr", "s3", "sts", "ssm", "ssmmessages", "ec2messages")
NLB_GROUP = SecurityGroupSpec(
    ingress=(rule("tcp", (443, 8080), "0.0.0.0/0"),), egress=(rule("all", (), BASE),)
)
DIRECT_PATH = ("tenant", "privatelink", "nlb", "router", "gpu", "fsx")
STEPS = ("tenant", "global-accelerator", "use2/nlb", "use2/gpu", "use2/fsx", "tenant")
ANYWHERE = (IPv4Network("0.0.0.0/0"),)

# Changes, and exactly the findings (ID, first requirement) that they correct.
CORRECTIONS: list[tuple[dict[str, object], set[tuple[str, str]]]] = [
    (each_region("subnets.tgw", list(TGW_SUBNETS)), {("C01", "CIDR-13")}),
    (
        {"vpc_routes": (VpcRouteSpec(tiers=("public", "private", "fsx"), destination=IPv4Network(BASE)),)},
        {("C02", "RTB-13")},
    ),
    ({"ha.rerouting": "two routes changed by hand"}, {("C03", "HA-06")}),
    ({"ha.detour_added": RangeMs(min_ms=95, max_ms=130)}, {("C04", "HA-07")}),
    ({"ha.failover_added": RangeMs(min_ms=15, max_ms=20)}, {("C04", "LAT-02")}),
    (each_region("tgw_asn", [64512, 64513, 64514]), {("C05", "TGW-02")}),
    (with_rule("fsx", "ingress", "tcp", (988,), BASE), {("C06", "FSX-06")}),
    (with_rule("fsx", "ingress", "tcp", (988, "1018-1023"), "fsx"), {("C07", "SG-FSX-I3")}),
    (with_rule("fsx", "ingress", "tcp", ("1018-1020",), "gpu"), {("C07", "SG-FSX-I4")}),
    (with_rule("gpu", "ingress", "tcp", (988, "1018-1023"), "fsx"), {("C07", "SG-GPU-I5")}),
    (with_rule("gpu", "ingress", "tcp", (5201,), BASE), {("C08", "TEST-03")}),
    ({"network_acl.also_allow": ANYWHERE}, {("C09", "NACL-02"), ("C09", "VPCE-01")}),
    ({"vpc_endpoints[0].endpoint_type": "Interface"}, {("C09", "VPCE-01"), ("C12", "VPCE-01")}),
    ({"vpc_endpoints[0].endpoint_type": "Gateway"}, {("C12", "VPCE-01")}),
    ({"tenant_path": DIRECT_PATH}, {("C09", "NACL-02"), ("C10", "GA-03"), ("C23", "SEC-01")}),
    ({"tenant_path": ("tenant", "global-accelerator", "nlb")}, {("C10", "GA-03")}),
    ({"global_accelerator.static_names": ("a1.awsglobalaccelerator.com",)}, {("C11", "GA-01")}),
    ({"vpc_endpoints[2].services": ("monitoring",)}, {("C12", "VPCE-03")}),
    ({"security_groups": SPEC.security_groups | {"nlb": NLB_GROUP}}, {("C13", "SG-RTR-I1")}),
    ({"cost.tgw[2].quantity": 6.0}, {("C14", "COST-07")}),
    ({"cost.tgw_total_usd": 338.0}, {("C14", "COST-08")}),
    (each_region("subnets.fsx", list(FSX_SUBNETS)), {("C15", "FSX-01")}),
    ({"fsx.file_systems_per_region": 2}, {("C15", "FSX-01")}),
    ({"fsx.throughput_mb_per_s": 5760.0}, {("C16", "FSX-02"), ("C16", "FSX-03")}),
    ({"fsx.throughput_mb_per_s": 840.0}, {("C16", "FSX-02")}),
    ({"fsx.mount_name": "fxyz1bmv"}, {("C17", "FSX-06")}),
    ({"tenant_cidr_text": "10.34.0.0/16"}, {("C18", "CIDR-14")}),
    ({"latency.cross_region": RangeMs(min_ms=0, max_ms=80)}, {("C19", "LAT-08")}),
    (
        each_peering("bandwidth_claim", "at least"),
        {("C20", "BW-01")},
    ),
    (
        {"ha.recovery_includes_capacity": False, "ha.health_check_interval_s": 10.0},
        {("C21", "HA-03")},
    ),
    ({"monitoring.tgw_metrics.BytesDropCountBlackhole": "Routing issues"}, {("C22", "MON-04")}),
    (
        {"monitoring.tgw_metrics": SPEC.monitoring.tgw_metrics | SPEC.monitoring.derived_tgw_metrics},
        {("C22", "MON-05")},
    ),
    ({"security.no_internet_transit_within": (IPv4Network(BASE),)}, {("C23", "SEC-01")}),
    ({"security.tgw_encryption": "between regions"}, {("C24", "SEC-02")}),
    ({"security.tenant_kms_keys": False}, {("C25", "SEC-03")}),
    ({"dynamodb.replication_percentile": 99.0}, {("C26", "DDB-02")}),
    ({"expansion.deploys": get_args(ExpansionPart)}, {("C27", "EXP-06")}),
    ({"ha.failover.steps": STEPS}, {("C28", "GA-04")}),
    ({"vpc_endpoints[1].services": ("kms", *PLATFORM)}, {("C29", "ECS-01")}),
    ({"security_groups.gpu.egress": SPEC.security_groups["gpu"].egress[::2]}, {("C30", "SG-GPU-O2")}),
    ({"flow_logs.uses": ("Rejected traffic",)}, {("C31", "FLOW-03")}),
    ({"cost.hours_per_month": 730.0}, {("C32", "COST-05")}),
    ({f"roles.{role}.tier_documented": True for role in SPEC.roles}, {("C33", "SG-ATT-1")}),
    ({"live.instance_mtu_bytes": 8500}, {("C34", "TGW-07")}),
]  # fmt: skip
