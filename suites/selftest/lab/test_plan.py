from collections import Counter
from ipaddress import IPv4Network

import pytest
from msgspec.structs import replace

from fixtures.lab.errors import LabError
from fixtures.lab.plan.compiler import compile_lab
from fixtures.lab.plan.hosts import HostInterface, uniquely_named
from fixtures.lab.plan.model import LabPlan
from fixtures.lab.render.ip import host_batch, router_batch
from fixtures.lab.render.nft import host_ruleset, router_ruleset
from fixtures.lab.system import codec, run_directory
from probes.model.errors import EmptySelectionError, InputError
from probes.model.spec.topology import peering_between
from probes.model.state import State, TgwRoute, Vpc
from suites.selftest.lab.networks import documented_plan, documented_spec, documented_state
from suites.selftest.lab.random_packet_tests import small_lab
from suites.selftest.reachability.networks import interface, mesh, vpc_block

REHEARSED: tuple[tuple[str, str], ...] = (("gpu", "private"), ("fsx", "fsx"))


def test_state_and_plan_are_read_back_as_they_were_written() -> None:
    state, plan = documented_state(), documented_plan()

    assert codec.decode(State, codec.encode(state)) == state
    assert codec.decode(LabPlan, codec.encode(plan)) == plan


def test_every_role_has_its_hosts_in_every_region() -> None:
    spec, plan = documented_spec(), documented_plan()

    found = {(host.region, host.role) for host in plan.hosts}

    assert found == {(region, role) for region in spec.aws_regions for role in spec.roles}


def test_few_hosts_stand_in_several_zones() -> None:
    zones = {host.az for host in documented_plan().hosts if (host.region, host.role) == ("us-east-1", "gpu")}

    assert len(zones) == documented_spec().lab.hosts_per_role


def test_round_trips_are_the_midpoints_and_rates_are_scaled() -> None:
    spec, plan = documented_spec(), documented_plan()
    regions = {gateway.id: gateway.region for gateway in plan.fabric.gateways}

    wrong = [
        link
        for link in plan.fabric.links
        for peering in [
            peering_between(spec, regions[link.source_gateway_id], regions[link.target_gateway_id])
        ]
        if not peering.rtt
        or not peering.bandwidth_gbit_per_s
        or link.quality.delay_ms * 2 != (peering.rtt.min_ms + peering.rtt.max_ms) / 2
        or link.quality.rate_mbit_per_s != peering.bandwidth_gbit_per_s * 1000 / spec.lab.rate_divisor
    ]

    assert (wrong, len(plan.fabric.links)) == ([], 6)


def test_subnet_in_a_zone_without_attachment_cannot_use_the_gateway() -> None:
    routers = documented_plan().routers
    attached = {uplink.zone for router in routers for uplink in router.uplinks}
    zones = {segment.zone for router in routers for segment in router.segments}
    routes = {
        (segment.zone, route.kind)
        for router in routers
        for segment in router.segments
        for route in segment.routes
        if route.destination == IPv4Network("10.66.0.0/16")
    }

    assert {zone for zone, kind in routes if kind == "gateway"} == attached
    assert {zone for zone, kind in routes if kind == "drop"} == zones - attached


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_two_propagated_routes_the_one_from_a_vpc_wins(order: tuple[int, ...]) -> None:
    state = mesh(2)
    own, other = (
        TgwRoute(destination=vpc_block(0), type="propagated", state="active", attachment_ids=(attachment_id,))
        for attachment_id in ("att-r0", "pcx-0-1")
    )
    routes = tuple((own, other)[place] for place in order)
    tables = tuple(replace(t, routes=routes) if t.region == "r0" else t for t in state.tgw_route_tables)

    plan = small_lab(replace(state, tgw_route_tables=tables), documented_spec())

    (chosen,) = next(g for g in plan.fabric.gateways if g.region == "r0").tables[0].routes
    assert chosen.attachment_id == "att-r0"


def test_plan_without_instances_gets_one_host_in_each_private_and_fsx_subnet() -> None:
    state = replace(documented_state(), instances=(), network_interfaces=())

    plan = compile_lab(state, documented_spec())

    counted = Counter((host.region, host.role) for host in plan.hosts)
    spec = documented_spec()
    assert counted == {
        (spec.region_of(vpc), role): len(spec.vpcs[vpc].tier(tier))
        for vpc in spec.vpcs
        for role, tier in REHEARSED
    }
    assert all(host.ingress and host.egress for host in plan.hosts)


def test_aws_names_never_become_names_of_files_or_commands() -> None:
    evil = ["$(reboot)", "../../etc", "a b;c", "", "ÄÖÜ", "x" * 300, "x" * 300]
    seeds = [HostInterface(name=name, role="", interface=interface(0, 0, 10, [])) for name in evil]

    names = [seed.name for seed in uniquely_named(seeds)]

    assert names == ["reboot", "etc", "a-b-c", "host", "host-2", "x" * 32, "x" * 32 + "-2"]


def test_interface_names_fit_the_kernels_limit() -> None:
    plan = documented_plan()
    devices = [host.device for host in plan.hosts] + [u.device for r in plan.routers for u in r.uplinks]

    assert max(map(len, devices)) <= 15


def test_text_for_the_tools_is_the_same_every_time() -> None:
    first, second = documented_plan(), compile_lab(documented_state(), documented_spec())

    texts = [
        [host_batch(h) + host_ruleset(h) for h in plan.hosts]
        + [router_batch(r, plan) + router_ruleset(r, plan) for r in plan.routers]
        for plan in (first, second)
    ]
    assert texts[0] == texts[1]


def _without_hosts(state: State) -> State:
    return replace(state, network_interfaces=(), instances=(), subnets=())


def _overlapping(state: State) -> State:
    first, second, *others = state.vpcs
    return replace(state, vpcs=(first, replace(second, cidrs=first.cidrs), *others))


def _without_gateway(state: State) -> State:
    return replace(state, transit_gateways=state.transit_gateways[1:])


def _without_groups(state: State) -> State:
    return replace(state, security_groups=())


@pytest.mark.parametrize(
    "spoil, message",
    [
        (_without_hosts, "has no subnet"),
        (_overlapping, "overlap"),
        (_without_gateway, "its Transit Gateway .* is not in the state"),
        (_without_groups, "security group .* is not in the state"),
    ],
)
def test_state_that_is_no_network_is_refused_with_the_resource(spoil: object, message: str) -> None:
    assert callable(spoil)

    with pytest.raises((InputError, EmptySelectionError), match=message):
        compile_lab(spoil(documented_state()), documented_spec())


def test_vpcs_that_nothing_leads_to_are_no_part_of_the_lab() -> None:
    state = documented_state()
    default = tuple(
        Vpc(region=region, id=f"vpc-default-{region}", cidrs=(IPv4Network("172.31.0.0/16"),))
        for region in state.regions
    )

    assert compile_lab(replace(state, vpcs=(*default, *state.vpcs)), documented_spec()) == documented_plan()


@pytest.mark.parametrize("name", ["", "../lab", "a/b", "x" * 33, "Grün", "-lab"])
def test_name_that_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(LabError, match="is no name for a lab"):
        run_directory.run_dir(name)
