"""A plan or state with any one value replaced or lost is read or refused, and never ends in a traceback."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fixtures.build import build_state
from fixtures.build.network.site import Options
from fixtures.build.terraform import write_plan, write_tfstate
from probes.model.errors import InputError
from probes.model.state import State
from probes.sources.documents.spec import load_spec
from probes.sources.terraform import load_terraform
from suites.selftest.fuzzing import inputs

ROOT = Path(__file__).resolve().parents[3]
LOST = object()
DAMAGE: list[Any] = [
    LOST,
    None,
    [],
    {},
    "",
    0,
    -5,
    True,
    "x",
    ["a"],
    {"a": 1},
    3.5,
    [None],
    [[]],
    [{}],
    "2001:db8::/32",
]
Step = str | int


@cache
def document(form: str, folder: Path) -> Any:  # noqa: ANN401  # any JSON
    spec = load_spec(ROOT / "fixtures" / "specs" / "gpu-cluster.yaml")
    path = folder / f"{form}.json"
    network = build_state(spec, Options(instances=1))
    (write_plan if form == "plan" else write_tfstate)(network, path)
    return json.loads(path.read_bytes())


@cache
def places(form: str, folder: Path) -> list[tuple[Step, ...]]:
    return [place for place in _places(document(form, folder), ()) if place[0] != "resource_changes"]


def _places(value: Any, place: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:  # noqa: ANN401  # any JSON
    if place:
        yield place
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in inner:
        yield from _places(each, (*place, step))


def damaged(whole: Any, place: tuple[Step, ...], damage: object) -> Any:  # noqa: ANN401  # any JSON
    first, *rest = place
    copy = whole.copy()
    if rest:
        copy[first] = damaged(whole[first], tuple(rest), damage)
    elif damage is LOST:
        copy.pop(first)
    else:
        copy[first] = damage
    return copy


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


@pytest.mark.parametrize("form", ["plan", "state"])
@inputs(at_least=150)
@given(data=st.data(), damage=st.sampled_from(DAMAGE))
def test_one_damaged_value_is_read_or_refused(
    form: str, folder: Path, data: st.DataObject, damage: object
) -> None:
    place = data.draw(st.sampled_from(places(form, folder)))
    path = folder / "damaged.json"
    path.write_text(json.dumps(damaged(document(form, folder), place, damage)))

    try:
        answer: State | InputError = load_terraform(path)
    except InputError as error:
        answer = error

    assert isinstance(answer, State) or str(answer).startswith(f"{path}: ")
