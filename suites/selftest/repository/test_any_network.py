"""The code knows no network: names of the bundled one stand in its spec alone."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import BUNDLED, ROOT

SPEC = load_spec(BUNDLED)
PRODUCT = ("probes", "fixtures", "reports", "suites/static", "suites/live")
FILES = sorted(path for folder in PRODUCT for path in (ROOT / folder).rglob("*.py"))
# Words of AWS, of the spec's own vocabulary and of the lab's command line, which are no names of this network.
WORDS = {"tgw", "nlb", "fsx", "vpce", "public", "private"}
NAMES = {*SPEC.region_names, *SPEC.vpcs, *SPEC.roles, *SPEC.tiers, *SPEC.transit_gateways} - WORDS
STEPS = {"probes/model/spec/figures.py": {"router"}}  # what a Region can be expanded by


def constants(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_string_is_a_name_of_the_bundled_network(path: Path) -> None:
    allowed = STEPS.get(str(path.relative_to(ROOT)), set())

    assert NAMES.intersection(constants(path)) - allowed == set()


def test_names_that_are_looked_for_are_there() -> None:
    assert {"gpu", "router", "use1", "use2", "usw2"} <= NAMES
