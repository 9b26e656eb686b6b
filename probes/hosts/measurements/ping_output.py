"""What ping prints, read strictly: output that contradicts itself is no measurement."""

import re
from itertools import pairwise
from statistics import pstdev

import msgspec

_REPLY = re.compile(r"^\d+ bytes from .*?\b(?:icmp_)?seq=(\d+) .*?\btime[=<]([\d.]+) ms(.*)$", re.MULTILINE)
_COUNTS = re.compile(r"^(\d+) packets transmitted, (\d+) (?:packets )?received(.*)$", re.MULTILINE)
_EXTRA = re.compile(r"\+?(\d+) (duplicates|errors)")
_SUMMARY = re.compile(
    r"^(?:rtt|round-trip) min/avg/max(?:/(?:mdev|stddev))? = ([\d.]+)/([\d.]+)/([\d.]+)(?:/([\d.]+))? ms",
    re.MULTILINE,
)
_LOSS = re.compile(r"([\d.]+)% packet loss")
_LOSS_TOLERANCE_PERCENT = 1.0  # busybox prints whole per cent, iputils before 2002 cut them off
_COARSE_FROM_MS = ((100.0, 1.0), (10.0, 0.1), (1.0, 0.01))  # iputils ping_common.c: digits by magnitude


class PingOutput(msgspec.Struct, frozen=True, kw_only=True):
    """The measured part of a PingResult; the fields are explained there."""

    sent: int
    received: int
    rtt_samples_ms: tuple[float, ...]
    rtt_min_ms: float | None
    rtt_avg_ms: float | None
    rtt_max_ms: float | None
    rtt_mdev_ms: float | None
    duplicates: int
    errors: int
    longest_loss_run: int


def parse_output(text: str) -> PingOutput:
    """Read what `LC_ALL=C ping` of iputils or busybox printed.

    Raises ValueError, saying why, for anything but one complete and consistent run.
    """
    sent, received, extra = _counts(text)
    replies = _first_replies(text)
    samples = tuple(rtt_ms for _, rtt_ms in replies)
    if len(samples) != received:
        raise ValueError(f"{received} replies counted, but {len(samples)} printed")
    low, mean, high, mdev = _summary(text, samples)
    return PingOutput(
        sent=sent,
        received=received,
        rtt_samples_ms=samples,
        rtt_min_ms=low,
        rtt_avg_ms=mean,
        rtt_max_ms=high,
        rtt_mdev_ms=mdev,
        duplicates=extra.get("duplicates", 0),
        errors=extra.get("errors", 0),
        longest_loss_run=_longest_loss_run([number for number, _ in replies], sent),
    )


def _counts(text: str) -> tuple[int, int, dict[str, int]]:
    found = _COUNTS.findall(text)
    if len(found) != 1:
        raise ValueError(f"{len(found)} lines 'packets transmitted', expected one")
    sent, received, rest = int(found[0][0]), int(found[0][1]), found[0][2]
    if not 0 <= received <= sent or sent == 0:
        raise ValueError(f"{received} of {sent} packets received")
    loss = _LOSS.search(rest)
    if loss is None or abs(float(loss[1]) - 100 * (1 - received / sent)) > _LOSS_TOLERANCE_PERCENT:
        raise ValueError(f"{received} of {sent} packets received does not go with '{rest.strip(', ')}'")
    return sent, received, {name: int(number) for number, name in _EXTRA.findall(rest)}


def _first_replies(text: str) -> list[tuple[int, float]]:
    lines = [(int(number), float(rtt_ms), flags) for number, rtt_ms, flags in _REPLY.findall(text)]
    return [(number, rtt_ms) for number, rtt_ms, flags in lines if "DUP!" not in flags and "BAD" not in flags]


def _summary(
    text: str, samples: tuple[float, ...]
) -> tuple[float, float, float, float] | tuple[None, None, None, None]:
    found = _SUMMARY.search(text)
    if not samples and found is None:
        return None, None, None, None
    if not samples or found is None:
        raise ValueError("the rtt summary and the replies do not go together")
    low, mean, high = (float(value) for value in found.groups()[:3])
    step_ms = next((step for magnitude, step in _COARSE_FROM_MS if high >= magnitude), 0.001)
    if not (low <= mean <= high) or min(samples) < low - step_ms or max(samples) > high + step_ms:
        raise ValueError(f"the replies do not lie within the summary '{found[0]}'")
    return low, mean, high, float(found[4]) if found[4] else pstdev(samples)


def _longest_loss_run(numbers: list[int], sent: int) -> int:
    if not numbers:
        return sent
    first = 0 if 0 in numbers else 1  # busybox counts from 0, iputils from 1
    edges = [first - 1, *sorted(set(numbers)), first + sent]
    return max(after - before - 1 for before, after in pairwise(edges))
