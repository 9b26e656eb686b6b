"""What a host mounts, who is on the way, how long a request takes: read, judged, and shown to fail."""

from collections.abc import Iterable, Sequence
from unittest.mock import create_autospec

import pytest
from msgspec.structs import replace

from fixtures.live.run import MeasuringRun
from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.host_questions import lustre_mounts, path_hops, requests
from probes.hosts.ssh.shell import CommandResult
from probes.model.conformance.measurements import (
    Direction,
    Latency,
    LustreMount,
    Measured,
    Measurement,
    PathHops,
    WireFacts,
)
from probes.model.errors import UnobservableError
from probes.model.spec import FsxSpec, RangeMs
from probes.model.spec.consistency import inconsistencies
from probes.model.spec.measuring import RequestSpec
from suites.live import test_connectivity, test_latency
from suites.selftest.hosts.fake import FakeShell, result
from suites.selftest.live.test_run import QUICK_SPEC, ScriptedFleet, healthy
from suites.selftest.spec.corrections import SPEC

REGION = "us-east-1"
MOUNT = LustreMount(source="a", destination="", source_region=REGION, destination_region=REGION)
HOPS = PathHops(source="a", destination="b", source_region=REGION, destination_region="us-east-2")
DIRECTION = Direction(source_region=REGION, destination_region="us-east-2")
MOUNTS = """/dev/nvme0n1p1 / ext4 rw 0 0
10.66.20.50@tcp:/fsx /models lustre rw,flock 0 0
10.66.84.50@tcp:10.66.84.51@tcp:/other/sub /dr lustre rw 0 0
lustre /x tmpfs rw 0 0
"""


def answering(stdout: str, status: int = 0) -> FakeShell:
    return FakeShell(lambda _: result(stdout, status=status))


def facts(**rows: Iterable[Measurement]) -> WireFacts:
    mock: WireFacts = create_autospec(WireFacts, instance=True)
    for question, answer in rows.items():
        getattr(mock, question).return_value = Measured(answer)
    return mock


def test_lustre_mounts_are_read_and_no_others() -> None:
    found = lustre_mounts(answering(MOUNTS + "x" * 10**6), MOUNT)

    assert [(one.destination, one.name) for one in found] == [
        ("10.66.20.50", "fsx"),
        ("10.66.84.50", "other"),
    ]
    assert lustre_mounts(answering("proc /proc proc rw 0 0\n"), MOUNT) == ()
    with pytest.raises(MeasurementError, match="/proc/mounts cannot be read"):
        lustre_mounts(answering("", status=1), MOUNT)


@pytest.mark.parametrize(
    "mounts, conforms",
    [
        ([("10.66.20.50", "fsx")], True),
        ([("10.66.20.50", "fsx"), ("10.66.84.50", "fsx")], True),  # its own, and another for a disaster
        ([("10.66.84.50", "fsx")], False),
        ([("10.66.20.50", "scratch")], False),
        ([("", "")], False),
    ],
)
def test_host_without_the_file_system_of_its_region_is_nonconforming(
    mounts: Sequence[tuple[str, str]],
    conforms: bool,  # noqa: FBT001
) -> None:
    assert isinstance(SPEC.fsx, FsxSpec)
    rows = [replace(MOUNT, destination=server, name=name) for server, name in mounts]
    judge = test_connectivity.test_hosts_mount_the_file_system_of_their_own_region
    if conforms:
        judge(SPEC, facts(mounts=rows), REGION)
        return
    with pytest.raises(AssertionError, match="1 violation"):
        judge(SPEC, facts(mounts=rows), REGION)


def test_host_that_does_not_say_what_it_mounts_is_unobservable() -> None:
    rows = [
        replace(MOUNT, error="a: silent"),
        replace(MOUNT, source="b", destination="10.66.20.50", name="fsx"),
    ]
    with pytest.raises(UnobservableError, match="a: silent"):
        test_connectivity.test_hosts_mount_the_file_system_of_their_own_region(
            SPEC, facts(mounts=rows), REGION
        )


def test_hops_are_read() -> None:
    text = """PING 10.66.74.10 (10.66.74.10) 56(84) bytes of data.
From 10.66.10.1 icmp_seq=1 Time to live exceeded
From 52.93.1.2 icmp_seq=1 Time to live exceeded
From 999.1.2.3 icmp_seq=1 Time to live exceeded
64 bytes from 10.66.74.10: icmp_seq=1 ttl=253 time=17.5 ms
1 packets transmitted, 1 received, 0% packet loss, time 0ms
"""
    assert path_hops(answering(text), HOPS, "10.66.74.10").hops == ("10.66.10.1", "52.93.1.2")
    with pytest.raises(MeasurementError, match="ping printed no measurement"):
        path_hops(answering("ping: connect: Network is unreachable\n"), HOPS, "10.66.74.10")


