"""The verdicts of drills, over paths that are written down; the lab's own are in selftest/lab."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import permutations
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import pytest
from msgspec.structs import replace

from fixtures.lab.lab import Lab
from fixtures.live.drills import Drill
from fixtures.plugins.drills import asks_for_drills
from probes.model.conformance.measurements import RoundTripsByPath, Way
from probes.model.errors import EmptySelectionError, ProbeError, UnobservableError
from probes.model.spec import DetourSpec, RangeMs
from suites.live import test_drills as judged
from suites.selftest.spec.corrections import SPEC

NAMES = {"use1": "us-east-1", "use2": "us-east-2", "usw2": "us-west-2"}
LOST = {"us-east-1", "us-east-2"}
WAYS = tuple(
    Way(
        source=f"{one}{a}",
        destination=f"{other}{b}",
        source_region=NAMES[one],
        destination_region=NAMES[other],
    )
    for (one, a), (other, b) in permutations([(alias, host) for alias in NAMES for host in "ab"], 2)
)
HEALTHY = dict.fromkeys(WAYS, 17.5)
DETOUR = DetourSpec(
    failed_peering=("use1", "use2"), via="usw2", added=RangeMs(min_ms=30, max_ms=50), rerouting="by hand"
)


def kept(is_kept: Callable[[Way], bool], rtt_ms: float = 17.5) -> RoundTripsByPath:
    return {way: rtt_ms for way in WAYS if is_kept(way)}


class WrittenDown:
    """A drill whose outcomes are given."""

    def __init__(self, **during: Any) -> None:  # noqa: ANN401  # a function or a dict of paths
        self.before = during.get("before", HEALTHY)
        self._during = during

    def without_peering(self, one: str, other: str) -> RoundTripsByPath:
        """See Drill."""
        usual = kept(lambda way: {*way.regions} != {one, other})
        return cast("RoundTripsByPath", self._during.get("peering", usual))

    def by_detour(self, _: DetourSpec) -> RoundTripsByPath:
        """See Drill."""
        return cast(
            "RoundTripsByPath", self._during.get("detour", HEALTHY | dict.fromkeys(_ways_lost(), 57.0))
        )

    def without_region(self, region: str) -> RoundTripsByPath:
        """See Drill."""
        usual = kept(lambda way: NAMES[region] not in way.regions)
        return cast("RoundTripsByPath", self._during.get("region", usual))


def _ways_lost() -> Iterable[Way]:
    return (way for way in WAYS if {*way.regions} == LOST)


def refused(observed: str) -> Any:  # noqa: ANN401  # a context
    return pytest.raises(AssertionError, match=observed)


def test_lost_peering_may_take_only_its_own_paths() -> None:
    judged.test_lost_peering_leaves_all_other_traffic_alone(SPEC, WrittenDown())
    for lost in ({"us-east-1"}, {"us-east-1", "us-west-2"}):
        found = kept(lambda way, gone=lost: {*way.regions} not in (gone, LOST))  # type: ignore[misc]
        with refused("violation"):
            judged.test_lost_peering_leaves_all_other_traffic_alone(SPEC, WrittenDown(peering=found))


@pytest.mark.parametrize("rerouting, conforms", [("by hand", True), ("automatic", False)])
def test_rerouting_is_judged_as_it_is_claimed(rerouting: Any, conforms: bool) -> None:  # noqa: ANN401, FBT001
    detour = replace(DETOUR, rerouting=rerouting)
    judge = judged.test_lost_peering_is_rerouted_as_the_document_says
    if conforms:
        judge(SPEC, WrittenDown(), detour)
        with refused("1 violation"):
            judge(SPEC, WrittenDown(detour=kept(lambda way: {*way.regions} != LOST)), detour)
    else:
        with refused("1 violation"):
            judge(SPEC, WrittenDown(), detour)
        judge(SPEC, WrittenDown(peering=HEALTHY), detour)


@pytest.mark.parametrize(
    "rtt_ms, conforms",
    [(57.5, True), (69.5, True), (71.5, False), (43.5, False), (130, False)],
)
def test_detour_is_judged_by_what_it_adds(rtt_ms: float, conforms: bool) -> None:  # noqa: FBT001
    drill = WrittenDown(detour=HEALTHY | dict.fromkeys(_ways_lost(), rtt_ms))
    if conforms:
        judged.test_detour_adds_what_the_document_says(SPEC, drill, DETOUR)
    else:
        with refused("1 violation"):
            judged.test_detour_adds_what_the_document_says(SPEC, drill, DETOUR)


def test_detour_without_any_path_is_nonconforming_and_one_that_never_was_is_unobservable() -> None:
    nothing = WrittenDown(detour={})
    with refused("1 violation"):
        judged.test_detour_adds_what_the_document_says(SPEC, nothing, DETOUR)
    never = WrittenDown(before=kept(lambda way: {*way.regions} != LOST))
    with pytest.raises(UnobservableError, match="no path between us-east-1 and us-east-2"):
        judged.test_detour_adds_what_the_document_says(SPEC, never, DETOUR)


def test_lost_region_may_take_no_other_path_and_has_to_be_lost() -> None:
    judge = judged.test_lost_region_leaves_the_others_connected
    judge(SPEC, WrittenDown())
    with refused("1 violation"):
        judge(SPEC, WrittenDown(region={}))
    with pytest.raises(UnobservableError, match="although use1 is down"):
        judge(SPEC, WrittenDown(region=HEALTHY))


class FakeHost(NamedTuple):
    """As a LabHost."""

    name: str
    role: str
    region: str
    addresses: tuple[str, ...]


class FakeLab:
    """A lab whose hosts answer each other but for the ones that are named as dead."""

    def __init__(self, roles: str = "gpu") -> None:
        self.dead: set[str] = set()
        self.stays_dead: set[str] = set()
        self.hosts = tuple(
            FakeHost(f"{alias}{n}", roles, region, (f"10.66.{64 * i}.{n}",))
            for i, (alias, region) in enumerate(NAMES.items())
            for n in (1, 2, 3)
        )

    @contextmanager
    def fault(self, *_: object) -> Iterator[None]:
        """See Lab."""
        self.dead = {"usw21"}
        yield
        self.dead = self.stays_dead

    def exec(self, name: str, argv: list[str]) -> SimpleNamespace:
        """See Lab."""
        target = next(host.name for host in self.hosts if host.addresses[0] == argv[-1])
        if {name, target} & self.dead:
            return SimpleNamespace(stdout="5 packets transmitted, 0 received, 100% packet loss, time 1ms\n")
        replies = "".join(f"64 bytes from {argv[-1]}: icmp_seq={n} ttl=6 time=9.00 ms\n" for n in range(1, 6))
        counts = "5 packets transmitted, 5 received, 0% packet loss, time 1ms\n"
        return SimpleNamespace(stdout=f"{replies}{counts}rtt min/avg/max/mdev = 9.000/9.000/9.000/0.000 ms\n")


def drill_of(lab: FakeLab) -> Drill:
    return Drill(SPEC, cast("Lab", lab))


def test_two_hosts_of_each_region_are_measured_and_the_failure_is_taken_back() -> None:
    drill = drill_of(FakeLab())

    assert len(drill.before) == 6 * 5
    assert len(drill.without_peering("us-east-1", "us-east-2")) == 5 * 4


def test_lab_that_is_not_as_before_is_an_error_and_no_verdict() -> None:
    lab = FakeLab()
    lab.stays_dead = {"use12"}
    drill = drill_of(lab)
    with pytest.raises(
        ProbeError, match="after the drill the lab is not as before: no answer from use11 to use12"
    ):
        drill.without_region("usw2")


def test_lab_without_measuring_hosts_has_nothing_to_rehearse() -> None:
    with pytest.raises(EmptySelectionError, match="no gpu host in us-east-1"):
        drill_of(FakeLab("router"))


@pytest.mark.parametrize(
    "expression, asked",
    [
        ("drill", True),
        ("(drill)", True),
        ("drill or slow", True),
        ("not drill", False),
        ("", False),
        ("drill and (", False),
    ],
)
def test_drills_are_asked_for_by_what_selects_them(expression: str, *, asked: bool) -> None:
    """`-m "not drill"` asks for none, and for no pair of Regions."""
    config = SimpleNamespace(option=SimpleNamespace(markexpr=expression))

    assert asks_for_drills(cast("pytest.Config", config)) is asked


def test_failure_with_nothing_beside_it_proves_nothing() -> None:
    """Of two Regions with one host each, the loss of the peering or of a Region leaves no path to look at."""
    alone = WrittenDown(before=kept(lambda way: {*way.regions} == LOST))
    with pytest.raises(UnobservableError, match="no path other than between us-east-1 and us-east-2"):
        judged.test_lost_peering_leaves_all_other_traffic_alone(SPEC, alone)
    failed = NAMES[SPEC.ha.failover.failed_region] if SPEC.ha.failover else ""
    gone = WrittenDown(before=kept(lambda way: failed in way.regions))
    with pytest.raises(UnobservableError, match=f"no path outside {failed}"):
        judged.test_lost_region_leaves_the_others_connected(SPEC, gone)
