"""A lost packet is explained by what decided: a drop, or a route to somebody else who has the address."""

from ipaddress import IPv4Network

import pytest
from msgspec.structs import replace

from probes.model.conformance.verdict import Violation
from probes.model.errors import ProbeError, UnobservableError
from probes.model.intent.explanations import explain
from probes.model.intent.lost_flows import Loss
from probes.model.network.endpoints import of_interface
from probes.model.network.index import Network
from probes.model.network.packets import TCP, Packet
from probes.model.reachability.analysis import Reachability
from probes.model.state import (
    PrefixList,
    RouteTargetKind,
    State,
    TgwAttachment,
    TgwRoute,
    VpcEndpoint,
    VpcRoute,
)
from suites.selftest.reachability.networks import address, mesh, vpc_block


def between(state: State, source: str, destination: str) -> Loss:
    """A packet from one interface to another."""
    interfaces = {interface.id: interface for interface in state.network_interfaces}
    here, there = (of_interface(interfaces[name]) for name in (source, destination))
    packet = Packet(
        source=here.networks[0][0],
        destination=there.networks[0][0],
        protocol=TCP,
        source_port=49152,
        destination_port=443,
    )
    return Loss(packet, here, there)


def explained(state: State, source: str, destination: str) -> Violation:
    """What is said of a packet that both evaluators know not to arrive where it should."""
    loss = between(state, source, destination)
    assert not Reachability(Network(state)).carries(loss.packet, loss.source, loss.destination)
    (violation,) = explain(Network(state), [(loss, 3)], "it arrives", 7)
    return violation


def with_copy_of_r1(state: State) -> State:
    """Another VPC of r1 with the same addresses and its own hosts, attached to the same Transit Gateway."""
    copies = {
        kind: tuple(
            replace(item, id=f"{item.id}-copy", vpc_id="vpc-r1-copy")
            for item in getattr(state, kind)
            if item.region == "r1"
        )
        for kind in ("security_groups", "network_interfaces", "subnets")
    }
    vpc = next(vpc for vpc in state.vpcs if vpc.region == "r1")
    interfaces = tuple(
        replace(i, subnet_id=f"{i.subnet_id}-copy", group_ids=("sg-r1-copy",))
        for i in copies["network_interfaces"]
    )
    main = next(t for t in state.vpc_route_tables if t.region == "r1")
    acl = next(a for a in state.network_acls if a.region == "r1")
    side = next(a for a in state.tgw_attachments if a.id == "att-r1")
    return replace(
        state,
        vpcs=(*state.vpcs, replace(vpc, id="vpc-r1-copy")),
        subnets=(*state.subnets, *copies["subnets"]),
        security_groups=(*state.security_groups, *copies["security_groups"]),
        network_interfaces=(*state.network_interfaces, *interfaces),
        vpc_route_tables=(
            *state.vpc_route_tables,
            replace(main, id="rtb-copy", vpc_id="vpc-r1-copy", main=True, subnet_ids=()),
        ),
        network_acls=(
            *state.network_acls,
            replace(acl, id="acl-copy", vpc_id="vpc-r1-copy", default=True, subnet_ids=()),
        ),
        tgw_attachments=(*state.tgw_attachments, copy_of(side)),
    )


def copy_of(side: TgwAttachment) -> TgwAttachment:
    subnets = tuple(f"{subnet_id}-copy" for subnet_id in side.subnet_ids)
    return replace(side, id="att-copy", resource_id="vpc-r1-copy", subnet_ids=subnets)


def towards(state: State, table: str, attachment_id: str) -> State:
    """The VPC of r1 is reached through another attachment in this table."""
    wanted = TgwRoute(
        destination=vpc_block(1), type="static", state="active", attachment_ids=(attachment_id,)
    )
    tables = tuple(
        replace(t, routes=tuple(wanted if r.destination == vpc_block(1) else r for r in t.routes))
        if t.id == table
        else t
        for t in state.tgw_route_tables
    )
    return replace(state, tgw_route_tables=tables)


def test_route_to_another_vpc_with_the_same_addresses_is_named() -> None:
    state = towards(with_copy_of_r1(mesh(2)), "tgw-rtb-r1", "att-copy")

    violation = explained(state, "eni-r0-0-10", "eni-r1-0-10")

    assert violation.resource == "tgw-rtb-r1 (r1)"
    assert violation.observed == (
        "tcp 10.66.0.10:49152 -> 10.66.16.10:443: 10.66.16.0/20 static -> att-copy,"
        " which leads to eni-r1-0-10-copy (r1) (3 of 7 pairs are lost here)"
    )


def test_reply_that_somebody_else_gets_is_named() -> None:
    state = towards(with_copy_of_r1(mesh(2)), "tgw-rtb-r1", "att-copy")

    violation = explained(state, "eni-r1-0-10", "eni-r0-0-10")

    assert violation.observed.startswith("reply of tcp 10.66.16.10:49152 -> 10.66.0.10:443: ")
    assert "which leads to eni-r1-0-10-copy (r1)" in violation.observed


def test_gateway_endpoint_that_takes_private_addresses_is_named() -> None:
    state = mesh(2)
    prefix_list = PrefixList(
        region="r0",
        id="pl-1",
        list_name="svc",
        owner_id="AWS",
        cidrs=(IPv4Network(f"{address(1, 0, 10)}/32"),),
    )
    endpoint = VpcEndpoint(
        region="r0",
        id="vpce-1",
        vpc_id="vpc-r0",
        service_name="svc",
        endpoint_type="Gateway",
        state="available",
    )
    route = VpcRoute(destination="pl-1", target=RouteTargetKind.VPC_ENDPOINT, target_id="vpce-1")
    tables = tuple(
        replace(t, routes=(*t.routes, route)) if t.id == "rtb-r0-hosts" else t for t in state.vpc_route_tables
    )
    state = replace(state, prefix_lists=(prefix_list,), vpc_endpoints=(endpoint,), vpc_route_tables=tables)

    violation = explained(state, "eni-r0-0-10", "eni-r1-0-10")

    assert violation.resource == "vpce-1 (r0)"
    assert "which leads to svc through vpce-1 (r0)" in violation.observed


def test_subnets_that_overlap_are_named() -> None:
    state = mesh(2)
    first = state.subnets[0]
    state = replace(state, subnets=(replace(first, id="subnet-twice"), *state.subnets))
    loss = between(state, "eni-r0-1-10", "eni-r0-0-10")

    with pytest.raises(
        UnobservableError, match=r"several subnets, which overlap: subnet-twice .*subnet-r0-0"
    ):
        explain(Network(state), [(loss, 1)], "it arrives", 1)


def test_interface_outside_its_subnet_is_named() -> None:
    state = mesh(2)
    first, *others = state.network_interfaces
    state = replace(state, network_interfaces=(replace(first, private_ips=(address(0, 1, 9),)), *others))
    loss = between(state, "eni-r1-0-10", "eni-r0-0-10")

    with pytest.raises(UnobservableError, match=r"eni-r0-0-10 .*address 10.66.1.9 is not in subnet-r0-0"):
        explain(Network(state), [(loss, 1)], "it arrives", 1)


def test_packet_that_arrives_after_all_is_a_bug_of_ours() -> None:
    state = mesh(2)
    loss = between(state, "eni-r0-0-10", "eni-r1-0-10")

    with pytest.raises(ProbeError, match="the two evaluators disagree; please report this bug"):
        explain(Network(state), [(loss, 1)], "it arrives", 1)
