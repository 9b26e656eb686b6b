"""A measuring run over hosts that answer from a script: one of them may print anything."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.live.run import Measurements, MeasuringRun
from probes.hosts.inventory import Host
from probes.hosts.ssh.address import SshAddress
from probes.hosts.ssh.shell import MAX_OUTPUT_BYTES, CommandResult
from suites.selftest.spec.corrections import SPEC

RECORDINGS = Path(__file__).parents[1] / "recordings"
FORWARD, REVERSE = (
    (RECORDINGS / f"iperf3/3.21/{name}.json").read_text(encoding="utf-8") for name in ("tcp", "tcpR")
)  # one flow for a second
LIVE = replace(SPEC.live, iperf3_streams=1, iperf3_duration_s=1, iperf3_omit_s=0)
QUICK_SPEC = replace(SPEC, live=LIVE)
REGIONS = {"us-east-1": "10.66.10", "us-east-2": "10.66.74"}
HOSTS = tuple(
    Host(
        name=f"{role}-{region}{zone}",
        region=region,
        role=role,
        az=f"{region}{zone}",
        address=f"{prefix}.{number}",
        ssh=SshAddress(hostname="x", username="x"),
    )
    for region, prefix in REGIONS.items()
    for number, (role, zone) in enumerate((("gpu", "a"), ("gpu", "b"), ("router", "a")), 10)
)
BAD = HOSTS[0].name
PREFLIGHT = (
    "6.1\n1000\nbbr\n4096 131072 6291456\n4096 16384 4194304\nping from iputils 20221126\niperf 3.16\n"
)


def result(stdout: str, status: int = 0) -> CommandResult:
    return CommandResult(exit_status=status, stdout=stdout, stderr="", elapsed_s=0.1)


def ping_output(count: int, address: str, rtt_ms: float = 17.5) -> str:
    """What iputils prints when every packet is answered."""
    replies = "".join(
        f"64 bytes from {address}: icmp_seq={number} ttl=253 time={rtt_ms} ms\n"
        for number in range(1, count + 1)
    )
    counts = f"{count} packets transmitted, {count} received, 0% packet loss, time 1ms\n"
    return f"{replies}{counts}rtt min/avg/max/mdev = {rtt_ms}/{rtt_ms}/{rtt_ms}/0.1 ms\n"


def attempts_output(argv: Sequence[str], *opened: str) -> str:
    """What a host prints of connection attempts: no answer but from the opened targets (`ADDRESS:PORT`)."""
    targets = argv[argv.index("-c") + 3 :]
    return "".join(f"{number} {0 if target in opened else 124} \n" for number, target in enumerate(targets))


def healthy(argv: Sequence[str]) -> CommandResult:
    """What a healthy host answers to the commands of a run."""
    if "ping" in argv:
        size = int(argv[argv.index("-s") + 1])
        count = int(argv[argv.index("-c") + 1])
        lost = f"{count} packets transmitted, 0 received, 100% packet loss, time 1ms\n"
        return result(lost, 1) if size > 8472 else result(ping_output(count, argv[-1]))
    if "sh" in argv or "ss" in argv:
        return result(PREFLIGHT if "sh" in argv else "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\n")
    if "bash" in argv and "sample" in " ".join(argv):
        text = "socket:[7]\nESTAB 0 0 a b ino:7 sk:1\n\t cubic rtt:0.4/0.2\n"
        return result(text * int(argv[-1]))
    if "bash" in argv:
        return result(attempts_output(argv))
    if "--version" in argv:
        return result("iperf 3.16\n")
    return result(REVERSE if "-R" in argv else FORWARD)


class ScriptedFleet:
    """Fleet and probe window in one; the bad host's answers come from another script."""

    def __init__(self, bad: Callable[[Sequence[str]], CommandResult] = healthy) -> None:
        self.hosts: Mapping[str, Host] = {host.name: host for host in HOSTS}
        self._bad = bad

    def shell(self, name: str) -> "ScriptedShell":
        """See Shells.shell."""
        return ScriptedShell(name, self._bad if name == BAD else healthy)

    @contextmanager
    def opened(self, server: Host, client: Host, port: int) -> Iterator[None]:  # noqa: ARG002  # as ProbeWindow
        """See ProbeWindow.opened."""
        yield


