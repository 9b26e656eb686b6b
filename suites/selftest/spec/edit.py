"""Changing one place of a spec, for tests that ask what depends on it."""

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

ROOT = Path(__file__).resolve().parents[3]
BUNDLED = ROOT / "fixtures" / "specs" / "gpu-cluster.yaml"
CATALOGUE = BUNDLED.with_suffix(".requirements.toml")

T = TypeVar("T")


def edited(value: T, changes: dict[str, object]) -> T:
    """A copy with new values at some paths, such as `vpcs.use1.subnets.tgw` or `cost.tgw[2].quantity`."""
    for path, new in changes.items():
        steps = [step for step in re.split(r"\.|\[(\d+)\]", path) if step]
        value = _with(value, steps, new)
    return value


def _with(value: Any, steps: list[str], new: object) -> Any:  # noqa: ANN401 - the path decides the type
    if not steps:
        return new
    first, *rest = steps
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **{first: _with(getattr(value, first), rest, new)})
    if isinstance(value, dict):
        return value | {first: _with(value[first], rest, new)}
    items = list(value)
    items[int(first)] = _with(items[int(first)], rest, new)
    return tuple(items)
