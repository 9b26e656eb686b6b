"""What is certain is told first; what is not is named with its packet and its reason, and never a pass."""

from ipaddress import IPv4Network, IPv6Network

import pytest
from msgspec.structs import replace

from fixtures.build import build_state
from probes.model.errors import UnobservableError
from probes.model.intent.observability import indeterminate
from probes.model.intent.verification import Intent
from probes.model.network.index import Network
from probes.model.questions.answers import flows
from probes.model.spec import Spec
from probes.model.state import Gap, RouteTargetKind, SgRule, State, TgwRoute, VpcRoute
from probes.sources.documents.spec import load_spec
from suites.selftest.intent.test_outside_flows import (
    STATE,
    flow,
    judged,
    with_internet_gateway,
    with_route,
)
from suites.selftest.spec.edit import ROOT

HUB = load_spec(ROOT / "fixtures/specs/hub.yaml")
SHOP = load_spec(ROOT / "fixtures/specs/web-shop.yaml")


def with_gap(state: State, kind: str, name: str, field: str) -> State:
    """The state with one field of a resource unseen."""
    (resource,) = (one for one in getattr(state, kind) if one.tags.get("Name") == name)
    gap = Gap(kind=kind, region=resource.region, resource=resource.id, field=field, reason="denied")
    return replace(state, gaps=(*state.gaps, gap))


def with_rule(state: State, group: str, rule: SgRule) -> State:
    """The state with one more ingress rule of a security group."""
    groups = tuple(
        replace(one, ingress=(*one.ingress, rule)) if one.name == group else one
        for one in state.security_groups
    )
    return replace(state, security_groups=groups)


def without_blackholes(state: State) -> State:
    tables = [
        replace(t, routes=tuple(r for r in t.routes if r.state != "blackhole"))
        for t in state.tgw_route_tables
    ]
    return replace(state, tgw_route_tables=tuple(tables))


def with_tgw_route(state: State, table: str, destination: str, via: str) -> State:
    """The state with one more static route, to the attachment that another route of the table has."""
    tables = []
    for one in state.tgw_route_tables:
        if one.tags["Name"] == table:
            sides = [r.attachment_ids for r in one.routes if str(r.destination) == via]
            route = TgwRoute(
                destination=IPv4Network(destination), type="static", state="active", attachment_ids=sides[0]
            )
            one = replace(one, routes=(*one.routes, route))  # noqa: PLW2901  # the changed table
        tables.append(one)
    return replace(state, tgw_route_tables=tuple(tables))


def test_way_that_is_not_modelled_is_no_proof_although_nothing_was_unseen() -> None:
    open_state = without_blackholes(STATE)
    assert open_state.gaps == STATE.gaps

    with pytest.raises(
        UnobservableError, match=r"10\.30\.0\.\S+ -> 10\.30\.16\.\S+ .*may be delivered: .*not modelled"
    ):
        judged(open_state, flow("prod", "dev", expect="denied"))


def test_denied_flow_that_a_gap_may_let_through_names_packet_and_gap() -> None:
    unseen = with_gap(STATE, "tgw_route_tables", "tgwrt-euc1-prod", "routes")

    with pytest.raises(UnobservableError, match=r"-> 10\.30\.16\.\S+ .*may be delivered: .*denied"):
        judged(unseen, flow("prod", "dev", expect="denied"))


def test_delivered_traffic_of_a_denied_flow_is_told_beside_a_gap() -> None:
    leaking = with_tgw_route(STATE, "tgwrt-euc1-shared", "10.30.99.0/24", "0.0.0.0/0")
    unseen = with_gap(leaking, "tgw_route_tables", "tgwrt-euc1-prod", "routes")
    (violation,) = judged(unseen, flow("shared", "dev", expect="denied"))
    beside = judged(unseen, flow("shared", "dev", expect="denied", **{"from": ["shared", "prod"]}))

    assert "is delivered" in violation.observed
    assert [one.resource for one in beside] == [violation.resource]
    assert "denied" in str(beside.doubt)


def test_internet_that_gets_in_is_told_beside_a_gap() -> None:
    broken = with_gap(with_internet_gateway(STATE, "dev"), "security_groups", "sg-host-prod", "ingress")
    denied = flow("internet", "dev", expect="denied")
    both = flow("internet", "dev", expect="denied", to=["prod", "dev"])

    assert judged(broken, denied)
    assert judged(broken, both)


def test_path_that_avoids_a_vpc_is_told_beside_a_gap() -> None:
    bypass = with_internet_gateway(STATE, "dev")
    unseen = with_gap(bypass, "tgw_route_tables", "tgwrt-euc1-prod", "routes")
    asked = flow("dev", "internet", through=["egress"], **{"from": ["prod", "dev"]})

    assert all("crosses" in one.expected for one in judged(unseen, asked))
    with pytest.raises(UnobservableError, match="denied"):
        judged(with_gap(STATE, "tgw_route_tables", "tgwrt-euc1-prod", "routes"), asked)


