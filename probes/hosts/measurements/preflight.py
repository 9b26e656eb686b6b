"""What a host can measure at all, asked before anything is judged."""

import re

import msgspec

from probes.hosts.errors import MeasurementError, ToolMissingError
from probes.hosts.measurements.iperf3 import Version, read_version
from probes.hosts.measurements.ping import shortest_interval_s
from probes.hosts.ssh.shell import Shell

_DEADLINE_S = 15.0
_ASK = """
uname -r
id -u
cat /proc/sys/net/ipv4/tcp_congestion_control /proc/sys/net/ipv4/tcp_rmem /proc/sys/net/ipv4/tcp_wmem
ping -V 2>&1 | head -n 1
iperf3 --version 2>&1 | head -n 1
nproc 2>/dev/null || echo 0
echo $(for each in /sys/class/net/*/device/driver; do readlink "$each"; done 2>/dev/null | sed 's|.*/||' | sort -u)
cat /sys/devices/virtual/dmi/id/product_name 2>/dev/null || echo
for each in /sys/class/net/*; do ethtool -S ${each##*/} 2>/dev/null; done | grep -c bw_out_allowance_exceeded
tc qdisc show 2>/dev/null | grep -oE ' (rate|bandwidth) [0-9.]+[KMGT]?bit' | tr '\\n' ' '
"""
ENA = "ena"
_OUTPUT_BYTES = 64 * 1024
_BYTES = re.compile(r"[0-9]{1,12}")
_LONGEST_LINE = 1000
_RATE = re.compile(r"\b(?:rate|bandwidth) ([0-9]{1,12}(?:\.[0-9]{1,6})?)([KMGT]?)bit")
_MBIT_PER_UNIT = {"": 1e-6, "K": 1e-3, "M": 1.0, "G": 1e3, "T": 1e6}
_INSTANCE_TYPE = re.compile(r"[a-z0-9-]{1,24}\.[a-z0-9-]{1,24}")
_BITS_PER_BYTE = 8
_BIT_PER_MBIT = 1e6
_MS_PER_S = 1000
_MOST_DRIVERS = 16


class HostFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A host's tools and TCP settings.

    `iperf3_version` is None when there is no usable one. The buffer limits are the maxima of tcp_rmem and
    tcp_wmem (`man 7 tcp`); `ping_interval_s` is the shortest that this user may ask for. `drivers` are those of
    its network adapters; `vcpus` is 0 where the host does not say. `instance_type` is EC2's, as a Nitro instance's
    firmware says it, empty elsewhere; `counts_allowances`: it counts when it used up what EC2 allows it. It shapes
    what it sends itself to `shaped_mbit_per_s` (`man 8 tc`), None for not at all.
    """

    host: str
    kernel: str
    congestion_control: str
    receive_buffer_max_bytes: int
    send_buffer_max_bytes: int
    ping_version: str
    ping_interval_s: float
    iperf3_version: Version | None
    vcpus: int = 0
    drivers: tuple[str, ...] = ()
    instance_type: str = ""
    counts_allowances: bool = False
    shaped_mbit_per_s: float | None = None


def host_facts(shell: Shell) -> HostFacts:
    """Ask a host about itself; raises MeasurementError when it answers something unexpected."""
    result = shell.run(
        ["env", "LC_ALL=C", "sh", "-c", _ASK], deadline_s=_DEADLINE_S, max_output_bytes=_OUTPUT_BYTES
    )
    lines = [line.strip() for line in result.stdout.splitlines()]
    try:
        return _facts(shell.host, lines)
    except (ValueError, IndexError) as error:
        raise MeasurementError(
            shell.host, f"the preflight cannot be read ({error}): {result.said}"
        ) from error


def _facts(host: str, lines: list[str]) -> HostFacts:
    kernel, user, congestion_control, rmem, wmem, ping_version, iperf3_version, *size = lines
    return HostFacts(
        host=host,
        kernel=kernel,
        congestion_control=congestion_control,
        receive_buffer_max_bytes=_maximum(rmem),
        send_buffer_max_bytes=_maximum(wmem),
        ping_version=ping_version,
        ping_interval_s=shortest_interval_s(ping_version, root=user == "0"),
        iperf3_version=_usable(host, iperf3_version),
        vcpus=int(size[0]) if size and _BYTES.fullmatch(size[0]) else 0,
        drivers=tuple(size[1].split()[:_MOST_DRIVERS]) if len(size) > 1 else (),
        instance_type=size[2] if len(size) > 2 and _INSTANCE_TYPE.fullmatch(size[2]) else "",  # noqa: PLR2004
        counts_allowances=len(size) > 3 and size[3] not in ("", "0"),  # noqa: PLR2004
        shaped_mbit_per_s=_shaped(size[4]) if len(size) > 4 else None,  # noqa: PLR2004
    )


def _shaped(said: str) -> float | None:
    """The lowest rate of a queueing discipline, such as ` rate 100Mbit`."""
    found = _RATE.findall(said[:_LONGEST_LINE])
    return min((float(rate) * _MBIT_PER_UNIT[unit] for rate, unit in found), default=None)


def _maximum(sizes: str) -> int:
    """The last of the three sizes of tcp_rmem or tcp_wmem."""
    maximum = sizes.split()[2]
    if not _BYTES.fullmatch(maximum):
        raise ValueError("no buffer size")
    return int(maximum)


def _usable(host: str, text: str) -> Version | None:
    try:
        return read_version(host, text)
    except ToolMissingError:
        return None


def window_ceiling_mbit_per_s(
    sender: HostFacts, receiver: HostFacts, *, rtt_ms: float, streams: int
) -> float:
    """The most that these two hosts' TCP buffers let through at a round-trip time, whatever the network does.

    A flow has at most one window under way, and the window never exceeds either buffer. It is an upper bound:
    the kernel keeps part of a receive buffer for overhead. A result near it says "host-limited", not "slow
    network".
    """
    window_bytes = min(sender.send_buffer_max_bytes, receiver.receive_buffer_max_bytes)
    return streams * window_bytes * _BITS_PER_BYTE / (rtt_ms / _MS_PER_S) / _BIT_PER_MBIT
