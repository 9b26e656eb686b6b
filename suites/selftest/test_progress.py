"""A long analysis says on a terminal what it does; a script's output holds the answer alone."""

import io
import threading

import pytest

from probes import progress


class Terminal(io.StringIO):
    """A terminal that tells when something was written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.told = threading.Event()

    def isatty(self) -> bool:
        """It is one."""
        return True

    def write(self, text: str) -> int:
        """Keep the text and tell of it."""
        written = super().write(text)
        if text:
            self.told.set()
        return written


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST_AFTER_S", 0.01)


def test_a_long_analysis_is_named_and_its_line_cleared() -> None:
    terminal = Terminal()

    with progress.doing("comparing rules", terminal):
        assert terminal.told.wait(10)

    assert terminal.getvalue().startswith("\r\x1b[Kcomparing rules: 0 s")
    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_line_is_cleared_when_the_analysis_fails() -> None:
    terminal = Terminal()

    def fail() -> None:
        with progress.doing("comparing rules", terminal):
            terminal.told.wait(10)
            raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        fail()

    assert terminal.getvalue().endswith("\r\x1b[K")


def test_a_short_analysis_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST_AFTER_S", 60.0)
    terminal = Terminal()

    with progress.doing("comparing rules", terminal):
        pass

    assert terminal.getvalue() == ""


def test_nothing_is_said_where_nobody_looks() -> None:
    pipe = io.StringIO()

    with progress.doing("comparing rules", pipe):
        threading.Event().wait(0.1)

    assert pipe.getvalue() == ""
