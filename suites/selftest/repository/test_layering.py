"""The import rule: who may know whom.

A module may import what its package is allowed below, itself and, unless it is of the model, any library.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OURS = ("conftest", "fixtures", "probes", "reports", "suites")
MAY_IMPORT = {
    "probes.model.spec": (),
    "probes.model.state": ("probes.model.errors",),
    "probes.model.network": ("probes.model.errors", "probes.model.state"),
    "probes.model.forwarding": ("probes.model.errors", "probes.model.network", "probes.model.state"),
    "probes.model.reachability": (
        "probes.model.errors",
        "probes.model.memory",
        "probes.model.network",
        "probes.model.state",
    ),
    "probes.model.checks": (
        "probes.model.errors",
        "probes.model.network",
        "probes.model.spec",
        "probes.model.state",
    ),
    "probes.model": (),
    "probes.files": ("probes.model",),
    "probes.locked_directory": (),
    "probes.private_directory": ("probes.model",),
    "probes.sources": (
        "probes.files",
        "probes.locked_directory",
        "probes.model",
        "probes.private_directory",
    ),
    "probes.hosts": ("probes.files", "probes.model", "probes.private_directory"),
    "probes": ("probes",),
    "fixtures": ("probes",),
    "reports": ("probes.files", "probes.model", "probes.private_directory"),
    "suites.static": ("probes.model",),
    "suites.live.conftest": ("fixtures",),  # only imports the live suite's fixtures, which are slow to load
    "suites.live": ("probes.model",),
}
MODEL_LIBRARIES = frozenset({"msgspec", "netaddr", "numpy"})


def imported_names(source: str, package: str) -> Iterator[str]:
    """Every absolute dotted name that a module of `package` imports, wherever in the module it does so."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def is_within(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def forbidden_imports(module: str, source: str) -> list[str]:
    layer = next((layer for layer in MAY_IMPORT if is_within(module, (layer,))), None)
    if layer is None:
        return []
    names = list(imported_names(source, module.rpartition(".")[0]))
    wrong = [
        name for name in names if is_within(name, OURS) and not is_within(name, (layer, *MAY_IMPORT[layer]))
    ]
    if is_within(layer, ("probes.model",)):
        known = sys.stdlib_module_names | MODEL_LIBRARIES | set(OURS)
        wrong += [name for name in names if name.partition(".")[0] not in known]
    return wrong


def modules() -> list[str]:
    paths = [path for top in OURS for path in (ROOT / top).rglob("*.py")]
    return sorted(".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths)


@pytest.mark.parametrize("module", modules())
def test_module_imports_only_what_its_layer_may(module: str) -> None:
    source = ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")

    assert forbidden_imports(module, source) == []


@pytest.mark.parametrize(
    "module, source, wrong",
    [
        ("probes.model.state", "from probes.sources import dump", ["probes.sources.dump"]),
        ("probes.model.state", "from probes import hosts", ["probes.hosts"]),
        ("probes.model.state", "from ..sources import dump", ["probes.sources.dump"]),
        ("probes.model.state", "from . import errors", []),
        ("probes.model.state", "import boto3", ["boto3"]),
        ("probes.model.state", "import json, netaddr, probes.model.errors", []),
        ("probes.model.spec", "import probes.model.errors", ["probes.model.errors"]),
        (
            "probes.model.forwarding.oracle",
            "from probes.model.reachability import analysis",
            ["probes.model.reachability.analysis"],
        ),
        (
            "probes.model.reachability.analysis",
            "from probes.model.forwarding import oracle",
            ["probes.model.forwarding.oracle"],
        ),
        (
            "probes.model.checks.hosts",
            "from probes.model.reachability import analysis",
            ["probes.model.reachability.analysis"],
        ),
        (
            "probes.sources.dump",
            "def f():\n    import probes.hosts.measurements.ping",
            ["probes.hosts.measurements.ping"],
        ),
        (
            "probes.hosts.measurements.ping",
            "from probes.sources.dump import load",
            ["probes.sources.dump.load"],
        ),
        ("fixtures.plugins.static_fixtures", "import suites.static", ["suites.static"]),
        (
            "reports.views.html",
            "import probes.modelling, probes.model.conformance.verdict, jinja2",
            ["probes.modelling"],
        ),
        ("suites.static.test_cidr", "from fixtures.lab import up", ["fixtures.lab.up"]),
        ("suites.selftest.test_lab", "import fixtures, reports, probes.hosts", []),
    ],
)
def test_import_across_layers_is_found(module: str, source: str, wrong: list[str]) -> None:
    assert forbidden_imports(module, source) == wrong
