"""What keeps credentials from being obtained is one sentence with its own cause."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.model.errors import InputError, ProbeError
from probes.sources.aws import load_aws
from probes.sources.aws.credential_errors import (
    CredentialsError,
)
from suites.selftest.aws.endpoint import dummy_credentials
from suites.selftest.spec.edit import ROOT

NOWHERE = "http://127.0.0.1:9"
ROLE = "role_arn=arn:aws:iam::111111111111:role/reader\n"
SSO = "sso_account_id=111111111111\nsso_role_name=reader\n"
SECRET = "what-nobody-may-see"  # noqa: S105  # the word that must not be shown
EXPIRED = '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": "2020-01-01T00:00:00Z"}'
PROFILES: dict[str, tuple[str, str]] = {
    "no SSO session": (
        f"{SSO}sso_start_url=https://x.awsapps.com/start\nsso_region=us-east-1\n",
        "profile 'p' has no SSO session; run `aws sso login --profile p`",
    ),
    "sso_session that is not configured": (
        f"{SSO}sso_session=corp\n",
        "the settings of profile 'p' do not fit together: check role_arn",
    ),
    "aws login": (
        "login_session=arn:aws:iam::111111111111:user/u\nregion=us-east-1\n",
        r"profile 'p' signs in with `aws login`, .* pip install 'botocore\[crt\]'",
    ),
    "profiles in a circle": (
        f"{ROLE}source_profile=q\n[profile q]\n{ROLE}source_profile=p\n",
        "source_profile of profile 'p' leads back to itself",
    ),
    "role without source": (ROLE, "profile 'p' lacks a part: source_profile or credential_source"),
    "source that is not configured": (f"{ROLE}source_profile=q\n", "the settings of profile 'p' do not fit"),
    "unknown credential_source": (
        f"{ROLE}credential_source=Moon\n",
        "the settings of profile 'p' do not fit",
    ),
    "no metadata service": (
        f"{ROLE}credential_source=Ec2InstanceMetadata\n",
        "Ec2InstanceMetadata gave no credentials for profile 'p'",
    ),
    "web identity token file missing": (
        f"{ROLE}web_identity_token_file=/nonexistent/token\n",
        r"profile 'p': the web identity token file /nonexistent/token cannot be read \(No such file",
    ),
    "process missing": (
        "credential_process=/nonexistent/helper\n",
        r"profile 'p': its credential_process /nonexistent/helper cannot be run \(No such file",
    ),
    "process that fails": (
        f"credential_process=sh -c 'echo {SECRET} >&2; exit 3'\n",
        "the credential_process of profile 'p' failed$",
    ),
    "process without JSON": (
        f"credential_process=echo {SECRET}\n",
        "the credential_process of profile 'p' printed no JSON$",
    ),
    "process with bytes": ("credential_process=printf \\\\377\n", "printed no JSON$"),
    "process with a list": ("credential_process=echo []\n", "printed JSON of another kind"),
    "process without version": (
        "credential_process=echo {}\n",
        "printed JSON without Version 1, AccessKeyId and SecretAccessKey$",
    ),
    "process with old credentials": (
        "credential_process=cat expired.json\n",
        "the credential_process of profile 'p' gave credentials that had expired already$",
    ),
    "not a configuration": ("[\n", "the configuration of profile 'p' cannot be parsed"),
}
VARIABLES: dict[str, tuple[dict[str, str], str]] = {
    "web identity token file missing": (
        {"AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": "/nonexistent/token"},
        "the default credentials: the web identity token file /nonexistent/token cannot be read",
    ),
    "container token file missing": (
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nonexistent/token",
        },
        "the default credentials: the authorization token file /nonexistent/token cannot be read",
    ),
    "container host": (
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/x"},
        "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host from which no credentials are taken",
    ),
    "metadata endpoint": (
        {"AWS_EC2_METADATA_DISABLED": "false", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "zz"},
        "AWS_EC2_METADATA_SERVICE_ENDPOINT is not a URL",
    ),
    "profile": ({"AWS_PROFILE": "zz"}, "profile 'zz' is not configured here"),
}
SETTINGS_OF_CLIENTS = {
    "AWS_DEFAULTS_MODE": "AWS_DEFAULTS_MODE or defaults_mode has a value that botocore does not know",
    "AWS_STS_REGIONAL_ENDPOINTS": "AWS_STS_REGIONAL_ENDPOINTS or .* has a value that botocore does not know",
    "AWS_ENDPOINT_URL": "AWS_ENDPOINT_URL, .* or endpoint_url in ~/.aws/config is not a URL",
    "AWS_ENDPOINT_URL_STS": "AWS_ENDPOINT_URL, .* or endpoint_url in ~/.aws/config is not a URL",
}


@pytest.fixture(autouse=True)
def environment() -> Iterator[pytest.MonkeyPatch]:
    with dummy_credentials() as patch:
        yield patch


def without_keys(environment: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        environment.delenv(name)


@pytest.mark.parametrize("case", PROFILES)
def test_a_profile_that_gives_no_credentials_says_why(
    case: str, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings, message = PROFILES[case]
    (tmp_path / "config").write_text(f"[profile p]\n{settings}")
    environment.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    environment.setenv("HOME", str(tmp_path))
    (tmp_path / "expired.json").write_text(EXPIRED)
    environment.chdir(tmp_path)

    with pytest.raises(CredentialsError, match=message) as raised:
        load_aws(["us-east-1"], access="p", endpoint_url=NOWHERE)

    assert SECRET not in str(raised.value)


@pytest.mark.parametrize("case", VARIABLES)
def test_variables_that_give_no_credentials_are_named(case: str, environment: pytest.MonkeyPatch) -> None:
    variables, message = VARIABLES[case]
    without_keys(environment)
    for name, value in variables.items():
        environment.setenv(name, value)

    with pytest.raises(ProbeError, match=message):
        load_aws(["us-east-1"], endpoint_url=NOWHERE)


@pytest.mark.parametrize("variable", SETTINGS_OF_CLIENTS)
def test_a_setting_that_botocore_does_not_know_is_named(
    variable: str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv(variable, "zz")

    with pytest.raises(InputError, match=SETTINGS_OF_CLIENTS[variable]):
        load_aws(["us-east-1"])


def test_an_mfa_code_that_nobody_can_be_asked_for_ends_the_run_with_4(tmp_path: Path) -> None:
    config = "[profile a]\naws_access_key_id=x\naws_secret_access_key=y\n[profile m]\n"
    (tmp_path / "config").write_text(f"{config}{ROLE}source_profile=a\nmfa_serial=arn:aws:iam::1:mfa/u\n")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "suites/static", "--report", "none", "--state", "aws:m"],
        cwd=ROOT,
        env=os.environ | {"AWS_CONFIG_FILE": str(tmp_path / "config")},
        capture_output=True,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # without a terminal
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 4
    assert "profile 'm' asks for an MFA code, and there is no terminal to ask" in ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
