import json
from pathlib import Path

import pytest

from probes.model.conformance.verdict import Verdict
from reports.results.files import read_results
from reports.results.model import Results

pytest_plugins = ["pytester"]

CONFTEST = """
    import json
    import pytest

    pytest_plugins = ["reports.recorder"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_conformance_context(config):
        return {
            "judged": {"spec": "spec.yaml", "state": "dump:net", "target": "lab one", "is_emulation": True},
            "catalogue": [
                {"id": f"REQ-{n}", "section": "S", "sentence": f"Sentence {n}."} for n in range(1, 10)
            ],
            "waivers": [
                {"requirement": "REQ-4", "resource": "tgw-1", "reason": "C01", "expires": "2999-01-01"},
                {"requirement": "REQ-9", "resource": "tgw-1", "reason": "later", "expires": "2999-01-01"},
            ],
        }
"""
TESTS = """
    import json
    import pytest

    VIOLATION = {"resource": "r", "expected": "e", "observed": "o", "hint": "h"}

    @pytest.fixture
    def silent():
        raise OSError("host is silent")

    @pytest.fixture
    def unclean():
        yield
        raise RuntimeError("port 5201 is still open")

    @pytest.mark.requirement("REQ-1")
    def test_conforms():
        pass

    @pytest.mark.requirement("REQ-1", "REQ-2")
    def test_deviates(request):
        request.node.user_properties.append(("violation", json.dumps(VIOLATION)))
        assert 96 <= 80

    @pytest.mark.requirement("REQ-3")
    def test_cannot_tell(silent):
        pass

    @pytest.mark.requirement("REQ-4")
    def test_waived(request):
        waiver = {"requirement": "REQ-4", "resource": "tgw-1", "reason": "C01", "expires": "2999-01-01"}
        request.node.user_properties.append(("waiver", json.dumps(waiver)))
        request.applymarker(pytest.mark.xfail(reason="C01", strict=True))
        assert False

    @pytest.mark.requirement("REQ-5")
    def test_breaks_by_itself():
        raise KeyError("eni-1")

    @pytest.mark.requirement("REQ-6")
    def test_leaves_something_behind(unclean):
        pass

    @pytest.mark.requirement("REQ-7")
    def test_is_skipped():
        pytest.skip("no such region")

    @pytest.mark.requirement("REQ-8")
    def test_measures(request):
        ends = {"source": "a", "destination": "b", "source_region": "use1", "destination_region": "use2"}
        measurement = json.dumps({"kind": "latency", "avg_ms": 17, **ends})
        request.node.user_properties.append(("measurement", measurement))

    def test_belongs_to_no_requirement():
        pass
"""


def run(pytester: pytest.Pytester, *arguments: str) -> tuple[int, Results]:
    """A session in a project of its own: its exit code and its results."""
    result = session(pytester, *arguments)
    return int(result.ret), read_results(pytester.path / "reports/out/results.json")


