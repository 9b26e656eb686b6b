"""Who reaches whom, as a table of roles: a row for each that sends, a column for each that is sent to."""

from typing import Literal

import msgspec

from probes.model.conformance.verdict import Verdict
from reports.results.model import Deliveries, Delivery, RequirementResult

_PLACES = {"within a VPC": "in a VPC", "within a Region": "in a Region", "across Regions": "across"}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What is delivered at one distance. `kind` says how it is drawn: as denied, allowed or wrong."""

    place: str
    words: str
    verdict: Verdict
    kind: Literal["denied", "allowed", "wrong"]


class DeliveryMatrix(msgspec.Struct, frozen=True, kw_only=True):
    """The table: by source and destination the lines of a cell."""

    names: tuple[str, ...]
    cells: dict[str, dict[str, tuple[Line, ...]]]
    absent: str


def delivery_matrix(found: Deliveries, requirements: tuple[RequirementResult, ...]) -> DeliveryMatrix:
    """The table. Where no requirement is nonconforming, what differs from the document is what waivers cover."""
    broken = any(row.verdict is Verdict.NONCONFORMING for row in requirements)
    names = tuple(dict.fromkeys(row.source for row in found.rows))
    cells: dict[str, dict[str, tuple[Line, ...]]] = {name: dict.fromkeys(names, ()) for name in names}
    for row in found.rows:
        if row.destination in cells[row.source]:
            cells[row.source][row.destination] += (_line(row, broken=broken),)
    return DeliveryMatrix(names=names, cells=cells, absent=found.absent)


def _line(row: Delivery, *, broken: bool) -> Line:
    wrong = row.verdict is Verdict.NONCONFORMING
    differs = "; ".join(
        text for text in (row.less and f"lacks {row.less}", row.more and f"undocumented {row.more}") if text
    )
    return Line(
        place=_PLACES.get(row.scope, row.scope),
        words=differs if wrong and differs else row.delivered or "nothing",
        verdict=Verdict.WAIVED if wrong and not broken else row.verdict,
        kind="wrong" if wrong else "allowed" if row.delivered else "denied",
    )
