"""What hosts print is strangers' text: whatever it is, it is read in linear time, or refused as no measurement."""

import math
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.hosts.measurements import iperf3_output, ping_output, preflight, tcp_rtt
from probes.hosts.measurements.iperf3 import read_version
from probes.hosts.measurements.iperf3_output import parse_tcp
from probes.hosts.measurements.ping import shortest_interval_s
from probes.hosts.measurements.ping_output import parse_output, reported_mtu_bytes
from probes.hosts.measurements.ports import outcome_of
from probes.hosts.measurements.preflight import host_facts
from probes.hosts.measurements.tcp_rtt import samples_ms
from probes.hosts.measurements.throughput import ThroughputTest
from probes.model.conformance.measurements import Throughput
from probes.model.errors import ProbeError
from suites.selftest.fuzzing import inputs
from suites.selftest.hosts.fake import ENDS, FakeShell, result

RECORDINGS = Path(__file__).parents[1] / "recordings"
PREFLIGHT = (
    "6.1.0\n1000\ncubic\n4096 131072 6291456\n4096 16384 4194304\nping from iputils 20221126\niperf 3.16\n"
)
JUNK = (
    *("9" * 30, "9" * 400, "9" * 5000, "-1", "0", "0.000", "1.2.3", "nan", "1e999", "1_0", "٣"),
    *("\n", "\r", "\t", "\x00", "\x1b[31m", "\u202e", "\ufeff", " ", "=", "(", ")", "%", "/", ":"),
    *(
        "[" * 3000,
        '{"end":' * 300,
        "null",
        '"',
        "{}",
        "(DUP!)",
        "time=",
        "icmp_seq=7",
        "rtt:",
        "ino:",
        "socket:[1]\n",
    ),
)
TEST = ThroughputTest(planned=Throughput(**ENDS), address="10.66.74.10", duration_s=1, omit_s=0)


def recorded(folder: str) -> list[str]:
    files = (path for path in sorted((RECORDINGS / folder).rglob("*")) if path.is_file())
    return [path.read_text(encoding="utf-8") for path in files]


@st.composite
def damaged(draw: st.DrawFn, texts: list[str]) -> str:
    """A recorded output in which something is missing, twice or replaced by junk; or any text."""
    text = draw(st.sampled_from(texts))
    for _ in range(draw(st.integers(0, 4))):
        start, length = draw(st.integers(0, len(text))), draw(st.sampled_from([0, 1, 2, 5, 40, 400]))
        cut = text[start : start + length]
        text = text[:start] + draw(st.sampled_from(["", cut + cut, *JUNK])) + text[start + length :]
    return draw(st.sampled_from([text, text, text, draw(st.text(max_size=60))]))


@inputs()
@given(damaged(recorded("ping")), st.integers(1, 8))
def test_damaged_ping_is_read_or_refused(text: str, count: int) -> None:
    reported_mtu_bytes(text)
    shortest_interval_s(text, root=False)
    try:
        trips = parse_output(text, "10.67.0.2", count)
    except ValueError:
        return
    assert trips.received <= trips.sent <= count
    assert all(0 < rtt_ms < math.inf for rtt_ms in trips.samples_ms)
    assert trips.avg_ms is None or trips.min_ms is None or trips.min_ms <= trips.avg_ms < math.inf


@inputs()
@given(damaged(recorded("ss")))
def test_damaged_ss_is_read_or_refused(text: str) -> None:
    try:
        samples = samples_ms(text)
    except ValueError:
        return
    assert all(0 <= sample < math.inf for sample in samples)


@inputs()
@given(damaged(recorded("iperf3")), damaged(["iperf3: error - unable to connect: Connection refused\n"]))
def test_damaged_iperf3_is_read_or_refused(stdout: str, stderr: str) -> None:
    try:
        measured = parse_tcp(TEST, stdout, stderr)
    except ProbeError as error:
        assert_fit_for_a_message(error)
        return
    assert measured.mbit_per_s is not None
    assert 0 < measured.mbit_per_s < math.inf
    assert measured.retransmits is None or measured.retransmits >= 0


