"""Which packet sizes get through unfragmented.

A Transit Gateway carries 8500 bytes and drops larger packets without always saying so, hence the pair of
sizes: one that must pass and one byte more that must not. Where the smaller one does not pass, the largest that
does is found by bisection.
"""

from collections.abc import Iterable

import msgspec

from probes.hosts.measurements.ping import IPV4_ICMP_HEADER_BYTES, ping
from probes.hosts.measurements.round_trips import RoundTrips
from probes.hosts.ssh.shell import Shell
from probes.model.conformance.measurements import PathMtu

_COUNT = 3
_SMALLEST_BYTES = 68  # every IPv4 link carries that much: RFC 791


def measure_path_mtu(
    shell: Shell, planned: PathMtu, address: str, *, packet_bytes: tuple[int, ...]
) -> PathMtu:
    """Ask for each IPv4 packet size in turn, smallest first, so that no size learns its limit from a larger one.

    If none passes, the largest that does is looked for below them. Raises MeasurementError or ToolMissingError when
    ping itself fails.
    """
    sizes = {size: _tried(shell, address, size) for size in sorted(packet_bytes)}
    if not any(trips.received for trips in sizes.values()):
        sizes |= _bisected(shell, address, min(packet_bytes), _smallest(sizes.values()))
    return msgspec.structs.replace(
        planned,
        largest_passed_bytes=max((size for size, trips in sizes.items() if trips.received), default=None),
        smallest_lost_bytes=min((size for size, trips in sizes.items() if not trips.received), default=None),
        reported_mtu_bytes=_smallest(sizes.values()),
    )


def _bisected(shell: Shell, address: str, lost: int, reported: int | None) -> dict[int, RoundTrips]:
    """What passes and what does not below a size that does not, down to one byte.

    A limit that was named is tried first. A destination that does not answer the smallest packet either is left.
    """
    passed = _SMALLEST_BYTES
    sizes = {passed: _tried(shell, address, passed)}
    if not sizes[passed].received:
        return {}
    guesses = [size for size in (reported, (reported or 0) + 1) if size and passed < size < lost]
    while lost - passed > 1:
        size = guesses.pop(0) if guesses else (passed + lost) // 2
        if not passed < size < lost:
            continue
        sizes[size] = _tried(shell, address, size)
        passed, lost = (size, lost) if sizes[size].received else (passed, size)
    return sizes


def _tried(shell: Shell, address: str, size: int) -> RoundTrips:
    return ping(shell, address, count=_COUNT, payload_bytes=size - IPV4_ICMP_HEADER_BYTES, dont_fragment=True)


def _smallest(trips: Iterable[RoundTrips]) -> int | None:
    """The smallest limit that was named."""
    return min((one.reported_mtu_bytes for one in trips if one.reported_mtu_bytes is not None), default=None)
