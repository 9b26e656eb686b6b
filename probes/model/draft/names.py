"""Names for what a spec calls by name, from Name tags where they help."""

import re
from collections.abc import Container, Iterable

from probes.model.state import Resource

Tokens = tuple[str, ...]
_NOISE = {"aws", "az", "sn", "snet", "subnet", "subnets", "vpc", "tgw", "rt", "rtb", "tgwrt", "att", "sg"}
_COMPASS = {"north": "n", "south": "s", "east": "e", "west": "w", "central": "c", "gov": "g", "iso": "i"}
_GLOB = re.compile(r"([*?[])")


def region_alias(region: str) -> str:
    """The short form of a Region's name: us-east-1 is use1, ap-southeast-2 is apse2.

    https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
    """
    area, *middle = region.split("-")
    *words, number = middle or [""]
    return area + "".join(map(_initials, words)) + number


def _initials(word: str) -> str:
    for point, letter in _COMPASS.items():
        if word.startswith(point):
            return letter + _initials(word.removeprefix(point))
    return word


def tokens(name: str) -> Tokens:
    """The words of a Name tag, in small letters."""
    return tuple(re.findall(r"[a-z0-9]+", name.lower()))


def place_tokens(region: str) -> set[str]:
    """The words with which people name a Region or one of its zones."""
    alias = region_alias(region)
    zones = {f"{prefix}{letter}" for prefix in ("", region[-1]) for letter in "abcdef"}
    return {*tokens(region), *zones, alias, *(f"{alias}{letter}" for letter in "abcdef")}


def told_apart(name: str, dropped: Container[str]) -> str:
    """What is left of a name without these words, noise and numbers; maybe nothing."""
    kept = [
        word
        for word in tokens(name)
        if word not in dropped and word not in _NOISE and not re.fullmatch(r"(az)?\d+", word)
    ]
    return "-".join(kept)


def short_name(resource: Resource, dropped: Iterable[str] = ()) -> str:
    """A name from the Name tag without noise and these words; else from the ID."""
    own = told_apart(resource.name, {*dropped})
    if own:
        return own
    kept = [word for word in tokens(resource.name) if word not in _NOISE]
    return "-".join(kept) or "-".join(tokens(resource.id))


def unique(name: str, taken: Container[str]) -> str:
    """The name, numbered if it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def exactly(name: str) -> str:
    """A glob of the spec that only this name matches."""
    return _GLOB.sub(r"[\1]", name).replace("{", "{{").replace("}", "}}")
