import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.errors import ToolMissingError
from probes.hosts.measurements.iperf3 import Iperf3, ThroughputTest, find_iperf3, read_version
from probes.hosts.measurements.iperf3_output import parse_tcp, parse_udp
from probes.hosts.measurements.iperf3_report import Asked
from probes.hosts.measurements.throughput import TcpThroughput, ThroughputError, ThroughputFailure
from suites.selftest.hosts.fake import FakeShell, result

RECORDINGS = Path(__file__).parents[1] / "recordings/iperf3"
VERSIONS = ("3.9", "3.12", "3.16", "3.21")
F = ThroughputFailure


def recorded(version: str, name: str) -> tuple[str, str]:
    complaint = RECORDINGS / version / f"{name}.err"
    stderr = complaint.read_text(encoding="utf-8") if complaint.exists() else ""
    return (RECORDINGS / version / f"{name}.json").read_text(encoding="utf-8"), stderr


def asked(*, streams: int = 1, reverse: bool = False, duration_s: int = 1) -> Asked:
    return Asked(client="a", server="b", streams=streams, duration_s=duration_s, reverse=reverse)


def changed(name: str, **changes: Any) -> str:  # noqa: ANN401 -- JSON
    document = json.loads(recorded("3.21", name)[0])
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = document
        for parent in parents:
            target = target[parent]
        target[last] = value
    return json.dumps(document)


@pytest.mark.parametrize("version", VERSIONS)
def test_tcp_rate_is_the_receivers(version: str) -> None:
    stdout, stderr = recorded(version, "tcp")
    measured = parse_tcp(asked(), stdout, stderr)
    end = json.loads(stdout)["end"]

    assert measured.mbit_per_s == pytest.approx(end["sum_received"]["bits_per_second"] / 1e6)
    assert measured.sent_mbit_per_s == pytest.approx(end["sum_sent"]["bits_per_second"] / 1e6)
    assert measured.retransmits == end["sum_sent"]["retransmits"]
    assert measured.mean_rtt_ms == pytest.approx(end["streams"][0]["sender"]["mean_rtt"] / 1000)
    assert (measured.sender, measured.receiver, measured.streams) == ("a", "b", 1)
    assert (measured.congestion_control, measured.iperf3_version) == ("bbr", f"iperf {version}")


@pytest.mark.parametrize("version", VERSIONS)
def test_reverse_test_names_the_server_as_sender(version: str) -> None:
    stdout, stderr = recorded(version, "tcpR")
    measured = parse_tcp(asked(reverse=True), stdout, stderr)
    cpu = json.loads(stdout)["end"]["cpu_utilization_percent"]

    assert (measured.sender, measured.receiver, measured.reverse) == ("b", "a", True)
    assert measured.sender_cpu_percent == pytest.approx(cpu["remote_total"])
    assert measured.receiver_cpu_percent == pytest.approx(cpu["host_total"])
    assert measured.retransmits is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_parallel_streams_are_one_result(version: str) -> None:
    stdout, stderr = recorded(version, "P4")
    measured = parse_tcp(asked(streams=4), stdout, stderr)

    lowest = [stream["sender"]["min_rtt"] for stream in json.loads(stdout)["end"]["streams"]]
    assert (measured.streams, measured.min_rtt_ms) == (4, min(lowest) / 1000)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "name,kind",
    [("refused", F.REFUSED), ("busy", F.BUSY), ("kill", F.SERVER_GONE), ("term", F.INTERRUPTED)],
)
def test_failure_is_named_whatever_the_exit_code(version: str, name: str, kind: F) -> None:
    duration_s = 5 if name == "term" else 4
    with pytest.raises(ThroughputError, match=r"^a: no throughput measured, .*a to b: ") as caught:
        parse_tcp(asked(duration_s=duration_s), *recorded(version, name))
    assert caught.value.kind == kind


@pytest.mark.parametrize("version", VERSIONS)
def test_forbidden_rate_is_no_result(version: str) -> None:
    with pytest.raises(ThroughputError) as caught:
        parse_tcp(asked(duration_s=4), *recorded(version, "rl"))
    assert caught.value.kind == (F.RATE_LIMITED if version == "3.21" else F.SERVER_GONE)


def test_prefixed_error_of_3_7_is_recognised() -> None:
    stdout = changed("refused", error="error - unable to connect to server: Connection refused")
    with pytest.raises(ThroughputError) as caught:
        parse_tcp(asked(), stdout)
    assert caught.value.kind == F.REFUSED


@pytest.mark.parametrize("version", VERSIONS)
def test_both_directions_at_once_are_refused(version: str) -> None:
    with pytest.raises(ThroughputError) as caught:
        parse_tcp(asked(), *recorded(version, "bidir"))
    assert caught.value.kind == F.UNREADABLE


