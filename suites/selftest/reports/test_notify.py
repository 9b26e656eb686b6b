"""People are told once of what has changed, by each way, and a failure is said and made good."""

import json
import ssl
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from moto import mock_aws

from fixtures.faults.recorded import load_broken, write_broken
from probes.model.conformance.verdict import Verdict
from reports.__main__ import main
from reports.history.snapshot import snapshot
from reports.notify import notify
from reports.notify.destinations import Destination, UndeliveredError, destination_of
from reports.notify.news import Message, Told, message, told_now
from reports.notify.senders import Command, Webhook
from reports.results.files import read_results
from reports.results.model import Judged, Results
from reports.results.verdicts import matrix
from suites.selftest.reports.history.test_history import healthy
from suites.selftest.reports.sample import CATALOGUE, TESTS, sample_results
from suites.selftest.reports.test_child import is_alive, until
from suites.selftest.reports.test_command import PROJECT
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import judge

RECORDED = ROOT / "fixtures/states/gpu-cluster"
HEALTHY = msgspec.structs.replace(sample_results(), **healthy())
UNSEEN_TESTS = tuple(
    msgspec.structs.replace(t, verdict=Verdict.UNOBSERVABLE, violations=(), message="silent") for t in TESTS
)
UNSEEN = msgspec.structs.replace(
    sample_results(), tests=UNSEEN_TESTS, requirements=matrix(CATALOGUE, UNSEEN_TESTS)
)


class Listener:
    """A command that writes down what it is told, until it is made to fail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "take.py").write_text(
            "import pathlib, sys\n"
            "if pathlib.Path(sys.argv[1], 'broken').exists(): sys.exit(3)\n"
            "with open(sys.argv[1] + '/told', 'a') as told: told.write(sys.stdin.read() + '\\n')\n"
        )
        self.destination = Destination(command=(sys.executable, str(folder / "take.py"), str(folder)))

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All that was told."""
        told = self.folder / "told"
        return [json.loads(line) for line in told.read_text().splitlines()] if told.exists() else []

    def after(self, results: Results) -> list[dict[str, Any]]:
        """What is told of one more run."""
        before = len(self.messages)
        assert notify(results, self.folder, [self.destination]) == ()
        return self.messages[before:]


@pytest.fixture
def told(tmp_path: Path) -> Listener:
    """Somebody who is told by a command."""
    return Listener(tmp_path)


def test_dead_peering_is_told_once_and_its_end_once(tmp_path: Path, told: Listener) -> None:
    dead = write_broken(
        load_broken(ROOT / "fixtures/broken/peering-deleted.yaml"), RECORDED, tmp_path / "dead"
    )
    found = {}
    for name, state in {"healthy": RECORDED, "dead": dead}.items():
        (tmp_path / name / "run").mkdir(parents=True, exist_ok=True)
        judge(tmp_path / name / "run", f"--state=dump:{state}")
        found[name] = read_results(tmp_path / name / "run/report/results.json")

    assert told.after(found["healthy"]) == []
    (broken,) = told.after(found["dead"])
    assert broken["verdict"] == "nonconforming"
    assert broken["new"]
    assert "breaks" in broken["text"]
    assert told.after(found["dead"]) == []
    assert told.after(found["dead"]) == []
    (ended,) = told.after(found["healthy"])
    assert (ended["verdict"], ended["verdict_before"]) == ("conforms", "nonconforming")
    assert ended["new"] == []
    assert ended["ended"]
    assert told.after(found["healthy"]) == []


def test_cause_that_a_run_cannot_see_has_not_ended(told: Listener) -> None:
    told.after(sample_results())
    (unknown,) = told.after(UNSEEN)

    assert (unknown["verdict"], unknown["ended"]) == ("unobservable", [])
    assert told.after(UNSEEN) == []
    (again,) = told.after(sample_results())
    assert (again["verdict"], again["new"], again["ended"]) == ("nonconforming", [], [])


