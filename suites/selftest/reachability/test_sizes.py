"""Networks that are large or lead in circles are answered, by both evaluators and with the same answer."""

from ipaddress import IPv4Network

from msgspec.structs import replace

from probes.model.forwarding.oracle import round_trip
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import TCP, Packet
from probes.model.questions.unreachable_rules import shadowed
from probes.model.reachability.analysis import Reachability
from probes.model.state import (
    GroupRef,
    PrefixListRef,
    RouteTargetKind,
    SgRule,
    State,
    VpcPeering,
    VpcRoute,
)
from suites.selftest.reachability.networks import mesh, rule, vpc_block

MANY = 10_000


def answers(state: State, port: int = 8080) -> dict[str, bool]:
    """For each pair of hosts whether a packet works, on which the engine and the oracle agree."""
    network = Network(state)
    analysis = Reachability(network)
    ends = [end for end in analysis.endpoints if end.kind == "interface"]
    found = {}
    for source in ends:
        for destination in ends:
            packet = between(source, destination, port)
            works = round_trip(network, packet, source, destination).works
            assert analysis.carries(packet, source, destination) is works
            found[f"{source.id} {destination.id}"] = works
    return found


def between(source: Endpoint, destination: Endpoint, port: int) -> Packet:
    return Packet(
        source=source.networks[0][0],
        destination=destination.networks[0][0],
        protocol=TCP,
        source_port=49152,
        destination_port=port,
    )


def with_rules(state: State, group_id: str, *rules: SgRule) -> State:
    groups = tuple(replace(g, ingress=rules) if g.id == group_id else g for g in state.security_groups)
    return replace(state, security_groups=groups)


def test_ten_thousand_routes_of_a_vpc_table_decide_by_longest_prefix() -> None:
    state = mesh(2)
    holes = tuple(
        VpcRoute(
            destination=IPv4Network((int(vpc_block(1).network_address) + 16 * n, 32)),
            target=RouteTargetKind.TRANSIT_GATEWAY,
            target_id="tgw-r0",
            state="blackhole" if n % 2 else "active",
        )
        for n in range(256)
    )
    far = tuple(
        VpcRoute(
            destination=IPv4Network(((11 << 24) + (n << 8), 24)),
            target=RouteTargetKind.TRANSIT_GATEWAY,
            target_id="tgw-r0",
        )
        for n in range(MANY - len(holes))
    )
    table = next(t for t in state.vpc_route_tables if t.id == "rtb-r0-hosts")
    long = replace(table, routes=(*table.routes, *far, *holes))
    state = replace(state, vpc_route_tables=tuple(long if t is table else t for t in state.vpc_route_tables))

    assert all(answers(state).values())
    assert len(shadowed(Network(state))) == 0


def test_a_thousand_rules_of_a_group_allow_their_ports_and_no_other() -> None:
    rules = [rule("tcp", f"10.66.{n % 32}.0/24", 2 * n + 1) for n in range(1000)]
    state = with_rules(mesh(2), "sg-r1", *rules)
    host = "eni-r0-1-10 eni-r1-0-10", "eni-r0-0-10 eni-r1-0-10"

    assert [answers(state, 2 * 33 + 1)[pair] for pair in host] == [True, False]
    assert [answers(state, 2 * 33)[pair] for pair in host] == [False, False]


def test_a_group_that_names_itself_admits_its_members_in_its_vpc() -> None:
    own = SgRule(protocol="-1", from_port=None, to_port=None, peer=GroupRef(group_id="sg-r0"))

    found = answers(with_rules(mesh(2), "sg-r0", own))

    assert {pair for pair, works in found.items() if not works} == {
        f"eni-r1-{one}-10 eni-r0-{other}-10" for one in (0, 1) for other in (0, 1)
    }


def test_peerings_in_a_circle_carry_nothing_round_it() -> None:
    state = mesh(3)
    circle = {"tgw-rtb-r0": "pcx-0-1", "tgw-rtb-r1": "pcx-1-2", "tgw-rtb-r2": "pcx-0-2"}
    tables = tuple(
        replace(table, routes=tuple(replace(r, attachment_ids=(circle[table.id],)) for r in table.routes))
        for table in state.tgw_route_tables
    )

    found = answers(replace(state, tgw_route_tables=tables))

    assert {pair for pair, works in found.items() if works} == {
        f"eni-{r}-{one}-10 eni-{r}-{other}-10"
        for r in ("r0", "r1", "r2")
        for one in (0, 1)
        for other in (0, 1)
    }


def test_vpc_peerings_in_a_circle_carry_their_two_vpcs_only() -> None:
    state = mesh(3)
    pairs = ((0, 1), (1, 2), (2, 0))
    peerings = tuple(
        VpcPeering(
            region=f"r{seen}",
            id=f"vpcx-{one}-{other}",
            status="active",
            requester_vpc_id=f"vpc-r{one}",
            requester_region=f"r{one}",
            accepter_vpc_id=f"vpc-r{other}",
            accepter_region=f"r{other}",
        )
        for one, other in pairs
        for seen in (one, other)
    )
    onward = {f"r{one}": f"vpcx-{one}-{other}" for one, other in pairs}
    tables = tuple(
        replace(
            table,
            routes=tuple(
                replace(route, target=RouteTargetKind.VPC_PEERING, target_id=onward[table.region])
                for route in table.routes
            ),
        )
        for table in state.vpc_route_tables
    )

    found = answers(replace(state, vpc_peerings=peerings, vpc_route_tables=tables))

    assert not any(works for pair, works in found.items() if pair[4:6] != pair[16:18])


def test_a_prefix_list_that_is_not_there_matches_nothing() -> None:
    gone = SgRule(protocol="-1", from_port=None, to_port=None, peer=PrefixListRef(prefix_list_id="pl-gone"))
    state = with_rules(mesh(2), "sg-r1", gone)
    routes = VpcRoute(destination="pl-gone", target=RouteTargetKind.TRANSIT_GATEWAY, target_id="tgw-r0")
    tables = tuple(replace(t, routes=(*t.routes, routes)) for t in state.vpc_route_tables)

    found = answers(replace(state, vpc_route_tables=tables))

    assert {pair.split()[1][4:6] for pair, works in found.items() if works} == {"r0"}
