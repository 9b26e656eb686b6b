"""What the spec alone decides: each claim of figures and names, checked against the others and against AWS."""

from collections.abc import Callable, Iterator
from functools import partial
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from probes.model.conformance.verdict import Violation
from probes.model.spec import ConnectivityCheckSpec, ExpansionSpec, FsxSpec, RangeMs, Spec
from probes.model.spec.arithmetic import load_time_s
from probes.model.spec.claims import Claim
from probes.model.spec.topology import routes_of, table_of
from probes.model.spec_checks import cost_tables
from probes.model.spec_checks.lint import lint

Check = Callable[[Spec], tuple[Violation, ...]]

PRIVATE_NETWORKS = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))  # RFC 1918
# Where a finding of the lint means that the claim at this place cannot hold.
LINTED = (
    "tenants.path",
    "ha.failover.steps",
    "ha.failover.added",
    "ha.tgw_added_ms",
    "ha.recovery_limit_s",
    "ha.detour.rerouting",
    "ha.detour.added",
    "security.tgw_encryption",
    "expansion.deploys",
)


class SpecClaim(Claim, frozen=True, kw_only=True):
    """A claim that needs no network to be decided, named by its place in the spec."""

    check: Check


def spec_claims(spec: Spec) -> Iterator[SpecClaim]:
    """Every claim that the spec alone decides."""
    for name, check in (
        *_addresses(spec),
        *_topology(spec),
        *_examples(spec),
        *_costs(spec),
        *_figures(spec),
        *_growth(spec),
    ):
        yield SpecClaim(name=name, check=check)
    for where in LINTED:
        if _stated(spec, where):
            yield SpecClaim(name=where, check=partial(_linted, where=where))


def _addresses(spec: Spec) -> Iterator[tuple[str, Check]]:
    if spec.address_space:
        yield "address_space", address_space
    if len(spec.vpcs) > 1 and not spec.overlaps:
        yield "vpcs", disjoint_vpcs
    if any(vpc.subnets for vpc in spec.vpcs.values()):
        yield "subnets", contained_subnets
    if spec.tenants.text or spec.tenants.cidrs:
        yield "tenants.cidrs", tenant_range
    if any(tier.prefix_length is not None for tier in spec.tiers.values()):
        yield "tiers.prefix_length", drawn_prefixes


def _topology(spec: Spec) -> Iterator[tuple[str, Check]]:
    if spec.full_mesh:
        yield "full_mesh", full_mesh
    if spec.single_network:
        yield "single_network", routes_to_all_regions


def _examples(spec: Spec) -> Iterator[tuple[str, Check]]:
    fsx = spec.fsx
    if fsx and fsx.load_time_max_s is not None and load_time_s(fsx, 1) is not None:
        yield "fsx.load_time_max_s", partial(lone_load_time, fsx)
    if fsx and fsx.dr_mount_address:
        yield "fsx.dr_mount_address", partial(mount_example, fsx)
    if spec.connectivity:
        yield "connectivity.ping_address", partial(ping_example, spec.connectivity)


def _costs(spec: Spec) -> Iterator[tuple[str, Check]]:
    for index, row in enumerate(spec.cost.transfer):
        name = f"cost.transfer:{'-'.join(row.between)}"
        yield name, _of(cost_tables.transfer_row(index, row))
    for index, charge in enumerate(spec.cost.tgw):
        yield f"cost.tgw:{charge.unit}", _of(cost_tables.tgw_row(spec, index, charge))
        yield f"cost.tgw.quantity:{charge.unit}", _of(cost_tables.tgw_quantity(spec, index, charge))
    if spec.cost.transfer_total_usd is not None:
        yield "cost.transfer_total_usd", cost_tables.transfer_total
    if spec.cost.tgw_total_usd is not None:
        yield "cost.tgw_total_usd", cost_tables.tgw_total


