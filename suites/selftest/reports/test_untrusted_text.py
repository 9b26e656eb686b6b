import re
from itertools import product
from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model import untrusted_text
from probes.model.errors import InputError
from probes.model.untrusted_text import LIMIT, cleaned, one_line, shown, visible, without_secrets
from suites.selftest.fuzzing import inputs
from suites.selftest.regex_steps import StepCounter

WORD = "hunter2abcXYZ"
SECRETS = (
    "token={}",
    "AWS_SECRET_ACCESS_KEY={}",
    "aws_session_token = {}",
    "password: '{}'",
    "password=a\"b'{}",
    'password="a\\"{}"',
    '{{"SecretAccessKey": "{}"}}',
    '{{\\"password\\": \\"{}\\"}}',
    "<SecretAccessKey>{}</SecretAccessKey>",
    "client_secret => '{}'",
    "passphrase := {}",
    "DB_PASS={}",
    "MYSQL_PWD={}",
    "x-api-key: {}",
    "Secret access key: {}",
    "{:x>300}_password={}".format("", "{}"),
    "--password {} -v",
    "mysql --db-password={}",
    "sshpass -p {} ssh host",
    "sshpass -p'{}' ssh host",
    "https://me:{}@host/x",
    "redis://:{}@host:1",
    "postgres://u:p@{}@host/db",
    "postgres://u:ab/{}@host/db",
    "https://s3/x?X-Amz-Security-Token={}&y=1",
    "https://s3/x?X-Amz-Signature={}0123456789",
    "Authorization: Bearer {}",
    "authorization: Basic {}==",
    '{{"Authorization": "Bearer {}"}}',
    "curl -H 'Proxy-Authorization: Digest a=1, b={}'",
    "bearer {}",
    "-----BEGIN RSA PRIVATE KEY-----\n{}\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\n{}",
    "-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----",
    "AKIAABC123SECRETABC1:wJalrXUtnFEMI/K7MDENG/bPxRf{}",
    "AKIAABC123SECRETABC1 {}wJalrXUtnFEMI/K7MDENG/bPxRf",
    "IQoJb3JpZ2luX2VjE{}//x+=",
    "eyJhbGciOi.eyJ{}.abc-_",
    "ghp_{}0123456789abcdefghijklmn",
    "github_pat_11AAA_{}",
    "glpat-{}-abc",
    "xoxb-123456-{}",
    "https://hooks.slack.com/services/T0/B0/{}",
)
HARMLESS = (
    "us-east-1: AccessDenied on ec2:DescribeVpcs (arn:aws:iam::123:role/reader), token expired",
    "tgw-attach-0123456789abcdef0 eni-0123456789abcdef0 AROAIOSFODNN7EXAMPLE AIDAIOSFODNN7EXAMPLE",
    f"sha256:{'ab' * 32} commit {'0123456789abcdef' * 2}01234567",
    "SHA256:aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd28 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI",
    "An error occurred (ExpiredToken) when calling the GetCallerIdentity operation: The security token is expired",
    "InvalidClientTokenId: The security token included in the request is invalid",
    "secretsmanager:GetSecretValue and sts:GetSessionToken: not authorized",
    "Permission denied (publickey,password).",
    "no AWS credentials: Unable to locate credentials; credential_process=/usr/bin/x ended with status 1",
    "key: ~/.ssh/id_ed25519, private_key: ~/.ssh/id, password_file=/run/x, token_type=bearer",
    "http://host:8080/a@b ssh://ec2-user@host:22 https://[::1]:443/x@y",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf",
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab, KeyName: gpu",
    "the bearer token is missing; the Authorization header; NextToken=abc; bypass=1; passed: 3; token=***",
    "password: null, secret: ${SECRET}, token: {'a': 1}",
)
# What a search could stumble over, alone and repeated in turn.
UNITS = ("token=", "token ", "secret access key ", "-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "://a:", "://",
         "AKIAAAAAAAAAAAAAAAAA ", "eyJa.", "xoxb-", "authorization: ", "bearer ", "a-", "_id", '\\"', 'token="',
         "password: '", "--token ", "private_key=", "GetToken", "signature=", "a", " ")  # fmt: skip
