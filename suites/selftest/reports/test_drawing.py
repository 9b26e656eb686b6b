import re
from itertools import combinations, product
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from probes.model.conformance.verdict import Verdict
from reports.results.model import Budget, Link, Node, Results, Topology
from reports.views.drawing import Box, drawing
from reports.views.grid import latency_grid, throughput_grid
from reports.views.html import TEMPLATES, html
from reports.views.markdown import markdown
from suites.selftest.reports.sample import latency, sample_results

TEXT_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3


def many_regions(count: int) -> Results:
    """A full mesh of so many Regions, measured both ways, the first two nonconforming."""
    names = [f"region-{index:02d}" for index in range(count)]
    budgets = [Budget(between=pair, latency_min_ms=10, latency_max_ms=50) for pair in combinations(names, 2)]
    measured = [
        latency(*ends, 20, Verdict.NONCONFORMING if set(ends) == set(names[:2]) else Verdict.CONFORMS)
        for budget in budgets
        for ends in (budget.between, budget.between[::-1])
    ]
    kinds: tuple[Literal["tgw", "vpc"], ...] = ("tgw", "vpc")
    nodes = [
        Node(id=f"{kind}-{n}", label=n, kind=kind, region=n, detail=(n,)) for n, kind in product(names, kinds)
    ]
    links = [
        Link(source=f"tgw-{b.between[0]}", target=f"tgw-{b.between[1]}", label="10–50 ms") for b in budgets
    ]
    return msgspec.structs.replace(
        sample_results(),
        budgets=tuple(budgets),
        latency=tuple(measured),
        throughput=(),
        topology=Topology(nodes=tuple(nodes), links=tuple(links)),
    )


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a point."""
    beside = abs(one.x - other.x) >= (one.width + other.width) / 2
    above = abs(one.y - other.y) >= (one.height + other.height) / 2
    return not (beside or above)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 16, 64])
def test_boxes_lie_inside_the_drawing_and_apart(count: int) -> None:
    results = many_regions(count)
    drawn = drawing(results, latency_grid(results))

    assert drawn is not None
    assert len(drawn.boxes) == 2 * count
    for box in drawn.boxes:
        assert box.width / 2 <= box.x - drawn.left <= drawn.width - box.width / 2
        assert box.height / 2 <= box.y - drawn.top <= drawn.height - box.height / 2
    assert [(a.node, b.node) for a, b in combinations(drawn.boxes, 2) if overlap(a, b)] == []


@pytest.mark.parametrize("label", ["10–50 ms", "10–50 ms, pendingAcceptance"])
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_every_label_can_be_read(count: int, label: str) -> None:
    results = many_regions(count)
    links = tuple(msgspec.structs.replace(link, label=label) for link in results.topology.links)
    topology = msgspec.structs.replace(results.topology, links=links)
    drawn = drawing(msgspec.structs.replace(results, topology=topology), latency_grid(results))

    assert drawn is not None
    labels = [link.label for link in drawn.links if link.label]
    assert len(labels) == len(links)
    shown = [*labels, *drawn.boxes]
    assert [(a, b) for a, b in combinations(shown, 2) if overlap(a, b)] == []


def test_several_vpcs_of_a_region_are_drawn_apart() -> None:
    results = many_regions(3)
    more = tuple(Node(id=f"vpc-{n}", label=n, kind="vpc", region="region-00", detail=(n,)) for n in "abc")
    topology = msgspec.structs.replace(results.topology, nodes=(*results.topology.nodes, *more))
    drawn = drawing(msgspec.structs.replace(results, topology=topology), latency_grid(results))

    assert drawn is not None
    assert [(a, b) for a, b in combinations(drawn.boxes, 2) if overlap(a, b)] == []


def test_two_regions_between_which_something_is_lost_are_joined_in_red() -> None:
    results = sample_results()
    drawn = drawing(results, latency_grid(results), {frozenset(("use1", "use2"))})

    assert drawn is not None
    verdicts = {link.link.label: link.verdict for link in drawn.links}
    assert verdicts["15–20 ms"] is Verdict.NONCONFORMING


def test_a_peering_is_drawn_with_the_verdict_of_its_regions() -> None:
    results = sample_results()
    drawn = drawing(results, latency_grid(results))

    assert drawn is not None
    peerings = {link.link.label: link.verdict for link in drawn.links if link.link.label}
    assert peerings == {
        "15–20 ms": Verdict.CONFORMS,
        "65–80 ms": Verdict.NONCONFORMING,
        "50–65 ms": Verdict.UNOBSERVABLE,
    }


def test_without_a_topology_the_documented_regions_are_drawn() -> None:
    results = msgspec.structs.replace(sample_results(), topology=Topology())
    drawn = drawing(results, latency_grid(results))

    assert drawn is not None
    assert [box.node and box.node.label for box in drawn.boxes] == ["use1", "use2", "usw2"]
    assert len(drawn.links) == 3


def test_every_two_regions_meet_in_one_cell_with_both_directions() -> None:
    grid = latency_grid(sample_results())

    assert [cell.regions for cell in grid.cells] == [("use1", "use2"), ("use1", "usw2"), ("use2", "usw2")]
    assert [[(d.source, d.destination) for d in cell.directions] for cell in grid.cells] == [
        [("use1", "use2"), ("use2", "use1")],
        [("use1", "usw2"), ("usw2", "use1")],
        [("use2", "usw2"), ("usw2", "use2")],
    ]


def test_a_cell_has_the_worse_verdict_of_its_directions() -> None:
    assert [cell.verdict for cell in latency_grid(sample_results()).cells] == [
        Verdict.CONFORMS,
        Verdict.NONCONFORMING,
        Verdict.UNOBSERVABLE,
    ]


def test_a_measurement_without_figures_never_conforms() -> None:
    silent = msgspec.structs.replace(latency("use1", "use2", 17, Verdict.CONFORMS), avg_ms=None)
    grid = latency_grid(msgspec.structs.replace(sample_results(), latency=(silent,)))

    assert grid.cells[0].directions[0].verdict is Verdict.UNOBSERVABLE
    assert grid.cells[0].directions[0].figure == "no answer"


def test_the_round_trips_of_several_host_pairs_are_one_distribution() -> None:
    slow = msgspec.structs.replace(latency("use1", "use2", 19.9, Verdict.CONFORMS), source="gpu-2.use1")
    one = msgspec.structs.replace(
        sample_results(), latency=(latency("use1", "use2", 17.6, Verdict.CONFORMS), slow)
    )
    spread = latency_grid(one).cells[0].directions[0].distribution

    assert spread is not None
    assert spread.samples == 200
    assert spread.low_ms == pytest.approx(17.2)
    assert spread.high_ms == pytest.approx(20.8)
    assert spread.limit == pytest.approx((20 - 17.2) / 3.6)
    assert max(spread.heights) == 1
    without = msgspec.structs.replace(slow, histogram=None)
    grid = latency_grid(msgspec.structs.replace(one, latency=(without,)))
    assert grid.cells[0].directions[0].distribution is None


def test_regions_within_themselves_are_on_the_diagonal() -> None:
    inside = latency("use2", "use2", 0.4, Verdict.CONFORMS)
    grid = latency_grid(msgspec.structs.replace(sample_results(), latency=(inside,)))
    cell = next(cell for cell in grid.cells if cell.regions == ("use2", "use2"))

    assert (cell.budget, len(cell.directions)) == ("no budget", 1)


def test_a_scaled_rate_is_shown_with_its_scale_measured_or_not() -> None:
    budgets = [cell.budget for cell in throughput_grid(sample_results()).cells]

    assert budgets == ["≥ 100\xa0Mbit/s, rates ÷100"] * 3


def test_many_regions_make_a_compact_grid_with_cards_for_the_failing_or_unknown() -> None:
    page = html(many_regions(9))

    assert page.count('class="mini ') == 9 * 8 / 2
    assert page.count('class="cell nonconforming"') == 1
    assert 'class="cell conforms"' not in page


def test_the_summary_of_many_regions_stays_short() -> None:
    text = markdown(many_regions(20))

    assert "| region-00 → region-01 |" in text
    assert "… and 189 more pairs of Regions" in text
    assert len(text) < 10_000


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb as WCAG defines it."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_text_has_enough_contrast(theme: int) -> None:
    style = Path(TEMPLATES / "style.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\n\s*\}", style, re.DOTALL)[theme]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))
    verdicts = [str(verdict).replace(" ", "-") for verdict in Verdict]
    pairs = [(name, ground) for name in verdicts for ground in (f"{name}-bg", "card")]
    pairs += [(text, ground) for text in ("ink", "soft") for ground in ("page", "card", "sunk")] + [
        ("lab", "lab-bg")
    ]

    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in pairs}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < TEXT_CONTRAST} == {}
