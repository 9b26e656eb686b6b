"""The CIDR plan, as configured."""

from ipaddress import IPv4Network

import pytest

from probes.model.checks.cidr_sets import covers, next_free
from probes.model.checks.documented import Documented
from probes.model.checks.hosts import hosts_of
from probes.model.conformance.verdict import Violation, mismatch
from probes.model.spec import Spec
from probes.model.spec.claims import AttachmentClaim, RoleClaim, TierClaim, VpcClaim
from probes.model.spec.topology import host_tiers
from probes.model.state import Subnet

rule = pytest.mark.rule


@rule("vpc-cidr")
def test_vpc_has_its_documented_cidr_and_no_other(
    spec: Spec, documented: Documented, vpc_claim: VpcClaim
) -> None:
    """The VPC has its documented CIDRs and no other."""
    candidates = documented.vpc_candidates(vpc_claim.vpc)
    violations = mismatch(
        resource=", ".join(vpc.label for vpc in candidates)
        or f"VPC {vpc_claim.vpc} of {spec.region_of(vpc_claim.vpc)}",
        expected=[set(spec.vpcs[vpc_claim.vpc].cidrs)],
        observed=[set(vpc.cidrs) for vpc in candidates],
        hint="create one VPC with the documented CIDRs and no other CIDR block",
    )

    assert violations == []


@rule("vpc-in-address-space")
def test_vpc_lies_inside_the_address_space(
    spec: Spec, documented: Documented, confined_vpc_claim: VpcClaim
) -> None:
    """No CIDR of the VPC leaves the documented address space."""
    vpc = documented.vpc(confined_vpc_claim.vpc)
    outside = [cidr for cidr in vpc.cidrs if not covers(spec.address_space, cidr)]
    violations = [
        Violation(
            resource=vpc.label,
            expected=f"CIDRs inside {', '.join(map(str, spec.address_space))}",
            observed=str(cidr),
            hint="disassociate the block, or correct the address space in the spec",
        )
        for cidr in outside
    ]

    assert violations == []


@rule("vpc-disjoint")
def test_vpc_overlaps_no_other_vpc(spec: Spec, documented: Documented, disjoint_vpc_claim: VpcClaim) -> None:
    """The VPC's CIDRs are disjoint from those of the other documented VPCs."""
    vpc = documented.vpc(disjoint_vpc_claim.vpc)
    others = [documented.vpc(name) for name in spec.vpcs if name != disjoint_vpc_claim.vpc]
    violations = [
        Violation(
            resource=vpc.label,
            expected="a CIDR of its own",
            observed=f"{mine} overlaps {theirs} of {other.label}",
            hint="renumber one of the two: overlapping VPCs cannot be routed to each other",
        )
        for other in others
        for mine in vpc.cidrs
        for theirs in other.cidrs
        if mine.overlaps(theirs)
    ]

    assert violations == []


@rule("subnets-exist")
def test_every_documented_subnet_of_a_tier_exists(
    spec: Spec, documented: Documented, tier_claim: TierClaim
) -> None:
    """The VPC has the subnets that the document lists for the tier."""
    vpc, subnets = documented.vpc(tier_claim.vpc), documented.subnets(tier_claim.vpc)
    present = {subnet.cidr for subnet in subnets}
    violations = [
        Violation(
            resource=f"{tier_claim.tier} subnet {cidr} ({vpc.region})",
            expected=f"a subnet of {vpc.label}",
            observed=f"no subnet with this CIDR; overlapping: {_overlapping(cidr, subnets)}",
            hint="create the subnet, or correct the document's table",
        )
        for cidr in spec.vpcs[tier_claim.vpc].tier(tier_claim.tier)
        if cidr not in present
    ]

    assert violations == []


@rule("no-other-subnet")
def test_vpc_has_no_undocumented_subnet(documented: Documented, tiered_vpc_claim: VpcClaim) -> None:
    """Every subnet of the VPC is in the document's table."""
    violations = [
        Violation(
            resource=subnet.label,
            expected="a CIDR of the document's table",
            observed=str(subnet.cidr),
            hint="delete the subnet, or add it to the document and the spec",
        )
        for subnet in documented.subnets(tiered_vpc_claim.vpc)
        if documented.tier_of(tiered_vpc_claim.vpc, subnet.cidr) is None
    ]

    assert violations == []


