"""The JSON of `iperf3 -J`, versions 3.7 to 3.21, and whether it is a result at all.

The exit code says nothing: 3.11 to 3.13 exit 0 when refused, 3.19 and later when interrupted, and 3.9 leaves
the `error` key out. A test counts when the JSON parses, has no error, has its sums, is the test that was
asked for, lasted about as long, and does not contradict itself.
"""

import json
from collections.abc import Iterable, Sequence
from math import sqrt
from statistics import fmean, stdev
from typing import Annotated, Any

import iperf3
import msgspec

from probes.hosts.measurements.throughput import ThroughputError, ThroughputFailure, ThroughputTest
from probes.model.conformance.measurements import Throughput

_KINDS = (
    ("Connection refused", ThroughputFailure.REFUSED),
    ("unable to send control message: Bad file descriptor", ThroughputFailure.REFUSED),  # 3.9, on stderr
    ("server is busy", ThroughputFailure.BUSY),
    ("larger than server limit", ThroughputFailure.RATE_LIMITED),
    ("the client has terminated", ThroughputFailure.INTERRUPTED),
    ("server has terminated", ThroughputFailure.SERVER_GONE),
    ("control socket has closed", ThroughputFailure.SERVER_GONE),
    ("reset by peer", ThroughputFailure.SERVER_GONE),
    ("Broken pipe", ThroughputFailure.SERVER_GONE),
    ("timed out", ThroughputFailure.NO_ANSWER),
    ("idle timeout", ThroughputFailure.NO_ANSWER),
    ("is unreachable", ThroughputFailure.UNREACHABLE),
    ("No route to host", ThroughputFailure.UNREACHABLE),
)
_SHORTEST = 0.9  # of the duration asked for
_LONGEST, _SLACK_S = 1.25, 2.0  # and the slack: the receiver drains the queues after the sender stopped
_RATE_TOLERANCE = 0.05  # between a printed rate and its bytes and seconds
_MORE_THAN_SENT = 1.5  # the receiver's omitted start ends later, when the queue is full
_SMALLEST_SEGMENT_BYTES = 536  # RFC 9293, section 3.7.1
_BITS_PER_BYTE = 8
_BIT_PER_MBIT = 1e6
_BYTES_PER_GB = 1e9
_INTERVAL_TOLERANCE = 0.1
_LEAST_SAMPLE_S = 0.2  # the last interval may be the rest of one
_STUDENT_99 = (
    (20, 2.861),
    (10, 3.250),
    (6, 4.032),
)  # from so many samples on: the factor of their standard error
_NOBODY_JUDGES_START: dict[str, Any] = {
    "timestamp": {"time": "", "timesecs": 0},
    "system_info": "",
    "connected": [dict.fromkeys(("local_host", "local_port", "remote_host", "remote_port"))],
}
_NOBODY_JUDGES_CPU = {
    f"{end}_{kind}": 0 for end in ("host", "remote") for kind in ("total", "user", "system")
}


class TestStart(msgspec.Struct, frozen=True):
    """What the client says it was asked."""

    protocol: str
    num_streams: int
    blksize: int
    omit: float
    duration: float
    reverse: int = 0
    bidir: int = 0


class Start(msgspec.Struct, frozen=True):
    """The `start` object."""

    test_start: TestStart
    version: str = ""


class Total(msgspec.Struct, frozen=True):
    """One direction, all streams together. `retransmits` may be anything: only a plausible count is read."""

    bytes: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    seconds: float
    bits_per_second: float
    retransmits: msgspec.Raw = msgspec.Raw()


class Cpu(msgspec.Struct, frozen=True):
    """How busy each end's iperf3 was, in per cent of one CPU."""

    host_total: float | None = None
    remote_total: float | None = None


class End(msgspec.Struct, frozen=True):
    """The `end` object. `cpu_utilization_percent` may be anything: it is read where it is readable."""

    sum_sent: Total | None = None
    sum_received: Total | None = None
    cpu_utilization_percent: msgspec.Raw = msgspec.Raw()


