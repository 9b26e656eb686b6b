from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.faults.live import BrokenWire, load_broken_wire
from probes.model.conformance.verdict import Verdict
from probes.model.errors import InputError
from suites.selftest.live.runs import LiveRuns
from suites.selftest.spec.edit import ROOT

FILES = {path.stem: path for path in sorted((ROOT / "fixtures/broken/live").glob("*.yaml"))}
HEALTHY = "as-documented"
AS_DOCUMENTED = BrokenWire(fault="none", pair="all", fails=("FSX-06",))
NO_WAIVERS = "[]\n"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[LiveRuns]:
    """The runs of all broken networks that this session selected, and of the healthy one."""
    scratch = tmp_path_factory.mktemp("wire")
    waivers = scratch / "waivers.yaml"
    waivers.write_text(NO_WAIVERS, encoding="utf-8")
    wanted = {item.callspec.id for item in request.session.items if hasattr(item, "callspec")}
    live = LiveRuns(scratch)
    live.start(HEALTHY, AS_DOCUMENTED, "--waivers", str(waivers))
    for name, path in FILES.items():
        if name in wanted:
            live.start(name, load_broken_wire(path))
    yield live
    live.close()


BY_DRILLS = {"HA-04", "HA-05", "HA-06", "HA-07"}  # test_drills.py fails them
ON_REAL_HOSTS = {"FSX-04", "SEC-01"}  # test_host_questions.py does


@pytest.mark.parametrize("name", FILES)
def test_broken_network_trips_exactly_what_it_must_on_the_wire(runs: LiveRuns, name: str) -> None:
    broken = load_broken_wire(FILES[name])
    measured = runs.result(name)

    assert measured.those(Verdict.NONCONFORMING) == set(broken.fails), measured.output
    assert measured.those(Verdict.UNOBSERVABLE) == set(broken.unobservable), measured.output
    assert measured.exit_code == pytest.ExitCode.TESTS_FAILED


def test_network_as_documented_fails_only_what_the_document_makes_impossible(runs: LiveRuns) -> None:
    measured = runs.result(HEALTHY)

    assert measured.those(Verdict.NONCONFORMING) == {"FSX-06"}, measured.output
    assert measured.those(Verdict.UNOBSERVABLE) == set(), measured.output


def test_every_requirement_that_is_measured_can_be_failed(runs: LiveRuns) -> None:
    healthy = runs.result(HEALTHY)
    asked = {name: row for name, row in healthy.requirements.items() if row.tests}
    measured = {name for name, row in asked.items() if row.tests_not_run < len(row.tests)}
    failed = {name for path in FILES.values() for name in load_broken_wire(path).fails}

    assert measured - failed == {"FSX-06"}  # nonconforming as it is, see above
    assert asked.keys() - measured == {*BY_DRILLS, *ON_REAL_HOSTS}


@pytest.mark.parametrize(
    "text, message",
    [
        ("fault: f\npair: use1-use2\nfails: [LAT-04]\n", "expected a fault that changes something"),
        ("fault: f\npair: use1-use2\nfaults: [{kind: earthquake}]\n", "earthquake"),
        ("fault: f\nfaults: []\n", "pair"),
        ("fault: [", "broken.yaml"),
    ],
)
def test_malformed_fault_is_named_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=message) as caught:
        load_broken_wire(path)
    assert str(path) in str(caught.value)
