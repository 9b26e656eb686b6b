import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.model.conformance.catalogue import Catalogue
from probes.model.spec import RangeMs, Spec
from probes.model.spec.arithmetic import detour_added, distance_km, light_floor_ms
from probes.model.spec_checks.finding import Finding
from probes.model.spec_checks.lint import lint
from probes.sources.documents.catalogue import load_catalogue
from suites.selftest.spec.corrections import CORRECTIONS, SPEC
from suites.selftest.spec.edit import CATALOGUE, edited

Key = tuple[str, str]


def by_key(spec: Spec) -> dict[Key, Finding]:
    return {(finding.id, finding.where): finding for finding in lint(spec)}


def test_every_contradiction_of_the_document_is_found() -> None:
    assert {name for name, _ in by_key(SPEC)} == {f"C{number:02d}" for number in range(1, 35)}


@pytest.mark.parametrize(
    "changes, corrected",
    CORRECTIONS,
    ids=[f"{'-'.join(min(gone))}-{min(changes)}-{len(gone)}" for changes, gone in CORRECTIONS],
)
def test_corrected_document_loses_exactly_the_findings_it_corrects(
    changes: dict[str, object], corrected: set[Key]
) -> None:
    before, after = set(by_key(SPEC)), set(by_key(edited(SPEC, changes)))

    assert before - after == corrected


def test_every_contradiction_has_a_correction() -> None:
    assert {name for _, gone in CORRECTIONS for name, _ in gone} == {name for name, _ in by_key(SPEC)}


def test_every_finding_is_one_that_a_requirement_takes_part_in() -> None:
    catalogue: Catalogue = load_catalogue(CATALOGUE)
    listed = {name for entry in catalogue.requirements.values() for name in entry.contradictions}

    assert {finding.id for finding in lint(SPEC)} == listed


@pytest.mark.parametrize(
    "key, expected",
    [
        (("C01", "vpcs.*.subnets"), "10.66.30.32/28, 10.66.94.32/28, 10.66.158.32/28"),
        (("C03", "ha.detour.rerouting"), "use1: 10.66.64.0/18 via usw2; use2: 10.66.0.0/18 via usw2"),
        (("C04", "ha.detour.added"), "+95 to +130 ms"),
        (("C04", "ha.failover.added"), "+15 to +20 ms"),
        (("C07", "roles.fsx.ingress"), "not admitted"),
        (("C14", "cost.tgw[2]"), "6 billed attachments, two for each of 3: $216.00"),
        (("C14", "cost.tgw_total_usd"), "$338.00"),
        (("C16", "fsx.throughput_mb_per_s"), "840, 900, 960 MB/s"),
        (("C21", "ha.recovery_limit_s"), "60 s detection + 292 s loading models"),
        (("C27", "expansion.deploys"), "after 10.66.192.0/18 no /18 of 10.66.0.0/16 is free"),
        (("C27", "expansion.deploys"), "15 to 80 ms was stated without the round trips of eu-west-1-use1"),
        (("C28", "ha.failover.steps"), "peering/use1-use2, use1/nlb"),
        (("C32", "cost.hours_per_month"), "1.4 % less"),
    ],
)
def test_finding_shows_the_recomputed_figures(key: Key, expected: str) -> None:
    finding = by_key(SPEC)[key]

    assert expected in f"{finding.expected} | {finding.observed} | {finding.hint}"


def test_figures_follow_the_spec() -> None:
    faster = edited(SPEC, {"peerings[1].rtt": RangeMs(min_ms=20, max_ms=25)})

    assert "+50 to +75 ms" in by_key(faster)["C04", "ha.detour.added"].expected


@pytest.mark.parametrize(
    "pair, via, added",
    [
        (("use1", "use2"), "usw2", (95, 130)),
        (("use1", "usw2"), "use2", (-15, 20)),
        (("use2", "usw2"), "use1", (15, 50)),
    ],
)
def test_detour_adds_the_legs_and_subtracts_the_direct_way(
    pair: tuple[str, str], via: str, added: tuple[float, float]
) -> None:
    computed = detour_added(SPEC, pair, via)

    assert computed == RangeMs(min_ms=added[0], max_ms=added[1])


def test_no_documented_round_trip_beats_light() -> None:
    for peering in SPEC.peerings:
        one, other = (SPEC.location(SPEC.region(alias)) for alias in peering.between)
        assert one is not None
        assert other is not None
        assert peering.rtt is not None
        assert 100 < distance_km(one, other) < 20_016
        assert 0 < light_floor_ms(one, other) < peering.rtt.min_ms


NUMBERS = st.floats(min_value=0.001, max_value=1e6)
CHANGEABLE = [
    "fsx.throughput_mb_per_s",
    "fsx.load_time_max_s",
    "ha.recovery_limit_s",
    "cost.tgw_total_usd",
    "cost.tgw[0].usd_per_unit",
    "cost.hours_per_month",
    "peerings[0].bandwidth_gbit_per_s",
]
EMPTIABLE = [
    "vpc_endpoints",
    "flows",
    "cost.tgw",
    "cost.transfer",
    "tenants.path",
    "expansion.deploys",
    "global_accelerator.static_names",
    "ha.failover.steps",
    "vpcs.use1.subnets.tgw",
    "vpcs.usw2.subnets.fsx",
    "peerings",
]


@settings(max_examples=100, deadline=None)
@given(
    numbers=st.dictionaries(st.sampled_from(CHANGEABLE), NUMBERS), emptied=st.sets(st.sampled_from(EMPTIABLE))
)
def test_no_spec_is_too_odd_to_be_linted(numbers: dict[str, object], emptied: set[str]) -> None:
    odd = edited(SPEC, numbers | dict.fromkeys(emptied, ()))

    assert len(lint(odd)) == len(set(lint(odd)))
