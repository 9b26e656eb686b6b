"""What ping prints, read strictly: output that contradicts itself is no measurement."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from probes.hosts.measurements.round_trips import RoundTrips, from_samples

_LONGEST_LINE = 300  # characters; ping prints none longer

_NUMBER = r"[0-9]{1,9}"
_DECIMAL = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_REPLY = re.compile(
    rf"[0-9]{{1,5}} bytes from (?P<source>[^:]+): (?P<iputils>icmp_)?seq=(?P<number>{_NUMBER})"
    rf"(?: [a-z]{{1,8}}={_NUMBER})* time[=<](?P<rtt>{_DECIMAL}) ms(?P<flags>.*)"
)
_COUNTS = re.compile(rf"({_NUMBER}) packets transmitted, ({_NUMBER}) (?:packets )?received(.*)")
_ERRORS = re.compile(rf"\+({_NUMBER}) errors")
_SUMMARY = re.compile(
    r"(?:rtt|round-trip) min/avg/max(?:/(?:mdev|stddev))?"
    rf" = ({_DECIMAL})/({_DECIMAL})/({_DECIMAL})(?:/({_DECIMAL}))? ms.*"
)
_REPORTED_MTU = re.compile(rf"(?:Frag needed and DF set \(mtu = |message too long, mtu=)({_NUMBER})")
_LOSS = re.compile(rf"({_DECIMAL})% packet loss")
_LOSS_TOLERANCE_PERCENT = 1.0  # busybox prints whole per cent, iputils before 2002 cut them off
_COARSE_FROM_MS = ((100.0, 1.0), (10.0, 0.1), (1.0, 0.01))  # iputils ping_common.c: digits by magnitude


class _Reply(NamedTuple):
    source: str
    number: int
    rtt_ms: float
    counts_from_one: bool  # iputils does, busybox counts from 0


class _Summary(NamedTuple):
    min_ms: float
    avg_ms: float
    max_ms: float
    mdev_ms: float | None


def parse_output(text: str, destination: str, count: int) -> RoundTrips:
    """Read what `LC_ALL=C ping -c COUNT DESTINATION` of iputils or busybox printed.

    A reply of another address than the destination's, or to a packet that was never sent, is not the host's.
    Raises ValueError, saying why, for anything but one complete and consistent run.
    """
    lines = _lines(text)
    sent, received, errors = _counts(lines)
    if sent > count or (sent < count and not errors):  # ICMP errors count towards -c
        raise ValueError(f"{sent} of {count} packets sent")
    replies = [reply for line in lines if (reply := _reply(line))]
    if len(replies) != received:
        raise ValueError(f"{received} replies counted, but {len(replies)} printed")
    summary = _summary(lines, replies)
    trips = from_samples(_by_packet([reply for reply in replies if reply.source == destination], sent))
    if summary is None or summary.mdev_ms is None or len(trips.samples_ms) != received:
        return trips  # ping's summary is more exact, but also of what does not count
    return RoundTrips(
        rtts_ms=trips.rtts_ms,
        min_ms=summary.min_ms,
        avg_ms=summary.avg_ms,
        max_ms=summary.max_ms,
        mdev_ms=summary.mdev_ms,
    )


def reported_mtu_bytes(text: str) -> int | None:
    """The smallest limit that the source or a router named as the reason of a loss; None when none did."""
    limits = [int(found[1]) for line in _lines(text) if (found := _REPORTED_MTU.search(line))]
    return min(limits, default=None)


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if len(line) <= _LONGEST_LINE]


def _counts(lines: Sequence[str]) -> tuple[int, int, int]:
    found = [counts for line in lines if (counts := _COUNTS.fullmatch(line))]
    if len(found) != 1:
        raise ValueError(f"{len(found)} lines 'packets transmitted', expected one")
    sent, received, rest = int(found[0][1]), int(found[0][2]), found[0][3]
    if received > sent or sent == 0:
        raise ValueError(f"{received} of {sent} packets received")
    loss, errors = _LOSS.search(rest), _ERRORS.search(rest)
    if loss is None or abs(float(loss[1]) - 100 * (1 - received / sent)) > _LOSS_TOLERANCE_PERCENT:
        raise ValueError(f"{received} of {sent} packets received does not go with '{rest.strip(', ')}'")
    return sent, received, int(errors[1]) if errors else 0


def _reply(line: str) -> _Reply | None:
    """The first reply to a packet; a duplicate or a corrupted one does not count, as in ping's own count."""
    found = _REPLY.fullmatch(line)
    if found is None or "DUP!" in found["flags"] or "BAD" in found["flags"]:
        return None
    address = found["source"].rpartition("(")[2].rstrip(")")  # "10.66.74.10" or "name (10.66.74.10)"
    return _Reply(address, int(found["number"]), float(found["rtt"]), found["iputils"] is not None)


def _summary(lines: Sequence[str], replies: Sequence[_Reply]) -> _Summary | None:
    found = next((match for line in lines if (match := _SUMMARY.fullmatch(line))), None)
    if not replies and found is None:
        return None
    if not replies or found is None:
        raise ValueError("the rtt summary and the replies do not go together")
    low, mean, high = (float(value) for value in found.groups()[:3])
    step_ms = next((step for magnitude, step in _COARSE_FROM_MS if high >= magnitude), 0.001)
    rtts_ms = [reply.rtt_ms for reply in replies]
    if not (low <= mean <= high) or min(rtts_ms) < low - step_ms or max(rtts_ms) > high + step_ms:
        raise ValueError(f"the replies do not lie within the summary '{found[0]}'")
    return _Summary(low, mean, high, float(found[4]) if found[4] else None)


def _by_packet(replies: Sequence[_Reply], sent: int) -> tuple[float | None, ...]:
    """The round trip of each packet sent, in the order of sending."""
    first = int(all(reply.counts_from_one for reply in replies))
    rtts_ms: list[float | None] = [None] * sent
    for reply in replies:
        if not first <= reply.number < first + sent:
            continue
        if rtts_ms[reply.number - first] is not None:
            raise ValueError(f"two replies to packet {reply.number}")
        rtts_ms[reply.number - first] = reply.rtt_ms
    return tuple(rtts_ms)