def _figures(spec: Spec) -> Iterator[tuple[str, Check]]:
    if spec.latency.cross_region:
        yield "latency.cross_region", partial(cross_region_range, spec.latency.cross_region)
    if spec.capacity and spec.capacity.total is not None:
        for field in ("normal", "after_failover"):
            if getattr(spec.capacity, field):
                yield f"capacity.{field}", partial(instances, field=field)


def _growth(spec: Spec) -> Iterator[tuple[str, Check]]:
    if spec.expansion:
        yield "expansion.vpc_cidr", partial(next_region, spec.expansion)
        yield "expansion.new_peerings", partial(new_peerings, spec.expansion)


def _of(found: tuple[Violation, ...]) -> Check:
    return lambda _: found


def _stated(spec: Spec, where: str) -> bool:
    value: object = spec
    for field in where.split("."):
        value = getattr(value, field, None)
    return bool(value)


def _linted(spec: Spec, where: str) -> tuple[Violation, ...]:
    return tuple(
        _violation(finding.where, finding.expected, finding.observed, f"{finding.id}: {finding.hint}")
        for finding in lint(spec)
        if finding.where == where
    )


def _violation(where: str, expected: str, observed: str, hint: str) -> Violation:
    return Violation(resource=f"spec {where}", expected=expected, observed=observed, hint=hint)


def address_space(spec: Spec) -> tuple[Violation, ...]:
    """Every documented address lies in the address space, which is a private one."""
    networks = {f"vpcs.{name}.cidr": cidr for name, vpc in spec.vpcs.items() for cidr in vpc.cidrs}
    if spec.expansion:
        networks["expansion.vpc_cidr"] = spec.expansion.vpc_cidr
    space = ", ".join(map(str, spec.address_space))
    outside = [
        _violation(where, f"inside the address space {space}", str(cidr), "allocate it from the space")
        for where, cidr in networks.items()
        if not any(cidr.subnet_of(block) for block in spec.address_space)
    ]
    public = [
        _violation(
            f"address_space[{index}]",
            f"inside {', '.join(map(str, PRIVATE_NETWORKS))}",
            str(block),
            "use a private network",
        )
        for index, block in enumerate(spec.address_space)
        if not any(block.subnet_of(private) for private in PRIVATE_NETWORKS)
    ]
    return (*outside, *public)


def disjoint_vpcs(spec: Spec) -> tuple[Violation, ...]:
    """The VPCs lie in the address space and share no address."""
    overlapping = [
        _violation(
            f"vpcs.{name}.cidr",
            f"no overlap with {other}",
            f"{one} and {two}",
            "renumber one of them: overlapping VPCs cannot be routed to each other",
        )
        for (name, here), (other, there) in combinations(spec.vpcs.items(), 2)
        for one in here.cidrs
        for two in there.cidrs
        if one.overlaps(two)
    ]
    outside = address_space(spec) if spec.address_space else ()
    return (*overlapping, *(v for v in outside if v.resource.startswith("spec vpcs.")))


def contained_subnets(spec: Spec) -> tuple[Violation, ...]:
    """The subnets lie in their VPC and share no address."""
    violations = []
    for name, vpc in spec.vpcs.items():
        where, blocks = f"vpcs.{name}.subnets", ", ".join(map(str, vpc.cidrs))
        violations += [
            _violation(where, f"inside the VPC {blocks}", str(cidr), "move it into its VPC")
            for cidr in vpc.all_subnets
            if not any(cidr.subnet_of(block) for block in vpc.cidrs)
        ]
        violations += [
            _violation(where, "disjoint subnets", f"{one} and {other} overlap", "renumber one of them")
            for one, other in combinations(vpc.all_subnets, 2)
            if one.overlaps(other)
        ]
    return tuple(violations)


