"""Which version of the suite judged."""

import subprocess
import tomllib
from pathlib import Path

GIT_LIMIT_S = 10


def git_commit(root: Path) -> str:
    """The checked-out commit, with `-dirty` when files differ from it; empty outside a git checkout."""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=GIT_LIMIT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


def tool_version(root: Path) -> str:
    """The version in pyproject.toml: the suite runs from a checkout, so no installed metadata knows it."""
    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return str(project["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return ""
