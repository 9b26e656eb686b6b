"""What a campaign of `make attack` counts when its time is over."""

import re
from pathlib import Path

import pytest

from suites.selftest.attack.__main__ import Outcome, run
from suites.selftest.attack.campaigns import Campaign

SLOW_FIRST = """
import time
def test_slow():
    time.sleep(1.5)
def test_after_it():
    time.sleep(600)
"""
SWALLOWS_CTRL_C = """
import signal, time
def test_quick():
    pass
def test_fails_of_ctrl_c():
    told = []
    before = signal.signal(signal.SIGINT, lambda *_: told.append(1))
    while not told:
        time.sleep(0.01)
    signal.signal(signal.SIGINT, before)
    assert False
def test_after_it():
    time.sleep(600)
"""
FAILS = """
def test_fails():
    assert False
"""


DRAWS = """
import pytest
from hypothesis import given, strategies as st
@pytest.mark.parametrize("reader", ["spec", "plan"])
def test_reads(reader):
    @given(st.integers())
    def read(number):
        pass
    read()
@given(st.booleans())
def test_other_file(flag):
    assert flag
"""


@pytest.mark.parametrize(
    "tests, outcome",
    [
        (SLOW_FIRST, Outcome(attempts=1, left=0)),
        (SWALLOWS_CTRL_C, Outcome(attempts=1, left=0)),
        (FAILS, Outcome(attempts=1, left=1)),
    ],
    ids=["slow-first", "swallows-ctrl-c", "fails"],
)
def test_campaign_counts_what_ended_in_time(tmp_path: Path, tests: str, outcome: Outcome) -> None:
    (tmp_path / "test_one.py").write_text(tests)
    seconds = 2.5 if tests == SWALLOWS_CTRL_C else 0.1

    assert (
        run(Campaign("this", ("-p", "conftest", "-c", "pyproject.toml", str(tmp_path))), seconds) == outcome
    )


def test_rows_of_a_night_tell_the_inputs_of_each_reader(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_one.py").write_text(DRAWS)
    selection = ("-p", "conftest", "-c", "pyproject.toml", str(tmp_path))
    run(Campaign("files", selection, nightly=2), None)

    rows = dict(re.findall(r"^\| (.*) \| [\d,]+ \| (.*) \|$", capsys.readouterr().out, re.MULTILINE))
    assert rows == {"files": "2", "— spec": "0", "— plan": "0", "— other file": "1"}
