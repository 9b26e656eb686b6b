"""The probes with the real tools, over SSH to this machine."""

import socket
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from probes.hosts.errors import HostError, MeasurementError
from probes.hosts.measurements.datagrams import datagrams_arrive
from probes.hosts.measurements.iperf3 import Iperf3, find_iperf3, measure_tcp
from probes.hosts.measurements.listening import Listening, listening_ports, parse_listening
from probes.hosts.measurements.mtu import measure_path_mtu
from probes.hosts.measurements.ping import ping
from probes.hosts.measurements.ports import attempt_connections
from probes.hosts.measurements.preflight import HostFacts, host_facts, window_ceiling_mbit_per_s
from probes.hosts.measurements.tcp_rtt import handshakes
from probes.hosts.measurements.throughput import ThroughputError, ThroughputFailure, ThroughputTest
from probes.hosts.ssh.connection import JumpHosts
from probes.hosts.ssh.shell import BackgroundProcess, CommandResult, Shell
from probes.hosts.ssh.transport import SshShell
from probes.model.conformance.measurements import (
    UNDOCUMENTED,
    PathMtu,
    PortAttempt,
    PortOutcome,
    Throughput,
)
from suites.selftest.hosts.fake import ENDS, FakeShell, result
from suites.selftest.hosts.sshd import free_port, sshd

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    jump_hosts = JumpHosts()
    with (
        sshd(tmp_path_factory.mktemp("sshd")) as server,
        SshShell("a", server.address, jump_hosts) as connected,
    ):
        yield connected
    jump_hosts.close()


@pytest.fixture(scope="module")
def iperf3(shell: Shell) -> Iperf3:
    return find_iperf3(shell)


def path_mtu(shell: Shell, *packet_bytes: int) -> PathMtu:
    return measure_path_mtu(shell, PathMtu(**ENDS), HERE, packet_bytes=packet_bytes)


def outcome(shell: Shell, port: int, *, wait_s: int = 4) -> PortOutcome | None:
    planned = PortAttempt(**ENDS, claim=UNDOCUMENTED, port=port, open_expected=False)
    (found,) = attempt_connections(shell, [(planned, HERE)], wait_s=wait_s).values()
    if isinstance(found, PortAttempt):
        return found.outcome
    raise found


def throughput_test(port: int, **options: Any) -> ThroughputTest:  # noqa: ANN401  # fields of the test
    options = {"duration_s": 1, "omit_s": 0} | options
    return ThroughputTest(planned=Throughput(**ENDS), address=HERE, port=port, **options)


def test_ping_measures_each_reply(shell: Shell) -> None:
    run = ping(shell, HERE, count=5)
    assert (run.sent, run.received, len(run.samples_ms)) == (5, 5, 5)
    assert run.avg_ms is not None
    assert 0 < run.avg_ms < 1000


def test_mtu_is_found_between_two_sizes(shell: Shell) -> None:
    found = path_mtu(shell, 65536, 65535)  # the loopback interface's own is 65535
    assert (found.largest_passed_bytes, found.smallest_lost_bytes) == (65535, 65536)
    assert found.reported_mtu_bytes == 65535


def path_of(mtu_bytes: int, says: str = "") -> FakeShell:
    """A path that carries so much and says of larger packets what is given, or nothing."""

    def answer(argv: Sequence[str]) -> CommandResult:
        size = int(argv[argv.index("-s") + 1]) + 28
        if size > mtu_bytes:
            return result(
                f"{says}\n3 packets transmitted, 0 received, 100% packet loss, time 1ms\n", status=1
            )
        replies = "".join(f"64 bytes from {HERE}: icmp_seq={n} ttl=64 time=0.4 ms\n" for n in (1, 2, 3))
        counts = "3 packets transmitted, 3 received, 0% packet loss, time 1ms\n"
        return result(f"{replies}{counts}rtt min/avg/max/mdev = 0.4/0.4/0.4/0.0 ms\n")

    return FakeShell(answer)


@pytest.mark.parametrize("mtu_bytes", [8499, 8473, 1500, 1280, 69, 68])
def test_largest_packet_that_passes_is_found_to_the_byte(mtu_bytes: int) -> None:
    path = path_of(mtu_bytes)
    found = path_mtu(path, 8500, 8501)

    assert (found.largest_passed_bytes, found.smallest_lost_bytes) == (mtu_bytes, mtu_bytes + 1)
    assert len(path.asked) <= 2 + 1 + 14


@pytest.mark.parametrize("named, asked", [(1500, 5), (1400, 16), (9001, 15)])
def test_limit_that_is_named_is_tried_first_and_not_believed(named: int, asked: int) -> None:
    path = path_of(1500, says=f"ping: local error: message too long, mtu={named}")
    found = path_mtu(path, 8500, 8501)

    assert (found.largest_passed_bytes, found.smallest_lost_bytes) == (1500, 1501)
    assert len(path.asked) <= 2 + asked