class ScriptedShell:
    """A host that answers from a script, whose background processes are up at once."""

    pid = 1

    def __init__(self, host: str, answer: Callable[[Sequence[str]], CommandResult]) -> None:
        self.host = host
        self._answer = answer

    def run(
        self,
        argv: Sequence[str],
        *,
        deadline_s: float,  # noqa: ARG002  # Shell's signature
        max_output_bytes: int = MAX_OUTPUT_BYTES,  # noqa: ARG002  # Shell's signature
    ) -> CommandResult:
        """See Shell.run."""
        return self._answer(argv)

    def start(self, argv: Sequence[str], *, deadline_s: float) -> "ScriptedShell":  # noqa: ARG002  # as run
        """See Shell.start."""
        return self

    def wait_for(self, text: str, *, deadline_s: float) -> None:
        """It has printed that already."""

    def stop(self) -> CommandResult:
        """See BackgroundProcess.stop."""
        return result("")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs."""


def measured(bad: Callable[[Sequence[str]], CommandResult] = healthy) -> Measurements:
    fleet = ScriptedFleet(bad)
    return MeasuringRun(QUICK_SPEC, fleet, fleet).measure((("us-east-1", "us-east-2"),))


def failures(run: Measurements) -> dict[str, str]:
    """The path and the reason of everything without figures."""
    rows = (*run.latency, *run.handshakes, *run.mtu, *run.ports, *run.throughput)
    return {f"{type(row).__name__} {row.path}": row.error for row in rows if row.error}


def test_healthy_hosts_leave_nothing_unmeasured() -> None:
    run = measured()

    assert failures(run) == {}
    assert {(row.avg_ms, row.budget_max_ms) for row in run.latency} == {(17.5, 20.0)}
    assert {(row.largest_passed_bytes, row.smallest_lost_bytes) for row in run.mtu} == {(8500, 8501)}
    assert [row.ceiling_mbit_per_s is not None for row in run.throughput] == [True, True]


def raises(error: BaseException) -> Callable[[Sequence[str]], CommandResult]:
    def answer(argv: Sequence[str]) -> CommandResult:  # noqa: ARG001  # whatever is asked
        raise error

    return answer


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(raises(RecursionError("maximum recursion depth exceeded")), id="recursion"),
        pytest.param(raises(MemoryError()), id="memory"),
        pytest.param(raises(KeyError("cpu_utilization_percent")), id="key"),
        pytest.param(raises(OverflowError("int too large to convert to float")), id="overflow"),
    ],
)
def test_exception_of_any_kind_costs_the_one_host_and_is_named(
    bad: Callable[[Sequence[str]], CommandResult],
) -> None:
    assert_only_the_bad_host_fails(measured(bad))


GARBAGE = st.sampled_from(
    [
        "",
        "9" * 5000,
        '{"error": 1, "end": {}}',
        '{"end": ' + "[" * 3000,
        "socket:[7]\nESTAB ino:7\n\trtt:1.2.3/1\n",
        ping_output(3, "10.66.74.10").replace("3 received", f"{'3' * 400} received"),
        "\x1b]0;owned\x07" + "x" * 2000,
    ]
) | st.text(max_size=50)


@given(GARBAGE, st.integers(0, 2))
def test_whatever_one_host_prints_the_others_stand(text: str, status: int) -> None:
    run = measured(lambda _: CommandResult(exit_status=status, stdout=text, stderr=text, elapsed_s=0.1))

    assert_only_the_bad_host_fails(run, attempts_may_succeed=True)


def assert_only_the_bad_host_fails(run: Measurements, *, attempts_may_succeed: bool = False) -> None:
    """What the bad host measures fails with its name, bounded and escaped; all else has figures."""
    found = failures(run)
    rows = (*run.latency, *run.mtu, *([] if attempts_may_succeed else run.ports))

    assert {f"{type(row).__name__} {row.path}" for row in rows if row.source == BAD} <= set(found)
    assert all(f" {BAD}" in f" {path}" for path in found)
    assert all(BAD in reason and len(reason) < 1500 and reason.isprintable() for reason in found.values())
