"""Single failures lose what they must, and the runbook brings it back by the path the document names."""

import re
from functools import cache
from pathlib import Path

import msgspec
import pytest

from fixtures.build import Options, build_state
from probes.model.failures.impact import Resilience
from probes.model.failures.scenarios import Failure, single_failures, with_detour, without
from probes.model.network.index import Network
from probes.model.questions import answers
from probes.model.questions.undefined_references import References
from probes.model.spec import RangeMs
from probes.model.state import Gap, State
from probes.sources.documents.spec import load_spec
from suites.selftest.reachability.test_intent import spec


@cache
def state() -> State:
    return build_state(spec(), Options(az_count=2, instances=0, services=False))


@cache
def resilience() -> Resilience:
    return Resilience(spec(), state())


def peering(one: str, other: str) -> Failure:
    return resilience().peering_failure((one, other))


def test_every_part_of_the_mesh_fails_in_turn() -> None:
    kinds = [failure.kind for failure in single_failures(state())]

    assert {kind: kinds.count(kind) for kind in kinds} == {
        "peering": 3,
        "attachment": 3,
        "attachment subnet": 6,
        "transit gateway": 3,
        "region": 3,
    }


@pytest.mark.parametrize("failure", list(single_failures(state())), ids=str)
def test_a_failure_leaves_no_reference_to_what_is_gone(failure: Failure) -> None:
    after = without(state(), failure)

    assert after != state()
    assert References(Network(after)).undefined() == ()


def test_a_lost_peering_cuts_its_two_regions_off_and_leaves_the_rest_alone() -> None:
    worsened = resilience().impact(peering("us-east-1", "us-east-2")).worsened

    assert set(worsened) == {("use1", "use2"), ("use2", "use1")}
    assert all(after.working == 0 for _, after in worsened.values())
    assert resilience().local_traffic() == ()


def test_nothing_reroutes_by_itself() -> None:
    violations = resilience().rerouting()

    assert len(violations) == 3
    assert all("two-route runbook" in violation.hint for violation in violations)


def test_the_runbook_restores_both_directions_through_the_third_region() -> None:
    before, after = resilience().detour(("use1", "use2"), "usw2")

    assert before.regions == ("us-east-1", "us-east-2")
    assert before.rtt == RangeMs(min_ms=15, max_ms=20)
    assert after.regions == ("us-east-1", "us-west-2", "us-east-2")
    assert after.rtt == RangeMs(min_ms=115, max_ms=145)
    assert after.working == before.working == after.total


def test_the_runbook_changes_exactly_two_routes() -> None:
    broken = without(state(), peering("us-east-1", "us-east-2"))
    mended = with_detour(spec(), broken, ("use1", "use2"), "usw2")
    changes = [
        (table.region, str(new.destination))
        for table, after in zip(broken.tgw_route_tables, mended.tgw_route_tables, strict=True)
        for old, new in zip(table.routes, after.routes, strict=True)
        if old != new
    ]

    assert sorted(changes) == [("us-east-1", "10.66.64.0/18"), ("us-east-2", "10.66.0.0/18")]


def test_the_documented_detour_figure_is_refuted_by_the_documents_own_ranges() -> None:
    (violation,) = resilience().detour_figures()

    assert "+95 to +130 ms" in violation.observed


def test_a_lost_region_takes_only_itself_away() -> None:
    assert resilience().region_losses() == ()


def test_one_attachment_subnet_is_one_zone() -> None:
    failure = next(f for f in single_failures(state()) if f.kind == "attachment subnet")
    before, after = resilience().impact(failure).worsened["use1", "use2"]

    assert 0 < after.working < before.working


def test_a_path_over_a_peering_that_the_spec_lacks_has_no_predicted_rtt() -> None:
    extra = msgspec.structs.replace(spec(), peerings=spec().peerings[1:])

    assert Resilience(extra, state()).before["use1", "use2"].rtt is None


UNSEEN = Gap(kind="tgw_route_tables", region="us-west-2", reason="SearchTransitGatewayRoutes denied")


def test_what_hangs_on_something_unseen_is_not_said_to_be_unaffected() -> None:
    unseen = msgspec.structs.replace(state(), gaps=(UNSEEN,))
    judged = Resilience(spec(), unseen)
    west = judged.impact(judged.peering_failure(("us-east-1", "us-west-2")))
    east = judged.impact(judged.peering_failure(("us-east-1", "us-east-2")))

    assert west.worsened == {}
    assert set(west.unknown) == {("use1", "usw2"), ("usw2", "use1")}
    assert all(before.possible > after.possible == 0 for before, after in west.unknown.values())
    assert set(east.worsened) == {("use1", "use2"), ("use2", "use1")}


def test_the_command_says_where_it_could_not_tell() -> None:
    unseen = answers.failures(spec(), Network(msgspec.structs.replace(state(), gaps=(UNSEEN,))))
    seen = answers.failures(spec(), Network(state()))

    assert not unseen.certain
    assert "could not tell everything" in unseen.lines[-1]
    assert "SearchTransitGatewayRoutes denied" in unseen.lines[-1]
    assert any(re.search(r"use1 -> usw2: perhaps \d+ of \d+ pairs => lost", line) for line in unseen.lines)
    assert seen.certain
    assert not any("perhaps" in line for line in seen.lines)


PEERED = """
name: peered
regions: {west: us-west-2, east: us-east-1}
vpcs:
  one: {region: west, cidr: 10.10.0.0/20, subnets: {app: [10.10.0.0/24]}}
  two: {region: east, cidr: 10.10.16.0/20, subnets: {app: [10.10.16.0/24]}}
vpc_peerings: [{between: [one, two]}]
"""


def test_a_failed_vpc_peering_takes_away_what_crosses_it(tmp_path: Path) -> None:
    (tmp_path / "peered.yaml").write_text(PEERED)
    peered = load_spec(tmp_path / "peered.yaml")
    network = build_state(peered, Options(instances=0))
    (failure,) = (each for each in single_failures(network) if each.kind == "VPC peering")
    worsened = Resilience(peered, network).impact(failure).worsened

    assert References(Network(without(network, failure))).undefined() == ()
    assert {pair: (before.working, after.working) for pair, (before, after) in worsened.items()} == {
        ("one", "two"): (1, 0),
        ("two", "one"): (1, 0),
    }
