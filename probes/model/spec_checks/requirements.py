"""The requirements that the spec alone decides, one function each."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from probes.model.conformance.verdict import Violation
from probes.model.spec import TIERS, Spec
from probes.model.spec.arithmetic import load_time_s, region_by_alias
from probes.model.spec_checks.cost_tables import COST_CHECKS
from probes.model.spec_checks.lint import lint

Check = Callable[[Spec], tuple[Violation, ...]]

PRIVATE_NETWORKS = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918


def found_by_lint(finding_id: str, requirement: str) -> Check:
    """The check of a requirement that conforms when the spec lint has no such finding about it."""

    def check(spec: Spec) -> tuple[Violation, ...]:
        return tuple(
            Violation(
                resource=f"spec {finding.where}",
                expected=finding.expected,
                observed=finding.observed,
                hint=f"{finding.id}: {finding.hint}",
            )
            for finding in lint(spec)
            if finding.id == finding_id and requirement in finding.requirements
        )

    return check


def _violation(where: str, expected: str, observed: str, hint: str) -> Violation:
    return Violation(resource=f"spec {where}", expected=expected, observed=observed, hint=hint)


def base_network(spec: Spec) -> tuple[Violation, ...]:
    """CIDR-01: every documented address lies in the base network, which is a private one."""
    networks = {f"regions.{name}.vpc_cidr": region.vpc_cidr for name, region in spec.regions.items()}
    networks["expansion.vpc_cidr"] = spec.expansion.vpc_cidr
    outside = [
        _violation(where, f"inside the base network {spec.base_cidr}", str(cidr), "allocate it from the base")
        for where, cidr in networks.items()
        if not cidr.subnet_of(spec.base_cidr)
    ]
    if not any(spec.base_cidr.subnet_of(private) for private in PRIVATE_NETWORKS):
        expected = f"inside {', '.join(map(str, PRIVATE_NETWORKS))}"
        outside.append(_violation("base_cidr", expected, str(spec.base_cidr), "use a private network"))
    return tuple(outside)


def disjoint_vpcs(spec: Spec) -> tuple[Violation, ...]:
    """CIDR-05: the VPCs lie in the base network and share no address."""
    regions = list(spec.regions.items())
    overlapping = [
        _violation(
            f"regions.{name}.vpc_cidr",
            f"no overlap with {other}",
            f"{one.vpc_cidr} and {two.vpc_cidr}",
            "renumber one of them: overlapping VPCs cannot be routed to each other",
        )
        for (name, one), (other, two) in combinations(regions, 2)
        if one.vpc_cidr.overlaps(two.vpc_cidr)
    ]
    return tuple(overlapping) + tuple(v for v in base_network(spec) if v.resource.startswith("spec regions."))


def contained_subnets(spec: Spec) -> tuple[Violation, ...]:
    """CIDR-10: the subnets lie in their VPC and share no address."""
    violations = []
    for name, region in spec.regions.items():
        where = f"regions.{name}.subnets"
        subnets = region.subnets.all()
        violations += [
            _violation(where, f"inside the VPC {region.vpc_cidr}", str(cidr), "move it into its VPC")
            for cidr in subnets
            if not cidr.subnet_of(region.vpc_cidr)
        ]
        violations += [
            _violation(where, "disjoint subnets", f"{one} and {other} overlap", "renumber one of them")
            for one, other in combinations(subnets, 2)
            if one.overlaps(other)
        ]
    return tuple(violations)


def tenant_range(spec: Spec) -> tuple[Violation, ...]:
    """CIDR-14: the tenants' range is a CIDR and lies apart from the base network, as those that stand for it do."""
    malformed = found_by_lint("C18", "CIDR-14")(spec)
    ranges = {f"tenant_cidrs[{index}]": cidr for index, cidr in enumerate(spec.tenant_cidrs)}
    if not malformed:
        ranges["tenant_cidr_text"] = IPv4Network(spec.tenant_cidr_text)
    expected = f"a range apart from the base network {spec.base_cidr}"
    return malformed + tuple(
        _violation(where, expected, str(cidr), "choose another range")
        for where, cidr in ranges.items()
        if cidr.overlaps(spec.base_cidr)
    )


