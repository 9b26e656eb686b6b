"""The JSON of `iperf3 -J`, versions 3.7 to 3.21, and whether it is a result at all.

The exit code says nothing: 3.11 to 3.13 exit 0 when refused, 3.19 and later when interrupted, and 3.9 leaves
the `error` key out. A test counts when the JSON parses, has no error, has its sums, is the test that was
asked for and lasted about as long.
"""

import json
from typing import Any

import msgspec

from probes.hosts.measurements.throughput import ThroughputError, ThroughputFailure

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

    version: str
    test_start: TestStart


class Total(msgspec.Struct, frozen=True):
    """One direction, all streams together; the packet counts are UDP's."""

    bytes: int
    seconds: float
    bits_per_second: float
    packets: int = 0
    lost_packets: int = 0
    jitter_ms: float = 0.0


class Sender(msgspec.Struct, frozen=True):
    """TCP_INFO of one sending socket; round trips in us."""

    mean_rtt: int = 0
    min_rtt: int = 0


class Stream(msgspec.Struct, frozen=True):
    """One stream; a UDP one has no `sender`."""

    sender: Sender = msgspec.field(default_factory=Sender)


class End(msgspec.Struct, frozen=True):
    """The `end` object; TCP and, from 3.11 on, UDP have `sum_sent` and `sum_received`."""

    streams: tuple[Stream, ...]
    sum_sent: Total | None = None
    sum_received: Total | None = None
    sum: Total | None = None
    sender_tcp_congestion: str | None = None


class Report(msgspec.Struct, frozen=True):
    """The part of the output that is judged."""

    start: Start
    end: End


# msgspec describes a type to itself when it is first used, and crashes when two threads are first at once.
msgspec.json.Decoder(Report)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the test was asked to be: the result must say the same."""

    client: str
    server: str
    streams: int
    duration_s: int
    omit_s: int = 0
    reverse: bool = False

    @property
    def sender(self) -> str:
        """The host that sends the data."""
        return self.server if self.reverse else self.client

    @property
    def receiver(self) -> str:
        """The host that receives the data."""
        return self.client if self.reverse else self.server


def read_report(asked: Asked, protocol: str, stdout: str, stderr: str) -> Report:
    """The client's output as a complete, error-free test of that protocol; raises ThroughputError otherwise."""
    document = _decoded(asked, stdout, stderr)
    complaint = document.get("error") or stderr.strip()
    if document.get("error") or not document.get("end"):
        raise failed(asked, _kind(complaint), complaint or "the output has an empty 'end'")
    try:
        report = msgspec.convert(document, Report)
    except msgspec.ValidationError as error:
        raise failed(asked, ThroughputFailure.UNREADABLE, str(error)) from error
    _same_test(asked, protocol, report.start.test_start)
    return report


def require_total(asked: Asked, total: Total | None, name: str) -> Total:
    """The sum itself if it is there, not empty and about as long as the test; raises ThroughputError otherwise."""
    if total is None or total.bytes <= 0:
        raise failed(asked, ThroughputFailure.INCOMPLETE, f"end.{name} is missing or empty")
    if not _SHORTEST * asked.duration_s <= total.seconds <= _LONGEST * asked.duration_s + _SLACK_S:
        raise failed(
            asked,
            ThroughputFailure.INCOMPLETE,
            f"end.{name} covers {total.seconds:g} s of the {asked.duration_s} s asked for",
        )
    return total


def failed(asked: Asked, kind: ThroughputFailure, detail: str) -> ThroughputError:
    """The error of a test between these two hosts."""
    return ThroughputError(asked.client, kind, f"{asked.sender} to {asked.receiver}: {detail[-300:]}")


def _decoded(asked: Asked, stdout: str, stderr: str) -> dict[str, Any]:
    try:
        document = json.loads(stdout, object_pairs_hook=_with_single_sums)
    except ValueError as error:
        detail = stderr.strip() or f"{error}: {stdout.strip()[:100]!r}"
        kind = _kind(detail)
        unknown = kind is ThroughputFailure.OTHER
        raise failed(asked, ThroughputFailure.UNREADABLE if unknown else kind, detail) from error
    if not isinstance(document, dict):
        raise failed(asked, ThroughputFailure.UNREADABLE, f"not an object: {stdout[:100]!r}")
    return document


def _with_single_sums(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """`--bidir` up to 3.9 writes the sums of both directions under one key; other repetitions are harmless."""
    sums = [name.removesuffix("_bidir_reverse") for name, _ in pairs if name.startswith("sum")]
    if len(sums) != len(set(sums)):
        raise ValueError("two sums of one kind, as a test in both directions at once has")
    return dict(pairs)


def _kind(complaint: str) -> ThroughputFailure:
    return next((kind for text, kind in _KINDS if text in complaint), ThroughputFailure.OTHER)


def _same_test(asked: Asked, protocol: str, start: TestStart) -> None:
    wanted = (protocol, asked.streams, asked.duration_s, asked.omit_s, asked.reverse, False)
    found = (
        start.protocol,
        start.num_streams,
        start.duration,
        start.omit,
        bool(start.reverse),
        bool(start.bidir),
    )
    if found != wanted:
        raise failed(
            asked,
            ThroughputFailure.UNREADABLE,
            f"(protocol, streams, seconds, omitted, reverse, both ways) is {found}, not {wanted}",
        )
