import sqlite3
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from prometheus_client import Metric
from prometheus_client import parser as text_format
from prometheus_client.openmetrics import parser as openmetrics_format

from probes.model.conformance.verdict import Verdict
from probes.model.errors import InputError
from reports.history.changes import changes
from reports.history.snapshot import Snapshot, snapshot
from reports.history.store import earlier, remember
from reports.merge import merged
from reports.publish import publish
from reports.results.model import Results
from reports.results.verdicts import matrix
from reports.views.markdown import markdown
from reports.views.openmetrics import openmetrics
from reports.views.trends import latency_trends
from suites.selftest.reports.sample import CATALOGUE, TESTS, latency, sample_results
from suites.selftest.reports.test_html import hostile_results


def run_of(day: int, **fields: object) -> Snapshot:
    """The sample as a run of another day, with other fields."""
    return snapshot(msgspec.structs.replace(sample_results(f"{day:032d}", day), **fields))


def families_in(form: ModuleType, results: Results) -> dict[str, Metric]:
    """The metric families by name, as one of Prometheus's own parsers reads them."""
    return {family.name: family for family in form.text_string_to_metric_families(openmetrics(results))}


def with_verdict(requirement: str, verdict: Verdict) -> dict[str, object]:
    """The fields of results in which one requirement has another verdict."""
    tests = tuple(
        msgspec.structs.replace(test, verdict=verdict) if requirement in test.requirements else test
        for test in TESTS
    )
    return {"tests": tests, "requirements": matrix(CATALOGUE, tests)}


@pytest.mark.parametrize("results", [sample_results(), hostile_results()], ids=["plain", "hostile"])
@pytest.mark.parametrize("form", [openmetrics_format, text_format], ids=["OpenMetrics", "text format"])
def test_both_parsers_of_prometheus_read_the_metrics(results: Results, form: ModuleType) -> None:
    families = families_in(form, results)
    requirements = {s.labels["verdict"]: s.value for s in families["conformance_requirements"].samples}

    assert requirements == {"nonconforming": 3, "unobservable": 1, "waived": 1, "conforms": 3, "not run": 2}
    assert len(families["conformance_requirement"].samples) == 5 * len(results.requirements)
    assert {s.value for s in families["conformance_run_info"].samples} == {1.0}


def test_a_silent_pair_has_no_sample() -> None:
    rtt = families_in(openmetrics_format, sample_results())["conformance_rtt_seconds"]
    pairs = {(s.labels["source_region"], s.labels["destination_region"]) for s in rtt.samples}

    assert ("use2", "usw2") not in pairs
    averages = sorted(sample.value for sample in rtt.samples if sample.labels["figure"] == "avg")
    assert averages == pytest.approx([0.0176, 0.0178, 0.0725, 0.0962])