def test_dead_path_is_not_bisected() -> None:
    path = path_of(0)
    assert path_mtu(path, 8500, 8501).largest_passed_bytes is None
    assert len(path.asked) == 3


def test_ports_that_listen_at_the_address_are_read() -> None:
    text = """tcp   LISTEN 0      128          0.0.0.0:22         0.0.0.0:*
tcp   LISTEN 0      128             [::]:3389          [::]:*
tcp   LISTEN 0      5         10.66.10.10:8080      0.0.0.0:*
tcp   LISTEN 0      5      0.0.0.0%eth0:8081      0.0.0.0:*
tcp   LISTEN 0      5         127.0.0.1:631       0.0.0.0:*
tcp   LISTEN 0      5        10.66.10.11:5432      0.0.0.0:*
tcp   LISTEN 0      5              [::1]:632          [::]:*
udp   UNCONN 0      0            0.0.0.0:53         0.0.0.0:*
"""
    assert parse_listening(text + "x" * 10**6, "10.66.10.10") == Listening((22, 3389, 8080, 8081), (53,))


def test_own_listener_is_found(shell: Shell) -> None:
    with socket.create_server((HERE, 0)) as server:
        assert server.getsockname()[1] in listening_ports(shell, HERE).tcp


def _read_all(server: socket.socket) -> None:
    while server.recv(1):
        pass


def test_datagrams_are_seen_where_they_arrive_and_only_there(shell: Shell) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((HERE, 0))
        port = server.getsockname()[1]
        threading.Thread(
            target=_read_all, args=(server,), daemon=True
        ).start()  # a service that reads, as all do
        assert datagrams_arrive(shell, shell, HERE, port)
        server.sendto(b"", (HERE, port))  # ends the reader
    assert not datagrams_arrive(shell, shell, HERE, port)


@pytest.mark.parametrize(
    "counts, arrives",
    [
        ([0, 0, 200, 200, 200, 400], True),
        ([0, 0, 0], False),
        ([0, 0, 200, 200, 200, 200], False),  # only once
        ([0, 100, 300], False),  # as much as ever
        ([0, 10, 210, 210, 215, 390], True),
    ],
)
def test_what_else_the_host_receives_is_taken_off(counts: list[int], arrives: bool) -> None:  # noqa: FBT001
    given = iter(counts)
    receiver = FakeShell(lambda _: result(f"Udp: InDatagrams NoPorts\nUdp: {next(given)} 7 0 5 0 0 0 0 0\n"))
    sender = FakeShell(lambda _: result(""))

    assert datagrams_arrive(sender, receiver, HERE, 53) is arrives


def test_receiver_that_does_not_count_is_no_outcome() -> None:
    with pytest.raises(MeasurementError, match="does not count datagrams"):
        datagrams_arrive(FakeShell(lambda _: result("")), FakeShell(lambda _: result("")), HERE, 53)


@pytest.mark.parametrize("recorded", ["iputils-frag-needed", "iputils-too-long"])
def test_limit_that_a_router_or_the_source_names_is_kept(recorded: str) -> None:
    text = (Path(__file__).parents[1] / f"recordings/ping/{recorded}.txt").read_text(encoding="utf-8")
    found = path_mtu(FakeShell(lambda _: result(text, status=1)), 8501)
    assert (found.largest_passed_bytes, found.reported_mtu_bytes) == (None, 8500)


def test_port_states_are_told_apart(shell: Shell) -> None:
    with socket.create_server((HERE, 0)) as listener:
        open_port = outcome(shell, listener.getsockname()[1])
    closed_port = outcome(shell, free_port())
    assert (open_port, closed_port) == (PortOutcome.OPEN, PortOutcome.REFUSED)


def test_handshakes_are_timed_by_the_kernel(shell: Shell) -> None:
    with socket.create_server((HERE, 0)) as server:
        run = handshakes(shell, HERE, server.getsockname()[1], count=5)
    assert (run.sent, run.received) == (5, 5)
    assert run.avg_ms is not None
    assert 0 < run.avg_ms < 1000


