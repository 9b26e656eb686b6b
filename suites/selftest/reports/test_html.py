from collections.abc import Iterator
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.model.conformance.verdict import Verdict, Violation
from probes.model.untrusted_text import shown
from reports.history.snapshot import snapshot
from reports.results.model import Deliveries, Hosts, MeasuredHost, Results, Sent, TestResult
from reports.views.delivered import delivery_matrix
from reports.views.html import html
from suites.selftest.reports.sample import sample_results

HOSTILE = '</style><script>alert(1)</script><img src=x onerror="alert(2)">\'"&{{ 7 * 7 }}'
VOID = {"meta", "input", "br", "link", "img", "hr"}


class Reader(HTMLParser):
    """What a browser would act on: elements in order, their attributes, the text, and what was left open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that begins."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of SVG that is closed at once."""
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Fail unless the innermost open element ends."""
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Collect the text."""
        self.text += data

    def attributes(self) -> Iterator[tuple[str, str]]:
        """Every attribute of every element."""
        for _, attributes in self.elements:
            yield from ((name, value or "") for name, value in attributes.items())


def renamed(value: object, text: str) -> object:
    """The same data with every free text replaced; IDs that others refer to stay consistent."""
    kept = ("id", "kind", "verdict", "status", "schema_version", "run_id", "region", "tests", "severity")
    if isinstance(value, dict):
        return {
            k: v if k in kept or k.endswith(("_at", "_until")) else renamed(v, text) for k, v in value.items()
        }
    if isinstance(value, list):
        return [renamed(item, text) for item in value]
    return text if isinstance(value, str) and not value[:4].isdigit() else value


def hostile_results(text: str = HOSTILE) -> Results:
    """The sample with a hostile text wherever a name or message can be."""
    return msgspec.convert(renamed(msgspec.to_builtins(sample_results()), text), Results, strict=False)


@pytest.fixture(scope="module")
def page() -> Reader:
    """The sample's report with two earlier runs."""
    earlier = tuple(snapshot(sample_results(f"{n}" * 32, days=-n)) for n in (3, 2))
    return Reader(html(sample_results(), earlier))


def test_the_page_is_well_formed(page: Reader) -> None:
    assert page.open == []
    assert page.elements[0][0] == "html"


def test_the_page_needs_nothing_from_elsewhere_and_no_script(page: Reader) -> None:
    assert {tag for tag, _ in page.elements} & {"script", "link", "img", "iframe", "object", "embed"} == set()
    assert [value for name, value in page.attributes() if name in ("src", "action", "formaction")] == []
    assert all(value.startswith("#") for name, value in page.attributes() if name == "href")
    assert "url(" not in page.text
    assert "@import" not in page.text


def test_every_link_leads_somewhere(page: Reader) -> None:
    targets = {value for name, value in page.attributes() if name == "id"}
    links = {value[1:] for name, value in page.attributes() if name == "href"}

    assert links - targets == set()
    assert len([value for name, value in page.attributes() if name == "id"]) == len(targets)


def test_a_verdict_is_never_told_by_colour_alone(page: Reader) -> None:
    for verdict in Verdict:
        assert f"{verdict}" in page.text


def test_the_page_says_loudly_that_a_lab_was_judged(page: Reader) -> None:
    roles = [attributes.get("class") for tag, attributes in page.elements if attributes.get("role") == "note"]

    assert roles == ["lab"]
    assert page.text.index("LAB EMULATION — not a real network") < page.text.index("Does not conform", 200)
    assert "(lab emulation)" in page.text


def test_a_failure_is_shown_in_five_lines_with_its_trace(page: Reader) -> None:
    failures = page.text[page.text.index("PEER-05") :]

    for line in (
        "use1 private → use2 private",
        "tcp 988 delivered",
        "dropped: 10.66.10.10",
        "10.66.64.0/18 blackhole",
    ):
        assert line in failures


