"""One cause for all that one resource breaks, named by that resource."""

from pathlib import Path

import msgspec
import pytest

from fixtures.faults.recorded import load_broken, write_broken
from probes.model.conformance.measurements import Latency
from probes.model.conformance.verdict import Verdict, Violation
from reports.causes.grouping import explained
from reports.causes.model import Cause, explanation
from reports.history.snapshot import snapshot
from reports.results.files import read_results
from reports.results.model import Results, TestResult
from reports.results.verdicts import matrix
from reports.views.html import html
from reports.views.page import page
from suites.selftest.reports.sample import WAIVER, sample_results
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import judge

TABLE = 'tgw-rtb-0b60973ff4b50be1c "tgwrt-use1" (us-east-1)'


def results_of(*tests: TestResult, **fields: object) -> Results:
    results = msgspec.structs.replace(sample_results(), tests=tests, requirements=matrix((), tests), lint=())
    return msgspec.structs.replace(results, **fields)


def failed(requirement: str, *violations: Violation, **fields: object) -> TestResult:
    test = TestResult(
        id=f"test_{requirement}",
        requirements=(requirement,),
        verdict=Verdict.NONCONFORMING,
        violations=violations,
    )
    return msgspec.structs.replace(test, **fields)


def violation(resource: str, observed: str = "o", trace: tuple[str, ...] = ()) -> Violation:
    return Violation(resource=resource, expected="e", observed=observed, hint="h", trace=trace)


def judged_results(tmp_path: Path, *faults: str) -> Results:
    """What the static suite says of the bundled network with these faults; the file `said` is what it prints."""
    state = ROOT / "fixtures/states/gpu-cluster"
    for name in faults:
        state = write_broken(load_broken(ROOT / f"fixtures/broken/{name}.yaml"), state, tmp_path / name)
    said = judge(tmp_path, f"--state=dump:{state}")
    (tmp_path / "said").write_text(said.output, encoding="utf-8")
    return read_results(tmp_path / "report/results.json")


def judged(tmp_path: Path, *faults: str) -> tuple[Cause, ...]:
    return explained(judged_results(tmp_path, *faults)).causes


def test_two_faults_are_two_causes_and_the_one_that_breaks_most_comes_first(tmp_path: Path) -> None:
    results = judged_results(tmp_path, "fsx-refuses-lustre", "tgw-route-to-usw2-blackhole-in-use1")
    causes = explained(results).causes

    assert [cause.subject for cause in causes] == [
        f"{TABLE} route 10.66.128.0/18",
        'sg-0a69f7d6379ce123f "sg-fsx-use1" (us-east-1)',
    ]
    assert set(causes[0].requirements) == {
        "RTB-03",
        "RTB-11",
        "RTB-15",
        "FSX-06",
        "PEER-05",
        "TEST-01",
        "TEST-03",
    }
    assert causes[0].observed.startswith("static, blackhole, to nothing (expected: active, to tgw-attach-")
    assert causes[0].trace[-1] == f"TGW route table: {TABLE}: DROPPED 10.66.128.0/18 is a blackhole"
    assert causes[0].regions == {frozenset(("us-east-1", "us-west-2"))}
    assert [one.is_symptom for one in causes[0].evidence] == [False, False, True, True, True, True]
    assert len(html(results).encode()) < 400_000
    said = (tmp_path / "said").read_text(encoding="utf-8")
    assert said.index("state blackhole") < said.index("DROPPED 10.66.128.0/18")
    assert said.count("VPC route table: rtb-018b4022f955010c2") == 2
    assert said.count("trace     as above, to TGW route table") == 3
    summary = said.partition("short test summary info")[2].splitlines()
    assert [line[:7] for line in summary[1:-1]] == ["FAILED "] * 8


def test_a_deleted_peering_is_one_cause_although_the_routes_of_two_tables_are_gone(tmp_path: Path) -> None:
    cause, detour = judged(tmp_path, "peering-deleted")

    assert detour.subject == "peering use1-use2 without a detour"
    assert cause.subject == "peering us-east-1 – us-west-2"
    assert len(cause.requirements) == 9


