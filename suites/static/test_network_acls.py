"""The network ACLs."""

from collections.abc import Iterable

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.network_acl_needs import needs, refused
from probes.model.checks.network_acls import denied_within, effective_acl, effective_acls, permitted_outside
from probes.model.conformance.verdict import Violation
from probes.model.spec import NaclSpec
from probes.model.spec.claims import VpcClaim

rule = pytest.mark.rule


@rule("acl-allows")
def test_acl_allows_everything_within_the_documented_cidrs(
    documented: Documented, acl_spec: NaclSpec, acl_claim: VpcClaim
) -> None:
    """The ACL of every subnet admits all traffic within the documented CIDRs, in both directions."""
    violations = [
        Violation(
            resource=acl.label,
            expected=f"allow all traffic {direction} {cidr}",
            observed=reason,
            hint="add an allow entry before the deny, or correct the spec",
        )
        for acl in effective_acls(documented, documented.subnets(acl_claim.vpc))
        for cidr in acl_spec.allow_within
        for direction, reason in denied_within(acl, cidr)
    ]

    assert violations == []


@rule("acl-denies")
def test_acl_denies_everything_else(documented: Documented, acl_spec: NaclSpec, acl_claim: VpcClaim) -> None:
    """The ACL of every subnet admits nothing from or to an address outside the documented CIDRs."""
    allowed = (*acl_spec.allow_within, *acl_spec.also_allow)
    violations = [
        Violation(
            resource=acl.label,
            expected=f"deny everything outside {_words(allowed)}",
            observed=entry,
            hint="remove or narrow the entry, or add its CIDR to the spec's network ACL",
        )
        for acl in effective_acls(documented, documented.subnets(acl_claim.vpc))
        for entry in permitted_outside(acl, allowed)
    ]

    assert violations == []


@rule("acl-associated")
def test_every_subnet_uses_the_documented_acl(documented: Documented, acl_claim: VpcClaim) -> None:
    """No subnet is left to the VPC's default ACL, which allows everything."""
    violations = [
        Violation(
            resource=subnet.label,
            expected="associated with the documented network ACL",
            observed=f"uses the VPC's default ACL {acl.label}",
            hint="associate the subnet with the ACL that allows the documented CIDRs only",
        )
        for subnet in documented.subnets(acl_claim.vpc)
        for acl in [effective_acl(documented, subnet)]
        if acl.default
    ]

    assert violations == []


@rule("acl-needs")
def test_acl_lets_through_what_other_claims_need(documented: Documented, acl_claim: VpcClaim) -> None:
    """What lies behind gateway endpoints and the load balancers' clients get through, and so do the replies."""
    violations = [
        Violation(
            resource=f"{acl.label} for {need.purpose}",
            expected=f"allow {need}",
            observed=reason,
            hint="add the entry, here and to the document: an ACL cannot name a prefix list or a group",
        )
        for need in needs(documented, acl_claim.vpc)
        for acl, reason in refused(documented, acl_claim.vpc, need)
    ]

    assert violations == []


def _words(cidrs: Iterable[object]) -> str:
    return ", ".join(map(str, cidrs))