def test_history_gives_back_what_it_was_told(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    for day in (2, 1, 3):
        remember(path, run_of(day))

    assert earlier(path, run_of(3)) == (run_of(1), run_of(2))
    assert earlier(path, run_of(3), limit=1) == (run_of(2),)


def test_a_run_remembered_twice_is_there_once(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    remember(path, run_of(1, **with_verdict("RTB-02", Verdict.UNOBSERVABLE)))
    remember(path, run_of(1))

    assert earlier(path, run_of(2)) == (run_of(1),)


def test_another_network_is_not_an_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    other = msgspec.structs.replace(sample_results().judged, state="dump elsewhere")
    remember(path, run_of(1, judged=other))

    assert earlier(path, run_of(2)) == ()


def test_a_file_that_is_no_history_is_named(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    path.write_text("this is not a database, but long enough to be taken for the header of one " * 20)

    with pytest.raises(InputError, match=r"history\.sqlite: file is not a database"):
        remember(path, run_of(1))


def test_a_history_of_another_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 7")
    database.close()

    with pytest.raises(InputError, match="history format 7"):
        remember(path, run_of(1))


def test_a_broken_history_costs_the_comparison_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "history.sqlite").write_text("broken " * 200)

    assert "file is not a database" in publish(sample_results(), tmp_path).note
    assert {"results.json", "report.html", "report.md"} < {file.name for file in tmp_path.iterdir()}


def test_changes_are_sorted_into_worse_and_better() -> None:
    before = run_of(1, **with_verdict("RTB-01", Verdict.CONFORMS))
    after = run_of(2, **with_verdict("RTB-02", Verdict.CONFORMS))
    found = changes(before, after)

    assert [(c.requirement, c.kind) for c in found.verdicts] == [("RTB-01", "worse"), ("RTB-02", "better")]
    assert found.same_subject
    assert found.summary == "1 worse (RTB-01), 1 better (RTB-02)"


def test_a_requirement_no_longer_judged_is_not_better() -> None:
    found = changes(run_of(1), run_of(2, tests=(), requirements=()))

    assert {change.kind for change in found.verdicts} == {"no longer judged"}


def test_a_first_nonconformity_is_worse_than_never_having_looked() -> None:
    found = changes(run_of(1, requirements=()), run_of(2))
    kinds = {change.requirement: change.kind for change in found.verdicts}

    assert (kinds["RTB-02"], kinds["CIDR-02"], kinds["RTB-01"]) == ("worse", "newly judged", "newly judged")


def test_a_small_shift_is_no_news() -> None:
    slower = (
        latency("use1", "use2", 18.9, Verdict.CONFORMS),
        latency("use2", "use1", 30.0, Verdict.CONFORMS),
    )
    found = changes(run_of(1), run_of(2, latency=slower))

    assert [(s.source, s.before, s.after) for s in found.shifts] == [("use2", "17.8\xa0ms", "30.0\xa0ms")]


def test_a_trend_breaks_where_nothing_was_measured() -> None:
    runs = [run_of(1), run_of(2, latency=()), run_of(3)]
    trend = next(t for t in latency_trends(runs, {}) if (t.source, t.destination) == ("use1", "use2"))

    assert (trend.path.count("M"), trend.missing, trend.runs) == (2, 1, 3)
    assert trend.words == "17.6\xa0ms, last 17.6\xa0ms"


def test_shards_of_one_network_count_each_test_once_with_its_worst_verdict() -> None:
    results = sample_results()
    first = msgspec.structs.replace(
        results, **with_verdict("RTB-02", Verdict.CONFORMS), latency=results.latency[:2]
    )
    second = msgspec.structs.replace(results, run_id="2" * 32, latency=results.latency[2:])
    both = merged({"a.json": first, "b.json": second})

    assert both.requirements == results.requirements
    assert sorted(m.source for m in both.latency) == sorted(m.source for m in results.latency)
    assert (len(both.merged_from), both.judged.is_emulation) == (2, True)


def test_a_test_not_run_in_one_shard_counts_as_run_by_the_other() -> None:
    both = merged(
        {
            "a.json": msgspec.structs.replace(sample_results(), **with_verdict("LAT-04", Verdict.NOT_RUN)),
            "b.json": sample_results(),
        }
    )

    assert {row.id: row.verdict for row in both.requirements}["LAT-04"] is Verdict.CONFORMS


def test_the_same_test_on_two_networks_stays_two_tests() -> None:
    results = sample_results()
    other = msgspec.structs.replace(
        results, judged=msgspec.structs.replace(results.judged, state="aws:audit")
    )
    both = merged({"one.json": results, "two.json": other})

    assert len(both.tests) == 2 * len(TESTS)
    assert both.tests[0].id == f"one.json: {TESTS[0].id}"
    assert both.judged.state == "dump fixtures/states/gpu-cluster; aws:audit"


def test_runs_against_different_specs_do_not_merge() -> None:
    results = sample_results()
    other = msgspec.structs.replace(
        results, judged=msgspec.structs.replace(results.judged, spec_sha256="cd" * 32)
    )

    with pytest.raises(InputError, match=r"different specs: one\.json, two\.json"):
        merged({"one.json": results, "two.json": other})


def test_a_waiver_used_by_one_shard_is_not_stale() -> None:
    results = sample_results()
    stale = msgspec.structs.replace(results.waivers[0], status="stale")
    both = merged({"a": msgspec.structs.replace(results, waivers=(stale,)), "b": results})

    assert [waiver.status for waiver in both.waivers] == ["used"]


def test_markdown_names_the_lab_the_failures_and_the_changes() -> None:
    text = markdown(sample_results(), (run_of(-1, **with_verdict("RTB-02", Verdict.CONFORMS)),))

    for line in (
        "## ✗ Does not conform: 3 causes break 3 requirements, 1 more could not be judged",
        '- ✗ **tgw-rtb-0a1 "use1-main" \\(us-east-1\\)**: 10.66.64.0/18 blackhole \\(expected: ',
        "> **LAB EMULATION — not a real network**",
        "  - hint: replace the route: its attachment was deleted",
        "- worse: RTB-02 conforms → nonconforming",
        "| use1 → usw2 | 96.2\xa0ms p95 96.5 ms · loss 0 % | 65–80\xa0ms | ✗ nonconforming |",
    ):
        assert line in text


def test_markdown_shows_hostile_names_as_text() -> None:
    text = markdown(hostile_results("a|b\n<img> [x](y) `c` @team #1 https://x/`y|z"))

    assert "<img>" not in text
    assert r"a\|b \<img\> \[x\]\(y\) \`c\` `@team` `#1` `` https://x/`y\|z ``" in text


def test_merged_figures_belong_to_the_verdict_beside_them() -> None:
    fast, slow = (
        msgspec.structs.replace(sample_results(run_id), latency=(latency("use1", "use2", avg_ms, verdict),))
        for run_id, avg_ms, verdict in (
            ("1" * 32, 17.6, Verdict.CONFORMS),
            ("2" * 32, 96.2, Verdict.NONCONFORMING),
        )
    )

    for parts in ({"fast": fast, "slow": slow}, {"slow": slow, "fast": fast}):
        assert [(m.avg_ms, m.verdict) for m in merged(parts).latency] == [(96.2, Verdict.NONCONFORMING)]


def test_figures_of_two_networks_stay_apart() -> None:
    one = sample_results()
    other = msgspec.structs.replace(one, judged=msgspec.structs.replace(one.judged, target="inventory:prod"))
    both = merged({"lab.json": one, "prod.json": other})

    assert len(both.latency) == 2 * len(one.latency)
    assert {m.source.partition(": ")[0] for m in both.latency} == {"lab.json", "prod.json"}
