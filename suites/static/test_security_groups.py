"""The security groups: every documented rule is there, and no other."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.hosts import attached_groups
from probes.model.checks.security_groups import missing_rule, undocumented_rules, undocumented_rules_beside
from probes.model.conformance.verdict import Violation
from probes.model.spec.claims import GroupClaim, RoleClaim, RuleClaim

rule = pytest.mark.rule


@rule("group-rule")
def test_group_has_the_documented_rule(documented: Documented, rule_claim: RuleClaim) -> None:
    """The role's security group has the documented rule."""
    missing = missing_rule(documented, rule_claim)
    violations = [
        Violation(
            resource=documented.security_group(rule_claim.vpc, rule_claim.role).label,
            expected=f"{rule_claim.rule.direction} {wanted}",
            observed=similar,
            hint="add the rule, or correct the document's table",
        )
        for wanted, similar in ([missing] if missing else [])
    ]

    assert violations == []


@rule("no-other-rule")
def test_group_has_no_undocumented_rule(documented: Documented, group_claim: GroupClaim) -> None:
    """The role's security group allows nothing that the document does not list."""
    group = documented.security_group(group_claim.vpc, group_claim.role)
    violations = [
        Violation(
            resource=group.label,
            expected=f"only the documented {group_claim.direction} rules of role {group_claim.role}",
            observed=observed,
            hint="remove the rule, or add it to the document and the spec",
        )
        for observed in undocumented_rules(documented, group_claim)
    ]

    assert violations == []


@rule("no-other-group-rule")
def test_no_other_group_of_the_hosts_has_an_undocumented_rule(
    documented: Documented, group_claim: GroupClaim
) -> None:
    """What the other security groups of the role's hosts allow is documented for the role too."""
    violations = [
        Violation(
            resource=group.label,
            expected=f"only the documented {group_claim.direction} rules of role {group_claim.role}",
            observed=f"{observed}, on {host}",
            hint="detach the group, or add the rule to the document and the spec",
        )
        for group, observed, host in undocumented_rules_beside(documented, group_claim)
    ]

    assert violations == []


@rule("group-attached")
def test_group_is_attached_to_the_hosts_of_its_role(documented: Documented, role_claim: RoleClaim) -> None:
    """Every interface of the role's hosts has the role's security group: rules that nothing has protect nothing."""
    group = documented.security_group(role_claim.vpc, role_claim.role)
    violations = [
        Violation(
            resource=label,
            expected=f"security group {group.label}",
            observed=", ".join(group_ids) or "no security group",
            hint="attach the group, and detach what the document does not list",
        )
        for label, group_ids in attached_groups(documented, role_claim.vpc, role_claim.role)
        if group.id not in group_ids
    ]

    assert violations == []