def tenant_range(spec: Spec) -> tuple[Violation, ...]:
    """The tenants' range is a CIDR and lies apart from the address space, as those that stand for it do."""
    malformed = _linted(spec, "tenants.text")
    ranges = {f"tenants.cidrs[{index}]": cidr for index, cidr in enumerate(spec.tenants.cidrs)}
    if spec.tenants.text and not malformed:
        ranges["tenants.text"] = IPv4Network(spec.tenants.text)
    own = spec.address_space or tuple(cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs)
    expected = f"a range apart from {', '.join(map(str, own))}"
    return malformed + tuple(
        _violation(f"{where} in the base network", expected, str(cidr), "choose another range")
        for where, cidr in ranges.items()
        if any(cidr.overlaps(block) for block in own)
    )


def drawn_prefixes(spec: Spec) -> tuple[Violation, ...]:
    """The subnets of a tier have the size that the document gives the tier, and every VPC has them."""
    violations = []
    for name, vpc in spec.vpcs.items():
        for tier, drawn in spec.tiers.items():
            where, cidrs = f"vpcs.{name}.subnets.{tier}", vpc.tier(tier)
            odd = [str(cidr) for cidr in cidrs if cidr.prefixlen != drawn.prefix_length]
            if drawn.prefix_length is not None and (odd or not cidrs):
                expected, observed = f"/{drawn.prefix_length} subnets", ", ".join(odd) or "no subnet"
                hint = "make the tier's prefix length and the VPC's subnets agree"
                violations.append(_violation(where, expected, observed, hint))
    return tuple(violations)


def full_mesh(spec: Spec) -> tuple[Violation, ...]:
    """There is one peering for every pair of Transit Gateways."""
    documented = {frozenset(peering.between) for peering in spec.peerings}
    return tuple(
        _violation("peerings", f"a peering of {one} and {other}", "none", "document it, or drop full_mesh")
        for one, other in combinations(spec.transit_gateways, 2)
        if frozenset((one, other)) not in documented
    )


def routes_to_all_regions(spec: Spec) -> tuple[Violation, ...]:
    """From every Transit Gateway, a VPC's packets find a documented route to each VPC, by the way that leads there.

    In a full mesh that way is the VPC's own attachment, or the peering with its Region.
    """
    violations = []
    for gateway, claimed in spec.transit_gateways.items():
        for name, table in claimed.route_tables.items():
            routes = routes_of(spec, table)
            for vpc, other in spec.vpcs.items():
                found = {cidr: routes.get(cidr) for cidr in other.cidrs}
                wanted = _way(spec, gateway, vpc)
                if any(via is None or (wanted and via != wanted) for via in found.values()):
                    where = f"transit_gateways.{gateway}.route_tables.{name}.routes"
                    expected = f"{', '.join(map(str, other.cidrs))} via {wanted or 'a peering'}"
                    violations.append(_violation(where, expected, "no such route", "add it to the table"))
    return tuple(violations)


def _way(spec: Spec, gateway: str, vpc: str) -> str | None:
    """What leads from a Transit Gateway to a VPC; None where that may be any peering."""
    if table_of(spec, gateway, vpc) and spec.region_of(vpc) == spec.gateway_region(gateway):
        return vpc
    homes = [g for g in spec.transit_gateways if spec.gateway_region(g) == spec.region_of(vpc)]
    return homes[0] if spec.full_mesh and len(homes) == 1 else None


def lone_load_time(fsx: FsxSpec, _: Spec) -> tuple[Violation, ...]:
    """One reader at the documented throughput loads the model in the documented time."""
    needed, low, high = load_time_s(fsx, 1) or 0, fsx.load_time_min_s or 0, fsx.load_time_max_s or 0
    if low <= needed <= high:
        return ()
    observed = f"{fsx.model_size_gb:g} GB at {fsx.throughput_mb_per_s:g} MB/s take {needed:.1f} s"
    hint = "correct one of the three figures"
    return (_violation("fsx.load_time_max_s", f"{low:g} to {high:g} s", observed, hint),)


def mount_example(fsx: FsxSpec, spec: Spec) -> tuple[Violation, ...]:
    """The address of the mount example lies in a documented subnet of the file systems."""
    tier = spec.roles[fsx.role].tier
    subnets = [cidr for vpc in spec.vpcs_with(fsx.role) for cidr in spec.vpcs[vpc].tier(tier)]
    return _example(fsx.dr_mount_address, "fsx.dr_mount_address", tier, subnets)


