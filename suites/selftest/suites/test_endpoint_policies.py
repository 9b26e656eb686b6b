"""An endpoint policy refuses everything where no statement allows anything, or one denies everything to everybody.

https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
"""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from probes.model.checks.documented import Documented
from probes.model.checks.endpoint_policies import refuses_everything
from probes.model.errors import UnobservableError
from probes.model.network.index import Network
from probes.model.state import Gap
from suites.selftest.lab.networks import documented_spec, documented_state
from suites.selftest.mutations.judging import with_judge
from suites.selftest.spec.edit import BUNDLED

ALLOW: dict[str, Any] = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
DENY = ALLOW | {"Effect": "Deny"}
MORE = {
    "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
    "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    "Action": ["s3:DeleteObject"],
    "Resource": ["arn:aws:s3:::logs/*"],
}


def refuses(policy: str) -> bool:
    state = documented_state()
    endpoint = replace(state.vpc_endpoints[0], policy=policy)
    network = Network(replace(state, vpc_endpoints=(endpoint,)))
    return refuses_everything(Documented(documented_spec(), network), endpoint)


@pytest.mark.parametrize(
    "statements",
    [[], [DENY], [ALLOW, DENY], [ALLOW, DENY | {"Principal": {"AWS": ["*"]}, "Action": ["*"]}], DENY],
    ids=str,
)
def test_policy_that_refuses_everything(statements: object) -> None:
    assert refuses(json.dumps({"Version": "2012-10-17", "Statement": statements}))


@pytest.mark.parametrize(
    "statements",
    [ALLOW, [ALLOW], *([ALLOW, DENY | {key: value}] for key, value in MORE.items())],
    ids=str,
)
def test_policy_that_lets_something_pass(statements: object) -> None:
    assert not refuses(json.dumps({"Statement": statements}))


def test_endpoint_without_a_policy_lets_everything_pass() -> None:
    assert not refuses("")


@pytest.mark.parametrize("text", ["{", "[]", '"*"', '{"Statement": "*"}', '{"Statement": [1]}', "[" * 9999])
def test_text_that_is_no_policy_tells_nothing(text: str) -> None:
    with pytest.raises(UnobservableError, match="is no policy of IAM's"):
        refuses(text)


def test_policy_that_is_not_known_hides_no_other_fault() -> None:
    state = documented_state()
    closed = replace(state.vpc_endpoints[-1], private_dns=False)
    gap = Gap(
        kind="vpc_endpoints", region=closed.region, resource=closed.id, field="policy", reason="planned"
    )
    broken = replace(state, vpc_endpoints=(*state.vpc_endpoints[:-1], closed), gaps=(gap,))
    said = with_judge(BUNDLED, broken, lambda judge: list(judge(broken, ["endpoint-usable"])))

    assert [(one.resource, one.observed) for one in said] == [(closed.label, "private DNS disabled")]
