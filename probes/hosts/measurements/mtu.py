"""Which packet sizes get through unfragmented.

A Transit Gateway carries 8500 bytes and drops larger packets without always saying so, hence the pair of
sizes: one that must pass and one byte more that must not.
"""

import msgspec

from probes.hosts.measurements.ping import IPV4_ICMP_HEADER_BYTES, ping
from probes.hosts.ssh.shell import Shell
from probes.model.conformance.measurements import PathMtu

_COUNT = 3


def measure_path_mtu(
    shell: Shell, planned: PathMtu, address: str, *, packet_bytes: tuple[int, ...]
) -> PathMtu:
    """Ask for each IPv4 packet size in turn, smallest first, so that no size learns its limit from a larger one.

    Raises MeasurementError or ToolMissingError when ping itself fails.
    """
    sizes = {
        size: ping(
            shell,
            address,
            count=_COUNT,
            payload_bytes=size - IPV4_ICMP_HEADER_BYTES,
            dont_fragment=True,
        )
        for size in sorted(packet_bytes)
    }
    limits = [trips.reported_mtu_bytes for trips in sizes.values() if trips.reported_mtu_bytes is not None]
    return msgspec.structs.replace(
        planned,
        largest_passed_bytes=max((size for size, trips in sizes.items() if trips.received), default=None),
        smallest_lost_bytes=min((size for size, trips in sizes.items() if not trips.received), default=None),
        reported_mtu_bytes=min(limits, default=None),
    )
