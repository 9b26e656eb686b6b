"""The JSON Schema that editors check a spec against."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from probes.sources.documents.spec_schema import spec_schema
from suites.selftest.spec.edit import ROOT

SPECS = sorted((ROOT / "fixtures/specs").glob("*.yaml"))
BUNDLED = [path for path in SPECS if not path.name.endswith(".waivers.yaml")]
VALIDATOR = Draft202012Validator(json.loads(spec_schema()))


def test_schema_is_the_one_that_is_kept() -> None:
    kept = (ROOT / "docs/spec.schema.json").read_text(encoding="utf-8")

    assert kept == spec_schema(), "run: python -m probes schema > docs/spec.schema.json"


def test_schema_is_one() -> None:
    Draft202012Validator.check_schema(json.loads(spec_schema()))


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_every_bundled_spec_names_the_schema_and_meets_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.splitlines()[0] == "# yaml-language-server: $schema=../../docs/spec.schema.json"
    assert [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(text))] == []


@pytest.mark.parametrize(
    "document",
    [
        {"name": "no VPC"},
        {"name": "n", "vpcs": {}, "vpc": {}},
        {"name": "n", "vpcs": {"a": {"region": "us-east-1", "cidr": "10.0.0.0"}}},
        {"name": "n", "vpcs": {"a": {"region": "us-east-1", "cidr": "10.0.0.0/16", "subnet": {}}}},
        {"name": "n", "vpcs": {}, "flows": [{"from": "a", "to": "b", "expect": "refused"}]},
        {"name": "n", "vpcs": {}, "peerings": [{"between": ["a"]}]},
    ],
)
def test_mistake_is_shown_by_the_editor(document: dict[str, Any]) -> None:
    assert list(VALIDATOR.iter_errors(document))
