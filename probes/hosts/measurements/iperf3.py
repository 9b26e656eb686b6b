"""Running iperf3 between two hosts: one server for one test, and nothing left behind.

An iperf3 server serves one test and refuses a second (iperf issues 685, 1754), and may stay busy after its
client died (1997). So each test has its own `-s -1`, under `timeout`, stopped by PID.
"""

import re

import msgspec

from probes.hosts.errors import ToolMissingError
from probes.hosts.measurements.iperf3_output import parse_tcp, parse_udp
from probes.hosts.measurements.iperf3_report import Asked
from probes.hosts.measurements.ping import ipv4
from probes.hosts.measurements.throughput import TcpThroughput, UdpThroughput
from probes.hosts.ssh.shell import BackgroundProcess, CommandResult, Shell, require_tool
from probes.model.errors import ProbeError

DEFAULT_PORT = 5201
CONNECT_TIMEOUT_MS = 5000  # --connect-timeout: 3.2 and later
_SILENCE_MS = 10_000
_LISTENING = "Server listening on"
_LISTEN_DEADLINE_S = 10.0
_VERSION_DEADLINE_S = 10.0
_SLACK_S = 15.0  # connecting, exchanging results, draining queues
_BIT_PER_MBIT = 1_000_000
_OLDEST = (3, 7)
_RCV_TIMEOUT_FROM = (3, 10)
_IDLE_TIMEOUT_FROM = (3, 11)

Version = tuple[int, int]


class ThroughputTest(msgspec.Struct, frozen=True, kw_only=True):
    """One test to run; the server listens on `address` only. With `reverse` the server sends."""

    address: str
    port: int = DEFAULT_PORT
    streams: int = 1
    duration_s: int = 10
    omit_s: int = 2
    reverse: bool = False

    @property
    def total_s(self) -> float:
        """The longest that client and server can be busy with it."""
        return self.duration_s + self.omit_s + CONNECT_TIMEOUT_MS / 1000 + _SLACK_S


class Iperf3:
    """The iperf3 of one host."""

    def __init__(self, shell: Shell, version: Version) -> None:
        self.shell = shell
        self.version = version

    def listen(self, test: ThroughputTest) -> BackgroundProcess:
        """A server that accepts one test and is listening when this returns.

        Raises ProbeError, with what iperf3 said, when it does not come to listen: a port in use, say.
        """
        process = self.shell.start(self.server_command(test), deadline_s=test.total_s + _LISTEN_DEADLINE_S)
        try:
            process.wait_for(_LISTENING, deadline_s=_LISTEN_DEADLINE_S)
        except ProbeError:
            process.stop()
            raise
        return process

    def server_command(self, test: ThroughputTest) -> list[str]:
        """The server's argument list; `--forceflush` makes it say at once that it listens."""
        argv = ["iperf3", "-s", "-1", "-B", ipv4(test.address), "-p", str(test.port), "--forceflush"]
        if self.version >= _IDLE_TIMEOUT_FROM:
            argv += ["--idle-timeout", str(round(test.total_s))]
        return argv + self._silence(receives=not test.reverse)

    def client_command(self, test: ThroughputTest, *, udp_mbit_per_s: float | None = None) -> list[str]:
        """The client's argument list; a UDP rate is shared among the streams."""
        argv = ["iperf3", "-c", ipv4(test.address), "-p", str(test.port), "-J"]
        argv += ["-P", str(test.streams), "-t", str(test.duration_s), "-O", str(test.omit_s)]
        argv += ["--connect-timeout", str(CONNECT_TIMEOUT_MS)]
        argv += [*self._silence(receives=test.reverse), *(["-R"] if test.reverse else [])]
        if udp_mbit_per_s is not None:
            argv += ["-u", "-b", f"{udp_mbit_per_s / test.streams * _BIT_PER_MBIT:.0f}"]
        return argv

    def _silence(self, *, receives: bool) -> list[str]:
        """A receiver gives up on a silent sender; a client that sends refuses the option."""
        if not receives or self.version < _RCV_TIMEOUT_FROM:
            return []
        return ["--rcv-timeout", str(_SILENCE_MS)]


def find_iperf3(shell: Shell) -> Iperf3:
    """The host's iperf3; raises ToolMissingError when there is none that is recent enough."""
    result = shell.run(["iperf3", "--version"], deadline_s=_VERSION_DEADLINE_S)
    require_tool(shell, result, "iperf3")
    return Iperf3(shell, read_version(shell.host, result.stdout))


def read_version(host: str, text: str) -> Version:
    """The version in what `iperf3 --version` prints; raises ToolMissingError below 3.7."""
    found = re.match(r"iperf (\d+)\.(\d+)", text)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < _OLDEST:
        raise ToolMissingError(host, f"iperf3 3.7 or later is needed, found {text.strip()[:60]!r}")
    return version


def measure_tcp(client: Iperf3, server: Iperf3, test: ThroughputTest) -> TcpThroughput:
    """One TCP test from start to clean-up; raises ThroughputError or another ProbeError when there is no result."""
    result = _run(client, server, test, client.client_command(test))
    return parse_tcp(_asked(client, server, test), result.stdout, result.stderr)


def measure_udp(client: Iperf3, server: Iperf3, test: ThroughputTest, *, mbit_per_s: float) -> UdpThroughput:
    """One UDP test at a given rate in all; raises ThroughputError or another ProbeError when there is no result."""
    result = _run(client, server, test, client.client_command(test, udp_mbit_per_s=mbit_per_s))
    return parse_udp(_asked(client, server, test), result.stdout, result.stderr)


def _run(client: Iperf3, server: Iperf3, test: ThroughputTest, argv: list[str]) -> CommandResult:
    with server.listen(test):
        result = client.shell.run(argv, deadline_s=test.total_s)
    require_tool(client.shell, result, "iperf3")
    return result


def _asked(client: Iperf3, server: Iperf3, test: ThroughputTest) -> Asked:
    return Asked(
        client=client.shell.host,
        server=server.shell.host,
        streams=test.streams,
        duration_s=test.duration_s,
        omit_s=test.omit_s,
        reverse=test.reverse,
    )
