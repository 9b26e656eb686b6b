"""Several runs and their probe windows: what an ended one left is closed, and what a live one has open is not."""

import subprocess
import sys
from datetime import timedelta

import pytest

from probes.hosts.errors import HostError
from probes.hosts.ingress_rules import IngressRules, Opening, Rule
from probes.hosts.probe_window import LIFETIME
from probes.hosts.process_identity import has_ended, this_process
from suites.selftest.hosts.ec2 import (
    CLIENT,
    NOW,
    OTHERS,
    REGION,
    SERVER,
    Client,
    FaultyEc2,
    error,
    ingress,
    peers,
    window,
)
from suites.selftest.spec.edit import ROOT

ELSEWHERE = "elsewhere 6f1c0b7e-boot 4026531836 4711 123456"
OVERDUE = NOW + LIFETIME + timedelta(seconds=1)


@pytest.fixture(scope="module")
def ended_process() -> str:
    """The words of a process that has ended."""
    script = "from probes.hosts.process_identity import this_process; print(this_process())"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, check=True, text=True, capture_output=True
    ).stdout.strip()


def killed(ec2: Client, owner: str) -> Rule:
    """The rule of a run that opened a window at NOW and was killed."""
    group_id = ec2.describe_security_groups(GroupNames=["sg-gpu"])["SecurityGroups"][0]["GroupId"]
    opening = Opening(region=REGION, group_id=group_id, cidr="10.66.10.11/32", port=5201)
    return IngressRules(lambda _: ec2).authorise(opening, "killed", owner, (NOW + LIFETIME).isoformat())


def test_next_run_closes_what_a_killed_one_left_as_soon_as_its_process_has_ended(
    ec2: Client, ended_process: str
) -> None:
    killed(ec2, ended_process)
    following = window(ec2, "next")
    following.close_leftovers([REGION])

    assert (ingress(ec2), following.problems) == ([], ())


def test_rule_of_another_machine_is_a_leftover_once_it_is_overdue(ec2: Client) -> None:
    killed(ec2, ELSEWHERE)
    window(ec2, "next", OVERDUE - timedelta(seconds=2)).close_leftovers([REGION])
    assert peers(ec2) == ["10.66.10.11/32"]  # it may belong to a run that still measures

    window(ec2, "next", OVERDUE).close_leftovers([REGION])
    assert ingress(ec2) == []


def test_two_runs_on_a_pair_never_remove_each_others_rule(ec2: Client) -> None:
    first, second = window(ec2, "first"), window(ec2, "second")
    with first.opened(SERVER, CLIENT, 5201):
        second.close_leftovers([REGION])
        with (
            pytest.raises(
                HostError, match=r"run first of .* has the same probe window open until 2026-11-23T12:15"
            ),
            second.opened(SERVER, CLIENT, 5201),
        ):
            pass
        with second.opened(SERVER, OTHERS[0], 5201):
            assert len(ingress(ec2)) == 2
        second.close()
        assert peers(ec2) == ["10.66.10.10/32"]

    assert (ingress(ec2), second.problems) == ([], ())


def test_leftover_in_the_way_gives_way(ec2: Client) -> None:
    killed(ec2, ELSEWHERE)
    with window(ec2, "next", OVERDUE).opened(SERVER, OTHERS[0], 5201):
        (rule,) = ingress(ec2)
        assert {"Key": "crossregion-conformance:run", "Value": "next"} in rule["Tags"]

    assert ingress(ec2) == []


def test_leftover_that_may_not_be_revoked_is_named_and_stops_no_other_window(ec2: Client) -> None:
    rule = killed(ec2, ELSEWHERE)

    def deny(asked: dict[str, object]) -> Exception | None:
        return (
            error("UnauthorizedOperation", 403) if asked["SecurityGroupRuleIds"] == [rule.rule_id] else None
        )

    following = window(FaultyEc2(ec2, "revoke_security_group_ingress", deny), "next", OVERDUE)
    following.close_leftovers([REGION])
    with following.opened(SERVER, CLIENT, 5201):
        assert len(ingress(ec2)) == 2
    with (
        pytest.raises(HostError, match=r"an earlier run's rule is in the way: .*STILL OPEN"),
        following.opened(SERVER, OTHERS[0], 5201),
    ):
        pass
    following.close()

    assert peers(ec2) == ["10.66.10.11/32"]
    (problem,) = following.problems
    assert problem.startswith("of an earlier run, rule sgr-")
    assert problem.endswith(f"--group-id {rule.group_id} --security-group-rule-ids {rule.rule_id}")


def test_leftovers_that_cannot_be_listed_are_a_problem_that_stops_nothing(ec2: Client) -> None:
    class Blind(FaultyEc2):
        def get_paginator(self, _: str) -> object:
            raise error("UnauthorizedOperation", 403)

    blind = window(Blind(ec2, "", lambda _: None))
    blind.close_leftovers([REGION])
    with blind.opened(SERVER, CLIENT, 5201):
        assert len(ingress(ec2)) == 1

    (problem,) = blind.problems
    assert problem.startswith("us-east-2: rules that earlier runs may have left could not be listed: ")


def test_process_that_runs_has_not_ended_and_one_that_ended_has(ended_process: str) -> None:
    assert not has_ended(this_process())
    assert has_ended(ended_process)


@pytest.mark.parametrize(
    "field, value", [(1, "another-boot"), (2, "1"), (3, "0"), (3, "-1"), (3, "x"), (3, "9" * 30)]
)
def test_process_that_cannot_be_looked_for_has_not_ended(ended_process: str, field: int, value: str) -> None:
    words = ended_process.split()
    words[field] = value

    assert not has_ended(" ".join(words))


@pytest.mark.parametrize("words", ["", "one two", "a b c d e f", "\x00"])
def test_words_that_name_no_process_say_nothing(words: str) -> None:
    assert not has_ended(words)


def test_pid_that_is_another_process_by_now_has_ended() -> None:
    words = this_process().split()
    words[4] = "1"

    assert has_ended(" ".join(words))
