from pathlib import Path

import pytest

from fixtures.faults.recorded import load_broken, write_broken_spec
from probes.model.errors import InputError
from probes.model.spec import Spec
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.decided import decided
from suites.selftest.spec.edit import BUNDLED, ROOT

FILES = sorted((ROOT / "fixtures" / "broken" / "spec").glob("*.yaml"))


def violated(spec: Spec) -> dict[str, set[str]]:
    return {name: set(map(str, violations)) for name, violations in decided(spec).items()}


DOCUMENT = violated(load_spec(BUNDLED))


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in FILES])
def test_broken_document_trips_exactly_what_it_must(tmp_path: Path, path: Path) -> None:
    broken = load_broken(path)

    found = violated(load_spec(write_broken_spec(broken, BUNDLED, tmp_path / "spec.yaml")))

    already = {name for name, violations in DOCUMENT.items() if violations}
    failed = {name for name, violations in found.items() if violations}
    assert failed - already == set(broken.fails) - already
    assert all(found[name] - DOCUMENT[name] for name in broken.fails)


def test_edit_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fault.yaml"
    path.write_text("fault: None.\nfails: [CIDR-01]\nspec:\n  - {path: vpcs.mars.cidr, value: x}\n")

    with pytest.raises(InputError, match=r"vpcs\.mars\.cidr leads nowhere"):
        write_broken_spec(load_broken(path), BUNDLED, tmp_path / "spec.yaml")
