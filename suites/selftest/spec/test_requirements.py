from ipaddress import IPv4Network
from typing import get_args

import pytest

from probes.model.spec import ExpansionPart, RangeMs, TransitGatewaySpec
from probes.sources.documents.waivers import load_waivers
from suites.selftest.spec.corrections import SPEC, STEPS
from suites.selftest.spec.decided import KNOWN, decided
from suites.selftest.spec.edit import BUNDLED, edited

DECIDED = decided(SPEC)
WAIVERS = load_waivers(BUNDLED.with_suffix(".waivers.yaml"), KNOWN)
ROUTES = "transit_gateways.use1.route_tables.main.routes"

# Requirements that the document itself breaks, with the change that mends each.
BROKEN: dict[str, dict[str, object]] = {
    "CIDR-14": {"tenants.text": "10.34.0.0/16"},
    "GA-03": {"tenants.path": ("tenant", "global-accelerator", "nlb")},
    "GA-04": {"ha.failover.steps": STEPS},
    "LAT-02": {"ha.failover.added": RangeMs(min_ms=15, max_ms=20)},
    "LAT-03": {f"peerings[{index}].rtt": RangeMs(min_ms=15, max_ms=15) for index in range(3)},
    "COST-07": {"cost.tgw[2].usd_per_month": 216.0, "cost.tgw[2].quantity": 6.0},
    "COST-08": {"cost.tgw_total_usd": 338.0},
    "HA-03": {"ha.recovery_limit_s": 400.0},
    "HA-06": {"ha.detour.rerouting": "by hand"},
    "HA-07": {"ha.detour.added": RangeMs(min_ms=95, max_ms=130)},
    "SEC-02": {"security.tgw_encryption": "between regions"},
    "EXP-06": {"expansion.deploys": get_args(ExpansionPart)},
}  # fmt: skip

# A change of the spec that breaks each requirement which the document meets.
BREAKING: dict[str, dict[str, object]] = {
    "CIDR-01": {"address_space": (IPv4Network("10.66.0.0/17"),)},
    "CIDR-05": {"vpcs.use2.cidr": IPv4Network("10.66.0.0/17")},
    "CIDR-10": {"vpcs.use2.subnets.fsx[1]": IPv4Network("10.66.84.128/25")},
    "CIDR-15": {"vpcs.usw2.subnets.public[0]": IPv4Network("10.66.128.0/25")},
    "PEER-04": {"peerings": SPEC.peerings[:2]},
    "RTB-15": {ROUTES: {"10.66.0.0/18": "use1", "10.66.64.0/18": "use2"}},
    "FSX-03": {"fsx.throughput_mb_per_s": 400.0},
    "FSX-06": {"fsx.dr_mount_address": "10.66.86.50"},
    "TEST-01": {"connectivity.ping_address": "10.66.10.10"},
    "LAT-08": {"latency.cross_region": RangeMs(min_ms=15, max_ms=70)},
    "COST-01": {"cost.transfer[0].usd_per_gb": 0.02},
    "COST-02": {"cost.transfer[1].gb_per_month": 200.0},
    "COST-03": {"cost.transfer[2].usd_per_month": 3.0},
    "COST-04": {"cost.transfer_total_usd": 10.0},
    "COST-05": {"cost.tgw[0].usd_per_unit": 0.07},
    "COST-06": {"cost.transfer[0].gb_per_month": 900.0},
    "HA-01": {"capacity.normal.use1": 18},
    "HA-02": {"capacity.after_failover.use1": 1, "capacity.after_failover.use2": 24},
    "EXP-01": {"expansion.vpc_cidr": IPv4Network("10.66.128.0/18")},
    "EXP-02": {"expansion.new_peerings": ("use1", "use2")},
}
MORE_BREAKING: list[tuple[str, dict[str, object]]] = [
    ("CIDR-01", {"address_space": (IPv4Network("8.0.0.0/6"),)}),
    ("CIDR-05", {"vpcs.use2.cidr": IPv4Network("10.67.0.0/18")}),
    ("CIDR-10", {"vpcs.use2.subnets.fsx[1]": IPv4Network("10.66.1.0/24")}),
    ("CIDR-14", {"tenants.text": "10.66.34.0/24"}),
    ("CIDR-14", {"tenants.text": "10.34.0.0/16", "tenants.cidrs": (IPv4Network("10.66.34.0/24"),)}),
    ("CIDR-15", {"vpcs.usw2.subnets.fsx": ()}),
    ("RTB-15", {ROUTES: {"10.66.0.0/18": "use1", "10.66.64.0/18": "usw2", "10.66.128.0/18": "usw2"}}),
    ("FSX-06", {"fsx.dr_mount_address": "fs-1.fsx.us-east-2.amazonaws.com"}),
    ("EXP-01", {"expansion.vpc_cidr": IPv4Network("10.67.0.0/18")}),
    ("EXP-01", {"expansion.vpc_cidr": IPv4Network("10.66.192.0/20")}),
]