@rule("subnets-in-vpc")
def test_subnets_lie_inside_the_vpc_and_do_not_overlap(
    documented: Documented, tiered_vpc_claim: VpcClaim
) -> None:
    """Each subnet is part of one CIDR of its VPC and shares no address with another."""
    vpc = documented.vpc(tiered_vpc_claim.vpc)
    subnets = documented.subnets(tiered_vpc_claim.vpc)
    known = [(subnet, subnet.cidr) for subnet in subnets if subnet.cidr is not None]
    outside = [
        Violation(
            resource=subnet.label,
            expected=f"inside {', '.join(map(str, vpc.cidrs))}",
            observed=str(cidr),
            hint="correct the subnet's CIDR",
        )
        for subnet, cidr in known
        if not any(cidr.subnet_of(block) for block in vpc.cidrs)
    ]
    overlapping = [
        Violation(
            resource=subnet.label,
            expected="no address in common with another subnet",
            observed=f"{cidr} overlaps {other_cidr} of {other.label}",
            hint="correct one of the two CIDRs",
        )
        for index, (subnet, cidr) in enumerate(known)
        for other, other_cidr in known[index + 1 :]
        if cidr.overlaps(other_cidr)
    ]

    assert outside + overlapping == []


@rule("zones-differ")
def test_subnets_of_a_tier_lie_in_different_zones(
    documented: Documented, zoned_tier_claim: TierClaim
) -> None:
    """No two subnets of one tier share an Availability Zone."""
    by_zone: dict[str, list[Subnet]] = {}
    for subnet in documented.subnets_of_tier(zoned_tier_claim.vpc, zoned_tier_claim.tier):
        zone: str = documented.collection("subnets").known(subnet, "az")
        by_zone.setdefault(zone, []).append(subnet)
    violations = [
        Violation(
            resource=f"{zoned_tier_claim.tier} subnets in {zone}",
            expected="one subnet",
            observed=", ".join(subnet.label for subnet in shared),
            hint="recreate one of them in another zone: the tier does not survive the loss of this one",
        )
        for zone, shared in by_zone.items()
        if len(shared) > 1
    ]

    assert violations == []


@rule("zones-attached")
def test_every_zone_with_hosts_has_an_attachment_subnet(
    spec: Spec, documented: Documented, reaching_attachment_claim: AttachmentClaim
) -> None:
    """Each zone with a subnet for hosts has a subnet of the Transit Gateway attachment.

    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    """
    vpc = reaching_attachment_claim.vpc
    vpc_attachment = documented.vpc_attachment(reaching_attachment_claim.gateway, vpc)
    served = {s.az for s in documented.subnets(vpc) if s.id in vpc_attachment.subnet_ids}
    stranded: dict[str, list[str]] = {}
    for tier in host_tiers(spec, vpc):
        for subnet in documented.subnets_of_tier(vpc, tier):
            zone: str = documented.collection("subnets").known(subnet, "az")
            if zone not in served:
                stranded.setdefault(zone, []).append(f"{tier} {subnet.cidr}")
    violations = [
        Violation(
            resource=zone,
            expected=f"a subnet of {vpc_attachment.label}",
            observed=f"none; without a cross-region path: {', '.join(cidrs)}",
            hint=f"add a subnet here to the attachment{_room(spec, vpc, documented)}: "
            "a host reaches a Transit Gateway only in its own zone",
        )
        for zone, cidrs in stranded.items()
    ]

    assert violations == []


def _room(spec: Spec, vpc: str, documented: Documented) -> str:
    used = [subnet.cidr for subnet in documented.subnets(vpc) if subnet.cidr is not None]
    free = next_free(documented.vpc(vpc).cidrs, used, spec.vpcs[vpc].tier(spec.vpcs[vpc].attachment))
    return f" ({free} is free)" if free else ""


def _overlapping(cidr: IPv4Network, subnets: tuple[Subnet, ...]) -> str:
    near = [s.label + f" {s.cidr}" for s in subnets if s.cidr is not None and s.cidr.overlaps(cidr)]
    return ", ".join(near) or "none"


@rule("hosts-in-tier")
def test_hosts_of_a_role_are_in_its_tier(documented: Documented, placed_role_claim: RoleClaim) -> None:
    """Every host of the role is in a subnet of its tier: routes and ACLs of another one would apply to it."""
    claim = placed_role_claim
    subnets = {subnet.id for subnet in documented.subnets_of_tier(claim.vpc, claim.tier)}
    violations = [
        Violation(
            resource=host.label,
            expected=f"in a {claim.tier} subnet",
            observed=f"in {host.subnet_id}",
            hint="launch the host in a subnet of the tier, or correct the document",
        )
        for host in hosts_of(documented, claim.vpc, claim.role)
        if host.subnet_id not in subnets
    ]

    assert violations == []
