"""The questions of `python -m probes`: answers, JSON, exit codes, clear errors."""

import json
from ipaddress import IPv4Network

import msgspec
import pytest

from probes.__main__ import main
from probes.model.network.index import Network
from probes.model.questions import answers
from probes.model.questions.differential_reachability import difference
from probes.model.questions.endpoint_selection import between, endpoint_named
from probes.model.questions.undefined_references import References
from probes.model.questions.unreachable_rules import shadowed
from probes.model.state import GroupRef, NaclEntry, PrefixListRef, SgRule, State, TgwRoute
from suites.selftest.reachability.networks import ANY, BASE, mesh, region_name, rule, vpc_block


def with_first(state: State, kind: str, **changes: object) -> State:
    first, *rest = getattr(state, kind)
    return msgspec.structs.replace(state, **{kind: (msgspec.structs.replace(first, **changes), *rest)})


def observed(state: State) -> list[str]:
    return [violation.observed for violation in shadowed(Network(state))]


def test_an_acl_entry_behind_a_wider_one_is_shadowed() -> None:
    state = mesh(1)
    late = NaclEntry(
        number=200, egress=False, action="deny", protocol="tcp", cidr=vpc_block(0), from_port=22, to_port=22
    )
    entries = (*state.network_acls[0].entries, late)

    assert observed(with_first(state, "network_acls", entries=entries)) == [
        "inbound entry 200 (deny 10.66.0.0/20) is shadowed by 100"
    ]


def test_an_acl_entry_is_shadowed_by_several_that_cover_it_together() -> None:
    halves = [
        NaclEntry(number=n, egress=False, action="deny", protocol="-1", cidr=cidr)
        for n, cidr in enumerate(BASE.subnets(), 1)
    ]
    state = mesh(1)
    entries = (*halves, *state.network_acls[0].entries)

    assert observed(with_first(state, "network_acls", entries=entries)) == [
        "inbound entry 100 (allow 10.66.0.0/16) is shadowed by 1, 2"
    ]


def test_a_rule_inside_a_wider_one_is_redundant_and_the_wider_one_is_not() -> None:
    state = mesh(1)
    ingress = (rule("tcp", str(BASE), 80), rule("tcp", str(ANY), 1, 1024))

    assert observed(with_first(state, "security_groups", ingress=ingress)) == [
        "ingress tcp 80 10.66.0.0/16 is covered by the other rules"
    ]


def test_a_group_reference_is_redundant_beside_its_vpcs_cidr() -> None:
    state = mesh(1)
    ingress = (rule("tcp", "sg-r0", 80), rule("-1", str(BASE)))

    assert observed(with_first(state, "security_groups", ingress=ingress)) == [
        "ingress tcp 80 sg-r0 is covered by the other rules"
    ]


def test_a_route_whose_halves_have_routes_of_their_own_is_never_used() -> None:
    state = mesh(2)
    table = state.tgw_route_tables[0]
    halves = tuple(
        TgwRoute(destination=half, type="static", state="active", attachment_ids=("pcx-0-1",))
        for half in vpc_block(1).subnets()
    )

    assert observed(with_first(state, "tgw_route_tables", routes=(*table.routes, *halves))) == [
        "10.66.16.0/20 is never used: other routes win for all of it"
    ]


def test_references_to_nothing_are_named() -> None:
    state = mesh(2)
    missing = (
        SgRule(protocol="-1", from_port=None, to_port=None, peer=GroupRef(group_id="sg-gone")),
        SgRule(protocol="-1", from_port=None, to_port=None, peer=PrefixListRef(prefix_list_id="pl-gone")),
    )
    state = with_first(state, "security_groups", ingress=missing)
    state = with_first(
        state,
        "vpc_route_tables",
        routes=(msgspec.structs.replace(state.vpc_route_tables[0].routes[0], target_id="tgw-gone"),),
    )
    state = with_first(state, "tgw_route_tables", associations=("att-gone",))

    found = [violation.observed for violation in References(Network(state)).undefined()]

    assert [text.split(", which")[0] for text in found] == [
        "a rule names sg-gone",
        "a rule names pl-gone",
        "10.66.0.0/16 points at tgw-gone",
        "an association names att-gone",
    ]


