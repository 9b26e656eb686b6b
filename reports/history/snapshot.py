"""What two runs are compared by: verdicts by requirement, figures by direction."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from probes.model.conformance.measurements import Latency, Throughput
from probes.model.conformance.verdict import Verdict
from probes.model.untrusted_text import one_line
from reports.causes.grouping import explained
from reports.results.model import Judged, Results
from reports.results.verdicts import overall

RegionPair = tuple[str, str]
MOST_CAUSES = 100

Finite = Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One direction between two Regions in one run: the worst host pair's. None: not measured."""

    avg_ms: Finite | None = None
    p95_ms: Finite | None = None
    loss_ratio: Finite | None = None
    mbit_per_s: Finite | None = None


class CauseNote(msgspec.Struct, frozen=True, kw_only=True):
    """What was wrong with a cause in one run, and the requirements that it broke."""

    observed: str
    requirements: tuple[str, ...]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One run, as far as others are compared with it. Only runs of equal `subject` are about the same network.

    A run that left no results has no verdicts, no figures and no causes. `causes` are by the resource that decides.
    """

    run_id: str
    finished_at: datetime
    subject: str
    verdict: Verdict
    verdicts: Mapping[str, Verdict] = {}
    figures: Mapping[RegionPair, Figures] = {}
    causes: Mapping[str, CauseNote] = {}


def subject(judged: Judged) -> str:
    """What was judged, without what it was judged against."""
    return f"{judged.state} | {judged.target}"


def snapshot(results: Results) -> Snapshot:
    """The snapshot of a run."""
    latency: dict[RegionPair, list[Latency]] = {}
    for one in results.latency:
        latency.setdefault((one.source_region, one.destination_region), []).append(one)
    throughput: dict[RegionPair, list[Throughput]] = {}
    for each in results.throughput:
        throughput.setdefault((each.source_region, each.destination_region), []).append(each)
    return Snapshot(
        run_id=results.run_id,
        finished_at=results.finished_at,
        subject=subject(results.judged),
        verdict=overall(results),
        verdicts={row.id: row.verdict for row in results.requirements},
        figures={
            direction: _figures(latency.get(direction, ()), throughput.get(direction, ()))
            for direction in dict.fromkeys((*latency, *throughput))
        },
        causes={
            one_line(cause.subject): CauseNote(
                observed=one_line(cause.observed), requirements=cause.requirements
            )
            for cause in explained(results).causes[:MOST_CAUSES]
        },
    )


def _figures(latency: Sequence[Latency], throughput: Sequence[Throughput]) -> Figures:
    return Figures(
        avg_ms=max((m.avg_ms for m in latency if m.avg_ms is not None), default=None),
        p95_ms=max((m.p95_ms for m in latency if m.p95_ms is not None), default=None),
        loss_ratio=max((m.loss_ratio for m in latency if m.loss_ratio is not None), default=None),
        mbit_per_s=min((m.mbit_per_s for m in throughput if m.mbit_per_s is not None), default=None),
    )
