"""Each network that ships, broken in ten ways: the rule that decides is named, whatever the network is called."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from fixtures.build import build_state
from fixtures.lab.system import codec
from probes.model.conformance.verdict import Verdict
from probes.model.state import Resource, RouteTargetKind, SgRule, State, TgwRoute
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import Judged, judge

SPECS = ROOT / "fixtures/specs"
NETWORKS = ("gpu-cluster-corrected", "hub", "minimal", "segments", "web-shop")
FOREIGN = IPv4Network("198.18.0.0/24")


@dataclass(frozen=True)
class Mutation:
    """One change of a state, and a rule that it must trip."""

    change: Callable[[State], State]
    rule: str


def changed(state: State, kind: str, index: int = 0, **fields: Any) -> State:  # noqa: ANN401  # any field
    """The state with some fields of one resource changed."""
    items = list(getattr(state, kind))
    items[index] = replace(items[index], **fields)
    return replace(state, **{kind: tuple(items)})


def without(state: State, kind: str, index: int = 0) -> State:
    """The state without one resource."""
    items: list[Resource] = list(getattr(state, kind))
    del items[index]
    return replace(state, **{kind: tuple(items)})


def index_of(state: State, kind: str, holds: Callable[[Any], object]) -> int:
    return next(index for index, one in enumerate(getattr(state, kind)) if holds(one))


def static_route_lost(state: State) -> State:
    index = index_of(state, "tgw_route_tables", lambda t: any(r.type == "static" for r in t.routes))
    routes = state.tgw_route_tables[index].routes
    lost = next(route for route in routes if route.type == "static")
    return changed(state, "tgw_route_tables", index, routes=tuple(r for r in routes if r is not lost))


def route_added(state: State) -> State:
    table = state.tgw_route_tables[0]
    attachment = table.associations[:1]
    more = TgwRoute(destination=FOREIGN, type="static", state="active", attachment_ids=attachment)
    return changed(state, "tgw_route_tables", routes=(*table.routes, more))


def blackhole_added(state: State) -> State:
    table = state.tgw_route_tables[0]
    more = TgwRoute(destination=FOREIGN, type="static", state="blackhole", attachment_ids=())
    return changed(state, "tgw_route_tables", routes=(*table.routes, more))


def association_lost(state: State) -> State:
    table = state.tgw_route_tables[0]
    return changed(state, "tgw_route_tables", associations=table.associations[1:])


def vpc_widened(state: State) -> State:
    return changed(state, "vpcs", cidrs=(*state.vpcs[0].cidrs, FOREIGN))


def subnet_added(state: State) -> State:
    first = state.subnets[0]
    more = replace(first, id="subnet-0000000000000000a", cidr=FOREIGN)
    return replace(state, subnets=(*state.subnets, more))


def appliance_mode_changed(state: State) -> State:
    index = index_of(state, "tgw_attachments", lambda a: a.resource_type == "vpc")
    return changed(
        state, "tgw_attachments", index, appliance_mode=not state.tgw_attachments[index].appliance_mode
    )


def attachment_subnet_lost(state: State) -> State:
    index = index_of(state, "tgw_attachments", lambda a: a.resource_type == "vpc")
    subnets = state.tgw_attachments[index].subnet_ids
    return changed(state, "tgw_attachments", index, subnet_ids=subnets[1:])


def way_to_the_gateway_lost(state: State) -> State:
    def leads(table: Any) -> bool:  # noqa: ANN401  # a route table
        return any(route.target is RouteTargetKind.TRANSIT_GATEWAY for route in table.routes)

    tables = tuple(
        replace(
            table,
            routes=tuple(r for r in table.routes if r.target is not RouteTargetKind.TRANSIT_GATEWAY),
        )
        if leads(table)
        else table
        for table in state.vpc_route_tables
    )
    return replace(state, vpc_route_tables=tables)


def every_acl_closed(state: State) -> State:
    return replace(state, network_acls=tuple(replace(acl, entries=()) for acl in state.network_acls))


MUTATIONS = {
    "static route lost": Mutation(static_route_lost, "tgw-route"),
    "route added": Mutation(route_added, "no-other-tgw-route"),
    "blackhole added": Mutation(blackhole_added, "no-blackhole"),
    "association lost": Mutation(association_lost, "tgw-association"),
    "VPC widened": Mutation(vpc_widened, "vpc-cidr"),
    "subnet added": Mutation(subnet_added, "no-other-subnet"),
    "appliance mode changed": Mutation(appliance_mode_changed, "tgw-appliance-mode"),
    "attachment subnet lost": Mutation(attachment_subnet_lost, "tgw-attachment-subnets"),
    "way to the gateway lost": Mutation(way_to_the_gateway_lost, "flow"),
    "every ACL closed": Mutation(every_acl_closed, "flow"),
}


def judged(name: str, state: State, scratch: Path) -> Judged:
    (scratch / "state").write_bytes(codec.encode(state))
    plugin = ("-p", "suites.selftest.suites.given_state", "--given-state", str(scratch / "state"))
    return judge(scratch, "--spec", str(SPECS / f"{name}.yaml"), *plugin)


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("name", NETWORKS)
def test_broken_network_trips_the_rule(tmp_path: Path, name: str, mutation: str) -> None:
    wanted = MUTATIONS[mutation]
    found = judged(name, wanted.change(build_state(load_spec(SPECS / f"{name}.yaml"))), tmp_path)

    assert wanted.rule in {identity.partition(":")[0] for identity in found.those(Verdict.NONCONFORMING)}, (
        found.output
    )


def test_opened_group_is_undocumented_traffic(tmp_path: Path) -> None:
    state = build_state(load_spec(SPECS / "web-shop.yaml"))
    index = index_of(state, "security_groups", lambda g: g.name.startswith("sg-db"))
    anything = SgRule(protocol="-1", from_port=None, to_port=None, peer=IPv4Network("0.0.0.0/0"))
    opened = changed(state, "security_groups", index, ingress=(anything,))
    found = judged("web-shop", opened, tmp_path).those(Verdict.NONCONFORMING)

    assert {"no-undocumented-traffic:db", "flow:no-shortcut"} <= found


def test_closed_groups_lose_the_flows_of_roles(tmp_path: Path) -> None:
    state = build_state(load_spec(SPECS / "web-shop.yaml"))
    closed = replace(state, security_groups=tuple(replace(g, ingress=()) for g in state.security_groups))
    found = judged("web-shop", closed, tmp_path).those(Verdict.NONCONFORMING)

    assert {"flow:customers", "flow:web-to-app", "flow:replication"} <= found


def test_rules_may_name_the_hosts_of_a_role_vpc_by_vpc(tmp_path: Path) -> None:
    """Two rules, each for one Region's databases, document the same as one for both."""
    text = (SPECS / "web-shop.yaml").read_text(encoding="utf-8")
    one = "{from: 10.20.32.0/23, tcp: [5432], icmp: true}"
    each = [one.replace("10.20.32.0/23", cidr) for cidr in ("10.20.32.0/24", "10.20.33.0/24")]
    assert one in text
    (tmp_path / "spec.yaml").write_text(text.replace(f"- {one}", "\n      - ".join(["", *each])))
    state = build_state(load_spec(tmp_path / "spec.yaml"))
    (tmp_path / "state").write_bytes(codec.encode(state))
    plugin = ("-p", "suites.selftest.suites.given_state", "--given-state", str(tmp_path / "state"))
    found = judge(tmp_path, "--spec", str(tmp_path / "spec.yaml"), *plugin)

    assert found.exit_code == pytest.ExitCode.OK, found.output
