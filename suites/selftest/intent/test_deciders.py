"""Losses that are counted together are decided by one resource, from_any_subnet of their packets is traced."""

import os
from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Network

from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from probes.model.errors import UnobservableError
from probes.model.forwarding.oracle import round_trip
from probes.model.intent.drop_causes import DropCause, DropCauses
from probes.model.intent.flow_headers import Sample, everything, samples
from probes.model.intent.lost_flows import Group, Loss, host_of, losses
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.reachability.address_classes import bits
from probes.model.reachability.analysis import Reachability
from probes.model.state import (
    InternetGateway,
    NatGateway,
    NetworkAcl,
    RouteTargetKind,
    State,
    VpcRoute,
)
from suites.selftest.reachability.networks import ANY, acl_entries, mesh, vpc_block
from suites.selftest.reachability.random_networks import endpoints_of, states

NETWORKS = 5_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 100
MOST_TRACED = 6


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(states(merging=True))
def test_one_resource_decides_all_losses_of_one_decider(state: State) -> None:
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


@settings(max_examples=NETWORKS // 2, deadline=None, suppress_health_check=list(HealthCheck))
@given(states())
def test_every_lost_pair_is_counted_once(state: State) -> None:
    reachability = Reachability(Network(state), endpoints_of(state))
    wanted = list(samples(reachability, everything()))
    ends = reachability.endpoints
    counted = sum(count for _, count in losses(reachability, [Group(ends, ends)], wanted))

    assert counted == sum(
        loses(reachability, wanted, source, destination)
        for source in range(len(ends))
        for destination in range(len(ends))
        if source != destination
    )


def lost_pairs(reachability: Reachability) -> Iterator[tuple[DropCause, Loss]]:
    causes, addresses = DropCauses(reachability), reachability.compiled.address_classes
    inside = sum(end.addresses for end in reachability.compiled.ends)
    for sample in samples(reachability, everything()):
        there = reachability.forward[sample.forward].inside
        back = reachability.reply[sample.reply].inside
        for end in reachability.compiled.ends:
            for address_class in end.bits:
                lost = inside & ~end.addresses & ~(there[address_class] & back[address_class])
                for cause, part in causes.of(sample, end, address_class, lost):
                    for target in bits(part):
                        packet = sample.packet(host_of(addresses[address_class]), host_of(addresses[target]))
                        receiver: Endpoint = reachability.endpoints[addresses[target].endpoint]
                        yield cause, Loss(packet, end.endpoint, receiver)


def resource(network: Network, loss: Loss) -> str:
    try:
        hop = round_trip(network, loss.packet, loss.source, loss.destination).dropped_by
    except UnobservableError:
        return "unknown"
    assert hop is not None
    return f"{hop.stage} {hop.resource_id}"


def loses(reachability: Reachability, wanted: list[Sample], source: int, destination: int) -> bool:
    own = reachability.compiled.address_classes.of_endpoint
    return any(
        own[destination] & ~(there[address_class] & back[address_class])
        for sample in wanted
        for there in (reachability.forward[sample.forward].inside,)
        for back in (reachability.reply[sample.reply].inside,)
        for address_class in bits(own[source])
    )
