import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.errors import MeasurementError, ToolMissingError
from probes.hosts.measurements.ping import ping, ping_command, shortest_interval_s
from probes.hosts.measurements.ping_output import parse_output, reported_mtu_bytes
from probes.hosts.measurements.round_trips import RoundTrips
from probes.hosts.ssh.shell import MAX_OUTPUT_BYTES, CommandResult
from probes.model.errors import InputError
from suites.selftest.fuzzing import inputs
from suites.selftest.hosts.fake import FakeShell, result

RECORDINGS = Path(__file__).parents[1] / "recordings/ping"

# iputils s20161105, with its integer loss, duplicates and pipe
OLD = """\
PING 10.66.74.10 (10.66.74.10) 56(84) bytes of data.
64 bytes from 10.66.74.10: icmp_seq=1 ttl=253 time=17.9 ms
64 bytes from 10.66.74.10: icmp_seq=1 ttl=253 time=18.4 ms (DUP!)
64 bytes from 10.66.74.10: icmp_seq=3 ttl=253 time=118 ms
64 bytes from 10.66.74.10: icmp_seq=2 ttl=253 time=318 ms

--- 10.66.74.10 ping statistics ---
4 packets transmitted, 3 received, +1 duplicates, 25% packet loss, time 603ms
rtt min/avg/max/mdev = 17.953/151.711/318.512/123.011 ms, pipe 2
"""
CORRUPTED = """\
PING 10.66.74.10 (10.66.74.10) 56(84) bytes of data.
64 bytes from 10.66.74.10: icmp_seq=1 ttl=253 time=17.9 ms (BAD CHECKSUM!)
64 bytes from 10.66.74.10: icmp_seq=2 ttl=253 time=17.2 ms

--- 10.66.74.10 ping statistics ---
2 packets transmitted, 1 received, +1 corrupted, 50% packet loss, time 201ms
rtt min/avg/max/mdev = 17.211/17.211/17.211/0.000 ms
"""


ANSWERED_BY_A_ROUTER = """\
PING 10.66.74.10 (10.66.74.10) 56(84) bytes of data.
64 bytes from 10.66.10.1: icmp_seq=1 ttl=64 time=0.412 ms (DIFFERENT ADDRESS!)
64 bytes from 10.66.74.10: icmp_seq=2 ttl=253 time=17.9 ms
64 bytes from 10.66.10.1: icmp_seq=3 ttl=64 time=0.405 ms

--- 10.66.74.10 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 402ms
rtt min/avg/max/mdev = 0.405/6.241/17.906/8.250 ms
"""
CLOCK_SET_BACK = """\
PING 10.66.74.10 (10.66.74.10) 56(84) bytes of data.
64 bytes from 10.66.74.10: icmp_seq=1 ttl=253 time=17.9 ms
Warning: time of day goes back (-5210us), taking countermeasures
64 bytes from 10.66.74.10: icmp_seq=2 ttl=253 time=0.000 ms
64 bytes from 10.66.74.10: icmp_seq=3 ttl=253 time=17.8 ms

--- 10.66.74.10 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 402ms
rtt min/avg/max/mdev = 0.000/11.901/17.903/8.415 ms
"""
ADDRESS = "10.66.74.10"


def recording(name: str) -> str:
    return (RECORDINGS / f"{name}.txt").read_text(encoding="utf-8")


def read(text: str, count: int) -> RoundTrips:
    """As of the destination that the text itself names first."""
    found = re.search(r"\((.*?)\)", text)
    return parse_output(text, found[1] if found else ADDRESS, count)


@pytest.mark.parametrize(
    "name,sent,answered,limit",
    [
        ("iputils-20221126", 3, (1, 2, 3), None),
        ("iputils-one-of-six-lost", 6, (1, 3, 4, 5, 6), None),
        ("iputils-all-lost", 3, (), None),
        ("iputils-unreachable", 3, (), None),
        ("iputils-too-long", 3, (), 8500),
        ("iputils-frag-needed", 3, (), 8500),
        ("busybox-1.35", 3, (1, 2, 3), None),
    ],
)
def test_recorded_outputs_are_read(
    name: str, sent: int, answered: tuple[int, ...], limit: int | None
) -> None:
    trips = read(recording(name), sent)

    assert tuple(number for number, rtt_ms in enumerate(trips.rtts_ms, 1) if rtt_ms) == answered
    assert (trips.sent, trips.received, len(trips.samples_ms)) == (sent, len(answered), len(answered))
    assert (trips.avg_ms is None) == (not answered)
    assert reported_mtu_bytes(recording(name)) == limit


