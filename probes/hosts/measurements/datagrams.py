"""Whether datagrams to a UDP port arrive, by the receiving host's own counters: UDP answers nothing by itself.

Linux counts a datagram when the program reads it, which a service does at once. The counters are those of the whole
host, so what else it receives is measured before and taken off.
"""

import re

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping import ipv4
from probes.hosts.ssh.shell import Shell, require_tool

_DEADLINE_S = 15.0
_OUTPUT_BYTES = 64 * 1024
_COUNT = 200
_SHARE = 0.5  # of them has to arrive
_TRIES = 2  # and so again
_PAUSE_S = "0.3"
_COUNTERS = ["sh", "-c", 'sleep "$0"; cat /proc/net/snmp', _PAUSE_S]
_SEND = 'for ((sent = 0; sent < $2; sent++)); do printf x 2>/dev/null >"/dev/udp/$0/$1"; done; true'
_UDP = re.compile(r"Udp: ([0-9]{1,20}) ([0-9]{1,20}) ([0-9]{1,20}) .{0,400}")


def datagrams_arrive(source: Shell, destination: Shell, address: str, port: int) -> bool:
    """Whether one-byte datagrams from one host reach a socket of the other.

    Raises MeasurementError when the receiver does not count, ToolMissingError without bash at the sender.
    """
    return all(_arrive_once(source, destination, address, port) for _ in range(_TRIES))


def _arrive_once(source: Shell, destination: Shell, address: str, port: int) -> bool:
    first, before = _received(destination), _received(destination)
    argv = ["env", "LC_ALL=C", "bash", "-c", _SEND, ipv4(address), str(port), str(_COUNT)]
    result = source.run(argv, deadline_s=_DEADLINE_S, max_output_bytes=_OUTPUT_BYTES)
    require_tool(source, result, "bash")
    after = _received(destination)
    others = 2 * max(0, before - first)
    return after - before - others >= _SHARE * _COUNT


def _received(shell: Shell) -> int:
    """The datagrams that some program of the host has read, and those that its sockets had no room for."""
    result = shell.run(_COUNTERS, deadline_s=_DEADLINE_S, max_output_bytes=_OUTPUT_BYTES)
    found = [match for line in result.stdout.splitlines() if (match := _UDP.fullmatch(line))]
    if len(found) != 1:
        raise MeasurementError(shell.host, f"/proc/net/snmp does not count datagrams: {result.said}")
    return int(found[0][1]) + int(found[0][3])  # InDatagrams and InErrors