class Sample(msgspec.Struct, frozen=True):
    """What all streams together sent, or received, in an interval."""

    bytes: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    seconds: float
    omitted: bool = False


class Interval(msgspec.Struct, frozen=True):
    """One element of `intervals`."""

    sum: Sample


class Report(msgspec.Struct, frozen=True):
    """The part of the output that is judged. `intervals` may be anything: only what agrees with `end` is read."""

    start: Start
    end: End
    intervals: msgspec.Raw = msgspec.Raw()


class Outline(msgspec.Struct, frozen=True):
    """Whether the output is a result at all."""

    error: Any = None
    end: Any = None


_OUTLINE = msgspec.json.Decoder(Outline)
_CPU = msgspec.json.Decoder(Cpu)
_INTERVALS = msgspec.json.Decoder(tuple[Interval, ...])
_REPORT = msgspec.json.Decoder(Report)  # here, for msgspec crashes when two threads are first at a type


def parse_tcp(test: ThroughputTest, stdout: str, stderr: str = "") -> Throughput:
    """The planned measurement with the figures of a client's output; raises ThroughputError when there are none."""
    report = _read_report(test, stdout, stderr)
    sent = _require_total(test, report.end.sum_sent, "sum_sent")
    received = _require_total(test, report.end.sum_received, "sum_received")
    if received.bytes > _MORE_THAN_SENT * sent.bytes:
        detail = f"{received.bytes} bytes received, but {sent.bytes} sent"
        raise ThroughputError(test, ThroughputFailure.UNREADABLE, detail)
    result = iperf3.TestResult(_with_what_nobody_judges(report.start, sent, received))
    samples = _samples(report.intervals, sent)
    cpu = _cpu(report.end.cpu_utilization_percent)
    low, high = _bounds([each for each in samples if not each.omitted])
    return msgspec.structs.replace(
        test.planned,
        mbit_per_s=result.received_Mbps,
        low_mbit_per_s=low,
        high_mbit_per_s=high,
        sent_gb=_sent_bytes(test, samples, sent) / _BYTES_PER_GB,
        retransmits=_retransmits(sent),
        streams=result.num_streams,
        duration_s=received.seconds,
        client_cpu_percent=cpu.host_total,
        server_cpu_percent=cpu.remote_total,
    )


def _read_report(test: ThroughputTest, stdout: str, stderr: str) -> Report:
    text = _once_only(stdout)
    try:
        outline = _OUTLINE.decode(text)
        complaint = _in_words(outline.error) or stderr.strip()
        if outline.error or not outline.end:
            raise ThroughputError(test, _kind(complaint), complaint or "the output has an empty 'end'")
        report = _REPORT.decode(text)
    except (ValueError, RecursionError) as error:
        detail = stderr.strip() or f"{error}: {stdout.strip()[:100]}"
        kind = _kind(stderr)
        unknown = kind is ThroughputFailure.OTHER
        raise ThroughputError(test, ThroughputFailure.UNREADABLE if unknown else kind, detail) from error
    if _is_both_ways(text):
        detail = "two sums of one kind, as a test in both directions at once has"
        raise ThroughputError(test, ThroughputFailure.UNREADABLE, detail)
    _require_same_test(test, report.start.test_start)
    return report


