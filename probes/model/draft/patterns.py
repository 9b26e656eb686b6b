"""Globs of a spec that fit the names of an observed network and nothing else."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from itertools import takewhile
from typing import NamedTuple

from probes.model.draft.names import exactly

_NUMBER = re.compile(r"\d+$")


class Names(NamedTuple):
    """The names that a glob has to match in one VPC, those that it must not, and what stands for the place."""

    wanted: tuple[str, ...]
    others: tuple[str, ...]
    vpc: str
    region: str


def pattern_of(places: Sequence[Names], *, numbered: bool = False) -> str:
    """The closest glob that matches just the wanted names in every place; empty when there is none.

    `{vpc}` and `{region}` in it stand for the VPC's name in the spec and for the Region's alias. Names that are
    `numbered` leave their last number open, for those that are to come.
    """
    candidates = [_shared(places, word, numbered) for word in ("", "vpc", "region")]
    fitting = [found for found in candidates if all(_fits(found, place) for place in places)]
    return max(fitting, key=len, default="")


def _shared(places: Sequence[Names], word: str, numbered: bool) -> str:  # noqa: FBT001  # of `pattern_of`
    """What all the names have in common, with a word for the place."""
    names = [(name, place) for place in places for name in place.wanted]
    texts = [(_NUMBER.sub("", name) if numbered else name, place) for name, place in names]
    written = [_with_word(text, word, place) for text, place in texts]
    if len(set(written)) == 1:
        return written[0] + ("*" if numbered else "")
    beginning = "".join(
        one[0] for one in takewhile(lambda each: len({*each}) == 1, zip(*written, strict=False))
    )
    whole = beginning.rpartition("{")[0] if beginning.count("{") > beginning.count("}") else beginning
    return f"{whole}*" if whole else ""


def _with_word(name: str, word: str, place: Names) -> str:
    literal = exactly(name)
    return literal.replace(getattr(place, word), f"{{{word}}}") if word else literal


def _fits(pattern: str, place: Names) -> bool:
    glob = pattern.replace("{vpc}", place.vpc).replace("{region}", place.region)
    glob = glob.replace("{{", "{").replace("}}", "}")
    matched = [fnmatchcase(name, glob) for name in place.others]
    return bool(glob) and all(fnmatchcase(name, glob) for name in place.wanted) and not any(matched)
