"""What a killed process left in a place for temporary directories is removed by the next one, and nothing else."""

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from probes.locked_directory import new_directory, remove_abandoned

PREFIX = "conformance-test-"


def left_by_a_killed_process(shared: Path) -> Path:
    """Its directory, with a file in it."""
    directory = new_directory(shared, PREFIX)
    (directory.path / "state.json").write_text("{}")
    os.close(directory.fd)
    return directory.path


def test_directories_of_killed_processes_are_removed_and_those_of_others_stay(tmp_path: Path) -> None:
    left_by_a_killed_process(tmp_path)
    alive = new_directory(tmp_path, PREFIX)
    another = new_directory(tmp_path, PREFIX)

    assert set(tmp_path.iterdir()) == {alive.path, another.path}
    alive.remove()
    another.remove()
    assert list(tmp_path.iterdir()) == []


def _by_others(path: Path) -> None:
    path.chmod(0o770)


def _by_a_link(path: Path) -> None:
    path.rename(path.parent / "elsewhere")
    path.symlink_to(path.parent / "elsewhere")


def _under_another_name(path: Path) -> None:
    path.rename(path.parent / "conformance-of-somebody-else")


@pytest.mark.parametrize("change", [_by_others, _by_a_link, _under_another_name])
def test_directory_that_is_not_surely_ours_stays(tmp_path: Path, change: Callable[[Path], None]) -> None:
    change(left_by_a_killed_process(tmp_path))
    remove_abandoned(tmp_path, PREFIX)

    assert [path.name for path in tmp_path.rglob("state.json")] == ["state.json"]


def test_directory_of_another_user_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = left_by_a_killed_process(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    remove_abandoned(tmp_path, PREFIX)

    assert path.is_dir()


def test_directory_that_was_taken_for_an_abandoned_one_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may look at it before it is locked."""
    lock = fcntl.flock
    tries: list[int] = []

    def late(fd: int, operation: int) -> None:
        if not tries:
            tries.append(fd)
            remove_abandoned(tmp_path, PREFIX)
        lock(fd, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    directory = new_directory(tmp_path, PREFIX)

    assert list(tmp_path.iterdir()) == [directory.path]
    directory.remove()


def test_directory_that_another_process_takes_for_abandoned_at_once_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [tmp_path / "removed", tmp_path / "kept"]
    made[1].mkdir(mode=0o700)
    names = iter(map(str, made))
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: next(names))

    directory = new_directory(tmp_path, PREFIX)
    assert directory.path == made[1]
    directory.remove()
