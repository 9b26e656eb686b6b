"""Measurements heard several times become one; Regions see the host pairs between them as one cell."""

from collections.abc import Iterable, Sequence

import msgspec

from reports.results.model import Measurement
from reports.results.verdicts import worst


def merged_measurements(found: Iterable[Measurement]) -> tuple[Measurement, ...]:
    """One measurement per kind and ordered host pair, with the worst verdict of the tests that used it.

    A measurement with figures wins over one that only says why it has none.
    """
    groups: dict[tuple[type, str, str, str, str], list[Measurement]] = {}
    for one in found:
        key = (type(one), one.source_region, one.destination_region, one.source, one.destination)
        groups.setdefault(key, []).append(one)
    return tuple(_merged(groups[key]) for key in sorted(groups, key=lambda key: key[1:]))


def _merged(same: Sequence[Measurement]) -> Measurement:
    best = min(same, key=lambda one: bool(one.error))
    return msgspec.structs.replace(best, verdict=worst(one.verdict for one in same))
