"""The one-packet oracle decides what AWS's documentation says, one rule at a time."""

from ipaddress import IPv4Address, IPv4Network

import msgspec
import pytest

from probes.model.errors import InputError, UnobservableError
from probes.model.forwarding.oracle import forward, round_trip
from probes.model.network.endpoints import of_interface, of_subnet
from probes.model.network.index import Network
from probes.model.network.packets import ICMP, TCP, Packet
from probes.model.network.trace import RoundTrip, Stage
from probes.model.state import (
    Gap,
    InternetGateway,
    NaclEntry,
    RouteTargetKind,
    State,
    TgwRoute,
    VpcPeering,
    VpcRoute,
)
from suites.selftest.reachability.networks import (
    ANY,
    BASE,
    acl_entries,
    address,
    interface,
    mesh,
    rule,
    vpc_block,
)


def tcp(source: IPv4Address, destination: IPv4Address, port: int = 8080) -> Packet:
    return Packet(
        source=source, destination=destination, protocol=TCP, source_port=40000, destination_port=port
    )


def between(state: State, source: str, destination: str, port: int = 8080) -> RoundTrip:
    network = Network(state)
    ends = [next(i for i in state.network_interfaces if i.id == eni) for eni in (source, destination)]
    packet = tcp(ends[0].private_ips[0], ends[1].private_ips[0], port)
    return round_trip(network, packet, of_interface(ends[0]))


def replace(state: State, kind: str, resource_id: str, **changes: object) -> State:
    changed = tuple(
        msgspec.structs.replace(r, **changes) if r.id == resource_id else r for r in getattr(state, kind)
    )
    return msgspec.structs.replace(state, **{kind: changed})


def decisive(trip: RoundTrip) -> tuple[Stage, str] | None:
    hop = trip.dropped_by
    return (hop.stage, hop.resource_id) if hop else None


def test_a_packet_crosses_a_peering_and_its_reply_comes_back() -> None:
    trip = between(mesh(2), "eni-r0-0-10", "eni-r1-1-10")

    assert trip.works
    assert [hop.stage for hop in trip.forward.hops] == [
        Stage.SG_EGRESS,
        Stage.NACL_EGRESS,
        Stage.VPC_ROUTE,
        Stage.TGW_ATTACHMENT,
        Stage.TGW_SUBNET_NACL,
        Stage.TGW_ROUTE,
        Stage.TGW_PEERING,
        Stage.TGW_ROUTE,
        Stage.VPC_ROUTE,
        Stage.TGW_SUBNET_NACL,
        Stage.NACL_INGRESS,
        Stage.SG_INGRESS,
    ]


def test_a_zone_without_attachment_subnet_loses_outgoing_traffic_only() -> None:
    state = replace(mesh(2), "tgw_attachments", "att-r0", subnet_ids=("subnet-r0-2",))

    out = between(state, "eni-r0-1-10", "eni-r1-0-10")
    back = between(state, "eni-r1-0-10", "eni-r0-1-10")

    assert decisive(out) == (Stage.TGW_ATTACHMENT, "att-r0")
    assert back.forward.delivered
    assert decisive(back) == (Stage.TGW_ATTACHMENT, "att-r0")


def test_the_same_subnet_skips_network_acls_and_routes() -> None:
    state = replace(mesh(1), "network_acls", "acl-r0", entries=())
    state = msgspec.structs.replace(
        state, network_interfaces=(*state.network_interfaces, interface(0, 0, 11, ["sg-r0"]))
    )

    assert between(state, "eni-r0-0-10", "eni-r0-0-11").works
    assert decisive(between(state, "eni-r0-0-10", "eni-r0-1-10")) == (Stage.NACL_EGRESS, "acl-r0")


def test_a_static_tgw_route_wins_over_a_propagated_one_of_the_same_prefix() -> None:
    state = mesh(3)
    table = state.tgw_route_tables[0]
    tie = TgwRoute(destination=vpc_block(1), type="propagated", state="active", attachment_ids=("pcx-0-2",))
    state = replace(state, "tgw_route_tables", table.id, routes=(tie, *table.routes))

    trip = between(state, "eni-r0-0-10", "eni-r1-0-10")

    assert trip.works
    assert "r2" not in {hop.region for hop in trip.forward.hops}


def test_a_more_specific_blackhole_drops() -> None:
    state = mesh(2)
    table = state.tgw_route_tables[0]
    hole = TgwRoute(
        destination=IPv4Network(f"{address(1, 0, 0)}/25"), type="static", state="blackhole", attachment_ids=()
    )
    state = replace(state, "tgw_route_tables", table.id, routes=(*table.routes, hole))

    assert decisive(between(state, "eni-r0-0-10", "eni-r1-0-10")) == (Stage.TGW_ROUTE, table.id)
    assert between(state, "eni-r0-0-10", "eni-r1-1-10").works