def test_lost_run_ends_nothing(told: Listener) -> None:
    told.after(sample_results())
    now = datetime.now(UTC)
    lost = Results(
        run_id="2" * 32, started_at=now, finished_at=now, duration_s=0, judged=Judged(), problems=("killed",)
    )
    (said,) = told.after(lost)

    assert (said["verdict"], said["ended"]) == ("unobservable", [])
    assert "problem: killed" in said["text"]


def test_failed_notification_is_said_and_made_good_by_the_next_run(told: Listener) -> None:
    (told.folder / "broken").touch()
    (problem,) = notify(sample_results(), told.folder, [told.destination])
    assert problem == f"no notification: command {sys.executable}: exit code 3; the next run tries again"

    (told.folder / "broken").unlink()
    (late,) = told.after(sample_results())
    assert late["new"]
    assert told.after(sample_results()) == []


def test_one_destination_that_fails_keeps_no_other_from_being_told(told: Listener) -> None:
    missing = Destination(command=("/no/such/program",))
    (problem,) = notify(sample_results(), told.folder, [missing, told.destination])

    assert "command /no/such/program" in problem
    assert len(told.messages) == 1


def test_damaged_memory_is_said(told: Listener) -> None:
    (told.folder / "notified.json").write_text("{")
    (problem,) = notify(HEALTHY, told.folder, [told.destination])

    assert "what was told before is not known" in problem


def hostile() -> Message:
    """What is said of a network whose names attack who reads them."""
    tests = tuple(
        msgspec.structs.replace(
            test,
            violations=tuple(
                msgspec.structs.replace(v, resource="<!channel> \x1b[31m\nnew: all is well password=hunter22")
                for v in test.violations
            ),
        )
        for test in TESTS
    )
    results = msgspec.structs.replace(sample_results(), tests=tests)
    found = message(results, snapshot(results), Told())
    assert found is not None
    return found


def test_names_of_others_are_one_line_and_hold_no_secrets() -> None:
    text = hostile().text

    assert "\x1b" not in text
    assert "hunter22" not in text
    assert "\nnew: all is well" not in text
    assert not any(line.startswith("new: all is well") for line in text.splitlines())


def test_message_about_many_causes_is_bounded() -> None:
    results = sample_results()
    (violation,) = TESTS[2].violations
    violations = [msgspec.structs.replace(violation, resource=f"r{n}") for n in range(3000)]
    many = tuple(msgspec.structs.replace(TESTS[2], id=v.resource, violations=(v,)) for v in violations)
    results = msgspec.structs.replace(results, tests=many, requirements=matrix(CATALOGUE, many))
    found = message(results, snapshot(results), Told())

    assert found is not None
    assert len(found.new) == 20
    assert "new: and 80 more" in found.text
    assert len(msgspec.json.encode(found)) < 64_000


def test_topic_gets_the_text_under_an_ascii_subject(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        arn = boto3.client("sns", "eu-west-1").create_topic(Name="alerts")["TopicArn"]
        queue = boto3.client("sqs", "eu-west-1")
        url = queue.create_queue(QueueName="told")["QueueUrl"]
        queue_arn = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        boto3.client("sns", "eu-west-1").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)

        assert notify(sample_results(), tmp_path, [Destination(sns=arn)]) == ()
        (body,) = [json.loads(one["Body"]) for one in queue.receive_message(QueueUrl=url)["Messages"]]
        missing = Destination(sns=arn.replace("alerts", "none"))
        (problem,) = notify(sample_results(), tmp_path, [missing])
    assert body["Subject"].isascii()
    assert len(body["Subject"]) < 100
    assert body["Message"].startswith("Does not conform: ")
    assert "does not exist" in problem


class Server(HTTPServer):
    """A webhook that answers as told and keeps what it gets."""

    answer = 200
    got: list[bytes]


class Handler(BaseHTTPRequestHandler):
    """Takes one message."""

    server: Server

    def do_POST(self) -> None:  # the standard library's name
        """Keep the body."""
        self.server.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.answer)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def webhook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A webhook on this machine whose certificate is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    for name_of_proxy in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name_of_proxy, raising=False)
    server = Server(("127.0.0.1", 0), Handler)
    server.got = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def address(server: Server) -> str:
    """Its address, with a secret in it as chats have one."""
    return f"https://127.0.0.1:{server.server_port}/services/T000/s3cr3t"


