from datetime import date
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from fixtures.build import build_state
from fixtures.build.describe import write_dump
from fixtures.lab.system import codec
from probes.model.conformance.verdict import Verdict, Violation
from probes.model.conformance.waivers import Waiver, applied, stale
from probes.model.errors import InputError
from probes.model.state import SgRule, State
from probes.sources.documents.catalogue import load_catalogue
from probes.sources.documents.spec import load_spec
from probes.sources.documents.waivers import load_waivers
from reports.results.model import TestResult
from suites.selftest.intent.test_uncertain import with_gap
from suites.selftest.spec.edit import CATALOGUE, ROOT
from suites.selftest.suites.static_runs import judge

KNOWN = load_catalogue(CATALOGUE)
SUBNETS = "subnets-exist:office.app"
TODAY = date(2026, 11, 23)
ENTRY = """\
- requirement: CIDR-13
  resource: subnet-1 "tgw-use1-0" (us-east-1)
  reason: two attachment subnets, as the document says
  owner: network
  expires: 2027-06-30
  contradiction: C01
"""


def waiver(resource: str = "tgw-1 (use1)", expires: date = date(2027, 1, 1)) -> Waiver:
    return Waiver(requirement="TGW-02", resource=resource, reason="r", owner="o", expires=expires)


def violation(resource: str) -> Violation:
    return Violation(resource=resource, expected="a", observed="b", hint="c")


def test_waiver_covers_its_resource_and_no_other() -> None:
    violations = [violation("tgw-1 (use1)"), violation("tgw-2 (use2)")]

    outcome = applied([waiver()], ["TGW-02"], violations, TODAY)

    assert outcome.remaining == (violations[1],)
    assert outcome.waived == ((violations[0], waiver()),)
    assert outcome.expired == ()


def test_waiver_of_another_requirement_covers_nothing() -> None:
    outcome = applied([waiver()], ["TGW-01", "TGW-03"], [violation("tgw-1 (use1)")], TODAY)

    assert (outcome.waived, outcome.expired) == ((), ())


@pytest.mark.parametrize(
    "day, holds", [(date(2026, 12, 31), True), (date(2027, 1, 1), True), (date(2027, 1, 2), False)]
)
def test_waiver_holds_through_its_last_day_and_then_is_named_as_expired(day: date, *, holds: bool) -> None:
    outcome = applied([waiver()], ["TGW-02"], [violation("tgw-1 (use1)")], day)

    assert bool(outcome.waived) == holds
    assert bool(outcome.remaining) == bool(outcome.expired) == (not holds)


@pytest.mark.parametrize(
    "pattern, resource, covered",
    [
        ("tgw-*", "tgw-1", True),
        ("*(us-east-1)", 'tgw-1 "x" (us-east-1)', True),
        ("tgw-*", "my-tgw-1", False),
        ("tgw-?", "tgw-1", False),
        ("tgw-[1]", "tgw-1", False),
        ("tgw-[1]", "tgw-[1]", True),
        ("tgw.1", "tgw-1", False),
        ("tgw-*-a", "tgw-a", False),
        ("tgw-1", "tgw-1\n", False),
    ],
)
def test_only_the_star_is_special(pattern: str, resource: str, *, covered: bool) -> None:
    assert waiver(pattern).covers(["TGW-02"], resource) == covered


@given(resource=st.text(min_size=1))
def test_resource_without_star_covers_exactly_itself(resource: str) -> None:
    literal = resource.replace("*", "+")

    assert waiver(literal).covers(["TGW-02"], literal)
    assert not waiver(literal).covers(["TGW-02"], f"{literal}x")


def test_waiver_that_waived_nothing_is_stale_once_its_requirement_was_judged() -> None:
    used, idle = waiver("a"), waiver("b")

    assert stale([used, idle], judged={"TGW-02"}, used={used}) == (idle,)
    assert stale([used, idle], judged={"TGW-01"}, used=set()) == ()


