"""Round-trip time to an open TCP port, from the kernel that sent the SYN.

For paths on which security groups admit a port but no ICMP. bash connects, `ss` (iproute2) says what the
kernel measured between its SYN and the answer; `exec` without data leaves it the only round trip of the
connection. Ours is told from others to the same port by its socket's inode.
"""

import re
from statistics import fmean, pstdev

import msgspec

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping import ipv4
from probes.hosts.measurements.ports import PortOutcome, outcome_of
from probes.hosts.measurements.sample_statistics import percentile
from probes.hosts.ssh.shell import Shell, require_tool

COUNT = 30  # what a confidence interval needs at least
_WAIT_S = 10
_SLACK_S = 10.0
_CONNECT = """
for ((sample = 0; sample < $2; sample++)); do
  exec 3<>"/dev/tcp/$0/$1" || exit 1
  readlink "/proc/$$/fd/3" || exit 126
  ss -tine dst "$0" dport = ":$1" || exit
  exec 3>&-
done
"""
_SOCKET = re.compile(r"^socket:\[(\d+)\]$", re.MULTILINE)


class TcpRttResult(msgspec.Struct, frozen=True, kw_only=True):
    """Handshakes from `source` with an address and port, one connection each; measurements only.

    Asking ends with the first handshake that is not answered within seconds, so `sent` is then one more than
    there are samples.
    """

    source: str
    destination: str
    port: int
    sent: int
    rtt_samples_ms: tuple[float, ...]

    @property
    def received(self) -> int:
        """Handshakes that were answered."""
        return len(self.rtt_samples_ms)

    @property
    def rtt_min_ms(self) -> float | None:
        """The shortest; None without samples, like all the figures."""
        return min(self.rtt_samples_ms, default=None)

    @property
    def rtt_avg_ms(self) -> float | None:
        """Mean of the samples."""
        return fmean(self.rtt_samples_ms) if self.rtt_samples_ms else None

    @property
    def rtt_max_ms(self) -> float | None:
        """The longest."""
        return max(self.rtt_samples_ms, default=None)

    @property
    def rtt_mdev_ms(self) -> float | None:
        """Population deviation of the samples, as ping's mdev."""
        return pstdev(self.rtt_samples_ms) if self.rtt_samples_ms else None

    @property
    def rtt_median_ms(self) -> float | None:
        """Half of the samples are at most this."""
        return percentile(self.rtt_samples_ms, 0.50)

    @property
    def rtt_p95_ms(self) -> float | None:
        """95 % of the samples are at most this."""
        return percentile(self.rtt_samples_ms, 0.95)

    @property
    def rtt_p99_ms(self) -> float | None:
        """99 % of the samples are at most this."""
        return percentile(self.rtt_samples_ms, 0.99)


def tcp_rtt(shell: Shell, destination: str, port: int, *, count: int = COUNT) -> TcpRttResult:
    """Connect `count` times, one after the other, sending nothing.

    Silence is a measurement. Raises MeasurementError when the port refuses, for then no service is there to
    be timed, or when the source host itself failed; ToolMissingError without bash or ss.
    """
    script = ["env", "LC_ALL=C", "bash", "-c", _CONNECT, ipv4(destination), str(port), str(count)]
    result = shell.run(["timeout", "-k", "1", str(_WAIT_S), *script], deadline_s=_WAIT_S + _SLACK_S)
    require_tool(shell, result, "bash with ss")
    outcome = outcome_of(shell.host, result)
    samples = samples_ms(shell.host, result.stdout)
    if outcome is PortOutcome.REFUSED or (outcome is PortOutcome.OPEN and len(samples) != count):
        raise MeasurementError(
            shell.host, f"{len(samples)} of {count} handshakes with {destination}:{port}: {result.said}"
        )
    return TcpRttResult(
        source=shell.host,
        destination=destination,
        port=port,
        sent=count if outcome is PortOutcome.OPEN else len(samples) + 1,
        rtt_samples_ms=samples,
    )


def samples_ms(host: str, text: str) -> tuple[float, ...]:
    """The round trip of each connection in what the script printed: an inode, then what `ss -tine` knows.

    Raises MeasurementError when ss does not show a connection that was open.
    """
    _, *parts = _SOCKET.split(text)
    return tuple(
        _rtt_ms(host, inode, shown)
        for inode, shown in zip(parts[::2], parts[1::2], strict=True)
        if shown.strip()
    )


def _rtt_ms(host: str, inode: str, shown: str) -> float:
    found = re.search(rf"\bino:{inode}\b[^\n]*\n\s[^\n]*?\brtt:([\d.]+)/", shown)
    if found is None:
        raise MeasurementError(host, f"ss shows no round trip of socket {inode}: {shown.strip()[-200:]}")
    return float(found[1])