@pytest.mark.parametrize("hop, conforms", [("10.66.10.1", True), ("100.64.0.1", True), ("52.93.1.2", False)])
def test_public_hop_is_nonconforming(hop: str, conforms: bool) -> None:  # noqa: FBT001
    judge = test_connectivity.test_no_router_on_the_way_is_a_public_one
    rows = facts(hops=[replace(HOPS, hops=("10.0.0.1", hop))])
    if conforms:
        judge(SPEC, rows, DIRECTION)
        return
    with pytest.raises(AssertionError, match="1 violation"):
        judge(SPEC, rows, DIRECTION)


def test_way_on_which_nobody_answers_proves_nothing() -> None:
    judge = test_connectivity.test_no_router_on_the_way_is_a_public_one
    with pytest.raises(pytest.skip.Exception, match="nobody on the way answers"):
        judge(SPEC, facts(hops=[replace(HOPS, hops=())]), DIRECTION)


def test_requests_are_timed_and_an_error_of_http_is_no_time() -> None:
    text = "200 0.012345\n200 0.014000\n000 10.000123\n204 0.012000\n"
    trips = requests(answering(text), "http://10.66.10.10:8080/", count=4)
    assert trips.rtts_ms == (12.345, 14.0, None, 12.0)
    with pytest.raises(MeasurementError, match="answered with HTTP 503"):
        requests(answering("503 0.001\n200 0.01\n"), "http://x/", count=2)
    with pytest.raises(MeasurementError, match="1 of 2 requests were made"):
        requests(answering("200 0.01\n" + "9" * 10**6), "http://x/", count=2)


def asked(average_ms: float, p95_ms: float, loss: float = 0.0) -> WireFacts:
    row = Latency(
        source="router",
        destination="gpu",
        source_region=REGION,
        destination_region=REGION,
        sent=20,
        received=19,
        loss_ratio=loss,
        avg_ms=average_ms,
        avg_low_ms=average_ms - 1,
        avg_high_ms=average_ms + 1,
        p95_ms=p95_ms,
        p99_ms=p95_ms,
    )
    return facts(requests=[row])


@pytest.mark.parametrize("average_ms, conforms", [(15.0, True), (25.0, False)])
def test_average_of_the_request_is_judged(average_ms: float, conforms: bool) -> None:  # noqa: FBT001
    judge = test_latency.test_request_within_a_region_takes_as_long_as_documented
    limit = RangeMs(min_ms=10, max_ms=20)
    if conforms:
        judge(asked(average_ms, 30.0), REGION, limit)
        return
    with pytest.raises(AssertionError, match="1 violation"):
        judge(asked(average_ms, 30.0), REGION, limit)


@pytest.mark.parametrize("p95_ms, loss, conforms", [(900, 0.05, True), (2000, 0, False), (900, 0.1, False)])
def test_slow_and_lost_requests_are_judged(p95_ms: float, loss: float, conforms: bool) -> None:  # noqa: FBT001
    judge = test_latency.test_slow_requests_are_as_rare_as_documented
    if conforms:
        judge(asked(15, p95_ms, loss), REGION, 2.0)
        return
    with pytest.raises(AssertionError, match="1 violation"):
        judge(asked(15, p95_ms, loss), REGION, 2.0)


def test_run_asks_each_host_once_and_takes_the_answers() -> None:
    request = RequestSpec(source="router", destination="gpu", url="http://{address}:8080/", count=2)
    spec = replace(QUICK_SPEC, live=replace(QUICK_SPEC.live, request=request))

    def answer(argv: Sequence[str]) -> CommandResult:
        text = " ".join(argv)
        if "/proc/mounts" in argv:
            return result(MOUNTS)
        if "curl" in text:
            return result("200 0.015\n200 0.016\n")
        return result("1 packets transmitted, 1 received\n") if "-t $ttl" in text else healthy(argv)

    fleet = ScriptedFleet(answer)
    fleet.shell = lambda name: FakeShell(answer, name)  # type: ignore[method-assign, assignment, return-value]
    run = MeasuringRun(spec, fleet, fleet).measure((("us-east-1", "us-east-2"),), throughput=False)

    assert {(one.source_region, one.name) for one in run.mounts} == {
        (region, name) for region in ("us-east-1", "us-east-2") for name in ("fsx", "other")
    }
    assert len(run.hops) == 2
    assert {one.avg_ms for one in run.requests} == {15.5}
    assert len(run.requests) == 4


@pytest.mark.parametrize(
    "request_, where",
    [
        (RequestSpec(source="nobody", url="http://x/"), "live.request.source"),
        (RequestSpec(source="gpu", url="ftp://x/"), "live.request.url"),
        (RequestSpec(source="gpu", url="http://{address}/"), "live.request.url"),
        (RequestSpec(source="gpu", destination="gpu", url="http://x/"), "live.request.url"),
        (RequestSpec(source="gpu", url="http://x/", count=0), "live.request.count"),
    ],
)
def test_request_that_cannot_be_made_is_refused(request_: RequestSpec, where: str) -> None:
    spec = replace(SPEC, live=replace(SPEC.live, request=request_))
    assert [one.where for one in inconsistencies(spec)] == [where]