def test_a_pending_route_does_not_forward() -> None:
    state = mesh(2)
    table = state.tgw_route_tables[0]
    pending = tuple(msgspec.structs.replace(route, state="pending") for route in table.routes)
    state = replace(state, "tgw_route_tables", table.id, routes=pending)

    assert decisive(between(state, "eni-r0-0-10", "eni-r1-0-10")) == (Stage.TGW_ROUTE, table.id)


def test_an_attachment_without_association_forwards_nothing() -> None:
    state = replace(mesh(2), "tgw_route_tables", "tgw-rtb-r1", associations=("att-r1",))

    assert decisive(between(state, "eni-r0-0-10", "eni-r1-0-10")) == (Stage.TGW_ASSOCIATION, "pcx-0-1")


def test_a_peering_must_be_available_on_both_sides() -> None:
    state = mesh(2)
    sides = tuple(
        msgspec.structs.replace(side, state="pendingAcceptance")
        if side.id == "pcx-0-1" and side.region == "r1"
        else side
        for side in state.tgw_attachments
    )
    state = msgspec.structs.replace(state, tgw_attachments=sides)

    assert decisive(between(state, "eni-r0-0-10", "eni-r1-0-10")) == (Stage.TGW_PEERING, "pcx-0-1")


def test_two_tables_that_point_at_each_other_are_a_loop() -> None:
    state = mesh(3)
    for here, out in ((0, "pcx-0-2"), (2, "pcx-0-2")):
        table = state.tgw_route_tables[here]
        routes = tuple(
            msgspec.structs.replace(route, attachment_ids=(out,))
            if route.destination == vpc_block(1)
            else route
            for route in table.routes
        )
        state = replace(state, "tgw_route_tables", table.id, routes=routes)

    trip = between(state, "eni-r0-0-10", "eni-r1-0-10")

    assert decisive(trip) == (Stage.TGW_ROUTE, "tgw-rtb-r0")
    assert "loop" in trip.forward.hops[-1].decision


def test_a_group_reference_matches_in_its_vpc_and_never_across_regions() -> None:
    state = mesh(2)
    for r in ("r0", "r1"):
        state = replace(
            state,
            "security_groups",
            f"sg-{r}",
            ingress=(rule("tcp", "sg-r0", 8080), rule("tcp", "sg-r1", 8080)),
        )

    assert between(state, "eni-r0-0-10", "eni-r0-1-10").works
    assert decisive(between(state, "eni-r0-0-10", "eni-r1-0-10")) == (Stage.SG_INGRESS, "sg-r1")


def test_the_attachment_subnet_judges_inbound_rules_on_the_way_out_and_outbound_on_the_way_in() -> None:
    state = mesh(2)
    acl = state.network_acls[0]
    hosts, attachments = acl.subnet_ids[:2], acl.subnet_ids[2:]
    only_out = tuple(entry for entry in acl.entries if entry.egress)
    split = (
        msgspec.structs.replace(acl, subnet_ids=hosts),
        msgspec.structs.replace(acl, id="acl-att", subnet_ids=attachments, entries=only_out),
        state.network_acls[1],
    )
    state = msgspec.structs.replace(state, network_acls=split)

    assert decisive(between(state, "eni-r0-0-10", "eni-r1-0-10")) == (Stage.TGW_SUBNET_NACL, "acl-att")
    assert between(state, "eni-r1-0-10", "eni-r0-0-10").forward.delivered


def test_network_acls_judge_the_reply_by_its_ephemeral_port() -> None:
    state = mesh(1)
    acl = state.network_acls[0]
    entries = (
        *(e for e in acl.entries if not e.egress),
        NaclEntry(
            number=90, egress=True, action="allow", protocol="tcp", cidr=BASE, from_port=8080, to_port=8080
        ),
    )
    state = replace(state, "network_acls", acl.id, entries=entries)

    trip = between(state, "eni-r0-0-10", "eni-r0-1-10")

    assert trip.forward.delivered
    assert decisive(trip) == (Stage.NACL_EGRESS, acl.id)


def test_acl_entries_decide_in_order_of_their_numbers_not_of_the_file() -> None:
    state = mesh(1)
    acl = state.network_acls[0]
    deny = NaclEntry(
        number=50, egress=False, action="deny", protocol="tcp", cidr=ANY, from_port=8080, to_port=8080
    )
    state = replace(state, "network_acls", acl.id, entries=(*acl.entries, deny))

    assert decisive(between(state, "eni-r0-0-10", "eni-r0-1-10")) == (Stage.NACL_INGRESS, acl.id)
    assert between(state, "eni-r0-0-10", "eni-r0-1-10", 8081).works


def test_protocol_zero_matches_only_rules_for_all_protocols() -> None:
    state = replace(
        mesh(1), "security_groups", "sg-r0", ingress=(rule("tcp", str(ANY)), rule("icmp", str(ANY)))
    )
    ends = state.network_interfaces
    packet = Packet(source=ends[0].private_ips[0], destination=ends[1].private_ips[0], protocol=0)

    trace = forward(Network(state), packet, of_interface(ends[0]))

    assert trace.dropped_by is not None
    assert trace.dropped_by.stage is Stage.SG_INGRESS