def _once_only(text: str) -> str:
    """The text, or its half where a document is printed twice."""
    stripped = text.strip()
    half, again = stripped[: len(stripped) // 2].strip(), stripped[len(stripped) // 2 :].strip()
    return half if half == again else stripped


def _is_both_ways(text: str) -> bool:
    """Only 3.14 and later say that `--bidir` was asked; up to 3.9 it writes both directions' sums under one key."""
    return "_bidir_reverse" in text or text.count('"sum_received"') > 1


def _in_words(error: Any) -> str:  # noqa: ANN401  # any JSON value
    return error if isinstance(error, str) else json.dumps(error) if error else ""


def _require_total(test: ThroughputTest, total: Total | None, name: str) -> Total:
    """The sum itself if it is there, not empty, about as long as the test and the rate that it says."""
    if total is None or total.bytes <= 0:
        raise ThroughputError(test, ThroughputFailure.INCOMPLETE, f"end.{name} is missing or empty")
    if not _SHORTEST * test.duration_s <= total.seconds <= _LONGEST * test.duration_s + _SLACK_S:
        raise ThroughputError(
            test,
            ThroughputFailure.INCOMPLETE,
            f"end.{name} covers {total.seconds:g} s of the {test.duration_s} s asked for",
        )
    rate = total.bytes * _BITS_PER_BYTE / total.seconds
    if not abs(total.bits_per_second - rate) <= _RATE_TOLERANCE * rate:
        raise ThroughputError(
            test,
            ThroughputFailure.UNREADABLE,
            f"end.{name} says {total.bits_per_second:g} bit/s, but its bytes and seconds are {rate:g} bit/s",
        )
    return total


def _samples(intervals: msgspec.Raw, sent: Total) -> tuple[Sample, ...]:
    """The intervals if they are readable and add up to the sum that was sent, else none."""
    try:
        found = tuple(each.sum for each in _INTERVALS.decode(intervals))
    except ValueError:
        return ()
    judged = sum(each.bytes for each in found if not each.omitted)
    if (
        not all(each.seconds > 0 for each in found)
        or abs(judged - sent.bytes) > _INTERVAL_TOLERANCE * sent.bytes
    ):
        return ()
    return found


def _cpu(said: msgspec.Raw) -> Cpu:
    try:
        return _CPU.decode(said)
    except ValueError:
        return Cpu()


def _bounds(samples: Sequence[Sample]) -> tuple[float | None, float | None]:
    """What the true rate lies between, in Mbit/s, by Student's distribution; None for too few samples."""
    long = [each for each in samples if each.seconds >= _LEAST_SAMPLE_S]
    rates = [each.bytes * _BITS_PER_BYTE / each.seconds / _BIT_PER_MBIT for each in long]
    factor = next((factor for least, factor in _STUDENT_99 if len(rates) >= least), None)
    if factor is None:
        return None, None
    half = factor * stdev(rates) / sqrt(len(rates))
    return fmean(rates) - half, fmean(rates) + half


def _sent_bytes(test: ThroughputTest, samples: Iterable[Sample], sent: Total) -> float:
    """All that was sent, the start too, which the sum leaves out."""
    counted = sum(each.bytes for each in samples)
    return counted or sent.bytes * (test.duration_s + test.omit_s) / test.duration_s


def _with_what_nobody_judges(start: Start, sent: Total, received: Total) -> str:
    """The judged part as JSON, with the keys that the package asks for besides and a host may leave out."""
    sums = {
        name: {"bytes": total.bytes, "bits_per_second": total.bits_per_second}
        for name, total in (("sum_sent", sent), ("sum_received", received))
    }
    document = {
        "start": _NOBODY_JUDGES_START | msgspec.to_builtins(start),
        "end": {"cpu_utilization_percent": _NOBODY_JUDGES_CPU, **sums},
    }
    return json.dumps(document)


def _retransmits(sent: Total) -> int | None:
    """The count if it is one: a kernel that wraps it prints a negative one, or more than was ever sent."""
    try:
        count = msgspec.json.decode(sent.retransmits, type=int)
    except ValueError:
        return None
    return count if 0 <= count <= sent.bytes // _SMALLEST_SEGMENT_BYTES else None


def _kind(complaint: str) -> ThroughputFailure:
    return next((kind for text, kind in _KINDS if text in complaint), ThroughputFailure.OTHER)


def _require_same_test(test: ThroughputTest, start: TestStart) -> None:
    wanted = ("TCP", test.streams, test.duration_s, test.omit_s, test.reverse, False)
    found = (
        start.protocol,
        start.num_streams,
        start.duration,
        start.omit,
        bool(start.reverse),
        bool(start.bidir),
    )
    if found != wanted:
        raise ThroughputError(
            test,
            ThroughputFailure.UNREADABLE,
            f"(protocol, streams, seconds, omitted, reverse, both ways) is {found}, not {wanted}",
        )
