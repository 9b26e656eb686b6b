"""The CIDR plan, as configured."""

from ipaddress import IPv4Network

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.free_cidrs import next_free
from probes.model.conformance.verdict import Violation, mismatch
from probes.model.spec import Region, Spec, Tier
from probes.model.state import Subnet, TgwAttachment, Vpc

requirement = pytest.mark.requirement


def test_vpc_has_its_documented_cidr_and_no_other(
    documented: Documented, region: str, vpc_claim: Region
) -> None:
    """The VPC has its documented CIDR and no secondary one."""
    candidates = documented.vpc_candidates(region)
    violations = mismatch(
        resource=", ".join(vpc.label for vpc in candidates) or f"VPC of {region}",
        expected=[(vpc_claim.vpc_cidr,)],
        observed=[vpc.cidrs for vpc in candidates],
        hint="create one VPC with the documented CIDR and no secondary CIDR block",
    )

    assert violations == []


@requirement("CIDR-05")
def test_vpc_lies_inside_the_base_network(spec: Spec, vpc: Vpc) -> None:
    """No CIDR of the VPC leaves the base network."""
    outside = [cidr for cidr in vpc.cidrs if not cidr.subnet_of(spec.base_cidr)]
    violations = [
        Violation(
            resource=vpc.label,
            expected=f"CIDRs inside {spec.base_cidr}",
            observed=str(cidr),
            hint="disassociate the block, or correct the base network in the spec",
        )
        for cidr in outside
    ]

    assert violations == []


@requirement("CIDR-05")
def test_vpc_overlaps_no_vpc_of_another_region(
    spec: Spec, documented: Documented, region: str, vpc: Vpc
) -> None:
    """The VPC's CIDRs are disjoint from those of the other documented VPCs."""
    others = [documented.vpc(name) for name in spec.regions if name != region]
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


@pytest.mark.parametrize(
    "tier",
    [
        pytest.param("public", marks=requirement("CIDR-06")),
        pytest.param("private", marks=requirement("CIDR-07")),
        pytest.param("fsx", marks=requirement("CIDR-08")),
        pytest.param("tgw", marks=requirement("CIDR-09")),
    ],
)
def test_every_documented_subnet_of_a_tier_exists(
    spec: Spec, region: str, tier: Tier, vpc: Vpc, subnets: tuple[Subnet, ...]
) -> None:
    """The VPC has the subnets that the document lists for the tier."""
    present = {subnet.cidr for subnet in subnets}
    violations = [
        Violation(
            resource=f"{tier} subnet {cidr} ({region})",
            expected=f"a subnet of {vpc.label}",
            observed=f"no subnet with this CIDR; overlapping: {_overlapping(cidr, subnets)}",
            hint="create the subnet, or correct the document's table",
        )
        for cidr in spec.regions[region].subnets.of(tier)
        if cidr not in present
    ]

    assert violations == []


@requirement("CIDR-11")
def test_vpc_has_no_undocumented_subnet(
    documented: Documented, region: str, subnets: tuple[Subnet, ...]
) -> None:
    """Every subnet of the VPC is in the document's table."""
    violations = [
        Violation(
            resource=subnet.label,
            expected="a CIDR of the document's table",
            observed=str(subnet.cidr),
            hint="delete the subnet, or add it to the document and the spec",
        )
        for subnet in subnets
        if documented.tier_of(region, subnet.cidr) is None
    ]

    assert violations == []


@requirement("CIDR-10")
def test_subnets_lie_inside_the_vpc_and_do_not_overlap(vpc: Vpc, subnets: tuple[Subnet, ...]) -> None:
    """Each subnet is part of one CIDR of its VPC and shares no address with another."""
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


@requirement("CIDR-12")
@pytest.mark.parametrize("tier", ["public", "private", "fsx", "tgw"])
def test_subnets_of_a_tier_lie_in_different_zones(documented: Documented, region: str, tier: Tier) -> None:
    """No two subnets of one tier share an Availability Zone."""
    by_zone: dict[str, list[Subnet]] = {}
    for subnet in documented.subnets_of_tier(region, tier):
        zone: str = documented.collection("subnets").known(subnet, "az")
        by_zone.setdefault(zone, []).append(subnet)
    violations = [
        Violation(
            resource=f"{tier} subnets in {zone}",
            expected="one subnet",
            observed=", ".join(subnet.label for subnet in shared),
            hint="recreate one of them in another zone: the tier does not survive the loss of this one",
        )
        for zone, shared in by_zone.items()
        if len(shared) > 1
    ]

    assert violations == []


@requirement("CIDR-13")
def test_every_zone_with_hosts_has_an_attachment_subnet(
    spec: Spec, documented: Documented, region: str, vpc_attachment: TgwAttachment
) -> None:
    """Each zone with a private or FSx subnet has a subnet of the Transit Gateway attachment."""
    served = {s.az for s in documented.subnets(region) if s.id in vpc_attachment.subnet_ids}
    stranded: dict[str, list[str]] = {}
    for tier in ("private", "fsx"):
        for subnet in documented.subnets_of_tier(region, tier):
            zone: str = documented.collection("subnets").known(subnet, "az")
            if zone not in served:
                stranded.setdefault(zone, []).append(f"{tier} {subnet.cidr}")
    violations = [
        Violation(
            resource=zone,
            expected=f"a subnet of {vpc_attachment.label}",
            observed=f"none; without a cross-region path: {', '.join(cidrs)}",
            hint=f"add a subnet here to the attachment{_room(spec, region, documented)}: "
            "a host reaches a Transit Gateway only in its own zone",
        )
        for zone, cidrs in stranded.items()
    ]

    assert violations == []


def _room(spec: Spec, region: str, documented: Documented) -> str:
    used = [subnet.cidr for subnet in documented.subnets(region) if subnet.cidr is not None]
    free = next_free(documented.vpc(region).cidrs, used, spec.regions[region].subnets.tgw)
    return f" ({free} is free)" if free else ""


def _overlapping(cidr: IPv4Network, subnets: tuple[Subnet, ...]) -> str:
    near = [s.label + f" {s.cidr}" for s in subnets if s.cidr is not None and s.cidr.overlaps(cidr)]
    return ", ".join(near) or "none"
