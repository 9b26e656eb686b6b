"""What a run says while it measures."""

import os
import re
import time
from pathlib import Path

import pytest

from fixtures.live import progress
from fixtures.live.progress import Progress


def said(*, is_terminal: bool) -> str:
    texts: list[str] = []
    shown = Progress(texts.append, is_terminal=is_terminal)
    with shown.phase("pings", 3, expected_s=60) as done:
        done()
        done()
        deadline_s = time.monotonic() + 10
        while len(texts) < 3 and time.monotonic() < deadline_s:
            time.sleep(0.01)
    return "".join(texts)


def test_elsewhere_a_phase_is_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_S", 0.01)
    lines = said(is_terminal=False).splitlines()

    assert lines[0] == "pings: 3, about 60 s"
    assert re.fullmatch(r"pings: 2 of 3 done, 0 s, about 60 s left", lines[1])
    assert lines[-1] == "pings: 2 of 3 done, 0 s"


def test_on_a_terminal_a_phase_is_one_line_that_is_rewritten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ON_TERMINAL_EVERY_S", 0.01)
    text = said(is_terminal=True)

    assert text.startswith("pings: 3, about 60 s\n\r\x1b[Kpings: 2 of 3 done")
    assert text.count("\n") == 2


def test_terminal_that_is_gone_ends_no_measurement(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path / "x", os.O_WRONLY | os.O_CREAT)
    gone = progress.to_descriptor(descriptor)
    os.close(descriptor)

    with gone.phase("pings", 1) as done:
        done()