def test_allowed_is_about_the_addresses_that_are_named_and_not_the_others_of_their_endpoints() -> None:
    network = Network(mesh(2))
    here, there = (endpoint_named(network, f"subnet-{region_name(index)}-0") for index in range(2))
    source, destination = (str(end.networks[0][10]) for end in (here, there))
    asked = between(source, destination)

    assert answers.allowed(network, here, there, asked).lines == (f"{source} -> {destination}: all traffic",)
    assert answers.allowed(network, here, there).lines != answers.allowed(network, here, there, asked).lines


def test_a_network_does_not_differ_from_itself() -> None:
    found = difference(Network(mesh(2)), Network(mesh(2)))

    assert (found.only_before, found.only_after, found.changes) == ((), (), ())


def test_the_difference_of_two_networks_is_exactly_the_traffic_that_changed() -> None:
    before = mesh(1)
    narrowed = (rule("tcp", str(BASE), 80),)
    after = with_first(before, "security_groups", ingress=narrowed)

    changes = difference(Network(before), Network(after)).changes
    destinations = {name.split()[0] for change in changes for name in change.destinations}

    assert {change.change for change in changes} == {"lost"}
    assert destinations == {"eni-r0-0-10", "eni-r0-1-10"}
    assert all(((6, 6), (0, 65535), (80, 80), (0, 0), (0, 0)) not in change.headers for change in changes)
    assert all("DROPPED" in change.trace[-1] for change in changes)


def test_a_half_subnet_blackhole_differs_for_that_half_only() -> None:
    before = mesh(2)
    table = before.tgw_route_tables[0]
    hole = TgwRoute(
        destination=IPv4Network("10.66.16.128/25"), type="static", state="blackhole", attachment_ids=()
    )
    after = with_first(before, "tgw_route_tables", routes=(*table.routes, hole))

    changes = difference(Network(before), Network(after)).changes
    inside = [change for change in changes if any(name.startswith("subnet-r0-0") for name in change.sources)]

    assert [name.split()[0] for change in inside for name in change.destinations] == ["subnet-r1-0"]
    assert inside[0].example.destination in hole.destination


@pytest.mark.parametrize(
    "arguments, code",
    [
        (["trace", "gpu-use1-01", "gpu-use1-02", "--protocol", "icmp"], 0),
        (["trace", "gpu-use1-01", "gpu-use1-02", "--port", "22"], 1),
        (["trace", "gpu-use1-01", "8.8.8.8"], 1),
        (["allowed", "gpu-use1-01", "fsx-use1-0"], 0),
        (["allowed", "internet", "router-use1-1"], 1),
        (["allowed", "tenant", "fsx-use1-0"], 1),
        (["trace", "8.8.8.8", "gpu-use1-01"], 1),
        (["trace", "internet", "8.8.8.8"], 2),
        (["lint"], 0),
        (["lint", "--spec", "fixtures/specs/gpu-cluster.yaml"], 1),
        (["lint", "--spec", "fixtures/specs/gpu-cluster-corrected.yaml"], 0),
        (["lint", "--spec", "nowhere.yaml"], 2),
        (["draft"], 0),
        (["draft", "--state", "dump:nowhere"], 2),
        (["draft", "--state", "aws"], 2),
        (["schema"], 0),
        (["shadowed"], 1),
        (["failures"], 0),
        (["flows"], 1),
        (["trace", "nobody", "10.66.0.10"], 2),
        (["trace", "gpu-use1-01", "gpu-use1-02", "--port", "99999"], 2),
        (["lint", "--state", "dump:nowhere"], 2),
    ],
)
def test_the_exit_code_says_whether_there_is_something_to_act_on(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == code

    out, err = capsys.readouterr()
    assert bool(err) == (code == 2)
    assert bool(out) == (code != 2)


@pytest.mark.parametrize("question", ["lint", "shadowed", "failures", "flows"])
def test_every_answer_is_json_on_request(question: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([question, "--json"])

    assert json.loads(capsys.readouterr().out) is not None


def test_a_trace_names_the_rule_that_decided(capsys: pytest.CaptureFixture[str]) -> None:
    main(["trace", "gpu-use1-01", "fsx-use1-0", "--port", "988", "--json"])

    answer = json.loads(capsys.readouterr().out)
    assert answer["works"] is True
    assert "tcp 988" in answer["forward"]["hops"][-1]["decision"]


def test_a_file_that_is_no_dump_is_a_clear_error(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", "--state", f"dump:{tmp_path}"]) == 2
    assert str(tmp_path) in capsys.readouterr().err
