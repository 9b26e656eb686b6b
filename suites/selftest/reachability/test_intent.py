"""The documented network, and one fault at a time: what the intent checks and the single failures find."""

from functools import cache
from ipaddress import IPv4Network
from pathlib import Path

import msgspec
import pytest

from fixtures.build import Options, build_state
from fixtures.faults.recorded import load_broken, write_broken
from probes.model.conformance.verdict import Violation
from probes.model.errors import UnobservableError
from probes.model.intent.verification import Intent
from probes.model.network.endpoints import of_subnet
from probes.model.network.index import Network
from probes.model.reachability.analysis import Reachability
from probes.model.spec import FlowSpec, Spec
from probes.model.state import Gap, PrefixListRef, RouteTargetKind, SgRule, State, VpcRoute
from probes.sources import load_state
from probes.sources.documents.spec import load_spec
from suites.selftest.reachability.networks import mesh

ROOT = Path(__file__).resolve().parents[3]


@cache
def spec() -> Spec:
    return load_spec(ROOT / "fixtures" / "specs" / "gpu-cluster.yaml")


@cache
def documented() -> State:
    """The documented network with two zones, so that the missing third attachment subnet is out of the way."""
    return build_state(spec(), Options(az_count=2, instances=2, services=False))


def flow(name: str) -> FlowSpec:
    return next(flow for flow in spec().flows if flow.id == name)


def judged(state: State) -> Intent:
    return Intent(spec(), Network(state))


def changed(state: State, kind: str, name: str, **changes: object) -> State:
    collection = tuple(
        msgspec.structs.replace(resource, **changes) if resource.name == name else resource
        for resource in getattr(state, kind)
    )
    assert collection != getattr(state, kind)
    return msgspec.structs.replace(state, **{kind: collection})


def resources(violations: tuple[Violation, ...]) -> list[str]:
    return sorted(violation.resource.split('"')[1] for violation in violations)


@pytest.mark.parametrize(
    "name", ["request-router-to-gpu", "model-loading", "ping", "gpu-to-endpoints", "router-to-endpoints"]
)
def test_flows_that_can_work_work(name: str) -> None:
    assert judged(documented()).flow(flow(name)) == ()


def test_the_documented_network_is_one_symmetric_and_stays_off_the_internet() -> None:
    intent = judged(documented())

    assert intent.single_network() == ()
    assert intent.symmetric_paths() == ()
    assert intent.internet_transit() == ()
    assert [intent.undocumented_traffic(role) for role in ("gpu", "fsx", "router")] == [(), (), ()]


def test_a_group_of_another_region_lets_nobody_mount() -> None:
    violations = judged(documented()).flow(flow("dr-mount"))

    assert resources(violations) == ["sg-fsx-use1", "sg-fsx-use2", "sg-fsx-usw2"]
    assert all("no ingress rule allows tcp" in violation.observed for violation in violations)
    assert all(violation.trace for violation in violations)


def test_a_zone_without_attachment_subnet_is_named_with_the_hosts_it_cuts_off() -> None:
    state = build_state(spec(), Options(az_count=3, instances=0, services=False))

    violations = judged(state).single_network()

    assert resources(violations) == ["att-use1", "att-use2", "att-usw2"]
    assert all("no attachment subnet in" in violation.observed for violation in violations)


def test_a_blackhole_for_half_a_subnet_is_found() -> None:
    state = documented()
    table = next(t for t in state.tgw_route_tables if t.region == "us-east-1")
    half = msgspec.structs.replace(
        next(r for r in table.routes if r.type == "static"),
        destination=IPv4Network("10.66.75.128/25"),
        state="blackhole",
        attachment_ids=(),
    )
    tables = tuple(
        msgspec.structs.replace(t, routes=(*t.routes, half)) if t is table else t
        for t in state.tgw_route_tables
    )

    violations = judged(msgspec.structs.replace(state, tgw_route_tables=tables)).single_network()

    assert [violation.resource for violation in violations] == [table.label]
    assert "10.66.75.138" in violations[0].observed


def test_a_route_to_the_internet_gateway_for_another_region_is_transit() -> None:
    state = documented()
    gateway = next(g for g in state.internet_gateways if g.region == "us-east-1")
    table = next(t for t in state.vpc_route_tables if t.name == "rt-use1-private")
    leak = VpcRoute(
        destination=IPv4Network("10.66.64.0/24"),
        target=RouteTargetKind.INTERNET_GATEWAY,
        target_id=gateway.id,
    )
    state = changed(state, "vpc_route_tables", "rt-use1-private", routes=(*table.routes, leak))

    violations = judged(state).internet_transit()

    assert resources(violations) == ["rt-use1-private"]
    assert gateway.id in violations[0].observed


def test_traffic_that_no_table_documents_is_found_with_its_packet() -> None:
    state = documented()
    group = next(g for g in state.security_groups if g.name == "sg-gpu-use1")
    ssh = SgRule(protocol="tcp", from_port=22, to_port=22, peer=IPv4Network("0.0.0.0/0"))
    state = changed(state, "security_groups", "sg-gpu-use1", ingress=(*group.ingress, ssh))

    violations = judged(state).undocumented_traffic("gpu")

    assert set(resources(violations)) == {"sg-gpu-use1"}
    assert all(":22 is delivered" in violation.observed for violation in violations)