def test_an_echo_request_is_answered_by_an_echo_reply() -> None:
    packet = Packet(source=address(0, 0, 1), destination=address(1, 0, 1), protocol=ICMP, icmp_type=8)

    assert packet.reply().icmp_type == 0


def test_vpc_peering_carries_its_own_vpcs_only() -> None:
    state = mesh(2)
    peering = VpcPeering(
        region="r0",
        id="pcx-vpc",
        status="active",
        requester_vpc_id="vpc-r0",
        requester_region="r0",
        accepter_vpc_id="vpc-r1",
        accepter_region="r1",
    )
    table = state.vpc_route_tables[0]
    over = VpcRoute(destination=BASE, target=RouteTargetKind.VPC_PEERING, target_id="pcx-vpc")
    state = replace(state, "vpc_route_tables", table.id, routes=(over,))
    state = msgspec.structs.replace(state, vpc_peerings=(peering,))
    source = of_interface(state.network_interfaces[0])

    there = forward(Network(state), tcp(address(0, 0, 10), address(1, 0, 10)), source)
    beyond = forward(Network(state), tcp(address(0, 0, 10), address(3, 0, 10)), source)

    assert there.delivered
    assert beyond.dropped_by is not None
    assert beyond.dropped_by.stage is Stage.VPC_PEERING


def test_no_propagated_route_wins_within_the_vpc_however_specific() -> None:
    state = mesh(1)
    table = next(t for t in state.vpc_route_tables if t.id == "rtb-r0-hosts")
    learnt = VpcRoute(
        destination=IPv4Network(f"{address(0, 1, 0)}/24"),
        target=RouteTargetKind.TRANSIT_GATEWAY,
        target_id="tgw-r0",
        state="blackhole",
        origin="EnableVgwRoutePropagation",
    )
    ends = "eni-r0-0-10", "eni-r0-1-10"

    propagated = replace(state, "vpc_route_tables", table.id, routes=(*table.routes, learnt))
    static = msgspec.structs.replace(learnt, origin="CreateRoute")
    written = replace(state, "vpc_route_tables", table.id, routes=(*table.routes, static))

    assert between(propagated, *ends).works
    assert decisive(between(written, *ends)) == (Stage.VPC_ROUTE, table.id)


def test_a_subnet_without_hosts_is_analysed_for_any_address_in_it() -> None:
    state = mesh(2)
    source = of_subnet(state.subnets[0], ("sg-r0",))
    destination = of_subnet(next(s for s in state.subnets if s.id == "subnet-r1-1"))

    trip = round_trip(Network(state), tcp(address(0, 0, 77), address(1, 1, 99)), source, destination)

    assert trip.works
    assert trip.forward.delivered_to == destination


def test_an_address_that_no_interface_has_is_nobody_s_unless_hosts_are_still_planned() -> None:
    state = mesh(2)
    planned = msgspec.structs.replace(state, addresses=("aws_vpc.a",))
    source = of_interface(state.network_interfaces[0])
    packet = tcp(source.networks[0][0], address(1, 1, 99))

    trip = round_trip(Network(state), packet, source)

    assert decisive(trip) == (Stage.DESTINATION, "subnet-r1-1")
    assert round_trip(Network(planned), packet, source).works


def test_what_the_source_could_not_see_is_named_not_guessed() -> None:
    state = msgspec.structs.replace(
        mesh(2), gaps=(Gap(kind="tgw_route_tables", region="r1", reason="AccessDenied on r1"),)
    )

    assert between(state, "eni-r0-0-10", "eni-r0-1-10").works
    with pytest.raises(UnobservableError, match="AccessDenied on r1"):
        between(state, "eni-r0-0-10", "eni-r1-0-10")


def test_a_host_cannot_send_from_an_address_that_is_not_its_own() -> None:
    state = mesh(1)

    with pytest.raises(InputError, match="cannot send from"):
        forward(
            Network(state),
            tcp(address(0, 1, 5), address(0, 0, 10)),
            of_interface(state.network_interfaces[0]),
        )


def test_the_internet_answers_the_host_that_is_asked_about_also_where_a_private_one_stands() -> None:
    state = mesh(1)
    table, *others = state.vpc_route_tables
    way_out = VpcRoute(destination=ANY, target=RouteTargetKind.INTERNET_GATEWAY, target_id="igw-r0")
    acl = state.network_acls[0]
    open_acl = msgspec.structs.replace(acl, entries=acl_entries(ANY))
    network = Network(
        msgspec.structs.replace(
            state,
            vpc_route_tables=(msgspec.structs.replace(table, routes=(*table.routes, way_out)), *others),
            network_acls=(open_acl,),
            internet_gateways=(InternetGateway(region="r0", id="igw-r0", vpc_ids=("vpc-r0",)),),
        )
    )
    packet = tcp(IPv4Address("10.66.0.10"), IPv4Address("8.8.8.8"))
    stands_there, assumed = of_interface(state.network_interfaces[0]), of_subnet(state.subnets[0])

    assert not round_trip(network, packet, stands_there).works
    assert round_trip(network, packet, assumed).works
