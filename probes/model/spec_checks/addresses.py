"""Findings about addresses, subnets and what lies in them."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from probes.model.spec import TIERS, Region, Spec, Tier
from probes.model.spec_checks.finding import Finding


def attachment_subnets(spec: Spec) -> Iterator[Finding]:
    """C01: an Availability Zone without an attachment subnet cannot use the Transit Gateway."""
    short = {
        name: region for name, region in spec.regions.items() if _zones(region) > len(region.subnets.tgw)
    }
    if not short:
        return
    yield Finding(
        id="C01",
        severity="S1",
        requirements=("CIDR-13", "TGW-04", "PEER-05"),
        where="regions.*.subnets.tgw",
        expected="a Transit Gateway subnet in every Availability Zone that holds hosts",
        observed="; ".join(
            f"{region.alias}: {len(region.subnets.tgw)} for {_zones(region)} zones"
            for region in short.values()
        ),
        hint="add "
        + ", ".join(filter(None, (_next_tgw_subnet(region) for region in short.values())))
        + "; until then hosts of the zones left out have no path to other regions, silently",
    )


def _zones(region: Region) -> int:
    return max(len(region.subnets.of(tier)) for tier in TIERS if tier != "tgw")


def _next_tgw_subnet(region: Region) -> str:
    """The first free block behind the region's Transit Gateway subnets, of their size."""
    if not region.subnets.tgw:
        return ""
    last = max(region.subnets.tgw)
    following = int(last.network_address) + last.num_addresses
    candidate = IPv4Network((following, last.prefixlen)) if following < 1 << 32 else last
    taken = any(candidate.overlaps(cidr) for cidr in region.subnets.all())
    return "" if taken or not candidate.subnet_of(region.vpc_cidr) else str(candidate)


def vpc_routes(spec: Spec) -> Iterator[Finding]:
    """C02: a VPC's subnets reach the Transit Gateway only by routes in their own VPC route tables."""
    tiers: list[Tier] = [tier for tier in TIERS if tier in {role.tier for role in spec.roles.values()}]
    missing = [tier for tier in tiers if not _reaches_all_regions(spec, tier)]
    if missing and len(spec.regions) > 1:
        yield Finding(
            id="C02",
            severity="S2",
            requirements=("RTB-13", "RTB-14", "PEER-05"),
            where="vpc_routes",
            expected="VPC routes from the hosts' subnets to the Transit Gateway for the other regions' CIDRs",
            observed=f"none for the tiers {', '.join(missing)}: only TGW route tables are listed",
            hint=f"document a route {spec.base_cidr} to the Transit Gateway for these tiers",
        )


def _reaches_all_regions(spec: Spec, tier: Tier) -> bool:
    routes = [route.destination for route in spec.vpc_routes if tier in route.tiers]
    return all(
        any(region.vpc_cidr.subnet_of(destination) for destination in routes)
        for region in spec.regions.values()
    )


def fsx_subnets(spec: Spec) -> Iterator[Finding]:
    """C15: a Lustre file system takes exactly one subnet."""
    wanted = spec.fsx.file_systems_per_region
    odd = [region for region in spec.regions.values() if len(region.subnets.fsx) != wanted]
    if odd:
        yield Finding(
            id="C15",
            severity="S3",
            requirements=("FSX-01", "CIDR-08"),
            where="fsx.file_systems_per_region",
            expected="as many FSx subnets as file systems: Lustre takes exactly one subnet each",
            observed="; ".join(
                f"{region.alias}: {len(region.subnets.fsx)} subnets, {wanted} file system" for region in odd
            ),
            hint="drop the idle subnets or document a second file system; one alone cannot change zones",
        )


def tenant_range(spec: Spec) -> Iterator[Finding]:
    """C18: the tenants' range must be a CIDR before anything can be compared with it."""
    try:
        IPv4Network(spec.tenant_cidr_text)
    except ValueError:
        yield Finding(
            id="C18",
            severity="S4",
            requirements=("CIDR-14",),
            where="tenant_cidr_text",
            expected="a CIDR without host bits, such as 10.34.0.0/16",
            observed=f"{spec.tenant_cidr_text!r}, which is none",
            hint="write one range per tenant, or the range that all of them share",
        )


def placement(spec: Spec) -> Iterator[Finding]:
    """C33: a role on the path of a flow needs a subnet to be in."""
    used = {role for flow in spec.flows for role in (flow.source, flow.destination)}
    unplaced = [name for name, role in spec.roles.items() if not role.tier_documented and name in used]
    if unplaced:
        yield Finding(
            id="C33",
            severity="S4",
            requirements=("SG-ATT-1", "ECS-01"),
            where="roles.*.tier",
            expected="a subnet tier for every role that a flow uses",
            observed=f"no placement of {', '.join(unplaced)}; judged as if in "
            + ", ".join(f"{name}: {spec.roles[name].tier}" for name in unplaced),
            hint="say which subnets hold them, then set tier_documented",
        )


def mtu(spec: Spec) -> Iterator[Finding]:
    """C34: the Transit Gateway drops packets above its MTU without telling the sender."""
    hosts, limit = spec.live.instance_mtu_bytes, spec.live.tgw_mtu_bytes
    if hosts > limit:
        yield Finding(
            id="C34",
            severity="S3",
            requirements=("TGW-07",),
            where="live.instance_mtu_bytes",
            expected=f"an MTU of at most {limit} on hosts that talk across regions",
            observed=f"{hosts}, EC2's default: UDP and ICMP packets above {limit} bytes vanish",
            hint=f"set the hosts' route to the other regions to mtu {limit}; TCP is clamped by AWS",
        )
