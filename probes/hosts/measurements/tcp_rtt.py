"""Round-trip time to an open TCP port, from the kernel that sent the SYN.

For paths on which security groups admit a port but no ICMP. bash connects, `ss` (iproute2) says what the
kernel measured between its SYN and the answer; `exec` without data leaves it the only round trip of the
connection. Ours is told from others to the same port by its socket's inode.
"""

import re
from itertools import pairwise

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping import ipv4
from probes.hosts.measurements.ports import outcome_of
from probes.hosts.measurements.round_trips import RoundTrips, from_samples
from probes.hosts.ssh.shell import CommandResult, Shell, require_tool
from probes.model.conformance.measurements import PortOutcome

COUNT = 30  # connections one after the other, each independent of the others
_WAIT_S = 10
_SLACK_S = 10.0
_OUTPUT_BYTES, _OUTPUT_BYTES_PER_CONNECTION = 16 * 1024, 8 * 1024  # ss prints some 600 bytes
_CONNECT = """
for ((sample = 0; sample < $2; sample++)); do
  exec 3<>"/dev/tcp/$0/$1" || exit 1
  readlink "/proc/$$/fd/3" || exit 126
  ss -tine dst "$0" dport = ":$1" || exit
  exec 3>&-
done
"""
_LONGEST_LINE = 4096
_SOCKET = re.compile(r"socket:\[([0-9]{1,20})\]")
_RTT = re.compile(r"rtt:([0-9]{1,7}(?:\.[0-9]{1,6})?)/.*")


def handshakes(shell: Shell, address: str, port: int, *, count: int = COUNT) -> RoundTrips:
    """Connect `count` times, one after the other, sending nothing.

    Asking ends with the first handshake that is not answered within seconds: silence is a measurement. Raises
    MeasurementError when the port refuses, for then no service is there to be timed, or when the source host
    itself failed; ToolMissingError without bash or ss.
    """
    script = ["env", "LC_ALL=C", "bash", "-c", _CONNECT, ipv4(address), str(port), str(count)]
    result = shell.run(
        ["timeout", "-k", "1", str(_WAIT_S), *script],
        deadline_s=_WAIT_S + _SLACK_S,
        max_output_bytes=_OUTPUT_BYTES + count * _OUTPUT_BYTES_PER_CONNECTION,
    )
    require_tool(shell, result, "bash with ss")
    return from_samples(_rtts_ms(shell.host, result, f"{address}:{port}", count))


def _rtts_ms(host: str, result: CommandResult, target: str, count: int) -> tuple[float | None, ...]:
    """The round trip of each handshake, None for a last one that was not answered."""
    outcome = outcome_of(host, result)
    try:
        samples = samples_ms(result.stdout)
    except ValueError as error:
        raise MeasurementError(host, f"{error}: {result.said}") from error
    answered = len(samples)
    if outcome is PortOutcome.OPEN and answered == count:
        return samples
    if outcome in (PortOutcome.NO_ANSWER, PortOutcome.UNREACHABLE) and answered < count:
        return (*samples, None)
    raise MeasurementError(host, f"{answered} of {count} handshakes with {target}: {result.said}")


def samples_ms(text: str) -> tuple[float, ...]:
    """The round trip of each connection in what the script printed: an inode, then what `ss -tine` knows.

    Raises ValueError when ss does not show a connection that was open.
    """
    sections: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if len(line) > _LONGEST_LINE:
            continue
        if socket := _SOCKET.fullmatch(line):
            sections.append((socket[1], []))
        elif sections and line.strip():
            sections[-1][1].append(line)
    return tuple(_rtt_ms(inode, lines) for inode, lines in sections if lines)


def _rtt_ms(inode: str, lines: list[str]) -> float:
    """The socket's own round trip: ss prints its properties on the line after its addresses and inode."""
    for addresses, properties in pairwise(lines):
        if f"ino:{inode}" in addresses.split():
            found = [rtt for field in properties.split() if (rtt := _RTT.fullmatch(field))]
            if len(found) == 1 and properties[0].isspace():
                return float(found[0][1])
    raise ValueError(f"ss shows no round trip of socket {inode}")
