"""One function reads every file that a person names: what is no file, too large or not whole is one message."""

import gzip
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes import files
from probes.model.errors import InputError

WHAT = "a spec"


def read(path: Path) -> bytes:
    return files.read_text(path, what=WHAT, max_bytes=files.MIB)


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as raised:
        read(path)
    assert str(raised.value).startswith(str(path))
    return str(raised.value).removeprefix(str(path))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_encoding_that_tools_write(tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding.startswith("utf-16-") else ""
    (tmp_path / "file").write_bytes(f"{mark}naïve\n".encode(encoding))

    assert read(tmp_path / "file").decode() == "naïve\n"


def test_gzip_is_unpacked_whatever_the_name(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(gzip.compress(b"text") + gzip.compress(b" and more"))

    assert read(tmp_path / "file") == b"text and more"


def test_a_byte_that_is_not_utf_8_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"one\ntwo\ncaf\xe9\n")

    assert refusal(tmp_path / "file") == f":3: not UTF-8 text; expected {WHAT}"


def test_half_of_a_utf_16_character_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes("\ufeffa".encode("utf-16-le") + b"\0")

    assert refusal(tmp_path / "file") == f":1: not UTF-8 text; expected {WHAT}"


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/full"])
def test_a_device_is_refused(device: str) -> None:
    assert refusal(Path(device)) == f": is a device; expected {WHAT}"


def test_a_directory_a_socket_and_what_is_not_there_are_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket"))
        assert refusal(tmp_path / "socket").startswith(": cannot be read (")
    (tmp_path / "loop").symlink_to("loop")

    assert refusal(tmp_path) == f": is a directory; expected {WHAT}"
    assert refusal(tmp_path / "none") == f": no such file; expected {WHAT}"
    assert refusal(tmp_path / "loop").startswith(": cannot be read (")


def test_a_path_that_cannot_be_one_is_refused_and_shown(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\\u0000b: cannot be read \("):
        read(tmp_path / "a\0b")


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)  # root may read everything

    assert refusal(tmp_path / "file") == f": cannot be read (Permission denied); expected {WHAT}"


@pytest.mark.parametrize("size", [files.MIB + 1, 1 << 40])
def test_a_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path, size: int) -> None:
    with (tmp_path / "file").open("wb") as file:
        file.truncate(size)

    assert refusal(tmp_path / "file") == f": is larger than 1 MiB; expected {WHAT}"


def test_a_gzip_bomb_is_unpacked_no_further_than_the_bound(tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(gzip.compress(bytes(64 * files.MIB)))

    assert refusal(tmp_path / "file.gz") == f": is unpacked larger than 1 MiB; expected {WHAT}"


@pytest.mark.parametrize(
    "content",
    [b"\x1f\x8b", gzip.compress(b"text")[:-4], b"\x1f\x8bnothing of the kind"],
    ids=["two bytes", "cut off", "other format"],
)
def test_damaged_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)

    assert refusal(tmp_path / "file").startswith(": cannot be read (")


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first")

    def changing(fd: int, max_bytes: int) -> Iterator[bytes]:
        yield os.read(fd, max_bytes)
        path.write_bytes(b"second part")

    monkeypatch.setattr(files, "_chunks", changing)

    assert refusal(path).startswith(": changed while it was read")


def test_a_pipe_that_nobody_writes_to_is_empty(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")

    assert read(tmp_path / "fifo") == b""


def test_what_a_process_substitution_gives_is_read_to_its_end() -> None:
    reading, writing = os.pipe()
    started = threading.Event()

    def write() -> None:
        started.wait()
        for part in (b"one ", b"two"):
            os.write(writing, part)
        os.close(writing)

    thread = threading.Thread(target=write)
    thread.start()
    threading.Timer(0.05, started.set).start()
    try:
        assert read(Path(f"/dev/fd/{reading}")) == b"one two"
    finally:
        thread.join()
        os.close(reading)


def test_a_pipe_that_never_ends_is_refused_by_its_size() -> None:
    with subprocess.Popen(["yes"], stdout=subprocess.PIPE) as endless:
        assert endless.stdout is not None
        assert ": is larger than 1 MiB" in refusal(Path(f"/dev/fd/{endless.stdout.fileno()}"))
        endless.kill()


def test_a_pipe_whose_writer_is_silent_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setattr(files, "PIPE_DEADLINE_S", 0.05)
    silent = os.open(tmp_path / "fifo", os.O_RDWR)
    try:
        assert refusal(tmp_path / "fifo").startswith(": is a pipe that did not end within")
    finally:
        os.close(silent)


def test_what_is_nested_too_deep_names_the_file(tmp_path: Path) -> None:
    def nested() -> None:
        nested()

    with pytest.raises(InputError, match="file: nested too deep"), files.nesting_bounded(tmp_path / "file"):
        nested()
