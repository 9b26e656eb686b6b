"""Signals of a session, and the private directory that it leaves when it is killed."""

import signal
import time
from collections.abc import Iterator

import pytest

from fixtures.plugins import interrupts
from fixtures.plugins.interrupts import SIGNALS, held

WAITING = "2 rules"


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A session whose signals have not been used yet, and what it prints."""
    lines: list[str] = []
    session = interrupts._Session()
    monkeypatch.setattr(interrupts, "_session", session)
    monkeypatch.setattr(interrupts, "tell", lines.append)
    before = {number: signal.signal(number, session.handle) for number in SIGNALS}
    yield lines
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_each_signal_is_a_keyboard_interrupt(said: list[str], number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)

    assert said == []


def test_same_request_by_several_ways_interrupts_once(
    said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    signal.raise_signal(signal.SIGTERM)  # as the terminal's and the parent's
    later_s = time.monotonic() + 3
    monkeypatch.setattr(time, "monotonic", lambda: later_s)

    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert said == []


@pytest.mark.parametrize("number", SIGNALS)
def test_signal_waits_for_what_is_held_and_says_for_what(said: list[str], number: signal.Signals) -> None:
    done: list[bool] = []

    def work() -> None:
        with held(lambda: WAITING):
            signal.raise_signal(number)
            done.append(True)

    with pytest.raises(KeyboardInterrupt):
        work()

    assert done == [True]
    assert said == [f"{number.name}: waiting for {WAITING}; only kill -9 would leave that undone"]


def test_signal_during_the_clearing_up_of_an_interrupt_is_no_second_one(said: list[str]) -> None:
    def work() -> None:
        try:
            raise KeyboardInterrupt("the first")
        finally:
            with held(lambda: WAITING):
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match="the first"):
        work()
    with held(lambda: WAITING):  # nothing is left of it
        pass
    assert len(said) == 1


def test_signal_held_back_after_an_interrupt_was_handled_is_no_second_one(said: list[str]) -> None:
    """As in the controller, which waits for its worker when pytest has handled the first one."""
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    with held(lambda: WAITING):
        signal.raise_signal(signal.SIGINT)

    assert len(said) == 1


def test_error_while_something_is_held_does_not_swallow_the_signal(said: list[str]) -> None:
    def work() -> None:
        with held(lambda: WAITING):
            signal.raise_signal(signal.SIGHUP)
            raise RuntimeError

    with pytest.raises(KeyboardInterrupt):
        work()

    assert len(said) == 1
