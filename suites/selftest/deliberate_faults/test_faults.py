"""Deliberate faults can be planted, and one of each evaluator is noticed; `python -m` tries all."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from suites.selftest.deliberate_faults.__main__ import main, noticed_by
from suites.selftest.deliberate_faults.faults import FAULTS, Fault
from suites.selftest.deliberate_faults.planting import planted

ONE_OF_EACH = ("security groups: replies are judged", "TGW routes: the shortest prefix wins")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.module} {fault.name}")
def test_source_still_has_what_the_fault_changes(fault: Fault) -> None:
    found = find_spec(fault.module)
    assert found is not None
    assert found.origin is not None
    source = Path(found.origin).read_text(encoding="utf-8")

    compile(planted(fault, source), found.origin, "exec")


def test_at_least_twenty_faults_are_tried() -> None:
    assert len({(fault.module, fault.name) for fault in FAULTS}) == len(FAULTS) >= 20


def test_a_word_that_no_fault_has_is_a_mistake(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["deliberate_faults", "nonsense"])

    assert main() == 2
    assert "no fault is called like that" in capsys.readouterr().out


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_fault_is_noticed(name: str) -> None:
    (number,) = (n for n, fault in enumerate(FAULTS) if fault.name == name)

    assert noticed_by(number)
