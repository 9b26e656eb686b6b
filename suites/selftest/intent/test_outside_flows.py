"""Flows from and to the Internet, and VPCs that every path has to cross, on a network of segments."""

from ipaddress import IPv4Network
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from fixtures.build import build_state
from probes.model.conformance.verdict import Findings
from probes.model.intent.verification import Intent
from probes.model.network.index import Network
from probes.model.spec import FlowSpec, Spec
from probes.model.state import RouteTargetKind, State, TgwRoute, VpcRoute
from probes.sources.documents.spec import load_spec
from suites.selftest.intent.internet_samples import internet_samples
from suites.selftest.spec.edit import ROOT

SPEC = load_spec(ROOT / "fixtures/specs/segments.yaml")
STATE = build_state(SPEC)
ANYWHERE = IPv4Network("0.0.0.0/0")


def flow(source: str, destination: str, **said: Any) -> FlowSpec:  # noqa: ANN401  # any field of a flow
    return msgspec.convert({"from": source, "to": destination, "tcp": [443]} | said, FlowSpec)


def judged(state: State, asked: FlowSpec, spec: Spec = SPEC) -> Findings:
    return Intent(spec, Network(state)).flow(asked)


def with_route(state: State, table: str, destination: str, target: RouteTargetKind, target_id: str) -> State:
    """The state with one route of a VPC route table changed or added."""
    tables = []
    for one in state.vpc_route_tables:
        if one.tags["Name"] == table:
            kept = [route for route in one.routes if str(route.destination) != destination]
            new = VpcRoute(
                destination=IPv4Network(destination), target=target, target_id=target_id, origin="CreateRoute"
            )
            one = replace(one, routes=(*kept, new))  # noqa: PLW2901  # the changed table
        tables.append(one)
    return replace(state, vpc_route_tables=tuple(tables))


def without_default_route(state: State, table: str) -> State:
    """The state with a Transit Gateway route table that leads nowhere else."""
    tables = [
        replace(one, routes=tuple(r for r in one.routes if r.destination != ANYWHERE))
        if one.tags["Name"] == table
        else one
        for one in state.tgw_route_tables
    ]
    return replace(state, tgw_route_tables=tuple(tables))


def with_internet_gateway(state: State, vpc: str) -> State:
    """The state with an Internet gateway in one more VPC, and its hosts' way out."""
    (wanted,) = (one for one in state.vpcs if one.tags["Name"] == f"vpc-{vpc}")
    (gateway,) = state.internet_gateways
    more = replace(gateway, id="igw-0000000000000000a", vpc_ids=(wanted.id,))
    state = replace(state, internet_gateways=(gateway, more))
    return with_route(state, f"rt-{vpc}-app", "0.0.0.0/0", RouteTargetKind.INTERNET_GATEWAY, more.id)


def test_every_flow_of_the_network_is_as_documented() -> None:
    assert [violation for asked in SPEC.flows for violation in judged(STATE, asked)] == []


def test_internet_is_not_reached_without_a_way_out() -> None:
    broken = without_default_route(STATE, "tgwrt-euc1-prod")
    (violation, *_) = judged(broken, flow("prod", "internet", through=["egress"]))

    assert "tgwrt-euc1-prod" in violation.resource
    assert judged(broken, flow("dev", "internet", through=["egress"])) == ()


def test_way_out_past_the_egress_vpc_is_found() -> None:
    open_wide = with_internet_gateway(STATE, "dev")
    found = judged(open_wide, flow("dev", "internet", through=["egress"]))

    assert found
    assert all(
        one.expected.endswith('crosses vpc-0df6b710cd17b6181 "vpc-egress" (eu-central-1)') for one in found
    )
    assert judged(open_wide, flow("prod", "internet", through=["egress"])) == ()


def test_internet_that_gets_in_is_found() -> None:
    denied = flow("internet", "dev", expect="denied")
    assert judged(STATE, denied) == ()
    (violation, *_) = judged(with_internet_gateway(STATE, "dev"), denied)

    assert "the Internet" in violation.resource
    assert "is delivered" in violation.observed


def test_route_to_one_public_range_past_the_egress_vpc_is_found() -> None:
    """Only packets to 203.0.113.0/24 take it, so one address of the Internet would not do."""
    bypass = with_internet_gateway(STATE, "dev")
    dev = [one for one in STATE.vpc_route_tables if one.tags["Name"] == "rt-dev-app"]
    (default,) = (route for route in dev[0].routes if route.destination == ANYWHERE)
    bypass = with_route(bypass, "rt-dev-app", "0.0.0.0/0", default.target, default.target_id or "")
    bypass = with_route(
        bypass, "rt-dev-app", "203.0.113.0/24", RouteTargetKind.INTERNET_GATEWAY, "igw-0000000000000000a"
    )
    found = judged(bypass, flow("dev", "internet", through=["egress"]))

    assert found
    assert all(" -> 203.0.113." in one.observed or "203.0.113." in one.observed for one in found)


def test_pair_of_vpcs_can_be_told_to_cross_a_third() -> None:
    found = judged(STATE, flow("prod", "shared", through=["egress"]))

    assert found
    assert all("does not" in one.observed for one in found)


@pytest.mark.parametrize("route", ["185.1.2.0/24", "8.8.8.8/32"])
def test_every_range_that_a_route_names_has_a_sample(route: str) -> None:
    network = IPv4Network(route)
    tables = tuple(
        replace(
            one,
            routes=(
                *one.routes,
                TgwRoute(destination=network, type="static", state="active", attachment_ids=()),
            ),
        )
        for one in STATE.tgw_route_tables
    )
    samples = list(internet_samples(replace(STATE, tgw_route_tables=tables)))

    assert [address for address in samples if address in network]
    assert [address for address in internet_samples(STATE) if address in network] == []
