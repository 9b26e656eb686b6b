import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from probes.hosts.errors import ToolMissingError
from probes.hosts.measurements.iperf3 import Iperf3, find_iperf3, read_version
from probes.hosts.measurements.iperf3_output import parse_tcp
from probes.hosts.measurements.throughput import ThroughputError, ThroughputFailure, ThroughputTest
from probes.model.conformance.measurements import Throughput
from suites.selftest.fuzzing import inputs
from suites.selftest.hosts.fake import ENDS, FakeShell, result

RECORDINGS = Path(__file__).parents[1] / "recordings/iperf3"
VERSIONS = ("3.9", "3.12", "3.16", "3.21")
F = ThroughputFailure


def recorded(version: str, name: str) -> tuple[str, str]:
    complaint = RECORDINGS / version / f"{name}.err"
    stderr = complaint.read_text(encoding="utf-8") if complaint.exists() else ""
    return (RECORDINGS / version / f"{name}.json").read_text(encoding="utf-8"), stderr


def asked(*, streams: int = 1, reverse: bool = False, duration_s: int = 1) -> ThroughputTest:
    """A test whose client is host a, as that of the recordings."""
    back = {"source": "b", "destination": "a"} if reverse else {}
    return ThroughputTest(
        planned=Throughput(**(ENDS | back)),
        address="10.66.74.10",
        streams=streams,
        duration_s=duration_s,
        omit_s=0,
        reverse=reverse,
    )


def changed(name: str, **changes: Any) -> str:  # noqa: ANN401 -- JSON
    document = json.loads(recorded("3.21", name)[0])
    for path, value in changes.items():
        *parents, last = path.split("__")
        target = document
        for parent in parents:
            target = target[parent]
        target[last] = value
    return json.dumps(document)


TEN_TIMES_WHAT_WAS_SENT = {
    "end__sum_sent__bytes": 100,
    "end__sum_sent__seconds": 1.0,
    "end__sum_sent__bits_per_second": 800.0,
}
NOT_JUDGED: tuple[dict[str, Any], ...] = (
    {"end__cpu_utilization_percent": None},
    {"end__streams": 7},
    {"start__timestamp": None},
    {"start__connected": []},
    {"start__system_info": 1},
    {"intervals": "x" * 10},
)


@pytest.mark.parametrize("version", VERSIONS)
def test_tcp_rate_is_the_receivers(version: str) -> None:
    stdout, stderr = recorded(version, "tcp")
    measured = parse_tcp(asked(), stdout, stderr)
    end = json.loads(stdout)["end"]

    assert measured.mbit_per_s == pytest.approx(end["sum_received"]["bits_per_second"] / 1e6)
    assert measured.retransmits == end["sum_sent"]["retransmits"]
    assert (measured.source, measured.destination, measured.streams) == ("a", "b", 1)
    assert measured.duration_s == end["sum_received"]["seconds"]


@pytest.mark.parametrize("version", VERSIONS)
def test_reverse_test_names_the_server_as_sender(version: str) -> None:
    stdout, stderr = recorded(version, "tcpR")
    measured = parse_tcp(asked(reverse=True), stdout, stderr)

    assert (measured.source, measured.destination) == ("b", "a")
    assert measured.retransmits is not None


@pytest.mark.parametrize("version", VERSIONS)
def test_parallel_streams_are_one_result(version: str) -> None:
    stdout, stderr = recorded(version, "P4")
    measured = parse_tcp(asked(streams=4), stdout, stderr)

    assert measured.streams == 4


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
        ({"error": 1}, F.OTHER),
        ({"error": {"deep": [1]}}, F.OTHER),
        ({"end__sum_received__bits_per_second": 5}, F.UNREADABLE),
        ({"end__sum_received__bits_per_second": -1e9}, F.UNREADABLE),
        ({"end__sum_received__bits_per_second": float("nan")}, F.UNREADABLE),
        ({"end__sum_received__bits_per_second": float("inf")}, F.UNREADABLE),
        ({"end__sum_sent__bytes": 10**400}, F.UNREADABLE),
        (TEN_TIMES_WHAT_WAS_SENT, F.UNREADABLE),
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


@pytest.mark.parametrize("changes", NOT_JUDGED)
def test_what_nobody_judges_may_be_absent_or_damaged(changes: dict[str, Any]) -> None:
    damaged, whole = (
        parse_tcp(asked(), changed("tcp", **changes)),
        parse_tcp(asked(), *recorded("3.21", "tcp")),
    )
    unread = {"client_cpu_percent": None, "server_cpu_percent": None}
    assert replace(damaged, **unread) == replace(whole, **unread)


@pytest.mark.parametrize("retransmits", [-2, 2**32 - 2, 2**64 - 2, 10**400, "many", None, 1.5])
def test_retransmits_that_are_no_count_are_unknown(retransmits: object) -> None:
    measured = parse_tcp(asked(), changed("tcp", end__sum_sent__retransmits=retransmits))

    assert measured.retransmits is None
    assert measured.mbit_per_s == parse_tcp(asked(), *recorded("3.21", "tcp")).mbit_per_s


def test_document_that_is_printed_twice_is_read_once_and_two_documents_not_at_all() -> None:
    stdout = recorded("3.21", "tcp")[0]

    assert parse_tcp(asked(), f"{stdout}\n{stdout}") == parse_tcp(asked(), stdout)
    with pytest.raises(ThroughputError, match="cannot be read"):
        parse_tcp(asked(), stdout + changed("tcp", end__sum_received__seconds=1.1))


def test_nesting_without_end_is_no_result() -> None:
    with pytest.raises(ThroughputError, match="cannot be read"):
        parse_tcp(asked(), '{"end": ' + "[" * 100_000)


@inputs()
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
    test = replace(asked(streams=4, reverse=reverse, duration_s=10), port=5302, omit_s=2)
    iperf3 = Iperf3(FakeShell(lambda _: result()), version)

    base = "iperf3 -c 10.66.74.10 -p 5302 -J -P 4 -t 10 -O 2 --connect-timeout 5000"
    assert " ".join(iperf3.client_command(test)) == f"{base} {client}".strip()
    listen = "iperf3 -s -1 -B 10.66.74.10 -p 5302 --forceflush"
    assert " ".join(iperf3.server_command(test)) == f"{listen} {server}".strip()