def ping_example(ping: ConnectivityCheckSpec, spec: Spec) -> tuple[Violation, ...]:
    """The address of the ping example lies in a subnet of the measuring hosts, in another Region."""
    role = spec.live.role or next(iter(spec.roles), "")
    tier = spec.roles[role].tier if role else ""
    subnets = [
        cidr
        for vpc in (spec.vpcs_with(role) if role else spec.vpcs)
        if spec.region_of(vpc) != spec.region(ping.ping_from)
        for cidr in (spec.vpcs[vpc].tier(tier) if role else spec.vpcs[vpc].cidrs)
    ]
    return _example(ping.ping_address, "connectivity.ping_address", tier, subnets)


def _example(address: str, where: str, tier: str, subnets: list[IPv4Network]) -> tuple[Violation, ...]:
    try:
        inside = any(IPv4Address(address) in cidr for cidr in subnets)
    except ValueError:
        inside = False
    expected = f"an address in a documented {tier} subnet"
    return () if inside else (_violation(where, expected, repr(address), "correct the example"),)


def cross_region_range(span: RangeMs, spec: Spec) -> tuple[Violation, ...]:
    """The range for all pairs of Regions contains the range of each."""
    return tuple(
        _violation(
            "latency.cross_region",
            f"contains {peering.name}: {peering.rtt.min_ms:g} to {peering.rtt.max_ms:g} ms",
            f"{span.min_ms:g} to {span.max_ms:g} ms",
            "widen it, or correct the peering's range",
        )
        for peering in spec.peerings
        if peering.rtt and not span.min_ms <= peering.rtt.min_ms <= peering.rtt.max_ms <= span.max_ms
    )


def instances(spec: Spec, field: str) -> tuple[Violation, ...]:
    """The Regions' instances add up to the documented total, before and after the failure."""
    counts: dict[str, int] = getattr(spec.capacity, field)
    total = spec.capacity.total if spec.capacity else None
    failed = spec.ha.failover.failed_region if spec.ha.failover else ""
    stranded = field == "after_failover" and counts.get(failed, 0) != 0
    if sum(counts.values()) == total and not stranded:
        return ()
    observed = " + ".join(f"{alias} {count}" for alias, count in counts.items())
    expected = f"{total} instances in all, none in a failed Region"
    return (_violation(f"capacity.{field}", expected, observed, "correct counts or total"),)


def next_region(expansion: ExpansionSpec, spec: Spec) -> tuple[Violation, ...]:
    """The range of the next Region is free, inside the address space, and of the other VPCs' size."""
    new = expansion.vpc_cidr
    blocks = {name: vpc.cidrs for name, vpc in spec.vpcs.items()}
    taken = [name for name, cidrs in blocks.items() if any(cidr.overlaps(new) for cidr in cidrs)]
    sizes = {cidr.prefixlen for cidrs in blocks.values() for cidr in cidrs}
    inside = not spec.address_space or any(new.subnet_of(block) for block in spec.address_space)
    if not taken and inside and new.prefixlen in sizes:
        return ()
    observed = f"overlaps the VPC {', '.join(taken)}" if taken else str(new)
    expected = "a free network inside the address space, of the size of the other VPCs"
    return (_violation("expansion.vpc_cidr", expected, observed, "allocate another one"),)


def new_peerings(expansion: ExpansionSpec, spec: Spec) -> tuple[Violation, ...]:
    """In a full mesh the next Region peers with every Region there is."""
    aliases = set(spec.region_names)
    if not spec.full_mesh or set(expansion.new_peerings) == aliases:
        return ()
    listed = ", ".join(expansion.new_peerings) or "none"
    expected = f"a peering with each of {', '.join(sorted(aliases))}"
    return (_violation("expansion.new_peerings", expected, listed, "complete the mesh"),)
