"""Round-trip time, loss and jitter by the host's own ping.

Written for iputils (every version with `-M do`, `-W` and fractional `-i`); what busybox prints is read too.
"""

import re
from ipaddress import IPv4Address

import msgspec

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping_output import parse_output, reported_mtu_bytes
from probes.hosts.measurements.round_trips import RoundTrips
from probes.hosts.ssh.shell import CommandResult, Shell, require_tool
from probes.model.errors import InputError

ANY_USER_INTERVAL_S = 0.2  # iputils before 20210722 lets only root go below
FAST_INTERVAL_S = 0.002  # iputils from 20210722 on, for any user
_FAST_FROM = 20210722
_LINGER_S = 2
_SLACK_S = 5.0
_OVERSLEPT_S = (
    0.02  # without replies ping sleeps by its kernel's ticks: 18 ms instead of 10 on a busy machine
)
_OUTPUT_BYTES, _OUTPUT_BYTES_PER_PACKET = 16 * 1024, 256  # a reply is a line of some 70 bytes
_MEASURED = (0, 1)  # man ping: 1 when no reply came back, 2 for other errors
IPV4_ICMP_HEADER_BYTES = 28
TIMESTAMP_BYTES = 16  # below it iputils sends no time of departure


def shortest_interval_s(version_text: str, *, root: bool) -> float:
    """The shortest interval that a user may ask for, from what `ping -V` prints; 0.2 s whenever in doubt."""
    found = re.search(r"iputils[ -]s?(\d{8})", version_text)
    fast = root or (found is not None and int(found[1]) >= _FAST_FROM)
    return FAST_INTERVAL_S if fast and found is not None else ANY_USER_INTERVAL_S


def ping(  # noqa: PLR0913 -- every argument is a parameter of the measurement
    shell: Shell,
    destination: str,
    *,
    count: int,
    interval_s: float = ANY_USER_INTERVAL_S,
    payload_bytes: int = 56,
    dont_fragment: bool = False,
) -> RoundTrips:
    """Send `count` echo requests from the host to an address.

    Total loss is a measurement. Anything that is not one raises: ToolMissingError, CommandTimeoutError, or
    MeasurementError when ping could not send or its output contradicts itself.
    """
    argv = ping_command(
        destination,
        count=count,
        interval_s=interval_s,
        payload_bytes=payload_bytes,
        dont_fragment=dont_fragment,
    )
    result = shell.run(
        argv,
        deadline_s=count * (interval_s + _OVERSLEPT_S) + _LINGER_S + _SLACK_S,
        max_output_bytes=_OUTPUT_BYTES + count * _OUTPUT_BYTES_PER_PACKET,
    )
    require_tool(shell, result, "ping")
    return _read(shell.host, result, destination, count)


def ping_command(
    destination: str, *, count: int, interval_s: float, payload_bytes: int, dont_fragment: bool
) -> list[str]:
    """The argument list; raises InputError for what is no address, or a payload too short for a timestamp.

    No `-w`: with it, iputils goes on after `-c` packets until as many replies have come.
    """
    if payload_bytes < TIMESTAMP_BYTES:
        raise InputError(f"ping measures no time with a payload of {payload_bytes} bytes")
    fragment = ["-M", "do"] if dont_fragment else []
    options = ["-c", str(count), "-i", f"{interval_s:g}", "-W", str(_LINGER_S), "-s", str(payload_bytes)]
    return ["env", "LC_ALL=C", "ping", *options, *fragment, ipv4(destination)]


def ipv4(address: str) -> str:
    """The address itself; raises InputError for anything a program might take for an option or a name."""
    try:
        return str(IPv4Address(address))
    except ValueError as error:
        raise InputError(f"not an IPv4 address: {address!r}") from error


def _read(host: str, result: CommandResult, destination: str, count: int) -> RoundTrips:
    if result.exit_status not in _MEASURED:
        raise MeasurementError(host, f"ping failed with status {result.exit_status}: {result.said}")
    try:
        trips = parse_output(result.stdout, destination, count)
    except ValueError as error:
        raise MeasurementError(host, f"ping printed no measurement ({error}): {result.said}") from error
    limit = reported_mtu_bytes(f"{result.stdout}\n{result.stderr}")
    return msgspec.structs.replace(trips, reported_mtu_bytes=limit)
