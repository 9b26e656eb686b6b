"""A program that gives credentials is waited for neither for ever nor for everything that it prints."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError

from fixtures.live.aws_sessions import boto3_session
from probes.sources.aws import credential_process, load_aws
from probes.sources.aws.clients import Clients
from probes.sources.aws.credential_errors import CredentialsError
from probes.sources.aws.credential_process import UnboundedProcessError
from probes.sources.aws.credentials import Access
from suites.selftest.aws.endpoint import dummy_credentials

NOWHERE = "http://127.0.0.1:9"
GIVEN = """echo '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}'"""


@pytest.fixture(autouse=True)
def environment(tmp_path: Path) -> Iterator[pytest.MonkeyPatch]:
    with dummy_credentials() as patch:
        patch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        patch.setenv("HOME", str(tmp_path))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.delenv(name)
        patch.setattr(credential_process, "PROCESS_LIMIT_S", 0.5)
        yield patch


def program(tmp_path: Path, script: str, profile: str = "p") -> None:
    """A profile whose credentials come from a shell script."""
    path = tmp_path / f"{profile}.sh"
    path.write_text(f"echo $$ >> {tmp_path / 'started'}\n{script}\n")
    with (tmp_path / "config").open("a") as config:
        config.write(f"[profile {profile}]\ncredential_process=sh {path}\n")


def running(sessions: list[str]) -> list[Path]:
    """What runs in these sessions: what has ended and is not waited for yet does not."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
            if session in sessions and state not in "ZX":
                found.append(path)
    return found


def require_ended(tmp_path: Path) -> None:
    """Nothing that the program started is left, once the kernel has ended what was killed."""
    sessions = (tmp_path / "started").read_text().split()
    deadline_s = time.monotonic() + 10
    while running(sessions) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert running(sessions) == []


@pytest.mark.parametrize(
    "script, reason",
    [
        ("sleep 600", "did not end within 0.5 s"),
        ("sleep 600 & exit 0", "did not end within 0.5 s"),
        ("exec >&- 2>&-; sleep 600", "did not end within 0.5 s"),
        ("yes", "printed more than 1,000,000 bytes"),
        ("yes >&2", "printed more than 1,000,000 bytes"),
    ],
)
def test_program_without_end_is_one_sentence_and_is_ended(tmp_path: Path, script: str, reason: str) -> None:
    program(tmp_path, script)

    with pytest.raises(CredentialsError, match=f"the credential_process of profile 'p' {reason}"):
        load_aws(["us-east-1"], access="p", endpoint_url=NOWHERE)
    require_ended(tmp_path)


def test_program_behind_a_role_is_bounded_too(tmp_path: Path) -> None:
    program(tmp_path, "sleep 600", "source")
    with (tmp_path / "config").open("a") as config:
        config.write("[profile p]\nrole_arn=arn:aws:iam::111111111111:role/reader\nsource_profile=source\n")

    with pytest.raises(CredentialsError, match=r"did not end within 0\.5 s"):
        load_aws(["us-east-1"], access="p", endpoint_url=NOWHERE)
    require_ended(tmp_path)


def test_live_suite_s_sessions_are_bounded_too(tmp_path: Path) -> None:
    program(tmp_path, "sleep 600")

    with pytest.raises(BotoCoreError, match=r"did not end within 0\.5 s"):
        boto3_session("p").client("ec2", region_name="us-east-1", endpoint_url=NOWHERE)
    require_ended(tmp_path)


def test_run_that_is_given_up_waits_for_no_program(tmp_path: Path, environment: pytest.MonkeyPatch) -> None:
    environment.setattr(credential_process, "PROCESS_LIMIT_S", 600.0)
    program(tmp_path, "sleep 600")
    clients = Clients(Access(profile="p"))
    threading.Timer(0.3, clients.stop).start()
    started_s = time.monotonic()

    with pytest.raises(CredentialsError, match="was ended with the run"):
        clients.authenticate()
    assert time.monotonic() - started_s < 60
    require_ended(tmp_path)


def test_program_that_gives_credentials_gives_them(tmp_path: Path) -> None:
    program(tmp_path, GIVEN)
    found = boto3_session("p").get_credentials()

    assert found is not None
    assert (found.access_key, found.secret_key) == ("a", "b")


def test_reason_is_kept_for_who_asks() -> None:
    assert UnboundedProcessError("did not end").reason == "did not end"