def test_every_requirement_that_the_spec_decides_has_a_check_and_a_case() -> None:
    assert DECIDED.keys() == set(KNOWN.verified_by("spec"))
    assert DECIDED.keys() == BROKEN.keys() | BREAKING.keys()
    assert not BROKEN.keys() & BREAKING.keys()


@pytest.mark.parametrize("requirement", DECIDED)
def test_document_breaks_just_the_requirements_known_to_contradict(requirement: str) -> None:
    assert bool(DECIDED[requirement]) == (requirement in BROKEN)


@pytest.mark.parametrize("requirement, changes", BREAKING.items())
def test_broken_figure_trips_its_requirement(requirement: str, changes: dict[str, object]) -> None:
    (violation, *_) = decided(edited(SPEC, changes))[requirement]

    assert violation.resource.startswith("spec ")
    assert violation.expected != violation.observed


@pytest.mark.parametrize("requirement, changes", MORE_BREAKING)
def test_other_broken_figure_trips_it_too(requirement: str, changes: dict[str, object]) -> None:
    assert decided(edited(SPEC, changes))[requirement] != ()


@pytest.mark.parametrize("requirement", BROKEN)
def test_mended_figure_conforms(requirement: str) -> None:
    assert decided(edited(SPEC, BROKEN[requirement])).get(requirement, ()) == ()


NOT_WAIVED: dict[str, tuple[str, dict[str, object]]] = {
    "tenants in the base network": ("CIDR-14", {"tenants.text": "10.66.0.0/18"}),
    "another number of peerings": ("COST-07", {"cost.tgw[2].quantity": 2.0}),
    "another price of a peering": ("COST-07", {"cost.tgw[2].usd_per_month": 90.0}),
}


@pytest.mark.parametrize("requirement, changes", NOT_WAIVED.values(), ids=NOT_WAIVED)
def test_waiver_of_a_contradiction_excuses_no_other_fault(
    requirement: str, changes: dict[str, object]
) -> None:
    waivers = [one for one in WAIVERS if one.requirement == requirement]
    kept = [
        violation
        for violation in decided(edited(SPEC, changes))[requirement]
        if not any(one.covers((requirement,), violation.resource) for one in waivers)
    ]

    assert kept


@pytest.mark.parametrize("requirement", BROKEN)
def test_bundled_waivers_excuse_what_the_document_contradicts(requirement: str) -> None:
    resources = [violation.resource for violation in DECIDED[requirement]]

    assert [name for name in resources if not any(w.covers((requirement,), name) for w in WAIVERS)] == []


def test_720_and_730_hours_a_month_are_both_within_tolerance() -> None:
    assert decided(edited(SPEC, {"cost.hours_per_month": 730.0}))["COST-05"] == ()
    assert decided(edited(SPEC, {"cost.hours_per_month": 744.0}))["COST-05"] != ()


def test_cost_row_that_the_table_lacks_is_no_pass() -> None:
    assert "COST-02" not in decided(edited(SPEC, {"cost.transfer": SPEC.cost.transfer[:1]}))


def test_fourth_region_in_the_spec_keeps_every_address_requirement() -> None:
    first = SPEC.vpcs["use1"]
    base = 192
    tgw = tuple(IPv4Network(f"10.66.{base + 30}.{host}/28") for host in (0, 16))
    fourth = edited(
        first,
        {
            "region": "euw1",
            "cidr": IPv4Network("10.66.192.0/18"),
            "subnets.public": tuple(IPv4Network(f"10.66.{base + n}.0/24") for n in (0, 1, 2)),
            "subnets.private": tuple(IPv4Network(f"10.66.{base + n}.0/23") for n in (10, 12, 14)),
            "subnets.fsx": tuple(IPv4Network(f"10.66.{base + n}.0/24") for n in (20, 21)),
            "subnets.tgw": tgw,
        },
    )
    grown = edited(
        SPEC,
        {
            "regions": SPEC.regions | {"euw1": "eu-west-1"},
            "vpcs": SPEC.vpcs | {"euw1": fourth},
            "transit_gateways": SPEC.transit_gateways | {"euw1": TransitGatewaySpec()},
        },
    )

    for requirement in ("CIDR-01", "CIDR-05", "CIDR-10", "CIDR-15"):
        assert decided(grown)[requirement] == ()
    assert [v.expected for v in decided(grown)["PEER-04"]] == [
        f"a peering of {alias} and euw1" for alias in ("use1", "use2", "usw2")
    ]
