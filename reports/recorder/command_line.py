"""The command of a run, without secrets and without the places where its user keeps files."""

import re
from collections.abc import Sequence
from pathlib import Path

from probes.model.untrusted_text import MASK, shown


def command_line(arguments: Sequence[str], root: Path) -> tuple[str, ...]:
    """The arguments without secrets.

    Paths below `root` are made relative, other absolute paths cut to their name.
    """
    return tuple(
        MASK if _is_secret(option, argument) else _without_paths(shown(argument), root)
        for option, argument in zip(("", *arguments), arguments, strict=False)
    )


def _is_secret(option: str, argument: str) -> bool:
    return option.startswith("-") and shown(f"{option} {argument}") == f"{option} {MASK}"


def _without_paths(argument: str, root: Path) -> str:
    """A path may stand alone, after `=` or after a source's name (`dump:/home/me/net`)."""
    local = re.sub(rf"(?<![\w/]){re.escape(str(root))}(?:/|(?![\w.-]))", "", argument)
    return re.sub(
        r"(?<![\w./:])/(?:[^/\s]+/)+(?=[^/\s]+)|(?<=\w:)/(?!/)(?:[^/\s]+/)+(?=[^/\s]+)", "…/", local
    )
