"""Running iperf3 between two hosts: one server for one test, and nothing left behind.

An iperf3 server serves one test and refuses a second (iperf issues 685, 1754), and may stay busy after its
client died (1997). So each test has its own `-s -1`, under `timeout`, stopped by PID.
"""

import re

from probes.hosts.errors import ToolMissingError, excerpt
from probes.hosts.measurements.iperf3_output import parse_tcp
from probes.hosts.measurements.ping import ipv4
from probes.hosts.measurements.throughput import CONNECT_TIMEOUT_MS, ThroughputTest
from probes.hosts.ssh.shell import BackgroundProcess, Shell, require_tool
from probes.model.conformance.measurements import Throughput
from probes.model.errors import ProbeError

INTERVAL_S = 0.5
_SILENCE_MS = 10_000
_LISTENING = "Server listening on"
_LISTEN_DEADLINE_S = 10.0
_VERSION_DEADLINE_S = 10.0
_OUTPUT_BYTES = 4 * 1024 * 1024  # 16 flows for 10 s are 83 kB
_VERSION_BYTES = 16 * 1024
_OLDEST = (3, 7)
_RCV_TIMEOUT_FROM = (3, 10)
_IDLE_TIMEOUT_FROM = (3, 11)

Version = tuple[int, int]


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

    def client_command(self, test: ThroughputTest) -> list[str]:
        """The client's argument list; --connect-timeout has been there since 3.2."""
        argv = ["iperf3", "-c", ipv4(test.address), "-p", str(test.port), "-J"]
        argv += ["-P", str(test.streams), "-t", str(test.duration_s), "-O", str(test.omit_s)]
        argv += ["--connect-timeout", str(CONNECT_TIMEOUT_MS)]
        if (
            test.rate_mbit_per_s is not None
        ):  # for each stream, of TCP too; the sender's, which -R makes the server
            argv += ["-b", str(round(test.rate_mbit_per_s * 1e6 / test.streams)), "-i", f"{INTERVAL_S:g}"]
        return [*argv, *self._silence(receives=test.reverse), *(["-R"] if test.reverse else [])]

    def _silence(self, *, receives: bool) -> list[str]:
        """A receiver gives up on a silent sender; a client that sends refuses the option."""
        if not receives or self.version < _RCV_TIMEOUT_FROM:
            return []
        return ["--rcv-timeout", str(_SILENCE_MS)]


def find_iperf3(shell: Shell) -> Iperf3:
    """The host's iperf3; raises ToolMissingError when there is none that is recent enough."""
    result = shell.run(
        ["iperf3", "--version"], deadline_s=_VERSION_DEADLINE_S, max_output_bytes=_VERSION_BYTES
    )
    require_tool(shell, result, "iperf3")
    return Iperf3(shell, read_version(shell.host, result.stdout))


def read_version(host: str, text: str) -> Version:
    """The version in what `iperf3 --version` prints; raises ToolMissingError below 3.7."""
    found = re.match(r"iperf ([0-9]{1,4})\.([0-9]{1,4})", text)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < _OLDEST:
        raise ToolMissingError(host, f"iperf3 3.7 or later is needed, found '{excerpt(text.strip(), 60)}'")
    return version


def measure_tcp(client: Iperf3, server: Iperf3, test: ThroughputTest) -> Throughput:
    """One TCP test from start to clean-up; raises ThroughputError or another ProbeError when there is no result."""
    with server.listen(test):
        result = client.shell.run(
            client.client_command(test), deadline_s=test.total_s, max_output_bytes=_OUTPUT_BYTES
        )
    require_tool(client.shell, result, "iperf3")
    return parse_tcp(test, result.stdout, result.stderr)
