"""Where the nodes of the topology drawing go: Regions on a circle, Transit Gateways inside, VPCs outside."""

from collections.abc import Mapping, Sequence
from math import cos, pi, sin

import msgspec

from probes.model.conformance.verdict import Verdict
from reports.results.model import Budget, Link, Node, Results, Topology
from reports.results.words import number
from reports.views.grid import Grid

BOX_WIDTH = 190
LINE_HEIGHT = 15
SHOWN_LINES = 6
LABELLED_LINKS = 12
FLATTENING = 0.8
OUTWARD = 200


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn node by its centre, in the drawing's units."""

    node: Node
    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


class DrawnLink(msgspec.Struct, frozen=True, kw_only=True):
    """One drawn link; the label is left out where links are many."""

    link: Link
    source: Box
    target: Box
    label: str
    verdict: Verdict

    @property
    def label_width(self) -> float:
        """Roughly what the label's text and symbol take."""
        return 7.2 * len(self.label) + 30


class Drawing(msgspec.Struct, frozen=True, kw_only=True):
    """A drawing of `width` by `height` units."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[DrawnLink, ...]


def drawing(results: Results, latency: Grid) -> Drawing | None:
    """The drawing of the results' topology, or of the budgets' Regions when no plugin gave one."""
    topology = results.topology if results.topology.nodes else _from_budgets(results.budgets)
    if not topology.nodes:
        return None
    boxes = _boxes(topology)
    right = max(box.x + box.width / 2 for box in boxes.values()) + 8
    bottom = max(box.y + box.height / 2 for box in boxes.values()) + 8
    left = min(box.x - box.width / 2 for box in boxes.values()) - 8
    top = min(box.y - box.height / 2 for box in boxes.values()) - 8
    placed = {
        name: msgspec.structs.replace(box, x=box.x - left, y=box.y - top) for name, box in boxes.items()
    }
    return Drawing(
        width=right - left,
        height=bottom - top,
        boxes=tuple(placed.values()),
        lines=_lines(topology, placed, latency),
    )


def _boxes(topology: Topology) -> dict[str, Box]:
    """The boxes by node ID, around a centre at 0, 0; a host is a line in its Region's VPC."""
    regions = tuple(dict.fromkeys(node.region for node in topology.nodes))
    inner = max(150.0, 40.0 * len(regions))
    boxes = {}
    for node in topology.nodes:
        if node.kind != "host":
            radius = inner if node.kind == "tgw" else inner + OUTWARD
            x, y = _place(regions.index(node.region), len(regions), radius)
            boxes[node.id] = _box(node, topology.nodes, x, y)
    return boxes


def _place(index: int, count: int, radius: float) -> tuple[float, float]:
    """A point on the ellipse, the first one at the top; two Regions lie side by side."""
    start = pi if count == 2 else -pi / 2  # noqa: PLR2004  # a pair
    angle = start + 2 * pi * index / count
    return radius * cos(angle), FLATTENING * radius * sin(angle)


def _box(node: Node, nodes: Sequence[Node], x: float, y: float) -> Box:
    if node.kind == "tgw":
        return Box(node=node, lines=node.detail[:1], x=x, y=y, width=104, height=44)
    hosts = [host.label for host in nodes if host.kind == "host" and host.region == node.region]
    lines = (*node.detail, *hosts)
    if len(lines) > SHOWN_LINES:
        lines = (*lines[: SHOWN_LINES - 1], f"and {len(lines) - SHOWN_LINES + 1} more")
    return Box(node=node, lines=lines, x=x, y=y, width=BOX_WIDTH, height=30 + LINE_HEIGHT * len(lines))


def _lines(topology: Topology, boxes: dict[str, Box], latency: Grid) -> tuple[DrawnLink, ...]:
    measured = {frozenset(cell.regions): cell.verdict for cell in latency.cells}
    drawn = [link for link in topology.links if link.source in boxes and link.target in boxes]
    return tuple(
        DrawnLink(
            link=link,
            source=boxes[link.source],
            target=boxes[link.target],
            label=link.label if len(drawn) <= LABELLED_LINKS else "",
            verdict=_verdict(link, boxes[link.source].node.region, boxes[link.target].node.region, measured),
        )
        for link in drawn
    )


def _verdict(link: Link, one: str, other: str, measured: Mapping[frozenset[str], Verdict]) -> Verdict:
    """The link's own verdict, else what was measured between its Regions."""
    if link.verdict is not Verdict.NOT_RUN or one == other:
        return link.verdict
    return measured.get(frozenset((one, other)), Verdict.NOT_RUN)


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
