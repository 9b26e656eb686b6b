from pathlib import Path

import pytest

from probes.hosts.errors import MeasurementError, ToolMissingError
from probes.hosts.measurements.round_trips import RoundTrips
from probes.hosts.measurements.tcp_rtt import COUNT, handshakes, samples_ms
from probes.hosts.ssh.shell import Shell
from probes.model.errors import InputError
from suites.selftest.hosts.fake import FakeShell, result

RECORDED = (Path(__file__).parents[1] / "recordings/ss/iproute2-6.1.txt").read_text(encoding="utf-8")
GPU = "10.66.10.10"
# a busy router: connections of other programs to the same port, before and after ours
BUSY = """\
socket:[417]
State  Recv-Q  Send-Q  Local Address:Port  Peer Address:Port
ESTAB  0       0       10.66.0.20:41002    10.66.10.10:8080   uid:1000 ino:4170 sk:1a <->
\t ts sack cubic wscale:7,7 rto:201 rtt:93.1/12.5 ato:40 mss:8949 cwnd:10
ESTAB  0       0       10.66.0.20:41008    10.66.10.10:8080   uid:1000 ino:417 sk:1b <->
\t ts sack cubic wscale:7,7 rto:201 rtt:0.412/0.206 mss:8949 cwnd:10 minrtt:0.412
ESTAB  0       0       10.66.0.20:41010    10.66.10.10:8080   uid:1000 ino:1417 sk:1c <->
\t ts sack cubic wscale:7,7 rto:201 rtt:88/44 mss:8949 cwnd:10
"""


def timed(shell: Shell, address: str = GPU, *, count: int = COUNT) -> RoundTrips:
    return handshakes(shell, address, 8080, count=count)


def test_each_handshake_of_a_recording_is_read() -> None:
    run = timed(FakeShell(lambda _: result(RECORDED)), GPU, count=2)

    assert (run.sent, run.received) == (2, 2)
    assert (run.min_ms, run.max_ms) == (0.034, 0.124)
    assert run.avg_ms == pytest.approx(0.079)
    assert run.mdev_ms == pytest.approx(0.045)


def test_connections_of_others_to_the_same_port_are_not_ours() -> None:
    assert samples_ms(BUSY) == (0.412,)


def test_connection_that_ss_does_not_show_is_no_sample() -> None:
    with pytest.raises(ValueError, match="ss shows no round trip of socket 999"):
        samples_ms(BUSY.replace("socket:[417]", "socket:[999]"))


@pytest.mark.parametrize("rtt", ["1.2.3/0.1", "nan/1", "-1/1", f"{'9' * 400}/1", "/", ""])
def test_round_trip_that_is_no_number_is_no_sample(rtt: str) -> None:
    shell = FakeShell(lambda _: result(RECORDED.replace("rtt:0.034/0.017", f"rtt:{rtt}")))
    with pytest.raises(MeasurementError, match="a: ss shows no round trip of socket 791029"):
        timed(shell, count=2)


def test_silence_is_a_measurement() -> None:
    shell = FakeShell(lambda _: result(RECORDED, status=124))
    run = timed(shell, GPU, count=30)

    assert (run.sent, run.received) == (3, 2)


def test_silence_from_the_first_on_has_no_average() -> None:
    run = timed(FakeShell(lambda _: result(status=124)), GPU)

    assert (run.sent, run.received, run.avg_ms) == (1, 0, None)


def test_port_that_refuses_has_no_service_to_be_timed() -> None:
    shell = FakeShell(lambda _: result(status=1, stderr="bash: connect: Connection refused"))
    with pytest.raises(MeasurementError, match="Connection refused"):
        timed(shell, GPU)


def test_missing_samples_are_not_taken_for_an_answer() -> None:
    with pytest.raises(MeasurementError, match="2 of 30 handshakes"):
        timed(FakeShell(lambda _: result(RECORDED)), GPU)


def test_host_without_ss_is_named() -> None:
    shell = FakeShell(lambda _: result("socket:[417]\n", status=127, stderr="bash: ss: command not found"))
    with pytest.raises(ToolMissingError, match="ss: command not found"):
        timed(shell, GPU)


def test_name_in_place_of_an_address_never_reaches_a_shell() -> None:
    shell = FakeShell(lambda _: result(RECORDED))
    with pytest.raises(InputError):
        timed(shell, "$(reboot)")
    assert shell.asked == []
