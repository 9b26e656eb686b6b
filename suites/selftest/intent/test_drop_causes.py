"""Losses that are counted together are decided by one resource, from_any_subnet of their packets is traced."""

import os
from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Network
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.drop_causes import DropCauses
from probes.model.intent.flow_headers import everything
from probes.model.intent.lost_flows import Group, Loss, Search, losses
from probes.model.intent.path_causes import DropCause
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.locations import intervals_of
from probes.model.reachability.packet_set import BYTES, box, union_of
from probes.model.state import (
    InternetGateway,
    NatGateway,
    NetworkAcl,
    RouteTargetKind,
    State,
    VpcRoute,
)
from suites.selftest.reachability.networks import ANY, acl_entries, mesh, vpc_block
from suites.selftest.reachability.random_firewalls import changed_inspection
from suites.selftest.reachability.random_networks import endpoints_of, states

NETWORKS = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 100
MOST_TRACED = 6


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(states(merging=True))
def test_one_resource_decides_all_losses_of_one_cause(state: State) -> None:
    assert_one_resource_each(state)


def test_filters_and_routes_behind_a_nat_gateway_are_told_apart() -> None:
    state = mesh(2)
    nat = NatGateway(
        region="r0",
        id="nat-r0",
        vpc_id="vpc-r0",
        subnet_id="subnet-r0-2",
        state="available",
        connectivity="public",
    )
    to_nat = VpcRoute(destination=vpc_block(1), target=RouteTargetKind.NAT_GATEWAY, target_id="nat-r0")
    out = VpcRoute(destination=ANY, target=RouteTargetKind.INTERNET_GATEWAY, target_id="igw-r0")
    routes = {"rtb-r0-hosts": to_nat, "rtb-r0-tgw": out}
    only_first = NetworkAcl(
        region="r0",
        id="acl-nat",
        vpc_id="vpc-r0",
        default=False,
        subnet_ids=("subnet-r0-2",),
        entries=(
            *acl_entries()[:1],
            *(replace(e, cidr=IPv4Network("10.66.16.0/24")) for e in acl_entries() if e.egress),
        ),
    )
    own = tuple(
        replace(a, subnet_ids=tuple(s for s in a.subnet_ids if s != "subnet-r0-2"))
        for a in state.network_acls
    )
    state = replace(
        state,
        nat_gateways=(nat,),
        internet_gateways=(InternetGateway(region="r0", id="igw-r0", vpc_ids=("vpc-r0",)),),
        network_acls=(only_first, *own),
        vpc_route_tables=tuple(
            replace(t, routes=(*t.routes, routes[t.id])) if t.id in routes else t
            for t in state.vpc_route_tables
        ),
    )

    found = assert_one_resource_each(state)

    assert {"gateway igw-r0", "network ACL, egress acl-nat"} <= found


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_one_resource_decides_all_losses_of_one_cause_behind_firewalls(random: Random) -> None:
    assert_one_resource_each(changed_inspection(random))


def assert_one_resource_each(state: State) -> set[str]:
    """All losses of one cause are decided by one resource; gives all of those."""
    network = Network(state)
    reachability = Reachability(network, endpoints_of(state))
    traced: dict[DropCause, list[Loss]] = defaultdict(list)
    for cause, loss in lost_pairs(reachability):
        if len(traced[cause]) < MOST_TRACED:
            traced[cause].append(loss)

    resources: set[str] = set()
    for cause, found in traced.items():
        deciding = {resource(network, loss) for loss in found} - {"unknown"}
        assert len(deciding) <= 1, cause
        resources |= deciding
    return resources


@settings(max_examples=NETWORKS // 5, deadline=None, suppress_health_check=list(HealthCheck))
@given(states())
def test_every_lost_pair_is_counted_once(state: State) -> None:
    reachability = Reachability(Network(state), endpoints_of(state))
    ends = reachability.endpoints
    counted = sum(count for _, count in losses(reachability, [Group(ends, ends)], everything()))

    assert counted == sum(
        loses(reachability, source, destination)
        for source in ends
        for destination in ends
        if source != destination
    )


def lost_pairs(reachability: Reachability) -> Iterator[tuple[DropCause, Loss]]:
    ends, ranges = reachability.endpoints, reachability.compiled.ranges
    causes, search = DropCauses(reachability), Search(reachability, [Group(ends, ends)], everything())
    for sample in [part for whole in search.samples for part in search.divided(whole)]:
        for sender in range(len(ranges)):
            own = ranges.of_endpoint[ranges[sender].endpoint]
            lost = search.lost_by(sample, sender, ranges.all & ~own)
            for cause, destinations in (*causes.refusing(causes.refused(lost)), *causes.of(lost)):
                for receiver in bits(destinations):
                    yield cause, search.loss(cause, lost._replace(destinations=1 << receiver))


def resource(network: Network, loss: Loss) -> str:
    try:
        hop = round_trip(network, loss.packet, loss.source, loss.destination).dropped_by
    except UnobservableError:
        return "unknown"
    assert hop is not None
    return f"{hop.stage} {hop.resource_id}"


def loses(reachability: Reachability, source: Endpoint, destination: Endpoint) -> bool:
    """Whether any packet between the addresses of two endpoints is not allowed."""
    wanted = union_of(
        box(protocol=BYTES, source=sender, destination=receiver)
        for sender in intervals_of(source.networks)
        for receiver in intervals_of(destination.networks)
    )
    return reachability.allowed(source, destination) != wanted
