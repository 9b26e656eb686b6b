"""The table of calls against botocore's own models and the IAM policy that the user is given."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest
from botocore.model import ListShape, OperationModel, ServiceModel, StructureShape

from probes.sources.aws.calls import REGIONAL, WORLDWIDE, Call
from probes.sources.describe.response_keys import RESPONSE_KEYS
from suites.selftest.aws.endpoint import api_names

ROOT = Path(__file__).resolve().parents[3]
SESSION = botocore.session.Session()
IAM_PREFIXES = {"monitoring": "cloudwatch"}  # signed as one service, permitted as another
IAM_NAMES = {"GetBucketLifecycleConfiguration": "GetLifecycleConfiguration"}


def every_call(calls: tuple[Call, ...]) -> Iterator[Call]:
    for call in calls:
        yield call
        yield from every_call(call.follow)


CALLS = tuple(every_call((*REGIONAL, *WORLDWIDE)))


def service_model(call: Call) -> ServiceModel:
    return SESSION.get_service_model(call.service)


def operation_model(call: Call) -> OperationModel:
    (name,) = api_names([Call(service="", operation=call.operation, result="", action="")])
    return service_model(call).operation_model(name)


def members(shape: object) -> dict[str, object]:
    assert isinstance(shape, StructureShape)
    return dict(shape.members)


@pytest.fixture(params=CALLS, ids=lambda call: f"{call.service}.{call.operation}")
def call(request: pytest.FixtureRequest) -> Call:
    declared: Call = request.param
    return declared


def test_operation_answers_with_the_declared_member(call: Call) -> None:
    answered = members(operation_model(call).output_shape)

    assert call.result in answered
    assert isinstance(answered[call.result], ListShape | StructureShape)
    assert not call.flag or call.flag in answered


def test_operation_is_permitted_by_the_declared_action(call: Call) -> None:
    prefix = service_model(call).signing_name
    name = operation_model(call).name

    assert call.action == f"{IAM_PREFIXES.get(prefix, prefix)}:{IAM_NAMES.get(name, name)}"


def test_operation_only_reads(call: Call) -> None:
    assert call.operation.partition("_")[0] in {"describe", "get", "list", "search"}


def test_answer_is_kept_under_a_key_that_a_dump_knows(call: Call) -> None:
    assert not call.key or call.key in RESPONSE_KEYS


def test_what_an_answer_is_wrapped_with_is_what_was_asked(call: Call) -> None:
    assert not call.wrap or call.wrap in members(operation_model(call).input_shape)


def test_every_answer_that_the_model_reads_is_asked_for() -> None:
    filled = {call.key for call in CALLS if call.key}

    assert set(RESPONSE_KEYS) - filled == {"TransitGatewayStaticRoutes"}  # part of TransitGatewayRoutes


def test_iam_policy_allows_exactly_the_calls_that_are_made() -> None:
    policy = json.loads((ROOT / "docs" / "iam-policy.json").read_text(encoding="utf-8"))
    (statement,) = policy["Statement"]

    assert (policy["Version"], statement["Effect"], statement["Resource"]) == ("2012-10-17", "Allow", "*")
    assert statement["Action"] == sorted({call.action for call in CALLS})


def test_boto3_is_imported_only_by_those_who_read_from_aws() -> None:
    code = "import sys, probes.sources, fixtures.build.network; sys.exit('botocore' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