def test_silent_port_is_told_from_a_refusing_one(shell: Shell) -> None:
    with socket.create_server((HERE, 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address):  # fills the queue: further SYNs are dropped
            silent = outcome(shell, address[1], wait_s=1)
    assert silent == PortOutcome.NO_ANSWER


@pytest.mark.parametrize(
    "status,stderr,expected",
    [
        (1, "bash: connect: Connection timed out", PortOutcome.NO_ANSWER),
        (1, "bash: connect: No route to host", PortOutcome.UNREACHABLE),
        (1, "bash: connect: Network is unreachable", PortOutcome.UNREACHABLE),
    ],
)
def test_kernel_reasons_are_kept(status: int, stderr: str, expected: PortOutcome) -> None:
    fake = FakeShell(lambda _: result(f"0 {status} {stderr}\n"))
    assert outcome(fake, 22) == expected


@pytest.mark.parametrize("stderr", ["", "bash: connect: Permission denied", "bash: Invalid argument"])
def test_failure_of_the_source_itself_is_no_outcome(stderr: str) -> None:
    fake = FakeShell(lambda _: result(f"0 1 {stderr}\n"))
    with pytest.raises(MeasurementError, match="a: the connection attempt failed"):
        outcome(fake, 22)


def test_attempt_that_is_not_reported_is_no_outcome_and_spoils_no_other() -> None:
    fake = FakeShell(lambda _: result("1 0 \n99999 0 \n0 x\n" + "9" * 10**6))
    planned = [PortAttempt(**ENDS, claim=UNDOCUMENTED, port=port, open_expected=False) for port in (22, 80)]
    silent, opened = attempt_connections(fake, [(one, HERE) for one in planned]).values()

    assert isinstance(silent, MeasurementError)
    assert isinstance(opened, PortAttempt)
    assert opened.outcome is PortOutcome.OPEN


@pytest.mark.parametrize("reverse", [False, True])
def test_throughput_is_measured_and_the_server_is_gone(
    shell: Shell,
    iperf3: Iperf3,
    reverse: bool,  # noqa: FBT001 -- a parameter of the test
) -> None:
    test = throughput_test(free_port(), streams=2, omit_s=1, reverse=reverse)
    measured = measure_tcp(iperf3, iperf3, test)

    assert measured.mbit_per_s is not None
    assert measured.mbit_per_s > 10
    assert measured.streams == 2
    assert outcome(shell, test.port) == PortOutcome.REFUSED


def test_client_without_a_server_is_refused(shell: Shell, iperf3: Iperf3) -> None:
    lonely = Iperf3(PretendingListener(shell), iperf3.version)
    with pytest.raises(ThroughputError) as caught:
        measure_tcp(iperf3, lonely, throughput_test(free_port()))
    assert caught.value.kind == ThroughputFailure.REFUSED


class PretendingListener(FakeShell):
    """A host whose server only says that it listens."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(lambda _: result(), host="b")
        self._shell = shell

    def start(self, argv: Sequence[str], *, deadline_s: float) -> BackgroundProcess:  # noqa: ARG002
        """See Shell.start."""
        script = "echo Server listening on 1; sleep 300"
        return self._shell.start(["sh", "-c", script], deadline_s=deadline_s)


def test_port_in_use_is_what_the_server_says(iperf3: Iperf3) -> None:
    with socket.create_server((HERE, 0)) as taken:
        test = throughput_test(taken.getsockname()[1])
        with pytest.raises(HostError, match="Address already in use"):
            iperf3.listen(test)


def test_preflight_knows_tools_and_buffers(shell: Shell, iperf3: Iperf3) -> None:
    facts = host_facts(shell)
    assert facts.iperf3_version == iperf3.version
    assert facts.ping_version.startswith("ping from iputils")
    assert facts.congestion_control
    assert min(facts.receive_buffer_max_bytes, facts.send_buffer_max_bytes) > 4096


def test_preflight_without_iperf3_still_tells_the_rest() -> None:
    lines = "6.1.0\n1000\ncubic\n4096 131072 6291456\n4096\t16384\t4194304\n"
    fake = FakeShell(lambda _: result(f"{lines}ping utility, iputils-s20161105\nsh: 1: iperf3: not found\n"))
    facts = host_facts(fake)
    assert (facts.iperf3_version, facts.ping_interval_s, facts.send_buffer_max_bytes) == (None, 0.2, 4194304)


@pytest.mark.parametrize("stdout", ["", "6.1.0\n", "a\nb\nc\nd\ne\nf\ng\n"])
def test_unreadable_preflight_is_no_facts(stdout: str) -> None:
    with pytest.raises(MeasurementError, match="a: the preflight cannot be read"):
        host_facts(FakeShell(lambda _: result(stdout)))


def test_buffers_bound_what_a_long_path_can_carry() -> None:
    facts = HostFacts(
        host="a",
        kernel="6.1.0",
        congestion_control="cubic",
        receive_buffer_max_bytes=6 << 20,
        send_buffer_max_bytes=4 << 20,
        ping_version="",
        ping_interval_s=0.2,
        iperf3_version=(3, 12),
    )
    assert window_ceiling_mbit_per_s(facts, facts, rtt_ms=80, streams=1) == pytest.approx(419.4, abs=0.1)
    assert window_ceiling_mbit_per_s(facts, facts, rtt_ms=80, streams=12) == pytest.approx(5033, abs=1)