@inputs()
@given(damaged([PREFLIGHT]), damaged(["iperf 3.16 (cJSON 1.7.15)\n"]))
def test_damaged_preflight_is_read_or_refused(text: str, version: str) -> None:
    try:
        host_facts(FakeShell(lambda _: result(text)))
        read_version("a", version)
    except ProbeError as error:
        assert_fit_for_a_message(error)


@inputs()
@given(damaged(["bash: connect: Connection refused\nbash: /dev/tcp/10.66.1.1/22: Connection refused\n"]))
def test_damaged_attempt_is_read_or_refused(text: str) -> None:
    try:
        outcome_of("a", result(status=1, stderr=text))
    except ProbeError as error:
        assert_fit_for_a_message(error)


def assert_fit_for_a_message(error: ProbeError) -> None:
    assert str(error).startswith("a: ")
    assert len(str(error)) < 4000
    assert str(error).isprintable()


class Work:
    """Counts the steps of Python and what its regular expressions are given, by the square: they may backtrack."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
        self._done = 0
        for module in modules:
            for name, value in list(vars(module).items()):
                if isinstance(value, re.Pattern):
                    monkeypatch.setattr(module, name, CountedPattern(value, self))

    def of(self, read: Callable[[], object]) -> int:
        """The work of one reading, which may refuse."""
        self._done = 0
        sys.setprofile(self._step)
        try:
            read()
        except (ValueError, ProbeError):
            pass
        finally:
            sys.setprofile(None)
        return self._done

    def add(self, text: str) -> None:
        """What an expression may have done with a text."""
        self._done += len(text) ** 2

    def _step(self, frame: FrameType, event: str, argument: object) -> None:  # noqa: ARG002  # as called
        self._done += 1


class CountedPattern:
    """A regular expression that tells what it is given."""

    def __init__(self, pattern: re.Pattern[str], work: Work) -> None:
        self._pattern = pattern
        self._work = work

    def __getattr__(self, method: str) -> Callable[[str], Any]:
        def counted(text: str) -> Any:  # noqa: ANN401  # of the method
            self._work.add(text)
            return getattr(self._pattern, method)(text)

        return counted


PING_LINE = "64 bytes from 10.66.74.10: icmp_seq=1 ttl=253 time=17.9 ms\n"
SS_LINES = recorded("ss")[0]
READERS: dict[str, tuple[ModuleType, Callable[[str], object]]] = {
    "ping": (ping_output, lambda text: parse_output(text, "10.66.74.10", 3)),
    "mtu": (ping_output, reported_mtu_bytes),
    "ss": (tcp_rtt, samples_ms),
    "iperf3": (iperf3_output, lambda text: parse_tcp(TEST, text)),
    "preflight": (preflight, lambda text: host_facts(FakeShell(lambda _: result(text)))),
}
ENDLESS = {
    "one line": "64 bytes from " + "seq=1 time=1 " * 400,
    "digits": "1" * 5000,
    "counts": "1 packets transmitted, 1 received" + ", 1% packet loss" * 300,
    "replies": PING_LINE * 100,
    "sockets": SS_LINES * 10,
    "socket lines": "socket:[7]\n" + "ESTAB ino:8 sk:1\n\t rtt:1/1\n" * 200,
    "fields": "socket:[7]\nESTAB ino:7\n\t" + "rtt:1/1 rtt:" * 400,
    "nested": '{"end":' * 500,
    "keys": '{"end": {' + '"sum_received": 1, ' * 300,
    "blank": " \n" * 1000,
}


@pytest.mark.parametrize("text", ENDLESS)
@pytest.mark.parametrize("reader", READERS)
def test_twice_the_output_is_at_most_twice_the_work(
    reader: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, read = READERS[reader]
    work = Work(monkeypatch, module)
    once, twice = (work.of(partial(read, ENDLESS[text] * repeat)) for repeat in (4, 8))

    assert twice <= 2.1 * once + 100


def test_work_that_grows_with_the_square_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("quadratic")
    module.PATTERN = re.compile("a*b")  # type: ignore[attr-defined]
    work = Work(monkeypatch, module)
    once, twice = (work.of(partial(module.PATTERN.search, "a" * repeat)) for repeat in (400, 800))

    assert twice > 3 * once
