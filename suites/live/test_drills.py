"""What the loss of a peering or a Region does to the traffic that is left, rehearsed in a lab."""

from collections.abc import Iterable, Iterator
from typing import Protocol

import pytest

from probes.model.conformance.measurements import RoundTripsByPath, Way
from probes.model.conformance.verdict import Violation
from probes.model.errors import UnobservableError
from probes.model.spec import DetourSpec, Spec

rule = pytest.mark.rule
pytestmark = pytest.mark.drill
SLACK_MS = 3.0  # what a busy machine adds even to the shortest of several round trips


class Drill(Protocol):
    """Failures that are made on purpose, measured and taken back."""

    @property
    def before(self) -> RoundTripsByPath:
        """The paths that are answered without any failure, with their shortest round trips."""

    def without_peering(self, one: str, other: str) -> RoundTripsByPath:
        """Those that are answered while a peering is down."""

    def by_detour(self, detour: DetourSpec) -> RoundTripsByPath:
        """Those that are answered by the documented detour, its two routes set by hand."""

    def without_region(self, region: str) -> RoundTripsByPath:
        """Those that are answered while a Region is gone."""


@rule("drill-peering-local")
@pytest.mark.usefixtures("mesh_claim")
def test_lost_peering_leaves_all_other_traffic_alone(spec: Spec, drill: Drill) -> None:
    """Without a peering, every path that does not need it is answered as before."""
    violations = [
        violation
        for peering in spec.peerings
        for one, other in [[spec.gateway_region(end) for end in peering.between]]
        if one != other
        for violation in _lost(
            f"peering {peering.name}",
            _answered(
                (way for way in drill.before if {*way.regions} != {one, other}),
                f"other than between {one} and {other}",
            ),
            drill.without_peering(one, other),
        )
    ]

    assert violations == []


@rule("drill-rerouting")
@pytest.mark.usefixtures("rerouting_claim")
def test_lost_peering_is_rerouted_as_the_document_says(spec: Spec, drill: Drill, detour: DetourSpec) -> None:
    """Without the documented peering, traffic finds another way by itself, or by the documented two routes."""
    one, other = map(spec.region, detour.failed_peering)
    ways = _between(drill.before, one, other)
    is_automatic = detour.rerouting == "automatic"
    found = drill.without_peering(one, other) if is_automatic else drill.by_detour(detour)
    violations = list(_lost(f"peering {'-'.join(detour.failed_peering)}", ways, found))

    assert violations == []


@rule("drill-detour")
@pytest.mark.usefixtures("detour_claim")
def test_detour_adds_what_the_document_says(spec: Spec, drill: Drill, detour: DetourSpec) -> None:
    """By the detour, the documented milliseconds are added."""
    one, other = map(spec.region, detour.failed_peering)
    resource, found = f"peering {'-'.join(detour.failed_peering)}", drill.by_detour(detour)
    ways = _between(drill.before, one, other)
    claimed = detour.added
    violations = list(_lost(resource, ways, found))
    violations += [
        Violation(
            resource=resource,
            expected=f"{claimed} more through {detour.via}",
            observed=f"{added_ms:.1f} ms more: {found[way]:.1f} instead of {drill.before[way]:.1f} ms",
            hint="correct the figure: it follows from the round trips of the two peerings on the way",
        )
        for way in ways
        if claimed and way in found
        for added_ms in [found[way] - drill.before[way]]
        if not claimed.min_ms - SLACK_MS <= added_ms <= claimed.max_ms + SLACK_MS
    ][:1]

    assert violations == []


@rule("drill-region-loss")
@pytest.mark.usefixtures("region_loss_claim")
def test_lost_region_leaves_the_others_connected(spec: Spec, drill: Drill) -> None:
    """Without the documented Region, the others reach each other as before, and nothing reaches it."""
    failover = spec.ha.failover
    failed = failover.failed_region if failover else ""
    region = spec.region(failed)
    found = drill.without_region(failed)
    if ghosts := [way for way in found if region in way.regions]:
        raise UnobservableError(
            f"{ghosts[0].source} reaches {ghosts[0].destination} although {failed} is down"
        )
    others = _answered((way for way in drill.before if region not in way.regions), f"outside {region}")
    violations = list(_lost(f"region {failed}", others, found))

    assert violations == []


def _between(paths: Iterable[Way], one: str, other: str) -> list[Way]:
    return _answered((way for way in paths if {*way.regions} == {one, other}), f"between {one} and {other}")


def _answered(ways: Iterable[Way], where: str) -> list[Way]:
    """The paths that a failure may take away. Raises UnobservableError when none was answered before it."""
    found = list(ways)
    if not found:
        raise UnobservableError(f"no path {where} is answered without any failure")
    return found


def _lost(resource: str, ways: Iterable[Way], found: RoundTripsByPath) -> Iterator[Violation]:
    """The paths that are not answered during a failure: one violation."""
    lost = [f"{way.source} to {way.destination}" for way in ways if way not in found]
    if lost:
        yield Violation(
            resource=resource,
            expected="paths are answered without it",
            observed=f"{len(lost)} are not, such as {lost[0]}",
            hint="trace such a path in the configuration, with that failure: python -m probes failures",
        )