def test_bundled_waivers_say_why_and_end() -> None:
    waivers = load_waivers(ROOT / "fixtures/specs/gpu-cluster.waivers.yaml", KNOWN)

    assert len(waivers) > 0
    for entry in waivers:
        assert not entry.expired(TODAY)
        assert len(entry.reason.split()) > 5
        assert entry.contradiction in KNOWN.of(entry.requirement).contradictions


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("CIDR-13", "CIDR-O1", ":1: [0].requirement: unknown requirement 'CIDR-O1'; did you mean CIDR-"),
        ("2027-06-30", "2027-06-31", ":5: [0].expires: expected a date such as 2027-06-30"),
        ("2027-06-30", "soon", ":5: [0].expires: expected a date"),
        ("  owner: network\n", "", ":1: [0]: the key owner is missing"),
        ("  owner: network\n", "  owner: ' '\n", ":4: [0].owner: expected some text"),
        ("two attachment subnets, as the document says", "''", ":3: [0].reason: expected some text"),
        ('subnet-1 "tgw-use1-0" (us-east-1)', '"*"', ":2: [0].resource: names no resource"),
        ("contradiction: C01", "contradiction: 1C", ":6: [0].contradiction: expected an ID such as C01"),
        ("owner: network", "owned: network", ":4: [0].owned: unknown key; did you mean owner?"),
        (ENTRY, ENTRY + ENTRY, ":8: [1].resource: already waived by entry [0]"),
        (ENTRY, "requirement: CIDR-13\n", ":1: expected a list, found a mapping"),
        (ENTRY, "", ":1: empty; expected a list of waivers"),
    ],
)
def test_malformed_waiver_is_named_with_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(ENTRY.replace(old, new), encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_waivers(path, KNOWN)

    assert f"{path}{message}" in str(caught.value)


def test_empty_list_of_waivers_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text("[]\n", encoding="utf-8")

    assert load_waivers(path, KNOWN) == ()


def test_rule_is_waived_for_a_claim_where_no_catalogue_asks(tmp_path: Path) -> None:
    dump, spec = tmp_path / "dump", ROOT / "fixtures/specs/minimal.yaml"
    write_dump(build_state(load_spec(spec)), dump)
    wanted = tmp_path / "wanted.yaml"
    wanted.write_text(spec.read_text().replace("10.10.0.0/24", "10.10.2.0/24"))
    (violation, *_) = [
        found for names, found in judge(tmp_path, *of(wanted, dump)).violations if SUBNETS in names
    ]
    entry = {"requirement": SUBNETS, "resource": violation.resource, "reason": "r", "owner": "o"}
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(yaml.safe_dump([entry | {"expires": "2999-12-31"}]))
    found = judge(tmp_path, *of(wanted, dump), f"--waivers={waivers}")

    assert found.requirements[SUBNETS].verdict is Verdict.WAIVED


def of(spec: Path, dump: Path) -> tuple[str, str]:
    return f"--spec={spec}", f"--state=dump:{dump}"


def test_waiver_does_not_answer_for_what_could_not_be_told(tmp_path: Path) -> None:
    """One group of the databases is open to all, which is waived; the rules of another were not seen."""
    spec = ROOT / "fixtures/specs/web-shop.yaml"
    state = build_state(load_spec(spec))
    anything = SgRule(protocol="-1", from_port=None, to_port=None, peer=IPv4Network("0.0.0.0/0"))
    groups = (
        replace(group, ingress=(anything,)) if group.name == "sg-db-frankfurt" else group
        for group in state.security_groups
    )
    opened = replace(state, security_groups=tuple(groups))
    waivers = tmp_path / "waivers.yaml"
    waivers.write_text(
        "- {requirement: 'no-undocumented-traffic:db', resource: sg-db-frankfurt, reason: moving, owner: network,"
        " expires: 2099-01-01}\n"
    )

    def judged(state: State, name: str) -> TestResult:
        scratch = tmp_path / name
        scratch.mkdir()
        (scratch / "state").write_bytes(codec.encode(state))
        given = ("-p", "suites.selftest.suites.given_state", "--given-state", str(scratch / "state"))
        found = judge(scratch, *given, f"--spec={spec}", f"--waivers={waivers}")
        (test,) = (test for test in found.tests if test.requirements == ("no-undocumented-traffic:db",))
        return test

    assert judged(opened, "seen").verdict is Verdict.WAIVED
    left = judged(with_gap(opened, "security_groups", "sg-db-ireland", "ingress"), "unseen")
    assert left.verdict is Verdict.UNOBSERVABLE
    assert "denied" in left.message
    assert "waived)" in left.message
