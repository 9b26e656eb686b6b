"""From a successful `iperf3 -J` report to our own results."""

import iperf3

from probes.hosts.measurements.iperf3_report import Asked, Report, Total, failed, read_report, require_total
from probes.hosts.measurements.throughput import TcpThroughput, ThroughputFailure, UdpThroughput

_US_PER_MS = 1000
_MBIT = 1e6
_PLAUSIBLE_RATIO = 0.9


def parse_tcp(asked: Asked, stdout: str, stderr: str = "") -> TcpThroughput:
    """The measurement in a client's output; raises ThroughputError when there is none."""
    report = read_report(asked, "TCP", stdout, stderr)
    require_total(asked, report.end.sum_sent, "sum_sent")
    received = require_total(asked, report.end.sum_received, "sum_received")
    result = iperf3.TestResult(stdout)
    cpu_percent = (result.local_cpu_total, result.remote_cpu_total)
    mean_rtt_ms, min_rtt_ms = _round_trips_ms(report)
    return TcpThroughput(
        sender=asked.sender,
        receiver=asked.receiver,
        reverse=asked.reverse,
        mbit_per_s=result.received_Mbps,
        sent_mbit_per_s=result.sent_Mbps,
        streams=result.num_streams,
        duration_s=received.seconds,
        omit_s=result.omit,
        retransmits=result.retransmits,
        mean_rtt_ms=mean_rtt_ms,
        min_rtt_ms=min_rtt_ms,
        sender_cpu_percent=cpu_percent[asked.reverse],
        receiver_cpu_percent=cpu_percent[not asked.reverse],
        congestion_control=report.end.sender_tcp_congestion,
        iperf3_version=result.version,
    )


def _round_trips_ms(report: Report) -> tuple[float | None, float | None]:
    means = [stream.sender.mean_rtt for stream in report.end.streams if stream.sender.mean_rtt]
    lowest = [stream.sender.min_rtt for stream in report.end.streams if stream.sender.min_rtt]
    return (
        sum(means) / len(means) / _US_PER_MS if means else None,
        min(lowest) / _US_PER_MS if lowest else None,
    )


def parse_udp(asked: Asked, stdout: str, stderr: str = "") -> UdpThroughput:
    """The measurement in a UDP client's output; raises ThroughputError when there is none."""
    report = read_report(asked, "UDP", stdout, stderr)
    received = require_total(asked, report.end.sum_received or report.end.sum, "sum_received")
    return UdpThroughput(
        sender=asked.sender,
        receiver=asked.receiver,
        reverse=asked.reverse,
        mbit_per_s=_received_bytes(asked, report, received) * 8 / received.seconds / _MBIT,
        streams=report.start.test_start.num_streams,
        duration_s=received.seconds,
        omit_s=report.start.test_start.omit,
        packets=received.packets,
        lost_packets=received.lost_packets,
        jitter_ms=received.jitter_ms,
        iperf3_version=report.start.version,
    )


def _received_bytes(asked: Asked, report: Report, received: Total) -> int:
    """Up to 3.10 there is only `sum`, which holds the sender's bytes: the loss gives the received ones.

    Impossible counts are refused: more packets lost than sent (iperf issue 1489), and no loss although bytes
    are missing (issue 1984, fixed in 3.21; issue 2055, still there against servers before 3.13).
    """
    arrived = received.packets - received.lost_packets
    sent = report.end.sum_sent
    counted = report.end.sum_received is not None
    missing = counted and sent is not None and received.bytes < sent.bytes * _PLAUSIBLE_RATIO
    if not 0 <= received.lost_packets < received.packets or (missing and not received.lost_packets):
        raise failed(
            asked,
            ThroughputFailure.UNREADABLE,
            f"{received.lost_packets} of {received.packets} packets lost, {received.bytes} bytes received",
        )
    return received.bytes if counted else arrived * report.start.test_start.blksize