def drawn_prefixes(spec: Spec) -> tuple[Violation, ...]:
    """CIDR-15: table and diagram agree on the subnets' sizes, and every VPC has all four layers."""
    violations = []
    for name, region in spec.regions.items():
        for tier in TIERS:
            where, length = f"regions.{name}.subnets.{tier}", spec.tier_prefixes.of(tier)
            cidrs = region.subnets.of(tier)
            odd = [str(cidr) for cidr in cidrs if cidr.prefixlen != length]
            if odd or not cidrs:
                observed = ", ".join(odd) or "no subnet"
                hint = "make table and diagram agree"
                violations.append(_violation(where, f"/{length} subnets, as drawn", observed, hint))
    return tuple(violations)


def full_mesh(spec: Spec) -> tuple[Violation, ...]:
    """PEER-04: one peering for every pair of regions."""
    documented = {frozenset(peering.between) for peering in spec.peerings}
    aliases = [region.alias for region in spec.regions.values()]
    return tuple(
        _violation("peerings", f"a peering of {one} and {other}", "none", "document it, or drop the mesh")
        for one, other in combinations(aliases, 2)
        if frozenset((one, other)) not in documented
    )


def routes_to_all_regions(spec: Spec) -> tuple[Violation, ...]:
    """RTB-15: every Transit Gateway has a documented route to each VPC, by the way that leads there."""
    violations = []
    for name, region in spec.regions.items():
        listed = {(route.destination, route.via) for route in region.tgw_routes}
        for other in spec.regions.values():
            via = "vpc" if other is region else other.alias
            if (other.vpc_cidr, via) not in listed:
                where, expected = f"regions.{name}.tgw_routes", f"{other.vpc_cidr} via {via}"
                violations.append(_violation(where, expected, "no such route", "add it to the table"))
    return tuple(violations)


def lone_load_time(spec: Spec) -> tuple[Violation, ...]:
    """FSX-03: one reader at the documented throughput loads the model in the documented time."""
    fsx, needed = spec.fsx, load_time_s(spec, 1)
    if fsx.load_time_min_s <= needed <= fsx.load_time_max_s:
        return ()
    expected = f"{fsx.load_time_min_s:g} to {fsx.load_time_max_s:g} s"
    observed = f"{fsx.model_size_gb:g} GB at {fsx.throughput_mb_per_s:g} MB/s take {needed:.1f} s"
    return (_violation("fsx.load_time_max_s", expected, observed, "correct one of the three figures"),)


def mount_example(spec: Spec) -> tuple[Violation, ...]:
    """FSX-06: the address of the mount example lies in a documented FSx subnet."""
    subnets = [cidr for region in spec.regions.values() for cidr in region.subnets.fsx]
    return _example(spec.fsx.dr_mount_address, "fsx.dr_mount_address", "FSx", subnets)


def ping_example(spec: Spec) -> tuple[Violation, ...]:
    """TEST-01: the address of the ping example lies in a private subnet of another region than the pinging host."""
    source = region_by_alias(spec, spec.connectivity.ping_from)
    others = [region for region in spec.regions.values() if region is not source]
    subnets = [cidr for region in others for cidr in region.subnets.private]
    return _example(spec.connectivity.ping_address, "connectivity.ping_address", "private", subnets)


def _example(address: str, where: str, tier: str, subnets: list[IPv4Network]) -> tuple[Violation, ...]:
    try:
        inside = any(IPv4Address(address) in cidr for cidr in subnets)
    except ValueError:
        inside = False
    expected = f"an address in a documented {tier} subnet"
    return () if inside else (_violation(where, expected, repr(address), "correct the example"),)


