"""Why AWS cannot be reached is said by its cause: a proxy, TLS, another server's answer, the clock, a policy."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from probes.model.errors import ProbeError
from probes.sources.aws import load_aws
from probes.sources.aws.errors import why
from suites.selftest.aws.endpoint import dummy_credentials

FAR = "https://sts.example.invalid"
QUERY_ERROR = "<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"


@pytest.fixture(autouse=True)
def environment() -> Iterator[pytest.MonkeyPatch]:
    with dummy_credentials() as patch:
        yield patch


@contextmanager
def answering(respond: Callable[[socket.socket], object], tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The loopback port of a server that does this with every connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        respond(tls.wrap_socket(connection, server_side=True) if tls else connection)
                    except OSError:
                        continue

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def http(status: str, body: str = "", *headers: str) -> Callable[[socket.socket], object]:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers, "", body)

    def respond(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall("\r\n".join(lines).encode())

    return respond


def message(endpoint_url: str) -> str:
    with pytest.raises(ProbeError) as raised:
        load_aws(["us-east-1"], endpoint_url=endpoint_url)
    return str(raised.value)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's side of TLS with a certificate that nobody knows, and that certificate."""
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context, folder / "certificate.pem"


def test_a_certificate_that_is_not_trusted_is_the_cause(tls: tuple[ssl.SSLContext, Path]) -> None:
    with answering(http("200 OK"), tls[0]) as port:
        assert (
            "us-east-1: the endpoint's TLS certificate was not accepted: if something inspects TLS"
            in message(f"https://127.0.0.1:{port}")
        )


@pytest.mark.parametrize("content", [None, "junk"])
def test_certificate_authorities_that_cannot_be_read_are_the_cause(
    tls: tuple[ssl.SSLContext, Path], environment: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    environment.setenv("AWS_CA_BUNDLE", str(tmp_path / "bundle.pem"))
    if content is not None:
        (tmp_path / "bundle.pem").write_text(content)

    with answering(http("200 OK"), tls[0]) as port:
        found = message(f"https://127.0.0.1:{port}")

    assert "AWS_CA_BUNDLE" in found


def test_an_endpoint_without_tls_is_the_cause() -> None:
    with answering(http("400 Bad Request")) as port:
        assert "the endpoint does not speak TLS as it should" in message(f"https://127.0.0.1:{port}")


def test_a_proxy_that_wants_a_password_is_the_cause(environment: pytest.MonkeyPatch) -> None:
    with answering(http("407 Proxy Authentication Required")) as port:
        environment.setenv("HTTPS_PROXY", f"http://user:hunter2@127.0.0.1:{port}")
        found = message(FAR)

    assert "the proxy answers 407, Proxy Authentication Required: check HTTPS_PROXY and NO_PROXY" in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    "proxy, cause",
    [
        (
            "http://user:hunter2@127.0.0.1:9",
            "the proxy refuses the connection: check HTTPS_PROXY and NO_PROXY",
        ),
        ("http://[", "the URL of a proxy or an endpoint cannot be used: check HTTPS_PROXY"),
    ],
)
def test_a_proxy_that_is_of_no_use_is_the_cause(
    environment: pytest.MonkeyPatch, proxy: str, cause: str
) -> None:
    environment.setenv("HTTPS_PROXY", proxy)

    found = message(FAR)

    assert cause in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    "respond",
    [
        http("200 OK", "<html>Sign in</html>"),
        http("403 Forbidden", "blocked by the proxy"),
        http("302 Found", "", "Location: http://portal.example/"),
        http("200 OK", ""),
    ],
    ids=["page", "text", "redirect", "nothing"],
)
def test_an_answer_of_something_else_is_the_cause(respond: Callable[[socket.socket], object]) -> None:
    with answering(respond) as port:
        assert "cannot reach us-east-1: the endpoint's answer is not AWS's" in message(
            f"http://127.0.0.1:{port}"
        )


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n"])
def test_a_connection_without_an_answer_is_the_cause(answer: bytes) -> None:
    def respond(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(answer)

    with answering(respond) as port:
        assert "the connection was made, but no answer came" in message(f"http://127.0.0.1:{port}")


def test_a_key_with_a_line_break_is_the_cause(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("AWS_ACCESS_KEY_ID", "hunter2\nhunter2")

    found = message("http://127.0.0.1:9")

    assert "the credentials hold a character that no header may hold" in found
    assert "hunter2" not in found


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "RequestExpired", "AuthFailure"])
@pytest.mark.parametrize("minutes, words", [(17, "17 minutes behind"), (-1440, "1440 minutes ahead of")])
def test_a_wrong_clock_is_told_by_aws_s(code: str, minutes: int, words: str) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)
    body = QUERY_ERROR.format(code, "Signature expired")

    with answering(http("403 Forbidden", body, f"Date: {date}")) as port:
        assert f"this machine's clock is {words} AWS's" in message(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "reason, words",
    [
        ("with an explicit deny in a service control policy", "explicit deny in a service control policy"),
        ("because no service control policy allows the x action", "no service control policy allows it"),
        ("with an explicit deny in a resource control policy", "explicit deny in a resource control policy"),
        ("because no permissions boundary allows the x action", "no permissions boundary allows it"),
        ("with an explicit deny in a session policy", "explicit deny in a session policy"),
        ("with an explicit deny in a VPC endpoint policy", "explicit deny in a VPC endpoint policy"),
        ("because no identity-based policy allows the x action", "no identity-based policy allows it"),
        ("with an explicit deny in an identity-based policy", "explicit deny in an identity-based policy"),
    ],
)
def test_a_denial_keeps_the_kind_of_policy(reason: str, words: str) -> None:
    said = f"User: arn is not authorized to perform: x {reason}. Encoded authorization failure message: a1B2"
    error = ClientError({"Error": {"Code": "AccessDenied", "Message": said}}, "DescribeVpcs")

    found = why(error, action="ec2:DescribeVpcs", region="us-east-1", caller="arn")

    assert found == f"ec2:DescribeVpcs denied in us-east-1 for arn: {words}"


def test_a_role_that_a_policy_keeps_from_being_assumed_says_so() -> None:
    body = QUERY_ERROR.format("AccessDenied", "x with an explicit deny in a service control policy")
    role = "arn:aws:iam::111111111111:role/reader"

    with (
        answering(http("403 Forbidden", body)) as port,
        pytest.raises(
            ProbeError, match=r"cannot assume role .* AccessDenied: explicit deny in a service control"
        ),
    ):
        load_aws(["us-east-1"], access=role, endpoint_url=f"http://127.0.0.1:{port}")
