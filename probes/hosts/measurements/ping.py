"""Round-trip time, loss and jitter by the host's own ping.

Written for iputils (every version with `-M do`, `-W` and fractional `-i`); what busybox prints is read too.
"""

import re
from ipaddress import IPv4Address

import msgspec

from probes.hosts.errors import MeasurementError
from probes.hosts.measurements.ping_output import PingOutput, parse_output
from probes.hosts.measurements.sample_statistics import mean_absolute_step, percentile
from probes.hosts.ssh.shell import CommandResult, Shell, require_tool
from probes.model.errors import InputError

ANY_USER_INTERVAL_S = 0.2  # iputils before 20210722 lets only root go below
FAST_INTERVAL_S = 0.002  # iputils from 20210722 on, for any user
_FAST_FROM = 20210722
_LINGER_S = 2
_SLACK_S = 5.0
_MEASURED = (0, 1)  # man ping: 1 when no reply came back, 2 for other errors
IPV4_ICMP_HEADER_BYTES = 28
TIMESTAMP_BYTES = 16  # below it iputils sends no time of departure


class PingResult(msgspec.Struct, frozen=True, kw_only=True):
    """One or more ping runs, seen from the source host; measurements only.

    `rtt_samples_ms` holds each reply's time in the order of arrival, as printed: iputils cuts it to 0.1 ms
    from 10 ms on and to 1 ms from 100 ms on. `rtt_min_ms`, `rtt_avg_ms`, `rtt_max_ms` and `rtt_mdev_ms` are
    ping's own summary, exact to 1 us, and None when nothing came back. `errors` counts ICMP errors and
    packets that the source itself could not send.
    """

    source: str
    destination: str
    sent: int
    received: int
    rtt_samples_ms: tuple[float, ...]
    rtt_min_ms: float | None
    rtt_avg_ms: float | None
    rtt_max_ms: float | None
    rtt_mdev_ms: float | None
    payload_bytes: int
    interval_s: float
    duplicates: int = 0
    errors: int = 0
    longest_loss_run: int = 0

    @property
    def loss_ratio(self) -> float:
        """Lost share of the packets sent, 0.0 to 1.0."""
        return 1 - self.received / self.sent

    @property
    def packet_bytes(self) -> int:
        """Size of each IPv4 packet on the wire, headers included."""
        return self.payload_bytes + IPV4_ICMP_HEADER_BYTES

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

    @property
    def jitter_ms(self) -> float | None:
        """Mean absolute difference between consecutive replies; None with fewer than two."""
        return mean_absolute_step(self.rtt_samples_ms)


def shortest_interval_s(version_text: str, *, root: bool) -> float:
    """The shortest interval that a user may ask for, from what `ping -V` prints; 0.2 s whenever in doubt."""
    found = re.search(r"iputils[ -]s?(\d{8})", version_text)
    fast = root or (found is not None and int(found[1]) >= _FAST_FROM)
    return FAST_INTERVAL_S if fast and found is not None else ANY_USER_INTERVAL_S


def ping(  # noqa: PLR0913 -- every argument is a parameter of the measurement
    shell: Shell,
    destination: str,
    *,
    count: int = 100,
    interval_s: float = ANY_USER_INTERVAL_S,
    payload_bytes: int = 56,
    dont_fragment: bool = False,
) -> PingResult:
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
    result = shell.run(argv, deadline_s=count * interval_s + _LINGER_S + _SLACK_S)
    require_tool(shell, result, "ping")
    output = read_output(shell.host, result, count)
    return PingResult(
        source=shell.host,
        destination=destination,
        payload_bytes=payload_bytes,
        interval_s=interval_s,
        **msgspec.structs.asdict(output),
    )


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


def read_output(host: str, result: CommandResult, count: int) -> PingOutput:
    """The measurement in a finished ping of `count` packets; raises MeasurementError when there is none."""
    if result.exit_status not in _MEASURED:
        raise MeasurementError(host, f"ping failed with status {result.exit_status}: {result.said}")
    try:
        output = parse_output(result.stdout)
    except ValueError as error:
        raise MeasurementError(host, f"ping printed no measurement ({error}): {result.said}") from error
    if output.sent != count and not output.errors:  # ICMP errors count towards -c
        raise MeasurementError(host, f"ping sent {output.sent} of {count} packets: {result.said}")
    return output