@pytest.mark.parametrize(
    "changes,kind",
    [
        ({"error": "the server has terminated"}, F.SERVER_GONE),
        ({"error": "unable to connect to server: Connection timed out"}, F.NO_ANSWER),
        ({"error": "unable to connect to server: No route to host"}, F.UNREACHABLE),
        ({"error": "unable to connect to server: Network is unreachable"}, F.UNREACHABLE),
        ({"error": "something new"}, F.OTHER),
        ({"end": {}}, F.OTHER),
        ({"end__sum_received": None}, F.INCOMPLETE),
        ({"end__sum_sent": None}, F.INCOMPLETE),
        ({"end__sum_received__bytes": 0}, F.INCOMPLETE),
        ({"end__sum_received__seconds": 0.5}, F.INCOMPLETE),
        ({"end__sum_received__seconds": 9.0}, F.INCOMPLETE),
        ({"end__sum_received": {"bytes": 5}}, F.UNREADABLE),
        ({"end__streams": 7}, F.UNREADABLE),
        ({"start__test_start__num_streams": 2}, F.UNREADABLE),
        ({"start__test_start__reverse": 1}, F.UNREADABLE),
        ({"start__test_start__duration": 10}, F.UNREADABLE),
        ({"start__test_start__protocol": "UDP"}, F.UNREADABLE),
        ({"start__test_start__bidir": 1}, F.UNREADABLE),
    ],
)
def test_damaged_result_is_no_result(changes: dict[str, Any], kind: F) -> None:
    with pytest.raises(ThroughputError) as caught:
        parse_tcp(asked(), changed("tcp", **changes))
    assert caught.value.kind == kind


@given(st.integers(0, 3000))
def test_truncated_output_is_no_result(length: int) -> None:
    stdout = recorded("3.21", "tcp")[0].rstrip()
    with pytest.raises(ThroughputError) as caught:
        parse_tcp(asked(), stdout[: min(length, len(stdout) - 1)])
    assert caught.value.kind == F.UNREADABLE


@pytest.mark.parametrize("text", ["[]", "null", '"text"', "{}", "iperf3: command line garbage"])
def test_other_text_is_no_result(text: str) -> None:
    with pytest.raises(ThroughputError):
        parse_tcp(asked(), text)


@pytest.mark.parametrize("version", VERSIONS)
def test_udp_loss_and_rate_are_the_receivers(version: str) -> None:
    stdout, stderr = recorded(version, "udpR")
    measured = parse_udp(asked(reverse=True), stdout, stderr)
    end = json.loads(stdout)["end"]

    total = end.get("sum_received", end["sum"])
    assert (measured.packets, measured.lost_packets) == (total["packets"], total["lost_packets"])
    assert measured.loss_ratio == pytest.approx(total["lost_percent"] / 100)
    arrived_bits = (total["packets"] - total["lost_packets"]) * 32768 * 8
    assert measured.mbit_per_s == pytest.approx(arrived_bits / total["seconds"] / 1e6)


@pytest.mark.parametrize(
    "changes",
    [
        {"end__sum_received__lost_packets": 400},
        {"end__sum_received__lost_packets": -1},
        {"end__sum_received__packets": 0},
        {"end__sum_received__bytes": 3_000_000},
    ],
)
def test_impossible_udp_counts_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ThroughputError) as caught:
        parse_udp(asked(), changed("udp", **changes))
    assert caught.value.kind == F.UNREADABLE


def test_result_survives_a_cache() -> None:
    measured = parse_tcp(asked(), *recorded("3.21", "tcp"))
    assert msgspec.json.decode(msgspec.json.encode(measured), type=TcpThroughput) == measured


@pytest.mark.parametrize(
    "text,version",
    [("iperf 3.12 (cJSON 1.7.15)\nLinux", (3, 12)), ("iperf 3.7\n", (3, 7)), ("iperf 4.0-dev", (4, 0))],
)
def test_version_is_read(text: str, version: tuple[int, int]) -> None:
    assert read_version("a", text) == version


@pytest.mark.parametrize("text", ["iperf 3.1.3", "iperf version 2.1.8 (pthreads)", ""])
def test_version_too_old_is_named(text: str) -> None:
    with pytest.raises(ToolMissingError, match=r"^a: iperf3 3\.7 or later is needed"):
        read_version("a", text)


def test_missing_iperf3_is_named() -> None:
    shell = FakeShell(lambda _: result(status=127, stderr="timeout: failed to run command 'iperf3'"))
    with pytest.raises(ToolMissingError, match="iperf3 cannot be run"):
        find_iperf3(shell)


@pytest.mark.parametrize(
    "version,reverse,client,server",
    [
        ((3, 7), False, "", ""),
        ((3, 9), True, "-R", ""),
        ((3, 10), False, "", "--rcv-timeout 10000"),
        ((3, 10), True, "--rcv-timeout 10000 -R", ""),
        ((3, 21), False, "", "--idle-timeout 32 --rcv-timeout 10000"),
    ],
)
def test_commands_use_what_the_version_has(
    version: tuple[int, int],
    reverse: bool,  # noqa: FBT001 -- a parameter of the test
    client: str,
    server: str,
) -> None:
    test = ThroughputTest(address="10.66.74.10", port=5302, streams=4, reverse=reverse)
    iperf3 = Iperf3(FakeShell(lambda _: result()), version)

    base = "iperf3 -c 10.66.74.10 -p 5302 -J -P 4 -t 10 -O 2 --connect-timeout 5000"
    assert " ".join(iperf3.client_command(test)) == f"{base} {client}".strip()
    listen = "iperf3 -s -1 -B 10.66.74.10 -p 5302 --forceflush"
    assert " ".join(iperf3.server_command(test)) == f"{listen} {server}".strip()


def test_udp_rate_is_shared_among_streams() -> None:
    test = ThroughputTest(address="10.66.74.10", streams=4)
    argv = Iperf3(FakeShell(lambda _: result()), (3, 12)).client_command(test, udp_mbit_per_s=100)
    assert argv[-3:] == ["-u", "-b", "25000000"]
