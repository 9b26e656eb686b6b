"""Signals of a session, and the private directory that it leaves when it is killed."""

import fcntl
import os
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.plugins import interrupts, session_files
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


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def left_by_a_killed_session(shared: Path) -> Path:
    """Its directory."""
    directory = session_files._new_directory()
    (directory.path / "state.json").write_text("{}")
    directory.close()
    assert directory.path.parent == shared
    return directory.path


def test_directories_of_killed_sessions_are_removed_and_those_of_others_stay(shared: Path) -> None:
    left_by_a_killed_session(shared)
    with session_files._new_directory() as alive:
        session_files._remove_abandoned()

        assert list(shared.iterdir()) == [alive.path]


def _by_others(path: Path) -> None:
    path.chmod(0o770)


def _by_a_link(path: Path) -> None:
    path.rename(path.parent / "elsewhere")
    path.symlink_to(path.parent / "elsewhere")


def _under_another_name(path: Path) -> None:
    path.rename(path.parent / "conformance-of-somebody-else")


@pytest.mark.parametrize("change", [_by_others, _by_a_link, _under_another_name])
def test_directory_that_is_not_surely_ours_stays(shared: Path, change: Callable[[Path], None]) -> None:
    change(left_by_a_killed_session(shared))
    session_files._remove_abandoned()

    assert [path.name for path in shared.rglob("state.json")] == ["state.json"]


def test_directory_of_another_user_stays(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = left_by_a_killed_session(shared)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    session_files._remove_abandoned()

    assert path.is_dir()


def test_directory_that_was_taken_for_an_abandoned_one_is_made_again(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another session may look at it before it is locked."""
    lock = fcntl.flock
    tries: list[int] = []

    def late(fd: int, operation: int) -> None:
        if not tries:
            tries.append(fd)
            session_files._remove_abandoned()
        lock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    with session_files._new_directory() as directory:
        assert list(shared.iterdir()) == [directory.path]


def test_directory_that_another_session_takes_for_abandoned_at_once_is_made_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = [tmp_path / "removed", tmp_path / "kept"]
    made[1].mkdir(mode=0o700)
    names = iter(map(str, made))
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: next(names))

    with session_files._new_directory() as directory:
        assert directory.path == made[1]
