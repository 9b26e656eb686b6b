"""No output holds a character that controls or hides, or a secret, wherever the text comes from."""

import json
import re
import shutil
from pathlib import Path
from unicodedata import category

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.__main__ import main as probes_main
from reports.__main__ import main as reports_main
from reports.history.snapshot import snapshot
from reports.results.files import read_results, results_text
from reports.results.model import Results
from reports.views.html import html
from reports.views.markdown import markdown
from reports.views.openmetrics import openmetrics
from suites.selftest.reports.test_html import hostile_results
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import judge

pytest_plugins = ["pytester"]

HIDDEN = "hunter2abc"
HOSTILE = (
    f"\x1b]0;x\x07\x9b31m\u202e\u2066\u200b\u2028\ufeff\ufe0f\r\U000e0041 password={HIDDEN} \nFAKE  conforms"
)
CONTROLS = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
CONFTEST = """
    pytest_plugins = ["reports.recorder", "fixtures.plugins.violations"]
"""
TESTS = """
    import json
    import pytest
    from probes.model.conformance.verdict import Violation
    from probes.model.errors import UnobservableError

    HOSTILE = {hostile}

    @pytest.mark.requirement("REQ-1")
    def test_violation():
        violations = [Violation(resource=HOSTILE, expected=HOSTILE, observed=HOSTILE, hint="h", trace=(HOSTILE,))]
        assert violations == []

    @pytest.mark.requirement("REQ-2")
    def test_unobservable():
        raise UnobservableError(HOSTILE)

    @pytest.mark.requirement("REQ-3")
    def test_foreign_error():
        print(HOSTILE)
        raise KeyError(HOSTILE) from OSError(HOSTILE)

    @pytest.mark.requirement("REQ-4")
    def test_foreign_assertion(record_property):
        record_property("measurement", json.dumps({{"kind": "latency", "source": HOSTILE, "destination": "b",
            "source_region": HOSTILE, "destination_region": "use2", "error": HOSTILE}}, ensure_ascii=False))
        assert HOSTILE.upper().lower() == "", HOSTILE

    @pytest.mark.requirement("REQ-5")
    def test_skipped():
        pytest.skip(HOSTILE)

    @pytest.mark.requirement("REQ-6")
    def test_expected(request):
        request.applymarker(pytest.mark.xfail(reason=HOSTILE, strict=True))
        assert False
"""


def views(results: Results) -> list[str]:
    past = (snapshot(results),)
    return [
        html(results, past),
        markdown(results, past),
        openmetrics(results),
        results_text(results),
    ]


def assert_safe(text: str) -> None:
    """Fail unless a person can read the text as it is, and no secret of it."""
    found = {char for char in text if category(char) in CONTROLS and char not in "\n\t"}

    assert found | ({"\ufe0f"} & set(text)) == set()
    assert HIDDEN not in text


@pytest.mark.parametrize("options", [(), ("-n", "1"), ("--color=yes", "-vv", "-rA")], ids=" ".join)
def test_what_pytest_prints_and_writes_is_safe(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_all=TESTS.format(hostile=ascii(HOSTILE)))
    pytester.makeini("[pytest]\nmarkers = requirement(*ids): IDs")
    run = pytester.runpytest_subprocess(
        "-p", "no:hypothesispytest", "-p", "no:cacheprovider", "--junit-xml", "junit.xml", *options
    )
    printed = re.sub(r"\x1b\[[\d;]*m", "", run.stdout.str() + run.stderr.str())

    assert_safe(printed)
    assert r"\u001b]0;x\u0007" in printed
    assert "\nFAKE" not in printed.partition("REQ-2")[0]
    for name in ("junit.xml", "reports/out/results.json", "reports/out/report.html", "reports/out/report.md"):
        text = pytester.path.joinpath(name).read_text(encoding="utf-8")
        assert_safe(text)
        assert "202e" in text, name


def test_what_is_said_of_a_network_with_hostile_names_is_safe(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state, junit = tmp_path / "state", tmp_path / "junit.xml"
    shutil.copytree(ROOT / "fixtures/states/gpu-cluster", state)
    added = json.dumps(HOSTILE)[1:-1].replace("\\", "\\\\")
    for file in state.rglob("*.json"):
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r'("Key": "Name", "Value": "[^"]*)"', rf'\1{added}"', text), encoding="utf-8")
    judged = judge(tmp_path, f"--state=dump:{state}", f"--junit-xml={junit}")
    results = read_results(tmp_path / "report/results.json")
    for question in ("lint", "flows", "failures"):
        probes_main([question, f"--state=dump:{state}"])
        probes_main([question, f"--state=dump:{state}", "--json"])

    assert r"\u202e" in judged.output
    assert any(r"\u202e" in node.label for node in results.topology.nodes)
    for text in (
        judged.output,
        junit.read_text(encoding="utf-8"),
        "".join(capsys.readouterr()),
        *views(results),
    ):
        assert_safe(text)


@pytest.mark.parametrize("text", [HOSTILE, "x" * 100_000, "|`<b>`|[a](javascript:b)\\| @x #1 ~~ ![i](u)"])
def test_every_view_of_hostile_results_is_safe(text: str) -> None:
    for view in views(hostile_results(text)):
        assert_safe(view)
        assert "x" * 5000 not in view


def test_the_commands_print_hostile_results_safely(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, other, hostile = tmp_path / "one.json", tmp_path / "other.json", hostile_results(HOSTILE)
    rows = tuple(msgspec.structs.replace(row, id=f"{row.id}{HOSTILE}") for row in hostile.requirements)
    one.write_bytes(msgspec.json.encode(hostile))
    other.write_bytes(msgspec.json.encode(msgspec.structs.replace(hostile, requirements=rows)))
    for command in (["check"], ["diff", str(one)]):
        reports_main([*command, "--results", str(other)])

    assert_safe("".join(capsys.readouterr()))


@given(st.text(st.characters(codec=None), max_size=20))
def test_no_view_of_any_text_holds_a_control_character(text: str) -> None:
    for view in views(hostile_results(text)):
        assert_safe(view)
        view.encode()