def test_pair_that_has_to_cross_a_vpc_is_no_pass_beside_a_gap() -> None:
    asked = flow("prod", "shared", through=["shared"])
    assert judged(STATE, asked) == ()

    with pytest.raises(UnobservableError, match="denied"):
        judged(with_gap(STATE, "tgw_route_tables", "tgwrt-euc1-shared", "routes"), asked)


def of_regions(spec: Spec, state: State) -> Intent:
    return Intent(spec, Network(state))


def test_route_past_the_transit_gateway_is_told_beside_a_gap() -> None:
    state = build_state(HUB)
    one, other = "rt-app-usw2-host", "rt-app-use1-host"
    unseen = with_gap(state, "vpc_route_tables", one, "routes")
    with pytest.raises(UnobservableError):
        of_regions(HUB, unseen).internet_transit()
    broken = with_route(
        unseen, other, "10.43.0.0/20", RouteTargetKind.INTERNET_GATEWAY, "igw-0000000000000000b"
    )
    found = of_regions(HUB, broken).internet_transit()

    assert found
    assert {violation.resource for violation in found} == {
        table.label for table in state.vpc_route_tables if table.name == other
    }


def test_undocumented_traffic_that_a_gap_may_let_in_names_its_packet() -> None:
    state = build_state(SHOP)
    assert of_regions(SHOP, state).undocumented_traffic("db") == ()
    unseen = with_gap(state, "security_groups", "sg-db-ireland", "ingress")

    with pytest.raises(UnobservableError, match=r"-> 10\.20\.32\.\S+ .*may be delivered: .*denied"):
        of_regions(SHOP, unseen).undocumented_traffic("db")


def test_undocumented_traffic_is_told_beside_a_gap_that_may_let_in_more() -> None:
    rule = SgRule(protocol="tcp", from_port=22, to_port=22, peer=IPv4Network("0.0.0.0/0"))
    opened = with_rule(build_state(SHOP), "sg-db-frankfurt", rule)
    unseen = with_gap(opened, "security_groups", "sg-db-ireland", "ingress")
    found = of_regions(SHOP, unseen).undocumented_traffic("db")

    assert found == of_regions(SHOP, opened).undocumented_traffic("db")
    assert {one.resource.split('"')[1] for one in found} == {"sg-db-frankfurt"}
    assert "denied" in str(found.doubt)


def test_question_about_all_flows_tells_what_is_certain_and_what_is_not() -> None:
    state = build_state(SHOP)
    unseen = with_gap(state, "security_groups", "sg-db-ireland", "ingress")
    found = flows(SHOP, Network(unseen))
    told = [line for line in found.lines if "not told" in line]

    assert (found.certain, flows(SHOP, Network(state)).certain) == (False, True)
    assert any(line.endswith(" as documented") for line in found.lines)
    assert told
    assert all("denied" in line for line in told)


def dual_stack(state: State, *vpcs: str) -> State:
    """The state with IPv6 addresses in some VPCs."""
    return replace(
        state,
        vpcs=tuple(
            replace(vpc, ipv6_cidrs=(IPv6Network(f"2001:db8:{index}::/56"),)) if vpc.name in vpcs else vpc
            for index, vpc in enumerate(state.vpcs)
        ),
    )


def test_denied_flow_between_vpcs_with_ipv6_is_no_proof() -> None:
    asked = flow("prod", "dev", expect="denied")

    assert judged(dual_stack(STATE, "vpc-prod"), asked) == ()
    with pytest.raises(UnobservableError, match=r'"vpc-prod" .* and .*"vpc-dev" .*: IPv6 addresses'):
        judged(dual_stack(STATE, "vpc-prod", "vpc-dev"), asked)


def test_internet_may_get_in_by_ipv6() -> None:
    asked = flow("internet", "dev", expect="denied")

    assert judged(dual_stack(STATE, "vpc-prod"), asked) == ()
    with pytest.raises(UnobservableError, match=r'"vpc-dev" .*: IPv6 addresses'):
        judged(dual_stack(STATE, "vpc-dev"), asked)


def test_rule_for_ipv6_in_a_vpc_with_ipv6_is_no_proof_of_isolation() -> None:
    state = dual_stack(build_state(SHOP), "vpc-ireland")
    assert of_regions(SHOP, state).undocumented_traffic("db") == ()
    rule = SgRule(protocol="tcp", from_port=22, to_port=22, peer=IPv6Network("::/0"))
    opened = with_rule(state, "sg-db-ireland", rule)

    with pytest.raises(UnobservableError, match="IPv6 paths are not modelled yet"):
        of_regions(SHOP, opened).undocumented_traffic("db")


def test_what_is_not_modelled_is_named_where_nothing_was_unseen() -> None:
    (table, *others) = STATE.vpc_route_tables
    route = VpcRoute(
        destination=IPv4Network("0.0.0.0/0"),
        target=RouteTargetKind.NETWORK_INTERFACE,
        target_id="eni-0appliance",
        origin="CreateRoute",
    )
    state = replace(STATE, vpc_route_tables=(replace(table, routes=(*table.routes, route)), *others))

    assert str(indeterminate(state)) == (
        f"what is delivered hangs on what is not modelled: {table.label}: a route to network_interface"
        " eni-0appliance"
    )