TEXTS = st.lists(st.sampled_from(UNITS) | st.text(max_size=4)).map("".join)


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_masked(text: str) -> None:
    assert WORD.lower() not in shown(text.format(WORD)).lower()


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_secret_stays(text: str) -> None:
    assert shown(text) == text


def test_what_surrounds_a_secret_stays() -> None:
    assert (
        shown("proxy ssh -W h:22 --token abc123 jump: failed") == "proxy ssh -W h:22 --token *** jump: failed"
    )
    assert shown('{"Token": "abc123", "a": 1}') == '{"Token": "***", "a": 1}'
    assert shown("https://me:abc123@host/x") == "https://***@host/x"


@inputs()
@given(TEXTS)
def test_masking_twice_is_masking_once(text: str) -> None:
    assert without_secrets(without_secrets(text)) == without_secrets(text)
    assert shown(shown(text)) == shown(text)


@inputs()
@given(st.text(st.characters(codec=None)))
def test_no_character_that_controls_or_hides_is_left(text: str) -> None:
    left = {char for char in visible(text) if char not in "\n\t"}

    assert {category(char) for char in left} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} == set()
    assert left.isdisjoint("\u034f\u115f\u3164\ufe0f\uffa0")
    visible(text).encode()


def test_hostile_characters_are_spelt_out() -> None:
    text = "\x1b]0;x\x07\x9b31m\x00\r\u202e\u2066\u200b\u2028\ufeff\ufe0f\ud800\U000e0041"

    assert visible(text) == (
        r"\u001b]0;x\u0007\u009b31m\u0000\u000d\u202e\u2066\u200b\u2028\ufeff\ufe0f\ud800\U000e0041"
    )
    assert visible("Zürich 東京 – 5 ms\r\n\tok") == "Zürich 東京 – 5 ms\n\tok"


def test_a_name_cannot_pass_for_a_line_of_the_report() -> None:
    assert one_line("tgw-1\nISO-001  conforms") == "tgw-1\\nISO-001  conforms"


@pytest.mark.parametrize("text", ["a" * 10**6, "\x1b" * LIMIT, "token=a " * 10**5])
def test_a_long_text_is_cut_with_its_length(text: str) -> None:
    cut = shown(text)

    assert len(cut) == LIMIT
    assert cut.endswith(f"… ({len(text)} characters)")
    assert shown(cut) == cut


def test_errors_show_what_they_quote_as_every_output_does() -> None:
    error = InputError("host \x1b[2J: password=abc123")

    assert str(error) == r"host \u001b[2J: password=***"


def test_every_text_of_a_record_is_cleaned() -> None:
    assert cleaned({"a\x07": ["token=x", 1, ("\u202e",)]}) == {r"a\u0007": ["token=***", 1, (r"\u202e",)]}


def growth(pattern: re.Pattern[str], unit: str, length: int) -> float:
    """How much more work twice the text is; its start and its end differ from the repeated rest."""
    shorter, longer = (
        StepCounter(pattern, f"key{unit * (size // len(unit))}.") for size in (length, 2 * length)
    )
    return longer.steps / shorter.steps


@pytest.mark.parametrize("pattern", untrusted_text._patterns(), ids=["by itself", "in context"])
@pytest.mark.parametrize("unit", [one + other for one, other in product(UNITS, ("", "a"))])
def test_twice_the_text_is_twice_the_work(pattern: re.Pattern[str], unit: str) -> None:
    assert growth(pattern, unit, 300) < 2.5


def test_more_than_twice_the_work_would_be_found() -> None:
    assert growth(re.compile(r"[\w.-]*token[\w.-]*="), "token", 40) > 3.5