def test_what_aws_measures_is_a_column_where_it_was_asked() -> None:
    results = sample_results()
    asked = tuple(msgspec.structs.replace(one, aws_p50_ms=12.75) for one in results.latency)

    assert "AWS p50" not in html(results)
    shown_page = html(msgspec.structs.replace(results, latency=asked))
    assert "AWS p50" in shown_page
    assert "12.75" in shown_page


def test_what_was_sent_and_who_took_part_is_on_the_first_card() -> None:
    sent = Sent(source_region="x", destination_region="y", most_gb=20, sent_gb=8, usd=0.24)
    hosts = Hosts(known=200, measured=(MeasuredHost(name="gpu-117"),))
    page = html(msgspec.structs.replace(sample_results(), sent=(sent,), hosts=hosts))

    assert "Sent 8 GB by throughput tests, of at most 20 GB, $0.24 by the spec" in page
    assert "Hosts that took part: 1 of 200: gpu-117" in page


def test_what_was_not_measured_is_never_0(page: Reader) -> None:
    assert "no answer" in page.text
    assert "not measured" in page.text


@pytest.mark.parametrize("text", [HOSTILE, "]]><!--", "\u202e\u0000\u2028", "a" * 5000])
def test_hostile_names_stay_text(text: str) -> None:
    results = hostile_results(text)
    page = Reader(html(results, (snapshot(results),)))

    assert page.open == []
    assert {tag for tag, _ in page.elements} & {"script", "img"} == set()
    assert not any(name.startswith("on") for name, _ in page.attributes())
    assert shown(text) in page.text


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_any_text_of_a_violation_is_shown_as_it_is(text: str) -> None:
    violation = Violation(resource=text, expected="e", observed="o", hint="h")
    test = TestResult(
        id="t", requirements=("RTB-02",), verdict=Verdict.NONCONFORMING, violations=(violation,)
    )
    results = msgspec.structs.replace(sample_results(), tests=(test,), requirements=())
    page = Reader(html(results))

    assert " ".join(shown(text).split()) in " ".join(page.text.split())


def test_many_violations_are_cut_with_a_count() -> None:
    violation = Violation(resource="r", expected="e", observed="o", hint="h")
    test = TestResult(
        id="t", requirements=("RTB-02",), verdict=Verdict.NONCONFORMING, violations=(violation,) * 70
    )
    results = msgspec.structs.replace(sample_results(), tests=(test,), requirements=())

    assert "and 69 more like it, in results.json" in Reader(html(results)).text


def test_an_empty_run_can_be_shown() -> None:
    empty = sample_results()
    names = (
        "requirements",
        "tests",
        "waivers",
        "latency",
        "throughput",
        "budgets",
        "lint",
        "gaps",
        "not_modelled",
    )
    bare = msgspec.structs.replace(
        empty, **dict.fromkeys(names, ()), lab=None, topology=type(empty.topology)()
    )

    assert "Nothing was judged" in Reader(html(bare)).text


def test_who_reaches_whom_is_a_table_of_roles() -> None:
    read = Reader(html(sample_results()))

    assert "across lacks tcp 988" in " ".join(read.text.split())
    assert "in a VPC tcp 988" in " ".join(read.text.split())
    assert ("table", {"class": "delivered"}) in read.elements


def test_reason_why_nobody_can_say_who_reaches_whom_is_given() -> None:
    results = msgspec.structs.replace(sample_results(), deliveries=Deliveries(absent="found no host"))

    assert "Not shown: found no host" in Reader(html(results)).text


def test_difference_that_waivers_cover_is_not_drawn_as_a_fault() -> None:
    sample = sample_results()
    waived = tuple(
        msgspec.structs.replace(row, verdict=Verdict.WAIVED) if row.verdict is Verdict.NONCONFORMING else row
        for row in sample.requirements
    )
    matrices = [delivery_matrix(sample.deliveries, rows) for rows in (sample.requirements, waived)]

    found = [matrix.cells["gpu"]["fsx"][1].verdict for matrix in matrices]
    assert found == [Verdict.NONCONFORMING, Verdict.WAIVED]
