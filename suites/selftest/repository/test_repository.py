"""The fixed frame of the repository, and a lock that installs the same anywhere."""

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[3]
FRAME = {"conftest.py", "docs", "fixtures", "probes", "pyproject.toml", "reports", "suites"}
BESIDE = {"LICENSE", "Makefile", "README.md", "requirements.lock"}
FILES_IN_A_FOLDER = 24
BENCHMARKS = "suites/selftest/benchmarks"
LOCKS = (
    "requirements.lock",
    f"{BENCHMARKS}/requirements.lock",
    f"{BENCHMARKS}/checkov.lock",
    ".ci/runtime.lock",
)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+)(?: ; [^\\]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def tracked_files() -> list[str]:
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    answer = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    return answer.stdout.rstrip("\0").split("\0")


def pins(lock: str) -> dict[str, list[Version]]:
    found: dict[str, list[Version]] = {}
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if pin := PIN.match(line):
            found.setdefault(pin["name"], []).append(Version(pin["version"]))
    return found


def requirements(*groups: str) -> list[Requirement]:
    wanted = [line for group in groups for line in PROJECT["dependency-groups"][group]]
    return [Requirement(line) for line in wanted if isinstance(line, str)]


RUNTIME = [Requirement(line) for line in PROJECT["project"]["dependencies"]]


def test_top_level_holds_nothing_but_the_fixed_frame() -> None:
    top = {name.partition("/")[0] for name in tracked_files()}

    assert {name for name in top if not name.startswith(".")} == FRAME | BESIDE


@pytest.mark.parametrize("lock", LOCKS)
def test_lock_holds_nothing_but_pins_and_hashes(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if not PIN.match(line) and not HASH.match(line)] == []
    assert pins(lock) != {}


@pytest.mark.parametrize(
    "lock, wanted",
    [
        (LOCKS[0], [*RUNTIME, *requirements("dev", "build")]),
        (LOCKS[1], [*RUNTIME, *requirements("bench")]),
        (LOCKS[2], requirements("checkov")),
        (LOCKS[3], [*RUNTIME, *requirements("build")]),
    ],
    ids=LOCKS,
)
def test_lock_answers_every_requirement_of_the_project(lock: str, wanted: list[Requirement]) -> None:
    locked = pins(lock)
    unanswered = [
        str(requirement)
        for requirement in wanted
        if not any(
            requirement.specifier.contains(pin) for pin in locked.get(canonicalize_name(requirement.name), [])
        )
    ]

    assert unanswered == []


def test_runtime_lock_has_the_versions_of_the_lock_and_nothing_of_development() -> None:
    whole, runtime = pins(LOCKS[0]), pins(LOCKS[3])

    assert {name: versions for name, versions in runtime.items() if whole.get(name) != versions} == {}
    assert runtime.keys() & {"moto", "mypy", "ruff", "flask", "boto3-stubs"} == set()


def test_every_folder_can_be_read_at_a_glance() -> None:
    folders = Counter(str(Path(name).parent) for name in tracked_files() if name.endswith(".py"))

    assert {folder: count for folder, count in folders.items() if count > FILES_IN_A_FOLDER} == {}
