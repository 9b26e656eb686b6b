"""The inspection VPC of the hub, broken in the ways that firewalls usually are: the rule that decides is named."""

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from fixtures.build import build_state
from fixtures.build.describe import write_dump
from probes.model.conformance.verdict import Verdict
from probes.model.state import RouteTargetKind, State, TgwRoute
from probes.model.state.vpc import FIREWALL_ENDPOINT
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import Judged, judge

SPEC = ROOT / "fixtures/specs/hub.yaml"
STATE = build_state(load_spec(SPEC))


def appliance_mode_off(state: State) -> State:
    sides = tuple(replace(side, appliance_mode=False) for side in state.tgw_attachments)
    return replace(state, tgw_attachments=sides)


def firewall_deleted(state: State) -> State:
    first = next(e for e in state.vpc_endpoints if e.endpoint_type == FIREWALL_ENDPOINT)
    return replace(state, vpc_endpoints=tuple(e for e in state.vpc_endpoints if e is not first))


def firewall_pending(state: State) -> State:
    return replace(state, vpc_endpoints=tuple(replace(e, state="pending") for e in state.vpc_endpoints))


def no_way_back(state: State) -> State:
    """The firewalls' subnets have local routes only."""
    tables = tuple(
        replace(t, routes=tuple(r for r in t.routes if r.target is RouteTargetKind.LOCAL))
        if t.name.endswith("-inspection-firewall")
        else t
        for t in state.vpc_route_tables
    )
    return replace(state, vpc_route_tables=tables)


def led_past(state: State) -> State:
    """One Region's range is led straight on, past the firewalls."""
    behind = next(t for t in state.tgw_route_tables if t.name.endswith("-inspected"))
    straight = next(r for r in behind.routes if str(r.destination) == "10.42.0.0/16")
    tables = tuple(
        replace(t, routes=(*t.routes, straight)) if t.name.endswith("-before-inspection") else t
        for t in state.tgw_route_tables
    )
    return replace(state, tgw_route_tables=tables)


@pytest.mark.parametrize(
    "change, rules",
    [
        (appliance_mode_off, {"tgw-appliance-mode"}),
        (firewall_deleted, {"firewall-endpoint", "vpc-route"}),
        (firewall_pending, {"firewall-endpoint", "flow:tools-to-tools"}),
        (no_way_back, {"vpc-route", "flow:tools-to-tools"}),
        (led_past, {"no-other-tgw-route", "flow:tools-to-tools"}),
    ],
)
def test_what_breaks_inspection_is_named(
    change: Callable[[State], State], rules: set[str], tmp_path: Path
) -> None:
    found = judged(change(STATE), tmp_path)

    assert broken(found) >= rules, found.output


def test_what_only_the_firewall_may_stop_is_unobservable_and_named(tmp_path: Path) -> None:
    """Apps of two spokes get routes to each other: from then on only the firewalls' own rules keep them apart."""
    tables = tuple(
        replace(t, routes=tuple(everything(r) for r in t.routes)) if t.name.endswith("-app") else t
        for t in STATE.tgw_route_tables
    )
    found = judged(replace(STATE, tgw_route_tables=tables), tmp_path)

    assert "a firewall's own rules are not judged" in found.output
    assert "is denied" not in found.output


def everything(route: TgwRoute) -> TgwRoute:
    """The route to the hub, for the whole address space."""
    wide = next(
        r.destination for t in STATE.tgw_route_tables for r in t.routes if r.destination.prefixlen == 13
    )
    return replace(route, destination=wide) if str(route.destination) == "10.40.0.0/20" else route


def judged(state: State, tmp_path: Path) -> Judged:
    write_dump(state, tmp_path / "dump")
    return judge(tmp_path, "--spec", str(SPEC), "--state", f"dump:{tmp_path / 'dump'}")


def broken(found: Judged) -> set[str]:
    return {name for name, each in found.requirements.items() if each.verdict is Verdict.NONCONFORMING}
