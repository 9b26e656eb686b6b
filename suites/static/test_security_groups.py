"""The security groups: every documented rule is there, and no other."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.hosts import attached_groups
from probes.model.checks.security_groups import missing_rules, undocumented_rules
from probes.model.conformance.verdict import Violation
from probes.model.spec.claims import RuleClaim

requirement = pytest.mark.requirement


def test_group_has_the_documented_rule(documented: Documented, rule_claim: RuleClaim) -> None:
    """The role's security group has the documented rule."""
    group = documented.security_group(rule_claim.region, rule_claim.role)
    violations = [
        Violation(
            resource=group.label,
            expected=f"{rule_claim.direction} {wanted}",
            observed=similar,
            hint="add the rule, or correct the document's table",
        )
        for wanted, similar in missing_rules(documented, rule_claim).items()
    ]

    assert violations == []


@pytest.mark.parametrize(
    "role, side",
    [
        pytest.param("gpu", "ingress", marks=requirement("SG-GPU-I4")),
        pytest.param("gpu", "egress", marks=requirement("SG-GPU-O4")),
        pytest.param("fsx", "ingress", marks=requirement("SG-FSX-I5")),
        pytest.param("fsx", "egress", marks=requirement("SG-FSX-O2")),
        pytest.param("router", "ingress", marks=requirement("SG-RTR-I3")),
        pytest.param("router", "egress", marks=requirement("SG-RTR-O3")),
    ],
)
def test_group_has_no_undocumented_rule(documented: Documented, region: str, role: str, side: str) -> None:
    """The role's security group allows nothing that the document does not list."""
    group = documented.security_group(region, role)
    violations = [
        Violation(
            resource=group.label,
            expected=f"only the documented {side} rules of role {role}",
            observed=rule,
            hint="remove the rule, or add it to the document and the spec",
        )
        for rule in undocumented_rules(documented, region, role, side)
    ]

    assert violations == []


@requirement("SG-ATT-1")
@pytest.mark.parametrize("role", ["gpu", "fsx", "router"])
def test_group_is_attached_to_the_hosts_of_its_role(documented: Documented, region: str, role: str) -> None:
    """Every interface of the role's hosts has the role's security group: rules that nothing has protect nothing."""
    group = documented.security_group(region, role)
    violations = [
        Violation(
            resource=label,
            expected=f"security group {group.label}",
            observed=", ".join(group_ids) or "no security group",
            hint="attach the group, and detach what the document does not list",
        )
        for label, group_ids in attached_groups(documented, region, role)
        if group.id not in group_ids
    ]

    assert violations == []
