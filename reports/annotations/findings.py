"""What a run found that a pull request is about: one finding for each cause and each reason of a doubt."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from reports.annotations.blocks import Configuration, Place
from reports.causes.grouping import explained
from reports.causes.model import Cause
from reports.results.model import Results

_ADDRESS = re.compile(r'(?:module\.[\w-]+(?:\[[^\]]*\])?\.)*aws_\w+\.[\w-]+(?:\["[^"]*"\]|\[\d+\])?')


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One finding, where it is declared, and the requirements that it concerns."""

    level: Literal["error", "warning"]
    requirements: tuple[str, ...]
    text: str
    place: Place | None


def findings(results: Results, folder: Path | None) -> tuple[Finding, ...]:
    """The findings of a run, placed in the Terraform configuration of a folder."""
    return tuple(_findings(results, Configuration(folder) if folder else None))


def _findings(results: Results, configuration: Configuration | None) -> Iterator[Finding]:
    found = explained(results)
    for cause in found.causes:
        yield Finding(
            level="error",
            requirements=cause.requirements,
            text=f"{cause.subject}: {cause.observed}; {cause.effect}",
            place=_place(configuration, _texts(cause)),
        )
    for reason in found.reasons:
        yield Finding(
            level="warning",
            requirements=reason.requirements,
            text=f"{reason.summary}; {reason.effect}",
            place=_place(configuration, [reason.text]),
        )


def _texts(cause: Cause) -> list[str]:
    """What may name the resource that decides, the closest first."""
    about = [v for one in cause.evidence for v in one.violations]
    return [cause.subject, *(v.resource for v in about), *(v.observed for v in about)]


def _place(configuration: Configuration | None, texts: list[str]) -> Place | None:
    for text in texts if configuration else ():
        for address in _ADDRESS.findall(text):
            place = configuration.place_of(address) if configuration else None
            if place is not None:
                return place
    return None
