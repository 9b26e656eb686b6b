"""The catalogue rule: what is claimed to be decidable is decided by a test, and something makes that test fail."""

from pathlib import Path

import pytest
import yaml

from probes.model.conformance.catalogue import Means, Requirement
from probes.model.conformance.verdict import Verdict
from probes.sources.documents.catalogue import load_catalogue
from suites.selftest.spec.corrections import SPEC
from suites.selftest.spec.decided import decided
from suites.selftest.spec.edit import CATALOGUE, ROOT
from suites.selftest.suites.static_runs import Judged, judge

FIXTURES = ROOT / "fixtures"
REQUIREMENTS = load_catalogue(CATALOGUE).requirements
DECIDED = decided(SPEC)


def failed_by(folder: Path) -> set[str]:
    files = sorted(folder.glob("*.yaml"))
    assert files, f"{folder} is empty"
    return {name for path in files for name in yaml.safe_load(path.read_text()).get("fails", ())}


@pytest.fixture(scope="module")
def unwaived(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The bundled network without any waiver."""
    scratch = tmp_path_factory.mktemp("unwaived")
    (scratch / "waivers.yaml").write_text("[]\n")
    return judge(scratch, "--waivers", str(scratch / "waivers.yaml"))


@pytest.fixture(scope="module")
def waived(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The bundled network as shipped."""
    return judge(tmp_path_factory.mktemp("waived"))


@pytest.fixture(scope="module")
def failed(unwaived: Judged) -> dict[Means, set[str]]:
    """By means, the requirements that some fault fails; the document itself fails those that it cannot meet."""
    by_document = unwaived.those(Verdict.NONCONFORMING)
    networks = failed_by(FIXTURES / "broken") | by_document
    return {
        "spec": (failed_by(FIXTURES / "broken" / "spec") | by_document) & DECIDED.keys(),
        "state": networks,
        "plan": networks | failed_by(FIXTURES / "broken" / "plan"),
        "live": failed_by(FIXTURES / "broken" / "live") | by_document,
        "drill": set(),
        "none": set(),
    }


def test_bundled_network_conforms_but_for_what_is_waived(waived: Judged) -> None:
    assert waived.exit_code == pytest.ExitCode.OK, waived.output
    assert waived.those(Verdict.NONCONFORMING) == waived.those(Verdict.UNOBSERVABLE) == set()


def test_without_waivers_exactly_the_waived_requirements_trip(waived: Judged, unwaived: Judged) -> None:
    assert unwaived.those(Verdict.NONCONFORMING) == waived.those(Verdict.WAIVED)
    assert unwaived.exit_code == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("requirement", [pytest.param(r, id=r.id) for r in REQUIREMENTS.values()])
def test_every_means_has_a_fault_or_a_reason(failed: dict[Means, set[str]], requirement: Requirement) -> None:
    for means in requirement.verified_by:
        decided = requirement.id in failed[means]

        assert decided != (means in requirement.undecided), (
            f"{requirement.id} by {means}: expected a fault that fails it or a reason in `undecided`, not "
            f"{'both' if decided else 'neither'}"
        )


@pytest.mark.parametrize(
    "folder, means",
    [("", {"state", "plan"}), ("spec", {"spec"}), ("plan", {"plan"}), ("live", {"live"})],
)
def test_what_a_fault_trips_is_verified_by_that_means(folder: str, means: set[Means]) -> None:
    for name in failed_by(FIXTURES / "broken" / folder):
        assert means & {*REQUIREMENTS[name].verified_by} or name in DECIDED, name
