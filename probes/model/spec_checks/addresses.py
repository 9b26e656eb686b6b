"""Findings about addresses, subnets and what lies in them."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from probes.model.spec import Spec, VpcSpec
from probes.model.spec.claims import declared_routes
from probes.model.spec.topology import gateways_of, host_tiers, leads_to_gateway, remote_destinations
from probes.model.spec_checks.finding import Finding


def attachment_subnets(spec: Spec) -> Iterator[Finding]:
    """C01: an Availability Zone without an attachment subnet cannot use the Transit Gateway.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    short = {
        name: vpc
        for name, vpc in spec.vpcs.items()
        if gateways_of(spec, name) and vpc.tier(vpc.attachment) and _zones(spec, name) > _attached(vpc)
    }
    if not short:
        return
    room = ", ".join(filter(None, (_next_attachment_subnet(vpc) for vpc in short.values())))
    yield Finding(
        id="C01",
        severity="S1",
        where="vpcs.*.subnets",
        expected="a Transit Gateway subnet in every Availability Zone that holds hosts",
        observed="; ".join(
            f"{name}: {_attached(vpc)} for {_zones(spec, name)} zones" for name, vpc in short.items()
        ),
        hint=f"add {room or 'one for each'}; until then hosts of the zones left out have no path to other VPCs, "
        "silently",
    )


def _attached(vpc: VpcSpec) -> int:
    return len(vpc.tier(vpc.attachment))


def _zones(spec: Spec, vpc: str) -> int:
    return max((len(spec.vpcs[vpc].tier(tier)) for tier in host_tiers(spec, vpc)), default=0)


def _next_attachment_subnet(vpc: VpcSpec) -> str:
    """The first free block behind the VPC's attachment subnets, of their size."""
    last = max(vpc.tier(vpc.attachment))
    following = int(last.network_address) + last.num_addresses
    candidate = IPv4Network((following, last.prefixlen)) if following < 1 << 32 else last
    taken = any(candidate.overlaps(cidr) for cidr in vpc.all_subnets)
    inside = any(candidate.subnet_of(cidr) for cidr in vpc.cidrs)
    return "" if taken or not inside else str(candidate)


def vpc_routes(spec: Spec) -> Iterator[Finding]:
    """C02: a VPC's subnets reach the Transit Gateway only by routes in their own VPC route tables.

    A document that does not speak of one network may leave tiers without.
    """
    missing = dict.fromkeys(
        tier
        for vpc in (spec.vpcs if spec.single_network else ())
        for tier in host_tiers(spec, vpc)
        if tier in {role.tier for role in spec.roles.values()} and not _reaches_everything(spec, vpc, tier)
    )
    if missing:
        space = ", ".join(map(str, spec.address_space)) or "to the other VPCs' CIDRs"
        yield Finding(
            id="C02",
            severity="S2",
            where="tiers.*.routes",
            expected="VPC routes from the hosts' subnets to the Transit Gateway for the other VPCs' CIDRs",
            observed=f"none for the tiers {', '.join(missing)}: only TGW route tables are listed",
            hint=f"document a route {space} to the Transit Gateway for these tiers",
        )


def _reaches_everything(spec: Spec, vpc: str, tier: str) -> bool:
    routes = [
        cidr
        for destination, via in declared_routes(spec, vpc, tier).items()
        if leads_to_gateway(via)
        for cidr in (
            spec.vpcs[destination].cidrs if destination in spec.vpcs else (IPv4Network(destination),)
        )
    ]
    return all(
        any(remote.subnet_of(destination) for destination in routes)
        for remote in remote_destinations(spec, vpc)
    )


def fsx_subnets(spec: Spec) -> Iterator[Finding]:
    """C15: a Lustre file system takes exactly one subnet."""
    if spec.fsx is None:
        return
    wanted, tier = spec.fsx.file_systems_per_vpc, spec.roles[spec.fsx.role].tier
    counts = {vpc: len(spec.vpcs[vpc].tier(tier)) for vpc in spec.vpcs_with(spec.fsx.role)}
    odd = {vpc: count for vpc, count in counts.items() if count != wanted}
    if odd:
        yield Finding(
            id="C15",
            severity="S3",
            where="fsx.file_systems_per_vpc",
            expected="as many FSx subnets as file systems: Lustre takes exactly one subnet each",
            observed="; ".join(f"{vpc}: {count} subnets, {wanted} file system" for vpc, count in odd.items()),
            hint="drop the idle subnets or document a second file system; one alone cannot change zones",
        )


def tenant_range(spec: Spec) -> Iterator[Finding]:
    """C18: the tenants' range must be a CIDR before anything can be compared with it."""
    if not spec.tenants.text:
        return
    try:
        IPv4Network(spec.tenants.text)
    except ValueError:
        yield Finding(
            id="C18",
            severity="S4",
            where="tenants.text",
            expected="a CIDR without host bits, such as 10.34.0.0/16",
            observed=f"{spec.tenants.text!r}, which is none",
            hint="write one range per tenant, or the range that all of them share",
        )


def placement(spec: Spec) -> Iterator[Finding]:
    """C33: a role on the path of a flow needs a subnet to be in."""
    used = {role for flow in spec.flows for role in (*flow.sources, *flow.destinations)}
    unplaced = [name for name, role in spec.roles.items() if not role.tier_documented and name in used]
    if unplaced:
        yield Finding(
            id="C33",
            severity="S4",
            where="roles.*.tier",
            expected="a subnet tier for every role that a flow uses",
            observed=f"no placement of {', '.join(unplaced)}; judged as if in "
            + ", ".join(f"{name}: {spec.roles[name].tier}" for name in unplaced),
            hint="say which subnets hold them, then drop tier_documented: false",
        )


def mtu(spec: Spec) -> Iterator[Finding]:
    """C34: the Transit Gateway drops packets above its MTU without telling the sender.

    https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html
    """
    hosts, limit = spec.live.instance_mtu_bytes, spec.live.tgw_mtu_bytes
    if hosts is not None and hosts > limit and spec.transit_gateways:
        yield Finding(
            id="C34",
            severity="S3",
            where="live.instance_mtu_bytes",
            expected=f"an MTU of at most {limit} on hosts that talk across Transit Gateways",
            observed=f"{hosts}, EC2's default: UDP and ICMP packets above {limit} bytes vanish",
            hint=f"set the hosts' route to the other VPCs to mtu {limit}; TCP is clamped by AWS",
        )