def test_webhook_gets_json_whose_text_is_no_markup(webhook: Server) -> None:
    Webhook(address(webhook)).send(hostile())

    (body,) = webhook.got
    assert "&lt;!channel&gt;" in json.loads(body)["text"]
    assert "<!channel>" not in json.loads(body)["text"]


@pytest.mark.parametrize("answer", [302, 307, 404, 500])
def test_webhook_that_does_not_take_it_is_named_without_its_secret(webhook: Server, answer: int) -> None:
    webhook.answer = answer
    with pytest.raises(UndeliveredError, match=rf"^webhook https://127.0.0.1: HTTP {answer}$"):
        Webhook(address(webhook)).send(hostile())

    assert len(webhook.got) == 1


def test_webhook_of_an_untrusted_server_is_told_nothing(
    webhook: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(UndeliveredError, match="CERTIFICATE_VERIFY_FAILED"):
        Webhook(address(webhook)).send(hostile())

    assert webhook.got == []


def test_webhook_from_the_environment(
    webhook: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = Destination(webhook_env="CHAT")
    (problem,) = notify(sample_results(), tmp_path, [destination])
    assert "CHAT holds no address" in problem

    monkeypatch.setenv("CHAT", address(webhook))
    assert notify(sample_results(), tmp_path, [destination]) == ()
    assert len(webhook.got) == 1
    assert "s3cr3t" not in (tmp_path / "notified.json").read_text()


def test_command_that_hangs_is_ended_with_what_it_started(tmp_path: Path) -> None:
    script = f"sleep 600 & echo $! > {tmp_path}/pid; sleep 600"
    with pytest.raises(UndeliveredError, match=r"command sh: not done within 0\.5 s"):
        Command(("sh", "-c", script), limit_s=0.5).send(hostile())

    started = int((tmp_path / "pid").read_text())
    assert until(lambda: not is_alive(started))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("sns:arn:aws:sns:us-east-1:111122223333:a", Destination(sns="arn:aws:sns:us-east-1:111122223333:a")),
        ("webhook:https://a/b", Destination(webhook="https://a/b")),
        ("webhook-env:CHAT", Destination(webhook_env="CHAT")),
        ("command:page --to 'net work'", Destination(command=("page", "--to", "net work"))),
    ],
)
def test_destination_of_an_option(text: str, expected: Destination) -> None:
    assert destination_of(text) == expected


@pytest.mark.parametrize(
    "text", ["mail:me", "sns:", "sns:alerts", "webhook:http://a/b", "webhook:file:///etc/passwd"]
)
def test_destination_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        destination_of(text)


def test_causes_that_nobody_judged_hide_a_pass() -> None:
    run = snapshot(sample_results())
    partial = msgspec.structs.replace(run, verdict=Verdict.CONFORMS, verdicts={}, causes={})

    assert told_now(partial, told_now(run, Told())).verdict is Verdict.NONCONFORMING


def test_scheduled_runs_notify_on_change_only(
    tmp_path: Path, told: Listener, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in PROJECT.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:hypothesispytest -p no:cacheprovider")
    monkeypatch.chdir(tmp_path)
    argv = ", ".join(f'"{word}"' for word in told.destination.command)
    profile = (
        f'[tool.conformance.profiles.night]\nsuites = ["test_one.py"]\nnotify = [{{command = [{argv}]}}]\n'
    )
    (tmp_path / "pyproject.toml").write_text(profile)
    run = ["run", "--profile", "night", "--report", "out"]

    assert main(run) == 0
    (tmp_path / "test_one.py").write_text(PROJECT["test_one.py"].replace("pass", "assert False"))
    assert [main(run), main(run)] == [1, 1]
    assert len(told.messages) == 1
    assert main([*run, "no_such.py"]) == 2
    assert [one["verdict"] for one in told.messages] == ["nonconforming", "unobservable"]
    (tmp_path / "test_one.py").write_text(PROJECT["test_one.py"])
    assert [main(run), main(run)] == [0, 0]
    assert [one["verdict"] for one in told.messages] == ["nonconforming", "unobservable", "conforms"]
