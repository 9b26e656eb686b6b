from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.scheduling.rounds import PairTest, both_directions, lower_bound, plan_rounds
from probes.model.errors import InputError

TESTS = st.lists(
    st.builds(
        PairTest,
        client=st.sampled_from("abcdef"),
        server=st.sampled_from("ghijkl"),
        peering=st.sampled_from("xyz"),
        reverse=st.booleans(),
    ),
    unique=True,
    max_size=40,
)


def mesh(regions: int, hosts: int) -> tuple[PairTest, ...]:
    """Every pair of hosts in different regions, both directions; one peering per pair of regions."""
    return both_directions(
        (f"r{a}h{i}", f"r{b}h{j}", f"r{a}-r{b}")
        for a, b in combinations(range(regions), 2)
        for i in range(hosts)
        for j in range(hosts)
    )


@pytest.mark.parametrize(
    "regions,hosts,rounds",
    [(2, 1, 2), (2, 4, 32), (3, 1, 6), (3, 2, 8), (3, 3, 18), (3, 4, 32), (4, 1, 6), (4, 2, 12), (4, 3, 18)],
)
def test_meshes_take_the_fewest_rounds_possible(regions: int, hosts: int, rounds: int) -> None:
    tests = mesh(regions, hosts)
    assert len(plan_rounds(tests)) == lower_bound(tests) == rounds


@pytest.mark.parametrize("regions,hosts", [(5, 2), (6, 2), (8, 3)])
def test_larger_meshes_stay_near_the_bound(regions: int, hosts: int) -> None:
    tests = mesh(regions, hosts)
    assert len(plan_rounds(tests)) <= lower_bound(tests) + 2


@given(TESTS)
def test_every_test_runs_once_and_none_disturbs_another(tests: list[PairTest]) -> None:
    rounds = plan_rounds(tests)

    assert sorted(test for members in rounds for test in members) == sorted(tests)
    assert all(rounds)
    for members in rounds:
        for first, second in combinations(members, 2):
            assert first.resources.isdisjoint(second.resources)


@given(TESTS)
def test_rounds_lie_between_the_bound_and_thrice_the_load(tests: list[PairTest]) -> None:
    loads = [sum(one in test.resources for test in tests) for each in tests for one in each.resources]
    most = 3 * (max(loads, default=0) - 1) + 1 if tests else 0
    assert lower_bound(tests) <= len(plan_rounds(tests)) <= most


@given(TESTS.filter(lambda tests: 0 < len(tests) <= 7))
def test_few_tests_take_the_fewest_rounds_possible(tests: list[PairTest]) -> None:
    assert len(plan_rounds(tests)) == fewest_rounds(tests)


def fewest_rounds(tests: list[PairTest]) -> int:
    """By trying every partition into rounds."""

    def best(left: list[PairTest], rounds: list[list[PairTest]]) -> int:
        if not left:
            return len(rounds)
        head, *tail = left
        options = [best(tail, [*rounds, [head]])]
        for number, members in enumerate(rounds):
            if all(head.resources.isdisjoint(other.resources) for other in members):
                options.append(best(tail, [*rounds[:number], [*members, head], *rounds[number + 1 :]]))
        return min(options)

    return best(tests, [])


@given(TESTS, st.randoms())
def test_plan_does_not_depend_on_the_order_given(tests: list[PairTest], source: Random) -> None:
    shuffled = list(tests)
    source.shuffle(shuffled)
    assert plan_rounds(shuffled) == plan_rounds(tests)


def test_two_regions_share_one_peering_so_tests_go_one_by_one() -> None:
    assert all(len(members) == 1 for members in plan_rounds(mesh(2, 3)))


@pytest.mark.parametrize(
    "pairs", [[("a", "b", "x"), ("a", "b", "x")], [("a", "a", "x")]], ids=["twice", "to itself"]
)
def test_impossible_plan_is_refused(pairs: list[tuple[str, str, str]]) -> None:
    with pytest.raises(InputError):
        plan_rounds(both_directions(pairs))
