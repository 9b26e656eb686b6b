"""What another user could have put into a shared place is refused before it is read or written."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from probes.model.errors import InputError
from probes.private_directory import PrivateDirectory, open_own

VICTIM = b"not to be touched"


@pytest.fixture
def victim(tmp_path: Path) -> Path:
    """A file outside the directory, which a link may lead to."""
    path = tmp_path / "victim"
    path.write_bytes(VICTIM)
    return path


def test_missing_directory_is_made_for_this_user_alone(tmp_path: Path) -> None:
    with PrivateDirectory(tmp_path / "new" / "runs", create=True) as made:
        made.write("name", b"long content")
        made.write("name", b"content")

        assert made.read("name") == b"content"
        modes = [path.stat().st_mode & 0o777 for path in (made.path, made.path / "name", made.path.parent)]
    assert modes == [0o700, 0o600, 0o700]


def test_missing_directory_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        PrivateDirectory(tmp_path / "missing")


def _link(path: Path) -> None:
    (path.parent / "elsewhere").mkdir()
    path.symlink_to(path.parent / "elsewhere")


def _writable_by_group(path: Path) -> None:
    path.mkdir()
    path.chmod(0o770)


def _in_a_directory_that_anybody_may_change(path: Path) -> None:
    path.mkdir(0o700)
    path.parent.chmod(0o777)


def _file(path: Path) -> None:
    path.touch()


@pytest.mark.parametrize(
    "prepare, message",
    [
        (_link, "cannot be opened: it is a link"),
        (_writable_by_group, "may be another user's: it is drwxrwx---"),
        (_in_a_directory_that_anybody_may_change, "anybody may replace"),
        (_file, "Not a directory"),
    ],
)
def test_directory_that_others_can_control_is_refused(
    tmp_path: Path, prepare: Callable[[Path], None], message: str
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    prepare(shared / "runs")

    with pytest.raises(InputError, match=message):
        PrivateDirectory(shared / "runs", create=True)


def test_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    _file(tmp_path / "file")

    with pytest.raises(InputError, match=r"file/sub/runs cannot be made: Not a directory"):
        PrivateDirectory(tmp_path / "file" / "sub" / "runs", create=True)


def test_directory_and_file_of_another_user_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with PrivateDirectory(tmp_path / "runs", create=True) as ours:
        ours.write("name", b"content")
        monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)

        with pytest.raises(InputError, match="may be another user's"):
            ours.read("name")
        with pytest.raises(InputError, match="may be another user's"):
            PrivateDirectory(tmp_path / "runs")


@pytest.mark.parametrize("prepare", [Path.symlink_to, Path.hardlink_to])
def test_link_is_neither_read_nor_written_nor_truncated(
    tmp_path: Path, victim: Path, prepare: Callable[[Path, Path], None]
) -> None:
    with PrivateDirectory(tmp_path / "runs", create=True) as ours:
        prepare(ours.path / "name", victim)

        for attempt in (lambda: ours.read("name"), lambda: ours.write("name", b"overwritten")):
            with pytest.raises(InputError, match="name"):
                attempt()
        with pytest.raises(InputError, match="name"):
            open_own(ours.path / "name", os.O_RDWR | os.O_CREAT)
    assert victim.read_bytes() == VICTIM


def test_pipe_in_place_of_a_file_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    with PrivateDirectory(tmp_path / "runs", create=True) as ours:
        os.mkfifo(ours.path / "name")

        with pytest.raises(InputError, match="it is p"):
            ours.read("name")


def test_file_that_anybody_can_write_is_refused(tmp_path: Path) -> None:
    with PrivateDirectory(tmp_path / "runs", create=True) as ours:
        ours.write("name", b"content")
        (ours.path / "name").chmod(0o666)

        with pytest.raises(InputError, match="may be another user's: it is -rw-rw-rw-"):
            ours.read("name")


def test_clearing_removes_links_and_not_what_they_lead_to(tmp_path: Path, victim: Path) -> None:
    with PrivateDirectory(tmp_path / "runs", create=True) as ours:
        (ours.path / "hosts").mkdir()
        (ours.path / "hosts" / "link").symlink_to(victim)
        (ours.path / "link").symlink_to(tmp_path)
        ours.write("name", b"content")

        ours.clear()

        assert list(ours.path.iterdir()) == []
    assert victim.read_bytes() == VICTIM