def session(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A session in a process of its own: an interrupt or a crash must not reach this one."""
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments)


@pytest.fixture
def project(
    pytester: pytest.Pytester, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> pytest.Pytester:
    """A project with one test of each fate."""
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_all=TESTS)
    pytester.makeini("[pytest]\nmarkers = requirement(*ids): IDs")
    return pytester


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "two workers"])
def test_every_fate_of_a_test_has_its_verdict(project: pytest.Pytester, workers: tuple[str, ...]) -> None:
    code, results = run(project, *workers)

    assert {row.id: row.verdict for row in results.requirements} == {
        "REQ-1": Verdict.NONCONFORMING,
        "REQ-2": Verdict.NONCONFORMING,
        "REQ-3": Verdict.UNOBSERVABLE,
        "REQ-4": Verdict.WAIVED,
        "REQ-5": Verdict.UNOBSERVABLE,
        "REQ-6": Verdict.UNOBSERVABLE,
        "REQ-7": Verdict.NOT_RUN,
        "REQ-8": Verdict.CONFORMS,
        "REQ-9": Verdict.NOT_RUN,
    }
    assert {test.id.split("::")[1]: test.message for test in results.tests if test.message} == {
        "test_deviates": "assert 96 <= 80",
        "test_cannot_tell": "OSError: host is silent",
        "test_waived": "C01; assert False",
        "test_breaks_by_itself": "KeyError: 'eni-1'",
        "test_leaves_something_behind": "RuntimeError: port 5201 is still open",
        "test_is_skipped": "no such region",
    }
    assert [(w.requirement, w.status) for w in results.waivers] == [
        ("REQ-4", "used"),
        ("REQ-9", "not judged"),
    ]
    assert [(m.avg_ms, m.verdict) for m in results.latency] == [(17, Verdict.CONFORMS)]
    assert code == 1


def test_the_terminal_says_that_a_lab_was_judged(project: pytest.Pytester) -> None:
    result = session(project)

    result.stdout.fnmatch_lines(
        [
            "measured on * LAB EMULATION — not a real network: lab one",
            "verdict * Does not conform: 1 cause breaks 2 requirements, 3 more could not be judged",
            "cause * r: o (expected: e); breaks REQ-1 and REQ-2",
            "unknown * OSError: host is silent; REQ-3 could not be judged",
            "requirements * 2 nonconforming, 3 unobservable, 1 waived, 1 conforms, 2 not run",
            "report * reports/out/report.html",
        ]
    )


def test_the_terminal_says_what_changed_since_the_last_run(project: pytest.Pytester) -> None:
    session(project, "-k", "test_conforms")
    session(project, "-k", "test_conforms").stdout.fnmatch_lines(["since *: nothing changed"])
    session(project).stdout.fnmatch_lines(
        ["since *: 2 worse (REQ-1, REQ-2), 5 newly judged (REQ-3, REQ-4, *, …)"]
    )


def test_deselected_tests_are_not_run(project: pytest.Pytester) -> None:
    code, results = run(project, "-k", "test_conforms or test_waived")
    rows = {row.id: row for row in results.requirements}

    assert (rows["REQ-1"].verdict, rows["REQ-1"].tests_not_run) == (Verdict.CONFORMS, 1)
    assert rows["REQ-1"].is_partial
    assert rows["REQ-2"].verdict is Verdict.NOT_RUN
    assert code == 0


def test_no_report_is_written_when_it_is_switched_off(project: pytest.Pytester) -> None:
    session(project, "--report", "none")

    assert not (project.path / "reports").exists()


def test_selftests_alone_leave_the_last_report(project: pytest.Pytester) -> None:
    session(project, "-k", "belongs_to_no", "--deselect", "test_all.py::test_conforms")
    project.makepyfile(test_all="def test_of_the_suite_itself(): pass")
    project.path.joinpath("reports/out/results.json").write_text("kept")
    session(project)

    assert project.path.joinpath("reports/out/results.json").read_text() == "kept"


def test_a_file_that_cannot_be_imported_is_a_problem_and_no_pass(project: pytest.Pytester) -> None:
    project.makepyfile(test_broken="import no_such_module")
    code, results = run(project)

    assert results.problems == ("test_broken.py: could not be collected",)
    assert results.interrupted
    assert all(test.verdict is Verdict.NOT_RUN for test in results.tests)
    assert code == 2


def test_a_crashed_worker_leaves_its_test_unobservable(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_all="""
        import os, pytest

        @pytest.mark.requirement("REQ-1")
        def test_crash():
            os._exit(9)

        @pytest.mark.requirement("REQ-1")
        def test_conforms():
            pass
        """
    )
    code, results = run(project, "-n", "1")

    assert {row.id: row.verdict for row in results.requirements}["REQ-1"] is Verdict.UNOBSERVABLE
    assert code == 1


def test_a_waiver_that_expired_fails_a_run_that_passes(project: pytest.Pytester) -> None:
    conftest = project.path / "conftest.py"
    conftest.write_text(conftest.read_text().replace("2999-01-01", "2001-01-01"))
    code, results = run(project, "-k", "test_conforms")

    assert {waiver.status for waiver in results.waivers} == {"expired"}
    assert code == 1


def test_a_waiver_that_no_test_needs_is_stale(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_all="""
        import pytest

        @pytest.mark.requirement("REQ-4")
        def test_conforms():
            pass
        """
    )
    code, results = run(project)

    assert [(w.requirement, w.status) for w in results.waivers] == [
        ("REQ-4", "stale"),
        ("REQ-9", "not judged"),
    ]
    assert code == 1


@pytest.mark.parametrize(
    "verified_by, suites, pairs, status",
    [
        (["live"], ["live"], [], "not judged"),
        (["live"], ["live"], ["a-b"], "not judged"),
        (["live"], ["live"], ["a-b", "a-c"], "stale"),
        (["state", "live"], ["static"], ["a-b", "a-c"], "not judged"),
        (["state", "live"], ["live"], ["a-b", "a-c"], "not judged"),
        (["state", "live"], ["static", "live"], ["a-b", "a-c"], "stale"),
        (["state", "plan"], ["static"], [], "stale"),
        (["state", "drill"], ["static"], [], "stale"),
    ],
)
def test_waiver_is_stale_only_when_all_that_could_need_it_was_judged(
    project: pytest.Pytester, verified_by: list[str], suites: list[str], pairs: list[str], status: str
) -> None:
    conftest = project.path / "conftest.py"
    text = conftest.read_text().replace('"is_emulation": True', f'"region_pairs": {pairs}')
    budgets = '"budgets": [{"between": ["a", "b"]}, {"between": ["a", "c"]}], "waivers"'
    text = text.replace('"waivers"', budgets).replace('"section": "S"', f'"verified_by": {verified_by}')
    conftest.write_text(text)
    (project.path / "test_all.py").unlink()
    for suite in suites:
        project.mkdir(suite)
        (project.path / suite / f"test_{suite}.py").write_text(
            'import pytest\n@pytest.mark.requirement("REQ-4")\ndef test_conforms(): pass\n'
        )
    _, results = run(project)

    assert [w.status for w in results.waivers if w.requirement == "REQ-4"] == [status]


def test_naming_a_file_calls_no_waiver_stale(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_all="""
        import pytest

        @pytest.mark.requirement("REQ-4")
        def test_conforms():
            pass
        """
    )
    code, results = run(project, "test_all.py")

    assert [waiver.status for waiver in results.waivers] == ["not judged", "not judged"]
    assert code == 0


def test_a_plugin_that_cannot_say_what_was_judged_loses_no_results(project: pytest.Pytester) -> None:
    conftest = project.path / "conftest.py"
    conftest.write_text(conftest.read_text().replace('"judged"', '"jugded"'))
    code, results = run(project, "-k", "test_conforms")

    assert "jugded" in results.problems[0]
    assert [test.verdict for test in results.tests].count(Verdict.CONFORMS) == 1
    assert code == 1


def test_an_unreadable_property_is_a_problem_and_no_pass(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_all="""
        import pytest

        @pytest.mark.requirement("REQ-1")
        def test_conforms(request):
            request.node.user_properties.append(("measurement", "{"))
        """
    )
    code, results = run(project)

    assert results.problems[0].startswith("test_all.py::test_conforms: property 'measurement' is unreadable")
    assert code == 1


def test_interrupting_keeps_what_was_found(project: pytest.Pytester) -> None:
    project.makepyfile(
        test_all="""
        import pytest

        @pytest.mark.requirement("REQ-1")
        def test_conforms():
            pass

        @pytest.mark.requirement("REQ-2")
        def test_interrupted():
            raise KeyboardInterrupt

        @pytest.mark.requirement("REQ-3")
        def test_never_reached():
            pass
        """
    )
    code, results = run(project)

    assert results.interrupted
    assert [test.verdict for test in results.tests] == [Verdict.CONFORMS, Verdict.NOT_RUN, Verdict.NOT_RUN]
    assert code == 2


def test_junit_names_the_requirements(project: pytest.Pytester) -> None:
    session(project, "--junit-xml", "junit.xml", "-k", "test_deviates")
    text = Path(project.path / "junit.xml").read_text(encoding="utf-8")

    assert '<property name="requirement" value="REQ-2"' in text


def test_results_hold_no_path_of_the_machine(project: pytest.Pytester) -> None:
    run(project, str(project.path / "test_all.py"))
    text = (project.path / "reports/out/results.json").read_text(encoding="utf-8")

    assert str(project.path) not in text
    assert json.loads(text)["judged"]["command"][-1] == "test_all.py"
