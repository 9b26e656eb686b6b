"""The waivers' YAML file: a list of waivers."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

from probes.model.conformance.catalogue import Catalogue
from probes.model.conformance.waivers import Waiver
from probes.sources.documents.typed_yaml import read_typed, suggestion
from probes.sources.documents.yaml_tree import input_error

WHAT = "a list of waivers, as fixtures/specs/gpu-cluster.waivers.yaml is one"


def load_waivers(
    path: Path, catalogue: Catalogue, content: bytes | None = None, *, rules: Collection[str] = ()
) -> tuple[Waiver, ...]:
    """The waivers of a file, or of the content that was read from it already; `[]` stands for none.

    Beside the requirements of the catalogue those of `rules` may be waived, for one claim (`vpc-cidr:use1`) or all.

    Raises InputError with one line for every mistake: besides malformed YAML an unknown requirement, a
    missing reason or owner, a waiver that stands there twice, and one for every resource of a requirement.
    """
    loaded = read_typed(path, tuple[Waiver, ...], what=WHAT, content=content)
    problems = []
    seen: dict[tuple[str, str], int] = {}
    for index, waiver in enumerate(loaded.value):
        mistakes = list(_mistakes(waiver, catalogue, rules))
        first = seen.setdefault((waiver.requirement, waiver.resource), index)
        if first != index:
            mistakes.append(("resource", f"already waived by entry [{first}]"))
        problems += [loaded.problem(f"[{index}].{field}", message) for field, message in mistakes]
    if problems:
        raise input_error(path, problems)
    return loaded.value


def _mistakes(waiver: Waiver, catalogue: Catalogue, rules: Collection[str]) -> Iterator[tuple[str, str]]:
    if waiver.requirement not in catalogue.requirements and waiver.requirement.partition(":")[0] not in rules:
        close = suggestion(waiver.requirement, [*catalogue.requirements, *rules])
        yield "requirement", f"unknown requirement {waiver.requirement!r}{close}"
    for field in ("resource", "reason", "owner"):
        if not getattr(waiver, field).strip():
            yield field, "expected some text"
    if waiver.resource.strip() and not waiver.resource.strip("* "):
        yield "resource", "names no resource: a waiver for everything would also cover what nobody has seen"
    if waiver.contradiction and not re.fullmatch(r"C[0-9]{2}", waiver.contradiction):
        yield "contradiction", f"expected an ID such as C01, found {waiver.contradiction!r}"