def test_summary_is_exact_where_reply_lines_are_cut() -> None:
    trips = read(OLD, 4)

    assert trips.rtts_ms == (17.9, 318.0, 118.0, None)
    assert (trips.min_ms, trips.avg_ms, trips.max_ms, trips.mdev_ms) == (17.953, 151.711, 318.512, 123.011)


def test_corrupted_reply_is_no_reply() -> None:
    assert read(CORRUPTED, 2).rtts_ms == (None, 17.2)


def test_busybox_deviation_comes_from_its_replies() -> None:
    assert read(recording("busybox-1.35"), 3).mdev_ms == pytest.approx(0.00993, abs=1e-5)


def test_reply_of_another_address_is_not_the_hosts() -> None:
    trips = read(ANSWERED_BY_A_ROUTER, 3)

    assert (trips.sent, trips.received, trips.avg_ms) == (3, 1, 17.9)
    assert trips.rtts_ms == (None, 17.9, None)


def test_reply_to_a_packet_that_was_never_sent_is_not_the_hosts() -> None:
    trips = read(recording("iputils-20221126").replace("icmp_seq=3", "icmp_seq=9"), 3)

    assert trips.rtts_ms == (0.046, 0.058, None)
    assert trips.avg_ms == pytest.approx(0.052)


def test_reply_from_a_name_counts_by_its_address() -> None:
    named = OLD.replace("from 10.66.74.10:", "from gpu.example (10.66.74.10):")
    assert read(named, 4) == read(OLD, 4)


