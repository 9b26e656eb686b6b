"""What is read from small plans and states: a case is a few lines of YAML in `cases/`, without Python.

A case has a `plan` or a `state` (or several as `files`), written as `plans.py` says, and what must be `read` of
it, or the message with which it is `refused`. `variants` differ in what they say beside that.

`read` names collections of the observed network. Of each it lists every resource by ID (with its Region where
one ID is there twice) and some of its fields; with the key `…` there may be others. `gaps` lists every gap of a
collection, by its reason or by some of its fields; `gaps: none` means that there are only those that every plan
has. In a text `…` stands for anything. `hidden` texts are nowhere in the network.
"""

import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from probes.model.errors import InputError
from probes.model.state import Resource, State
from probes.sources.terraform import load_terraform
from suites.selftest.terraform.plans import Json, plan, state, write

FOLDER = Path(__file__).parent / "cases"
NEVER_SHOWN = frozenset({"metrics"})
OTHERS = "…"


@cache
def cases() -> dict[str, Json]:
    """Every case by file, name and variant."""
    return {
        " / ".join(filter(None, (path.stem, name, variant))): case
        for path in sorted(FOLDER.glob("*.yaml"))
        for name, base in yaml.safe_load(path.read_text(encoding="utf-8")).items()
        if name != "shared"
        for variant, case in variants(base)
    }


def variants(base: Json) -> Iterator[tuple[str, Json]]:
    """The case itself, or what each of its variants makes of it."""
    common = {key: value for key, value in base.items() if key != "variants"}
    for name, changes in base.get("variants", {"": {}}).items():
        yield str(name), merged(common, changes)


def merged(base: Any, changes: Any) -> Any:  # noqa: ANN401  # any YAML
    """The base with the changes, key by key."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    return base | {key: merged(base[key], each) if key in base else each for key, each in changes.items()}


def written(folder: Path, case: Json) -> Path:
    """The plan, state or folder of files that a case describes."""
    if "files" in case:
        for name, each in case["files"].items():
            written(folder / name, each)
        return folder
    make, root = (plan, case["plan"]) if "plan" in case else (state, case["state"])
    return write(folder, make(root or {}, **case.get("with", {})))


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in cases()])
def test_case(name: str, tmp_path: Path) -> None:
    case = cases()[name]
    path = written(tmp_path, case)
    if "refused" in case:
        with pytest.raises(InputError) as refusal:
            load_terraform(path)
        assert fits(str(refusal.value).replace(str(tmp_path), "."), case["refused"])
        return

    network = load_terraform(path)

    assert [text for text in case.get("hidden", ()) if text in repr(network)] == []
    for kind, wanted in case["read"].items():
        found = gaps(network, wanted) if kind == "gaps" else part(getattr(network, kind), wanted)
        assert found == wanted, kind


def part(found: Any, wanted: Any) -> Any:  # noqa: ANN401  # any part of a state
    """What was found, as far as is asked for and in the words of the question."""
    if isinstance(found, tuple) and isinstance(wanted, dict):
        resources = by_id(found)
        if OTHERS in wanted:
            resources = {key: value for key, value in resources.items() if key in wanted} | {OTHERS: None}
        return {key: part(value, wanted.get(key, {})) for key, value in resources.items()}
    if isinstance(found, msgspec.Struct) and isinstance(wanted, dict):
        return {key: part(getattr(found, key), value) for key, value in wanted.items()}
    if isinstance(found, tuple) and isinstance(wanted, list) and len(found) == len(wanted):
        return [part(*pair) for pair in zip(found, wanted, strict=True)]
    if isinstance(found, str) and isinstance(wanted, str) and fits(found, wanted):
        return wanted
    return plain(found)


def by_id(resources: tuple[Resource, ...]) -> Json:
    """Resources by ID, with the Region where an ID is there twice."""
    uses = Counter(each.id for each in resources)
    return {f"{each.id} ({each.region})" if uses[each.id] > 1 else each.id: each for each in resources}


def gaps(network: State, wanted: Any) -> Any:  # noqa: ANN401  # as `part`
    """The gaps of the collections that are asked for."""
    if wanted == "none":
        return [plain(gap) for gap in network.gaps if gap.kind not in NEVER_SHOWN] or "none"
    return {kind: of_kind(network, kind, listed) for kind, listed in wanted.items()}


def of_kind(network: State, kind: str, wanted: list[Any]) -> list[Any]:
    """The gaps of one collection, each by its reason or by the fields that are asked for."""
    found = [gap for gap in network.gaps if gap.kind == kind]
    if len(found) != len(wanted):
        return [plain(gap) for gap in found]
    return [
        part(gap.reason if isinstance(each, str) else gap, each)
        for gap, each in zip(found, wanted, strict=True)
    ]


def fits(text: str, pattern: str) -> bool:
    """Whether a text is what was asked for, where `…` stands for anything."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split(OTHERS))), text, re.DOTALL) is not None


def plain(value: Any) -> Any:  # noqa: ANN401  # any part of a state
    """A value of the model as YAML would hold it."""
    match value:
        case msgspec.Struct():
            return {key: plain(getattr(value, key)) for key in value.__struct_fields__}
        case Enum():
            return value.value
        case IPv4Address() | IPv6Address() | IPv4Network() | IPv6Network():
            return str(value)
        case tuple() | list():
            return [plain(each) for each in value]
        case dict():
            return {plain(key): plain(each) for key, each in value.items()}
    return value