def cross_region_range(spec: Spec) -> tuple[Violation, ...]:
    """LAT-08: the range for all pairs of regions contains the range of each."""
    span = spec.latency.cross_region
    return tuple(
        _violation(
            "latency.cross_region",
            f"contains {'-'.join(peering.between)}: {peering.rtt.min_ms:g} to {peering.rtt.max_ms:g} ms",
            f"{span.min_ms:g} to {span.max_ms:g} ms",
            "widen it, or correct the peering's range",
        )
        for peering in spec.peerings
        if not span.min_ms <= peering.rtt.min_ms <= peering.rtt.max_ms <= span.max_ms
    )


def gpus(spec: Spec, field: str) -> tuple[Violation, ...]:
    """HA-01 and HA-02: the regions' GPUs add up to the documented total, before and after the failure."""
    counts = {region.alias: getattr(region.gpus, field) for region in spec.regions.values()}
    wrong = sum(counts.values()) != spec.ha.total_gpus
    stranded = field == "after_failover" and counts[spec.ha.failover.failed_region] != 0
    if not wrong and not stranded:
        return ()
    observed = " + ".join(f"{alias} {count}" for alias, count in counts.items())
    expected = f"{spec.ha.total_gpus} GPUs in all, none in a failed region"
    return (_violation(f"regions.*.gpus.{field}", expected, observed, "correct counts or total"),)


def fourth_region(spec: Spec) -> tuple[Violation, ...]:
    """EXP-01: the range of the next region is free, inside the base network, and of the others' size."""
    new = spec.expansion.vpc_cidr
    taken = [name for name, region in spec.regions.items() if region.vpc_cidr.overlaps(new)]
    sizes = {region.vpc_cidr.prefixlen for region in spec.regions.values()}
    observed = f"overlaps the VPC of {', '.join(taken)}" if taken else str(new)
    if taken or not new.subnet_of(spec.base_cidr) or new.prefixlen not in sizes:
        expected = f"a free network inside {spec.base_cidr}, of the size of the other VPCs"
        return (_violation("expansion.vpc_cidr", expected, observed, "allocate another one"),)
    return ()


def new_peerings(spec: Spec) -> tuple[Violation, ...]:
    """EXP-02: the next region peers with every region there is, which keeps the mesh full."""
    aliases = {region.alias for region in spec.regions.values()}
    if set(spec.expansion.new_peerings) == aliases:
        return ()
    listed = ", ".join(spec.expansion.new_peerings) or "none"
    expected = f"a peering with each of {', '.join(sorted(aliases))}"
    return (_violation("expansion.new_peerings", expected, listed, "complete the mesh"),)


SPEC_CHECKS: dict[str, Check] = {
    "CIDR-01": base_network,
    "CIDR-05": disjoint_vpcs,
    "CIDR-10": contained_subnets,
    "CIDR-14": tenant_range,
    "CIDR-15": drawn_prefixes,
    "PEER-04": full_mesh,
    "RTB-15": routes_to_all_regions,
    "GA-03": found_by_lint("C10", "GA-03"),
    "GA-04": found_by_lint("C28", "GA-04"),
    "FSX-03": lone_load_time,
    "FSX-06": mount_example,
    "TEST-01": ping_example,
    "LAT-02": found_by_lint("C04", "LAT-02"),
    "LAT-03": found_by_lint("C04", "LAT-03"),
    "LAT-08": cross_region_range,
    **COST_CHECKS,
    "HA-01": lambda spec: gpus(spec, "normal"),
    "HA-02": lambda spec: gpus(spec, "after_failover"),
    "HA-03": found_by_lint("C21", "HA-03"),
    "HA-06": found_by_lint("C03", "HA-06"),
    "HA-07": found_by_lint("C04", "HA-07"),
    "SEC-02": found_by_lint("C24", "SEC-02"),
    "EXP-01": fourth_region,
    "EXP-02": new_peerings,
    "EXP-06": found_by_lint("C27", "EXP-06"),
}
