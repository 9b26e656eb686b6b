"""What EC2 may answer to a probe window: denied, throttled, late, nothing."""

import shlex
import time
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from probes.hosts.errors import HostError
from probes.hosts.revocation import SETTLED_S
from probes.model.errors import ProbeError
from suites.selftest.hosts.ec2 import (
    CLIENT,
    OTHERS,
    REGION,
    SERVER,
    Client,
    FaultyEc2,
    error,
    in_turn,
    ingress,
    peers,
    window,
)

AUTHORISE, REVOKE = "authorize_security_group_ingress", "revoke_security_group_ingress"
LIST = "describe_security_group_rules"
TIMED_OUT = ReadTimeoutError(endpoint_url="https://ec2.us-east-2.amazonaws.com")
CUT_OFF = EndpointConnectionError(endpoint_url="https://ec2.us-east-2.amazonaws.com")
THROTTLED = (error("RequestLimitExceeded", 503), error("Throttling"), error("EC2ThrottledException"))
PASSING = [*THROTTLED, error("InternalError", 500), error("Unavailable", 503), TIMED_OUT, CUT_OFF]
FINAL = [
    error("UnauthorizedOperation", 403),
    error("AuthFailure", 401),
    error("OperationNotPermitted"),
    error("RulesPerSecurityGroupLimitExceeded"),
]


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes only where a test says so."""
    monkeypatch.setattr(time, "sleep", lambda _: None)


def denied_to(*allowed: str) -> Any:  # noqa: ANN401  # a Fault
    """Revoking is denied but for these rules."""
    return lambda asked: (
        None if asked["SecurityGroupRuleIds"][0] in allowed else error("UnauthorizedOperation", 403)
    )


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_revoking_goes_on_until_the_error_has_passed(ec2: Client, fault: Exception) -> None:
    with window(FaultyEc2(ec2, REVOKE, in_turn(*[fault] * 12))).opened(SERVER, CLIENT, 5201):
        assert len(ingress(ec2)) == 1

    assert ingress(ec2) == []


@pytest.mark.parametrize("fault", FINAL, ids=repr)
def test_rule_that_may_not_be_revoked_is_named_with_the_command_that_does(
    ec2: Client, fault: Exception
) -> None:
    opened = window(FaultyEc2(ec2, REVOKE, lambda _: fault))
    with pytest.raises(HostError) as caught, opened.opened(SERVER, CLIENT, 5201):
        (rule,) = ingress(ec2)

    said, _, command = str(caught.value).partition("; revoke it with: ")
    assert said.startswith("gpu-use2-00: rule sgr-")
    assert "STILL OPEN" in said
    assert shlex.split(command) == [
        *("aws", "ec2", "revoke-security-group-ingress", "--region", REGION, "--profile", "network ops"),
        *("--group-id", rule["GroupId"], "--security-group-rule-ids", rule["SecurityGroupRuleId"]),
    ]
    opened.close()
    assert [problem.partition("; revoke it with: ")[2] for problem in opened.problems] == [command]


def test_rule_that_stays_throttled_is_given_up_when_the_time_is_over(ec2: Client) -> None:
    faulty = FaultyEc2(ec2, REVOKE, lambda _: error("RequestLimitExceeded", 503))
    with (
        pytest.raises(HostError, match=r"STILL OPEN .*RequestLimitExceeded"),
        window(faulty, within_s=0.1).opened(SERVER, CLIENT, 5201),
    ):
        pass


def test_close_tries_all_rules_and_names_all_that_stay_open(ec2: Client) -> None:
    faulty = FaultyEc2(ec2, REVOKE, lambda _: None)
    opened = window(faulty)
    tests = [opened.opened(SERVER, client, 5201) for client in (CLIENT, *OTHERS)]
    for test in tests:
        test.__enter__()
    allowed = [rule["SecurityGroupRuleId"] for rule in ingress(ec2)][1:4]
    faulty._fault = denied_to(*allowed)

    opened.close()

    left = {rule["SecurityGroupRuleId"] for rule in ingress(ec2)}
    assert len(left) == 2
    assert {problem.split()[-1] for problem in opened.problems} == left


def test_what_could_not_be_revoked_after_its_test_is_tried_again_in_the_end(ec2: Client) -> None:
    opened = window(FaultyEc2(ec2, REVOKE, in_turn(error("UnauthorizedOperation", 403))))
    with pytest.raises(HostError, match="STILL OPEN"), opened.opened(SERVER, CLIENT, 5201):
        pass

    opened.close()

    assert (ingress(ec2), opened.problems) == ([], ())


@pytest.mark.parametrize("fault", [TIMED_OUT, CUT_OFF, error("InternalError", 500)], ids=repr)
@pytest.mark.parametrize("done", [True, False])
def test_rule_whose_answer_was_lost_is_revoked(ec2: Client, fault: Exception, *, done: bool) -> None:
    opened = window(FaultyEc2(ec2, AUTHORISE, in_turn(fault), done=done))
    with pytest.raises(HostError, match="no probe window"), opened.opened(SERVER, CLIENT, 5201):
        pass

    assert (ingress(ec2), opened.waiting_for) == ([], "")


def test_rule_that_is_there_because_an_answer_was_lost_is_ours(ec2: Client) -> None:
    """As when botocore repeats a call whose answer it did not get."""
    opened = window(ec2)
    first = opened.opened(SERVER, CLIENT, 5201)
    first.__enter__()
    with opened.opened(SERVER, CLIENT, 5201):
        assert len(ingress(ec2)) == 1

    assert ingress(ec2) == []


def test_rule_that_may_be_there_and_cannot_be_looked_for_is_said(ec2: Client) -> None:
    class Blind(FaultyEc2):
        def get_paginator(self, _: str) -> object:
            raise error("UnauthorizedOperation", 403)

    opened = window(Blind(ec2, AUTHORISE, in_turn(TIMED_OUT), done=True))
    with pytest.raises(HostError, match="no probe window"), opened.opened(SERVER, CLIENT, 5201):
        pass
    opened.close()

    (problem,) = opened.problems
    assert problem.endswith(
        "list it with: aws ec2 describe-security-group-rules --region us-east-2 --profile 'network ops' "
        "--filters Name=tag:crossregion-conformance:run,Values=run-1"
    )


def test_rule_that_ec2_does_not_know_yet_is_revoked_when_it_does(ec2: Client) -> None:
    unknown = error("InvalidSecurityGroupRuleId.NotFound")
    with window(FaultyEc2(ec2, REVOKE, in_turn(*[unknown] * 3))).opened(SERVER, CLIENT, 5201):
        assert peers(ec2) == ["10.66.10.10/32"]

    assert ingress(ec2) == []


def test_rule_that_somebody_else_revoked_is_gone_all_the_same(
    ec2: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_s = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: start_s)
    with window(ec2).opened(SERVER, CLIENT, 5201):
        (rule,) = ingress(ec2)
        ec2.revoke_security_group_ingress(
            GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]]
        )
        monkeypatch.setattr(time, "monotonic", lambda: start_s + SETTLED_S)

    assert ingress(ec2) == []


def test_missing_permission_makes_the_throughput_unobservable(ec2: Client) -> None:
    faulty = FaultyEc2(ec2, AUTHORISE, lambda _: error("UnauthorizedOperation", 403))
    with (
        pytest.raises(ProbeError, match=r"gpu-use2-00: no probe window .*UnauthorizedOperation"),
        window(faulty).opened(SERVER, CLIENT, 5201),
    ):
        pass
