"""AWS's own latency beside ours."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from fixtures.live.aws_instances import instance_bandwidths
from fixtures.live.aws_latency import aws_latency
from fixtures.live.aws_window import account_id
from fixtures.live.run import MeasuringRun
from probes.hosts.measurements.preflight import HostFacts
from probes.model.spec import RangeMs
from suites.live import test_latency
from suites.selftest.aws.endpoint import dummy_credentials
from suites.selftest.live.test_host_questions import DIRECTION, facts
from suites.selftest.live.test_run import QUICK_SPEC, ScriptedFleet

WAY, BACK = ("us-east-1", "us-east-2"), ("us-east-2", "us-east-1")
NOW = datetime(2026, 11, 27, tzinfo=UTC)
Points = dict[tuple[str, str], list[tuple[float, str]]]


def asking(monkeypatch: pytest.MonkeyPatch, said: list[str], points: Points) -> Any:  # noqa: ANN401  # a question
    """A question to an EC2 that answers so; without points it denies the call."""
    client = boto3.Session("testing", "testing").client("ec2", "us-east-1")
    stub = Stubber(client)
    expected = {"DataQueries": ANY, "StartTime": ANY, "EndTime": ANY}
    if points:
        responses = [
            {
                "Source": source,
                "Destination": destination,
                "MetricPoints": [
                    {"StartDate": NOW, "EndDate": NOW, "Value": v, "Status": s} for v, s in values
                ],
            }
            for (source, destination), values in points.items()
        ]
        stub.add_response("get_aws_network_performance_data", {"DataResponses": responses}, expected)
    else:
        stub.add_client_error("get_aws_network_performance_data", "UnauthorizedOperation", "not you")
    stub.activate()
    monkeypatch.setattr(boto3.Session, "client", lambda *_, **__: client)
    return aws_latency("", None, said.append)


@pytest.fixture
def credentials() -> Iterator[None]:
    with dummy_credentials():
        yield


def test_median_of_the_good_points_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {WAY: [(12.0, "OK"), (13.0, "OK"), (11.0, "OK"), (999.0, "ERROR")], BACK: [(1.0, "ERROR")]}
    said: list[str] = []

    assert asking(monkeypatch, said, points)([WAY, WAY, BACK]) == {WAY: 12.0}
    assert said == []


def test_refusal_is_told_and_spoils_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    assert asking(monkeypatch, said, {})([WAY]) == {}
    assert "what AWS measures between the Regions is not known" in said[0]


def test_figure_stands_beside_ours_and_judges_nothing() -> None:
    fleet = ScriptedFleet()
    run = MeasuringRun(QUICK_SPEC, fleet, fleet, backbone=lambda _: {WAY: 999.25}).measure(
        (WAY,), throughput=False
    )

    assert {(one.regions, one.aws_p50_ms) for one in run.latency} == {(WAY, 999.25), (BACK, None)}
    ours = [one for one in run.latency if one.regions == WAY]
    test_latency.test_average_round_trip_is_within_the_pairs_budget(
        facts(round_trips=ours, latency=[]), DIRECTION, RangeMs(min_ms=15, max_ms=20), lambda _: None
    )
    assert test_latency._observed(ours[0]).endswith("answers; AWS itself measures 999.25 ms")


def of_ec2() -> HostFacts:
    return HostFacts(
        host="gpu",
        kernel="6.1",
        congestion_control="cubic",
        receive_buffer_max_bytes=1,
        send_buffer_max_bytes=1,
        ping_version="",
        ping_interval_s=0.2,
        iperf3_version=None,
        instance_type="p5.48xlarge",
    )


class Nonsense(BaseHTTPRequestHandler):
    """An endpoint that answers everything with a page of its own, as a proxy does."""

    def do_POST(self) -> None:
        """Answer."""
        self.send_response(500)
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Internal Server Error</title>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.mark.usefixtures("credentials")
def test_answer_that_is_not_aws_s_is_told_and_spoils_nothing() -> None:
    said: list[str] = []
    with HTTPServer(("127.0.0.1", 0), Nonsense) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        assert aws_latency("", endpoint, said.append)([WAY]) == {}
        assert instance_bandwidths("", "us-east-1", endpoint, said.append)([of_ec2()]) == {}
        assert account_id("", "us-east-1", endpoint) == ""
        server.shutdown()

    assert "what AWS measures between the Regions is not known: ResponseParserError" in said[0]
