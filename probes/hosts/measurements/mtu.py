"""Which packet sizes get through unfragmented.

A Transit Gateway carries 8500 bytes and drops larger packets without always saying so, hence the pair of
sizes: one that must pass and one byte more that must not.
"""

import re

import msgspec

from probes.hosts.measurements.ping import IPV4_ICMP_HEADER_BYTES, ping_command, read_output
from probes.hosts.ssh.shell import Shell, require_tool

TGW_MTU_BYTES = 8500
_COUNT = 3
_INTERVAL_S = 0.2
_DEADLINE_S = 15.0
_REPORTED_MTU = re.compile(r"(?:Frag needed and DF set \(mtu = |message too long, mtu=)(\d+)")


class SizeResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of packets of one size; `reported_mtu_bytes` is what the source or a router said the limit is."""

    packet_bytes: int
    sent: int
    received: int
    reported_mtu_bytes: int | None


class PathMtuResult(msgspec.Struct, frozen=True, kw_only=True):
    """Don't-fragment pings of several sizes from one host; the sizes are those of the IPv4 packets."""

    source: str
    destination: str
    sizes: tuple[SizeResult, ...]

    @property
    def largest_passed_bytes(self) -> int | None:
        """The largest packet that was answered; None when none was."""
        return max((size.packet_bytes for size in self.sizes if size.received), default=None)

    @property
    def smallest_lost_bytes(self) -> int | None:
        """The smallest packet that was never answered; None when all were."""
        return min((size.packet_bytes for size in self.sizes if not size.received), default=None)


def probe_mtu(
    shell: Shell,
    destination: str,
    *,
    packet_bytes: tuple[int, ...] = (TGW_MTU_BYTES, TGW_MTU_BYTES + 1),
) -> PathMtuResult:
    """Ask for each packet size in turn, smallest first, so that no size learns its limit from a larger one.

    Raises MeasurementError or ToolMissingError when ping itself fails.
    """
    return PathMtuResult(
        source=shell.host,
        destination=destination,
        sizes=tuple(_size(shell, destination, size) for size in sorted(packet_bytes)),
    )


def _size(shell: Shell, destination: str, packet_bytes: int) -> SizeResult:
    argv = ping_command(
        destination,
        count=_COUNT,
        interval_s=_INTERVAL_S,
        payload_bytes=packet_bytes - IPV4_ICMP_HEADER_BYTES,
        dont_fragment=True,
    )
    result = shell.run(argv, deadline_s=_DEADLINE_S)
    require_tool(shell, result, "ping")
    output = read_output(shell.host, result, _COUNT)
    limits = [int(limit) for limit in _REPORTED_MTU.findall(result.stdout + result.stderr)]
    return SizeResult(
        packet_bytes=packet_bytes,
        sent=output.sent,
        received=output.received,
        reported_mtu_bytes=min(limits, default=None),
    )
