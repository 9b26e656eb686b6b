"""A file that cannot be read ends a run with one message and its exit code, whatever option names it."""

import gzip
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from probes.files import MIB
from suites.selftest.spec.edit import ROOT

DEEP = b'{"a":' * 3000 + b"1" + b"}" * 3000
BOMB = gzip.compress(bytes(300 * MIB))
LATIN_1 = b'{"Vpcs":[{"VpcId":"vpc-1","Tags":[{"Key":"Name","Value":"caf\xe9"}]}]}'
LAUGHS = b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nname: *c\n"


def _make_sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


BAD_FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "one byte of Latin-1": (lambda path: path.write_bytes(LATIN_1), ":1: not UTF-8 text"),
    "nested 3,000 deep": (lambda path: path.write_bytes(DEEP), "nested "),
    "gzip bomb": (lambda path: path.write_bytes(BOMB), "unpacked larger than"),
    "too large": (_make_sparse, "is larger than"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "is a device"),
    "pipe without a writer": (os.mkfifo, "empty"),
    "nothing in it": (lambda path: path.write_bytes(b""), "empty"),
    "loop of links": (lambda path: path.symlink_to(path.name), "cannot be read"),
    "aliases": (lambda path: path.write_bytes(LAUGHS), ""),
    "key twice": (lambda path: path.write_bytes(b'{"Vpcs": [], "Vpcs": []}'), ""),
    "tag": (lambda path: path.write_bytes(b"name: !!python/object/apply:os.system [id]"), ""),
    "terminal codes": (lambda path: path.write_bytes(b'{"\\u001b[2J\\u202e": 1}'), ""),
}
OPTIONS: dict[str, Callable[[Path], list[str]]] = {
    "spec": lambda path: ["--spec", str(path)],
    "waivers": lambda path: ["--waivers", str(path)],
    "plan": lambda path: ["--state", f"terraform:{path}"],
    "dump": lambda path: ["--state", f"dump:{path.parent}"],
}


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )


def bad_file(folder: Path, kind: str) -> Path:
    path = folder / "us-east-1" / "file.json"
    path.parent.mkdir()
    BAD_FILES[kind][0](path)
    return path


def assert_one_message(ended: subprocess.CompletedProcess[str], path: Path, kind: str) -> None:
    shown = ended.stdout + ended.stderr
    assert "Traceback" not in shown
    assert "INTERNALERROR" not in shown
    assert str(path.parent) in shown
    assert BAD_FILES[kind][1] in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("option", OPTIONS)
def test_pytest_ends_with_4(tmp_path: Path, option: str, kind: str) -> None:
    path = bad_file(tmp_path, kind)

    ended = run(
        "pytest", "suites/static", "--report", "none", "-p", "no:cacheprovider", *OPTIONS[option](path)
    )

    assert ended.returncode == 4
    assert_one_message(ended, path, kind)


@pytest.mark.parametrize("kind", BAD_FILES)
def test_reports_ends_with_2(tmp_path: Path, kind: str) -> None:
    path = bad_file(tmp_path, kind)

    ended = run("reports", "html", "--results", str(path))

    assert ended.returncode == 2
    assert_one_message(ended, path, kind)


def test_questions_end_with_2(tmp_path: Path) -> None:
    path = bad_file(tmp_path, "one byte of Latin-1")

    ended = run("probes", "lint", "--state", f"dump:{path.parent}")

    assert ended.returncode == 2
    assert_one_message(ended, path, "one byte of Latin-1")