def test_clock_that_was_set_back_gives_a_reply_without_a_time() -> None:
    trips = read(CLOCK_SET_BACK, 3)

    assert (trips.received, trips.samples_ms) == (3, (17.9, 17.8))
    assert trips.min_ms == 17.8
    assert trips.avg_ms == pytest.approx(17.85)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ping: connect: Network is unreachable\n",
        recording("iputils-20221126").replace("3 received", "2 received"),
        recording("iputils-20221126").replace("3 received", "4 received"),
        recording("iputils-20221126").replace("icmp_seq=2 ttl=64 time=0.058 ms", ""),
        recording("iputils-20221126").replace("rtt min/avg/max/mdev", "rtt"),
        recording("iputils-20221126").replace("0.062/", "0.040/"),
        recording("iputils-20221126").replace("0% packet", "66% packet"),
        recording("iputils-20221126") * 2,
        recording("iputils-20221126").replace("icmp_seq=2", "icmp_seq=1"),
        recording("iputils-20221126").replace("3 packets transmitted", f"{'3' * 400} packets transmitted"),
        recording("iputils-20221126").replace("3 packets transmitted", "4 packets transmitted"),
        recording("iputils-20221126").replace("0.062/", "nan/"),
        recording("iputils-all-lost").replace("3 packets transmitted", "0 packets transmitted"),
    ],
)
def test_contradictory_output_is_no_measurement(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(text, 3)


@inputs()
@given(st.binary())
def test_any_other_text_is_refused(noise: bytes) -> None:
    with pytest.raises(ValueError, match="packets transmitted"):
        parse_output(noise.decode(errors="replace"), ADDRESS, 3)


@inputs()
@given(
    st.lists(st.none() | st.integers(1, 900_000).map(lambda us: us / 1000), min_size=1, max_size=40),
    st.booleans(),
)
def test_rendered_run_is_read_back(rtts_ms: list[float | None], shuffled: bool) -> None:  # noqa: FBT001
    replies = [(number, rtt) for number, rtt in enumerate(rtts_ms, 1) if rtt is not None]
    if shuffled:
        replies.reverse()
    trips = parse_output(rendered(len(rtts_ms), replies), ADDRESS, len(rtts_ms))

    assert trips.rtts_ms == tuple(None if rtt is None else cut_ms(rtt) for rtt in rtts_ms)
    assert (trips.avg_ms is None) == (not replies)


def rendered(sent: int, replies: list[tuple[int, float]]) -> str:
    lines = [
        f"64 bytes from 10.66.74.10: icmp_seq={number} ttl=253 time={cut_ms(rtt):g} ms"
        for number, rtt in replies
    ]
    loss = f"{100 * (sent - len(replies)) / sent:.6g}"
    lines += ["", "--- 10.66.74.10 ping statistics ---"]
    lines += [f"{sent} packets transmitted, {len(replies)} received, {loss}% packet loss, time 1ms"]
    rtts = [rtt for _, rtt in replies]
    if rtts:
        figures = (min(rtts), sum(rtts) / len(rtts), max(rtts), 1.0)
        lines += ["rtt min/avg/max/mdev = " + "/".join(f"{figure:.3f}" for figure in figures) + " ms"]
    return "\n".join(["PING 10.66.74.10 (10.66.74.10) 56(84) bytes of data.", *lines, ""])


def cut_ms(rtt_ms: float) -> float:
    """The digits that iputils prints of a reply's time; it cuts, it does not round."""
    us = round(rtt_ms * 1000)
    step_us = 1000 if us >= 100_000 else 100 if us >= 10_000 else 10 if us >= 1000 else 1
    return us // step_us * step_us / 1000


def test_total_loss_is_a_measurement() -> None:
    shell = FakeShell(lambda _: result(recording("iputils-all-lost"), status=1))
    assert ping(shell, "10.67.0.2", count=3).rtts_ms == (None, None, None)


@pytest.mark.parametrize(
    "status,stdout,stderr",
    [
        (2, "", "ping: connect: Network is unreachable"),
        (0, "", ""),
        (0, recording("iputils-20221126")[:120], ""),
        (-1, recording("iputils-20221126"), ""),
        (0, recording("iputils-one-of-six-lost"), ""),
    ],
)
def test_broken_ping_is_no_result(status: int, stdout: str, stderr: str) -> None:
    shell = FakeShell(lambda _: result(stdout, status=status, stderr=stderr))
    with pytest.raises(MeasurementError, match=r"^a: ping"):
        ping(shell, "10.67.0.2", count=3)


def test_ping_that_nobody_answers_has_time_to_say_so() -> None:
    deadlines: list[float] = []

    class Waiting(FakeShell):
        def run(
            self, argv: Sequence[str], *, deadline_s: float, max_output_bytes: int = MAX_OUTPUT_BYTES
        ) -> CommandResult:
            deadlines.append(deadline_s)
            return super().run(argv, deadline_s=deadline_s, max_output_bytes=max_output_bytes)

    silent = (
        "1400 packets transmitted, 0 received, 100% packet loss, time 24891ms"  # recorded, asked for 14 s
    )
    ping(Waiting(lambda _: result(silent, status=1)), ADDRESS, count=1400, interval_s=0.01)

    assert deadlines[0] > 24.9 + 2 + 10


def test_missing_ping_is_named() -> None:
    shell = FakeShell(lambda _: result(status=127, stderr="env: 'ping': No such file or directory"))
    with pytest.raises(ToolMissingError, match="ping cannot be run"):
        ping(shell, "10.67.0.2", count=3)


@pytest.mark.parametrize("destination", ["-f", "router.example", "10.66.1.1; reboot", "fe80::1", ""])
def test_destination_is_an_address(destination: str) -> None:
    with pytest.raises(InputError, match="not an IPv4 address"):
        command(destination)


def command(destination: str, payload_bytes: int = 8472) -> list[str]:
    return ping_command(destination, count=3, interval_s=0.2, payload_bytes=payload_bytes, dont_fragment=True)


def test_command_asks_for_c_locale_and_no_fragments() -> None:
    expected = "env LC_ALL=C ping -c 3 -i 0.2 -W 2 -s 8472 -M do 10.66.1.1"
    assert " ".join(command("10.66.1.1")) == expected


def test_payload_holds_a_timestamp() -> None:
    with pytest.raises(InputError, match="measures no time"):
        command("10.66.1.1", payload_bytes=8)


@pytest.mark.parametrize(
    "version,root,expected_s",
    [
        ("ping from iputils 20221126", False, 0.002),
        ("ping from iputils 20210202", False, 0.2),
        ("ping utility, iputils-s20161105", False, 0.2),
        ("ping utility, iputils-s20161105", True, 0.002),
        ("BusyBox v1.35.0", True, 0.2),
    ],
)
def test_interval_is_what_every_version_allows(version: str, root: bool, expected_s: float) -> None:  # noqa: FBT001
    assert shortest_interval_s(version, root=root) == expected_s
