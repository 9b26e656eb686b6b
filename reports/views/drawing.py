"""Where the nodes of the topology drawing go: Regions on a circle, Transit Gateways inside, VPCs outside."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import copysign, cos, pi, sin

import msgspec

from probes.model.conformance.verdict import Verdict
from reports.causes.model import RegionSet
from reports.results.model import Budget, Link, Node, Results, Topology
from reports.results.words import number
from reports.views.grid import Grid

BOX_WIDTH = 190
LINE_HEIGHT = 15
SHOWN_LINES = 6
LABELLED_LINKS = 12
LABEL_HEIGHT = 24.0
LABEL_PLACES = (0.5, 0.4, 0.6, 0.3, 0.7)
FLATTENING = 0.8
OUTWARD = 200
LEAST_RADIUS, RADIUS_STEP, MOST_STEPS = 150, 20, 40
LONGEST_LABEL = 40
GAP = 8


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """A rectangle by its centre, in the drawing's units: a node, or the label of a link."""

    x: float
    y: float
    width: float
    height: float
    node: Node | None = None
    lines: tuple[str, ...] = ()

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share a point, or nearly."""
        beside = abs(self.x - other.x) >= (self.width + other.width) / 2 + GAP / 2
        above = abs(self.y - other.y) >= (self.height + other.height) / 2 + GAP / 2
        return not (beside or above)


class DrawnLink(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn link; `label` is None where links are many."""

    link: Link
    source: Box
    target: Box
    verdict: Verdict
    label: Box | None


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing of `width` by `height` units; `left` and `top` are its smallest coordinates."""

    left: float
    top: float
    width: float
    height: float
    boxes: tuple[Box, ...]
    links: tuple[DrawnLink, ...]


def drawing(results: Results, latency: Grid, broken: Collection[RegionSet] = ()) -> Drawing | None:
    """The drawing of the results' topology, or of the budgets' Regions when no plugin gave one.

    `broken` are each two Regions between which something is lost.
    """
    topology = results.topology if results.topology.nodes else _from_budgets(results.budgets)
    if not topology.nodes:
        return None
    verdicts = {frozenset(cell.regions): cell.verdict for cell in latency.cells}
    verdicts |= dict.fromkeys(broken, Verdict.NONCONFORMING)
    boxes, links = _placed(topology, verdicts)
    every = tuple(boxes.values())
    left = min(box.x - box.width / 2 for box in every) - GAP
    top = min(box.y - box.height / 2 for box in every) - GAP
    return Drawing(
        left=left,
        top=top,
        width=max(box.x + box.width / 2 for box in every) + GAP - left,
        height=max(box.y + box.height / 2 for box in every) + GAP - top,
        boxes=every,
        links=links,
    )


def _placed(
    topology: Topology, verdicts: Mapping[RegionSet, Verdict]
) -> tuple[dict[str, Box], tuple[DrawnLink, ...]]:
    """The nodes on the smallest circle on which no label covers anything; what finds no place has no label."""
    regions = tuple(dict.fromkeys(node.region for node in topology.nodes))
    least = max(LEAST_RADIUS, 40 * len(regions))
    for step in range(MOST_STEPS):
        boxes = _boxes(topology, regions, least + step * RADIUS_STEP)
        links = _links(topology, boxes, verdicts)
        if all(link.label or not _is_labelled(link.link, len(links)) for link in links):
            break
    return boxes, links


def _boxes(topology: Topology, regions: Sequence[str], radius: float) -> dict[str, Box]:
    """The boxes by node ID, around a centre at 0, 0; several of a kind are stacked, a host is a line in its VPC."""
    boxes: dict[str, Box] = {}
    stacked: dict[tuple[str, str], int] = {}
    for node in topology.nodes:
        if node.kind != "host":
            outward = 0 if node.kind == "tgw" else OUTWARD
            x, y = _place(regions.index(node.region), len(regions), radius + outward)
            box = _box(node, topology.nodes, x, y)
            boxes[node.id] = _beside(box, stacked, alone=len(regions) == 1)
    return boxes


def _beside(box: Box, stacked: dict[tuple[str, str], int], *, alone: bool) -> Box:
    """The box next to those of its kind and Region: outwards, or to both sides where there is no other Region."""
    key = (box.node.region, box.node.kind) if box.node else ("", "")
    earlier = stacked.get(key, 0)
    stacked[key] = earlier + 1
    if alone:
        side = (earlier + 1) // 2 * (-1) ** earlier
        return msgspec.structs.replace(box, x=box.x + side * (box.width + 2 * GAP))
    return msgspec.structs.replace(box, y=box.y + copysign(earlier * (box.height + GAP), box.y))


def _place(index: int, total: int, radius: float) -> tuple[float, float]:
    """A point on the ellipse, the first one at the top; two Regions lie side by side."""
    start = pi if total == 2 else -pi / 2  # noqa: PLR2004  # a pair
    angle = start + 2 * pi * index / total
    return radius * cos(angle), FLATTENING * radius * sin(angle)


def _box(node: Node, nodes: Sequence[Node], x: float, y: float) -> Box:
    if node.kind == "tgw":
        return Box(node=node, lines=node.detail[:1], x=x, y=y, width=104, height=44)
    hosts = [host.label for host in nodes if host.kind == "host" and host.region == node.region]
    lines = (*node.detail, *hosts)
    if len(lines) > SHOWN_LINES:
        lines = (*lines[: SHOWN_LINES - 1], f"and {len(lines) - SHOWN_LINES + 1} more")
    return Box(node=node, lines=lines, x=x, y=y, width=BOX_WIDTH, height=30 + LINE_HEIGHT * len(lines))


def _links(
    topology: Topology, boxes: Mapping[str, Box], verdicts: Mapping[RegionSet, Verdict]
) -> tuple[DrawnLink, ...]:
    """The links between drawn nodes, each with its label where one fits."""
    drawn = [link for link in topology.links if link.source in boxes and link.target in boxes]
    taken = list(boxes.values())
    links = []
    for link in drawn:
        source, target = boxes[link.source], boxes[link.target]
        label = _free_label(link.label, source, target, taken) if _is_labelled(link, len(drawn)) else None
        if label:
            taken.append(label)
        verdict = _verdict(link, source, target, verdicts)
        links.append(DrawnLink(link=link, source=source, target=target, verdict=verdict, label=label))
    return tuple(sorted(links, key=lambda link: link.verdict is Verdict.NONCONFORMING))


def _is_labelled(link: Link, links: int) -> bool:
    return bool(link.label) and links <= LABELLED_LINKS


def _free_label(text: str, source: Box, target: Box, taken: Iterable[Box]) -> Box | None:
    text = text if len(text) <= LONGEST_LABEL else f"{text[:LONGEST_LABEL]}…"
    width = 7.2 * len(text) + 30  # roughly what the text and a symbol take
    for share in LABEL_PLACES:
        x = source.x + share * (target.x - source.x)
        y = source.y + share * (target.y - source.y)
        label = Box(x=x, y=y, width=width, height=LABEL_HEIGHT, lines=(text,))
        if not any(label.overlaps(other) for other in taken):
            return label
    return None


def _verdict(link: Link, source: Box, target: Box, verdicts: Mapping[RegionSet, Verdict]) -> Verdict:
    """The link's own verdict, else that of the pair of Regions which it joins."""
    regions = frozenset(box.node.region for box in (source, target) if box.node)
    if link.verdict is not Verdict.NOT_RUN or len(regions) == 1:
        return link.verdict
    return verdicts.get(regions, Verdict.NOT_RUN)


def _from_budgets(budgets: Sequence[Budget]) -> Topology:
    regions = dict.fromkeys(name for budget in budgets for name in budget.between)
    links = (
        Link(
            source=budget.between[0],
            target=budget.between[1],
            label=f"{number(budget.latency_min_ms, digits=0)}–{number(budget.latency_max_ms, 'ms', 0)}",
        )
        for budget in budgets
    )
    return Topology(
        nodes=tuple(Node(id=name, label=name, kind="tgw", region=name, detail=("TGW",)) for name in regions),
        links=tuple(links),
    )
