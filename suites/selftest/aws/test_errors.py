"""What the AWS source says when AWS, the credentials or the network do not do as they should."""

import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import boto3
import msgspec
import pytest

from probes.model.errors import InputError, ProbeError
from probes.model.state import Gap, State
from probes.sources.aws import collect, load_aws, sessions
from probes.sources.aws.calls import REGIONAL
from probes.sources.aws.calls.ec2 import NETWORK
from probes.sources.aws.clients import Clients
from probes.sources.aws.credential_errors import CredentialsError
from probes.sources.aws.credentials import Access
from probes.sources.dump import load_dump
from suites.selftest.aws.endpoint import Endpoint, dummy_credentials, served
from suites.selftest.spec.edit import ROOT

EAST, OHIO = "us-east-1", "us-east-2"
UNASKED = re.compile(r"^(no \w+ response) in .*$")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with served(Endpoint()) as running:
        running.canned["ListAccelerators"] = lambda _region, _params: {"Accelerators": []}
        yield running


@pytest.fixture(autouse=True)
def environment() -> Iterator[pytest.MonkeyPatch]:
    with dummy_credentials() as patch:
        yield patch


@pytest.fixture
def vpcs_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask each Region one question, for tests about what surrounds the questions."""
    monkeypatch.setattr(sessions, "REGIONAL", (REGIONAL[0],))


def load(endpoint: Endpoint, *regions: str, access: str = "", save_to: Path | None = None) -> State:
    return load_aws(regions or (EAST, OHIO), access=access, endpoint_url=endpoint.url, save_to=save_to)


def reloaded(saved: Path, like: State) -> State:
    """The saved dump, without the names of the folders in which it lacks what was not asked."""
    state = load_dump(saved)
    gaps = tuple(msgspec.structs.replace(gap, reason=UNASKED.sub(r"\1", gap.reason)) for gap in state.gaps)
    return msgspec.structs.replace(state, source=like.source, gaps=gaps)


def reasons(state: State, region: str, kind: str = "vpcs") -> list[str]:
    return [gap.reason for gap in state.gaps if (gap.region, gap.kind) == (region, kind)]


def test_an_answer_denied_in_one_region_spoils_nothing_else(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sessions, "REGIONAL", NETWORK)
    whole = load(endpoint)

    with endpoint.refusing("UnauthorizedOperation", "DescribeNetworkAcls", region=EAST):
        state = load(endpoint, save_to=tmp_path / "saved")

    reason = f"ec2:DescribeNetworkAcls denied in {EAST} for arn:aws:sts::123456789012:user/moto"
    assert set(state.gaps) - set(whole.gaps) == {Gap(kind="network_acls", region=EAST, reason=reason)}
    assert {acl.region for acl in state.network_acls} == {OHIO}
    assert state.security_groups == whole.security_groups
    assert reloaded(tmp_path / "saved", state) == state


def test_routes_denied_are_a_gap_of_their_table(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sessions, "REGIONAL", NETWORK)
    ec2 = boto3.Session().client("ec2", region_name=EAST, endpoint_url=endpoint.url)
    ec2.create_transit_gateway()  # with its default route table

    with endpoint.refusing("UnauthorizedOperation", "SearchTransitGatewayRoutes"):
        state = load(endpoint, EAST, save_to=tmp_path / "saved")

    reason = f"ec2:SearchTransitGatewayRoutes denied in {EAST} for arn:aws:sts::123456789012:user/moto"
    assert {gap for gap in state.gaps if gap.resource} == {
        Gap(kind="tgw_route_tables", region=EAST, resource=table.id, field="routes", reason=reason)
        for table in state.tgw_route_tables
    }
    assert state.tgw_route_tables != ()
    assert reloaded(tmp_path / "saved", state) == state


@pytest.mark.usefixtures("vpcs_only")
def test_a_throttled_call_is_repeated(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    endpoint.hiccups["DescribeVpcs"] = 1

    state = load(endpoint, EAST)

    assert state.vpcs
    assert reasons(state, EAST) == []


@pytest.mark.usefixtures("vpcs_only")
def test_throttling_that_outlives_the_retries_is_a_gap(endpoint: Endpoint) -> None:
    with endpoint.refusing("RequestLimitExceeded", "DescribeVpcs", region=OHIO):
        state = load(endpoint)

    assert reasons(state, OHIO) == [
        f"ec2:DescribeVpcs throttled in {OHIO} until the retries ran out (RequestLimitExceeded)"
    ]
    assert reasons(state, EAST) == []


@pytest.mark.usefixtures("vpcs_only")
@pytest.mark.parametrize("code", ["ExpiredToken", "RequestExpired", "ExpiredTokenException"])
def test_credentials_that_expire_on_the_way_end_the_run(
    endpoint: Endpoint, tmp_path: Path, code: str
) -> None:
    with (
        endpoint.refusing(code, "DescribeVpcs"),
        pytest.raises(CredentialsError, match=r"^AWS: the default credentials expired .*sign in again"),
    ):
        load(endpoint, EAST, save_to=tmp_path / "saved")

    assert list(tmp_path.iterdir()) == []


def test_missing_credentials_are_named(endpoint: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_ACCESS_KEY_ID")
    environment.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(CredentialsError, match=r"^AWS: no credentials found: set AWS_PROFILE"):
        load(endpoint)


def test_half_an_access_key_is_named(endpoint: Endpoint, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("AWS_SECRET_ACCESS_KEY")

    with pytest.raises(CredentialsError, match="lacks a part: an access key needs its secret key"):
        load(endpoint)


def test_an_unknown_profile_is_named_beside_the_known_ones(
    endpoint: Endpoint, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile audit]\nregion = us-east-1\n")
    environment.setenv("AWS_CONFIG_FILE", str(config))

    with pytest.raises(
        InputError, match=r"^AWS profile 'aduit' is not configured here; known profiles: audit$"
    ):
        load(endpoint, access="aduit")


@pytest.mark.parametrize(
    "code, message",
    [
        ("InvalidClientTokenId", "us-east-1 does not know the default credentials"),
        ("SignatureDoesNotMatch", "wrong secret key or wrong clock"),
        ("ExpiredToken", "the default credentials expired"),
        ("OptInRequired", "us-east-1 is not enabled for the default credentials"),
        ("InternalFailure", "us-east-1 does not admit the default credentials: InternalFailure"),
    ],
)
def test_credentials_that_no_region_admits_are_one_error(endpoint: Endpoint, code: str, message: str) -> None:
    with endpoint.refusing(code, "GetCallerIdentity"), pytest.raises(ProbeError, match=message) as raised:
        load(endpoint, EAST)

    assert "secret-that-nobody-may-see" not in str(raised.value)


@pytest.mark.usefixtures("vpcs_only")
def test_a_region_that_is_not_enabled_is_unseen_and_asked_nothing(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.asked.clear()

    with endpoint.refusing("InvalidClientTokenId", "GetCallerIdentity", region=OHIO):
        state = load(endpoint, save_to=tmp_path / "saved")

    (reason,) = {gap.reason for gap in state.gaps if gap.region == OHIO}
    assert reason.startswith(f"{OHIO} does not know the default credentials (InvalidClientTokenId): ")
    assert {operation for region, operation in endpoint.asked if region == OHIO} == {"GetCallerIdentity"}
    assert reasons(state, EAST) == []
    assert reasons(state, OHIO) != []
    assert reloaded(tmp_path / "saved", state) == state


@pytest.mark.usefixtures("vpcs_only")
@pytest.mark.parametrize(
    "code, words",
    [
        ("AuthFailure", "the Region is not enabled"),
        ("OptInRequired", "has not signed up"),
        ("InternalError", "ec2:DescribeVpcs failed in us-east-1: InternalError"),
    ],
)
def test_a_refusal_of_one_call_is_a_gap_in_its_own_words(endpoint: Endpoint, code: str, words: str) -> None:
    with endpoint.refusing(code, "DescribeVpcs"):
        (reason,) = reasons(load(endpoint, EAST), EAST)

    assert words in reason


@pytest.mark.usefixtures("vpcs_only")
def test_an_answer_that_is_not_awss_is_a_gap(endpoint: Endpoint) -> None:
    endpoint.canned["DescribeVpcs"] = lambda _region, _params: {"captive": "portal"}
    try:
        (reason,) = reasons(load(endpoint, EAST), EAST)
    finally:
        del endpoint.canned["DescribeVpcs"]

    assert reason == "ec2:DescribeVpcs failed in us-east-1: the endpoint's answer is not AWS's"


def test_a_malformed_item_is_a_gap_of_its_collection_alone(endpoint: Endpoint, tmp_path: Path) -> None:
    endpoint.canned["DescribeFileSystems"] = lambda _region, _params: {"FileSystems": [{"OwnerId": "1"}]}
    try:
        state = load(endpoint, EAST, save_to=tmp_path / "saved")
    finally:
        del endpoint.canned["DescribeFileSystems"]

    assert {gap.kind for gap in state.gaps} == {"fsx_file_systems"}
    assert "FileSystems[0].FileSystemId: required, but missing" in state.gaps[0].reason
    assert reloaded(tmp_path / "saved", state) == state


def test_no_network_is_one_error() -> None:
    with pytest.raises(ProbeError, match="cannot reach us-east-1: check the network"):
        load_aws([EAST], endpoint_url="http://127.0.0.1:9")


def test_an_endpoint_that_is_no_url_is_named_without_its_password() -> None:
    with pytest.raises(InputError, match="--endpoint-url") as raised:
        load_aws([EAST], endpoint_url="user:hunter2@nowhere")

    assert "hunter2" not in str(raised.value)


def test_a_region_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="us-east-9: no Region that the installed botocore knows"):
        load_aws([EAST, "us-east-9"])


def test_no_region_at_all_is_an_error() -> None:
    with pytest.raises(InputError, match="no Region to read"):
        load_aws([])


@pytest.mark.parametrize("region", ["../../etc", "us-east-1/..", "us-east-1\n", "", "US-EAST-1"])
def test_a_name_that_no_region_can_have_is_refused_whatever_the_endpoint(region: str) -> None:
    with pytest.raises(InputError, match="no Region that the installed botocore knows"):
        load_aws([region], endpoint_url="http://127.0.0.1:9")


@pytest.mark.parametrize(
    "who",
    [
        {"Account": "../../x", "Arn": "arn:aws:iam::123456789012:root"},
        {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/\x1b[2J"},
        {"Account": "123456789012", "Arn": ""},
        {},
    ],
)
def test_an_identity_that_is_not_awss_is_refused(who: dict[str, str]) -> None:
    answered: Future[dict[str, str]] = Future()
    answered.set_result(who)

    with pytest.raises(ProbeError, match="us-east-1: what answers GetCallerIdentity there names no account"):
        sessions._session_or_refusal(Clients(Access()), EAST, answered)


def test_a_role_that_cannot_be_assumed_is_named(endpoint: Endpoint) -> None:
    role = "arn:aws:iam::210987654321:role/reader"

    with (
        endpoint.refusing("AccessDenied", "AssumeRole"),
        pytest.raises(ProbeError, match=f"cannot assume role {role} with the default credentials"),
    ):
        load(endpoint, EAST, access=role)


@pytest.mark.usefixtures("vpcs_only")
def test_regions_can_belong_to_different_accounts(endpoint: Endpoint, tmp_path: Path) -> None:
    roles = {EAST: "arn:aws:iam::111111111111:role/reader", OHIO: "arn:aws:iam::222222222222:role/reader"}

    state = load(
        endpoint,
        access=",".join(f"{region}={role}" for region, role in roles.items()),
        save_to=tmp_path / "saved",
    )

    assert {(vpc.region, vpc.owner_id) for vpc in state.vpcs} == {
        (EAST, "111111111111"),
        (OHIO, "222222222222"),
    }
    assert (tmp_path / "saved/222222222222" / OHIO / "Vpcs.json").is_file()


@pytest.mark.usefixtures("vpcs_only")
def test_accounts_can_be_listed_in_a_file(endpoint: Endpoint, tmp_path: Path) -> None:
    roles = [f"arn:aws:iam::{account}:role/reader" for account in ("111111111111", "222222222222")]
    entries = (f"role: '{roles[0]}', external_id: ab-12", f"role: '{roles[1]}', regions: [{OHIO}]")
    (tmp_path / "accounts.yaml").write_text("".join(f"- {{{entry}}}\n" for entry in entries))
    endpoint.bodies.clear()

    state = load(endpoint, access=f"@{tmp_path / 'accounts.yaml'}")

    assert {(vpc.region, vpc.owner_id) for vpc in state.vpcs} == {
        (EAST, "111111111111"),
        (OHIO, "111111111111"),
        (OHIO, "222222222222"),
    }
    assert sorted(b"ExternalId=ab-12" in body for body in endpoint.bodies["AssumeRole"]) == [False, True]


@pytest.mark.usefixtures("vpcs_only")
def test_accounts_that_share_a_region_are_one_network(endpoint: Endpoint) -> None:
    roles = "arn:aws:iam::111111111111:role/reader+arn:aws:iam::222222222222:role/reader"

    state = load(endpoint, EAST, access=f"{EAST}={roles}")

    assert {vpc.owner_id for vpc in state.vpcs} == {"111111111111", "222222222222"}


@pytest.mark.usefixtures("vpcs_only")
def test_an_interrupt_leaves_nothing_behind(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_args: object, **_more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(collect, "wait", interrupted)

    with pytest.raises(KeyboardInterrupt, match="interrupted while AWS was being read"):
        load(endpoint, EAST, save_to=tmp_path / "saved")

    assert list(tmp_path.iterdir()) == []


def test_a_call_without_an_answer_does_not_keep_the_process() -> None:
    program = (
        "import threading\n"
        "from probes.sources.aws.threads import Workers\n"
        "answered, asked = threading.Event(), threading.Event()\n"
        "Workers(1).submit(lambda: (asked.set(), answered.wait()))\n"
        "asked.wait()\n"
    )

    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, timeout=60, check=False)

    assert ended.returncode == 0


@pytest.mark.usefixtures("vpcs_only")
@pytest.mark.parametrize("watched", [True, False])
def test_progress_is_one_line_that_only_a_terminal_sees_and_that_is_gone_in_the_end(
    endpoint: Endpoint,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    watched: bool,  # noqa: FBT001 - whether a person watches
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: watched)

    load(endpoint)

    shown = capsys.readouterr().err
    assert bool(re.search(r"\r\x1b\[KAWS: \d+ of \d+ calls answered", shown)) is watched
    assert shown.endswith("\r\x1b[K") is watched
    assert "\n" not in shown
