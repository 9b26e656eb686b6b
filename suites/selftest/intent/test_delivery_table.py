"""The table of who reaches whom says what is delivered, what is missing and what nobody asked for."""

from ipaddress import IPv4Network

import pytest
from msgspec.structs import replace

from fixtures.build import build_state
from probes.model.conformance.verdict import Verdict
from probes.model.errors import EmptySelectionError
from probes.model.intent.delivery_table import Delivery, delivery_table
from probes.model.intent.roles import Roles
from probes.model.network.index import Network
from probes.model.spec import Spec
from probes.model.state import SgRule, State
from probes.sources.documents.spec import load_spec
from suites.selftest.intent.test_uncertain import with_gap
from suites.selftest.spec.edit import ROOT

SHOP = load_spec(ROOT / "fixtures/specs/web-shop.yaml")
SEGMENTS = load_spec(ROOT / "fixtures/specs/segments.yaml")


def table(state: State, spec: Spec = SHOP) -> dict[tuple[str, str, str], Delivery]:
    rows = delivery_table(Roles(spec, Network(state)))
    return {(row.source, row.destination, row.scope): row for row in rows}


def test_network_as_documented_conforms() -> None:
    found = table(build_state(SHOP))

    assert {row.verdict for row in found.values()} <= {Verdict.CONFORMS, Verdict.NOT_RUN}
    assert found["web", "app", "within a VPC"].delivered == "tcp 8080"
    assert found["web", "db", "within a VPC"].delivered == ""
    assert found["db", "db", "across Regions"].delivered == "icmp; tcp 5432"


def test_hosts_without_roles_are_told_by_vpc() -> None:
    found = table(build_state(SEGMENTS), SEGMENTS)

    assert found["prod", "dev", "within a Region"].verdict is Verdict.CONFORMS
    assert found["prod", "dev", "within a Region"].delivered == ""
    assert found["prod", "shared", "within a Region"].delivered == "all traffic"
    assert found["egress", "prod", "within a Region"].verdict is Verdict.NOT_RUN


def test_undocumented_traffic_is_more_and_lost_traffic_is_less() -> None:
    state = build_state(SHOP)
    opened = SgRule(protocol="tcp", from_port=22, to_port=22, peer=IPv4Network("0.0.0.0/0"))
    groups = tuple(
        replace(group, ingress=(*group.ingress, opened), egress=(*group.egress, opened))
        for group in state.security_groups
    )
    found = table(replace(state, security_groups=groups))
    row = found["web", "db", "within a VPC"]
    assert (row.more, row.verdict) == ("tcp 22", Verdict.NONCONFORMING)

    closed = table(
        replace(state, security_groups=tuple(replace(g, ingress=()) for g in state.security_groups))
    )
    row = closed["web", "app", "within a VPC"]
    assert (row.delivered, row.less, row.verdict) == ("", "tcp 8080", Verdict.NONCONFORMING)


def test_what_was_not_seen_is_unknown() -> None:
    unseen = with_gap(build_state(SHOP), "security_groups", "sg-db-ireland", "ingress")

    assert table(unseen)["app", "app", "across Regions"].verdict is Verdict.CONFORMS
    assert Verdict.UNOBSERVABLE in {row.verdict for row in table(unseen).values() if row.destination == "db"}


def test_table_that_no_page_has_room_for_is_refused() -> None:
    with pytest.raises(EmptySelectionError, match="0 kinds of hosts"):
        delivery_table(Roles(replace(SHOP, roles={}, vpcs={}), Network(build_state(SHOP))))
