"""A rule for some addresses of a role, or of the Internet, documents what comes from these and from no other."""

from ipaddress import IPv4Network

import msgspec
import pytest
from msgspec.structs import replace

from fixtures.build import build_state
from probes.model.conformance.verdict import Violation
from probes.model.intent.verification import Intent
from probes.model.network.index import Network
from probes.model.spec import RuleSpec, Spec
from probes.model.state import SgRule, State
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import ROOT

SPEC = load_spec(ROOT / "fixtures/specs/web-shop.yaml")
STATE = build_state(SPEC)
ONE_APP, OFFICE = "10.20.4.10/32", "203.0.113.0/24"


def with_rules(spec: Spec, role: str, direction: str, *lines: dict[str, object]) -> Spec:
    own = spec.roles[role]
    more = (*(getattr(own, direction) or ()), *(msgspec.convert(line, RuleSpec) for line in lines))
    return replace(spec, roles=spec.roles | {role: replace(own, **{direction: more})})


def with_rule(state: State, group: str, direction: str, peer: str, port: int) -> State:
    rule = SgRule(protocol="tcp", from_port=port, to_port=port, peer=IPv4Network(peer))
    groups = tuple(
        replace(each, **{direction: (*getattr(each, direction), rule)}) if each.name == group else each
        for each in state.security_groups
    )
    return replace(state, security_groups=groups)


def undocumented(spec: Spec, state: State, role: str) -> tuple[Violation, ...]:
    return Intent(spec, Network(state)).undocumented_traffic(role)


@pytest.mark.parametrize("observed, where", [(ONE_APP, ""), ("10.20.4.8/29", "10.20.4.")])
def test_rule_for_one_host_of_a_role_documents_what_that_host_sends(observed: str, where: str) -> None:
    spec = with_rules(SPEC, "db", "ingress", {"from": ONE_APP, "tcp": [5433]})
    spec = with_rules(spec, "app", "egress", {"to": "db", "tcp": [5433]})
    state = with_rule(STATE, "sg-db-ireland", "ingress", observed, 5433)
    state = with_rule(state, "sg-app-ireland", "egress", "10.20.32.0/24", 5433)
    found = undocumented(spec, state, "db")

    assert bool(found) is bool(where)
    assert not any(f" {ONE_APP.removesuffix('/32')}:" in violation.observed for violation in found)


@pytest.mark.parametrize("observed, where", [(OFFICE, ""), ("203.0.112.0/23", "203.0.112.")])
def test_rule_for_a_part_of_the_internet_documents_that_part(observed: str, where: str) -> None:
    spec = with_rules(SPEC, "lb", "ingress", {"from": OFFICE, "tcp": [22]})
    found = undocumented(spec, with_rule(STATE, "sg-lb-ireland", "ingress", observed, 22), "lb")

    assert bool(found) is bool(where)
    assert all(where in violation.observed for violation in found)


def test_side_without_a_table_is_not_claimed() -> None:
    open_spec = replace(SPEC, roles=SPEC.roles | {"lb": replace(SPEC.roles["lb"], ingress=None)})
    open_state = with_rule(STATE, "sg-lb-ireland", "ingress", "0.0.0.0/0", 22)

    assert undocumented(SPEC, open_state, "lb")
    assert undocumented(open_spec, open_state, "lb") == ()