@pytest.mark.parametrize(
    "broken, role, who, port",
    [
        ("gpu-reached-from-the-internet", "gpu", "the Internet", 443),
        ("fsx-reached-from-a-tenant", "fsx", "tenants through tgw-attach-0000000000000000e", 988),
    ],
)
def test_who_is_not_part_of_the_network_gets_in_only_as_documented(
    tmp_path: Path, broken: str, role: str, who: str, port: int
) -> None:
    folder = ROOT / "fixtures" / "broken"
    recorded = ROOT / "fixtures" / "states" / "gpu-cluster"
    target = write_broken(load_broken(folder / f"{broken}.yaml"), recorded, tmp_path / "state")

    found = judged(load_state(f"dump:{target}")).undocumented_traffic(role)

    (violation,) = [each for each in found if each.expected.startswith(f"nothing from {who}")]
    assert f":{port} is delivered" in violation.observed
    assert violation.trace[-1].startswith(f"delivered to {who}")
    assert not any(
        who in each.expected for each in judged(load_state(f"dump:{recorded}")).undocumented_traffic(role)
    )


def test_what_reaches_a_role_cannot_be_told_while_the_groups_of_an_interface_are_unknown() -> None:
    state = documented()
    interface = state.network_interfaces[0]
    gap = Gap(
        kind="network_interfaces",
        region=interface.region,
        resource=interface.id,
        field="group_ids",
        reason="planned",
    )

    with pytest.raises(UnobservableError, match=r"group_ids of .* could not be seen: planned"):
        judged(msgspec.structs.replace(state, gaps=(gap,))).undocumented_traffic("gpu")


def test_a_prefix_list_that_nobody_saw_may_let_in_what_is_not_documented() -> None:
    state = documented()
    group = next(each for each in state.security_groups if each.name == "sg-gpu-use1")
    listed = SgRule(protocol="tcp", from_port=22, to_port=22, peer=PrefixListRef(prefix_list_id="pl-1"))
    state = changed(state, "security_groups", "sg-gpu-use1", ingress=(*group.ingress, listed))
    gap = Gap(kind="prefix_lists", region=group.region, reason="denied")

    assert judged(state).undocumented_traffic("gpu") == ()
    with pytest.raises(UnobservableError, match=r"may be delivered: .*\(prefix_lists us-east-1: denied\)"):
        judged(msgspec.structs.replace(state, gaps=(gap,))).undocumented_traffic("gpu")


def test_replies_that_take_another_peering_are_asymmetric() -> None:
    state = documented()
    detour = next(
        side.id
        for side in state.tgw_attachments
        if (side.region, side.peer_region) == ("us-east-2", "us-west-2")
    )
    table = next(t for t in state.tgw_route_tables if t.region == "us-east-2")
    routes = tuple(
        msgspec.structs.replace(route, attachment_ids=(detour,))
        if route.destination == spec().vpcs["use1"].cidrs[0]
        else route
        for route in table.routes
    )
    state = changed(state, "tgw_route_tables", table.name, routes=routes)

    violations = judged(state).symmetric_paths()

    assert [violation.resource for violation in violations] == ["us-east-1 and us-east-2"]
    assert judged(state).single_network() == ()


def test_a_denied_call_makes_what_hangs_on_it_unobservable_and_nothing_else() -> None:
    gap = Gap(kind="tgw_route_tables", region="us-west-2", reason="AccessDenied")
    intent = judged(msgspec.structs.replace(documented(), gaps=(gap,)))

    assert intent.flow(flow("model-loading")) == ()
    with pytest.raises(UnobservableError, match="AccessDenied"):
        intent.single_network()


def test_ten_thousand_routes_and_a_thousand_rules_are_answered() -> None:
    state = mesh(2)
    table = state.tgw_route_tables[0]
    many = tuple(
        msgspec.structs.replace(table.routes[0], destination=IPv4Network((0x0B000000 + (i << 8), 24)))
        for i in range(10_000)
    )
    rules = tuple(
        SgRule(protocol="tcp", from_port=port, to_port=port, peer=IPv4Network("10.66.0.0/16"))
        for port in range(1, 2001, 2)
    )
    state = msgspec.structs.replace(
        state,
        tgw_route_tables=(
            msgspec.structs.replace(table, routes=(*table.routes, *many)),
            state.tgw_route_tables[1],
        ),
        security_groups=tuple(
            msgspec.structs.replace(g, ingress=(*rules, *rules)) for g in state.security_groups
        ),
    )
    ends = [of_subnet(s, (f"sg-{s.region}",)) for s in state.subnets if s.id.endswith(("-0", "-1"))]
    reachability = Reachability(Network(state), ends)

    ports = {box[4] for box in reachability.allowed(ends[0], ends[3]).boxes()}

    assert ports == {(port, port) for port in range(1, 2001, 2)}