def test_a_violation_that_is_waived_is_no_cause() -> None:
    test = failed("CIDR-13", violation("use1-az3"), violation("use2-az3"), waivers=(WAIVER,))

    assert [cause.subject for cause in explained(results_of(test)).causes] == ["use2-az3"]


def test_a_silent_pair_of_regions_explains_what_could_not_be_measured_there() -> None:
    silent = Latency(
        source="gpu-1.use1",
        destination="gpu-1.usw2",
        source_region="use1",
        destination_region="usw2",
        verdict=Verdict.UNOBSERVABLE,
    )
    reply = violation("gpu-1.usw2 to gpu-1.use1, icmp", "not answered on the wire", ("a", "delivered"))
    unknown = TestResult(
        id="t",
        requirements=("LAT-05",),
        verdict=Verdict.UNOBSERVABLE,
        message="gpu-1.use1 to gpu-1.usw2: none of 100 answered",
    )
    elsewhere = msgspec.structs.replace(
        unknown, id="u", requirements=("LAT-04",), message="gpu-1.use2 is down"
    )
    results = results_of(
        failed("PEER-05", violation("gpu-1.use1 to gpu-1.usw2", "none of 100 answered")),
        failed("TEST-04", reply),
        unknown,
        elsewhere,
        latency=(silent,),
    )
    found = explained(results)

    assert [(cause.subject, cause.observed, cause.effect) for cause in found.causes] == [
        (
            "peering use1 – usw2",
            "carries nothing: no ping of 1 host pair is answered",
            "breaks PEER-05 and TEST-04; LAT-05 could not be judged",
        )
    ]
    assert [reason.text for reason in found.reasons] == ["gpu-1.use2 is down"]
    assert explanation(results, found) == (
        "Does not conform: 1 cause breaks 2 requirements, 2 more could not be judged"
    )
    assert {
        cell.verdict for cell in page(results).latency.cells if set(cell.regions) == {"use1", "usw2"}
    } == {Verdict.NONCONFORMING}


def test_what_a_resource_breaks_is_told_once_however_many_tests_fail() -> None:
    lost = violation(TABLE, "lost", ("a", "b", f"TGW route table: {TABLE}: DROPPED no route"))
    tests = [failed(f"TEST-0{n}", lost, id=f"test_{n}") for n in range(9)]
    shown = html(results_of(failed("RTB-15", violation(f"{TABLE} route 10.0.0.0/8")), *tests))

    assert shown.count("DROPPED no route") == 1
    assert "breaks RTB-15, TEST-00 and 8 more" in shown


def test_a_test_without_violations_is_named_with_its_message() -> None:
    (cause,) = explained(results_of(failed("BW-01", message="assert 96 <= 80"))).causes

    assert (cause.subject, cause.observed) == ("test_BW-01", "assert 96 <= 80")


def test_a_cause_says_since_when() -> None:
    bad = results_of(failed("RTB-15", violation(TABLE)))
    good = results_of(msgspec.structs.replace(failed("RTB-15"), verdict=Verdict.CONFORMS))
    past = [
        msgspec.structs.replace(snapshot(run), finished_at=sample_results(days=day).finished_at)
        for day, run in enumerate((bad, good, bad, bad))
    ]

    assert page(bad, past).causes[0].since == sample_results(days=2).finished_at
    assert page(bad, past[:2]).causes[0].since is None


@pytest.mark.parametrize("count, text", [(0, ""), (1, "A0"), (3, "A0, A1 and A2"), (4, "A0, A1 and 2 more")])
def test_few_names_are_all_said(count: int, text: str) -> None:
    tests = [failed(f"A{n}", violation(TABLE), id=str(n)) for n in range(count)]
    causes = explained(results_of(*tests)).causes

    assert [cause.effect for cause in causes] == ([f"breaks {text}"] if count else [])


def test_what_looked_at_the_resource_is_said_before_what_drew_an_example() -> None:
    resource = 'tgw-rtb-1 "main" (us-east-1)'
    drawn = failed("drawn-destination:network", violation(f"{resource}: 10.66.64.0", "to nowhere"))
    looked = failed("RTB-02", violation(f"{resource} route 10.66.64.0/18", "no such route"))
    (cause,) = explained(results_of(drawn, looked)).causes

    assert cause.requirements == ("RTB-02", "drawn-destination:network")
    assert cause.observed.startswith("no such route")
