"""The suite's plugins; their options are in fixtures/plugins/options.py."""

from importlib.util import find_spec

import pytest

if find_spec("msgspec") is None:
    pytest.exit(
        "this Python lacks the suite's packages: run `make setup`, then `.venv/bin/pytest`",
        returncode=pytest.ExitCode.USAGE_ERROR,
    )

pytest_plugins = [
    "fixtures.plugins.drills",
    "fixtures.plugins.options",
    "fixtures.plugins.session_files",
    "fixtures.plugins.interrupts",
    "fixtures.plugins.observed_state",
    "fixtures.plugins.parametrize",
    "fixtures.plugins.requirements",
    "fixtures.plugins.violations",
    "fixtures.plugins.selection",
    "fixtures.plugins.grouping",
    "fixtures.plugins.waivers",
    "fixtures.plugins.static_fixtures",
    "fixtures.plugins.draws",
    "fixtures.plugins.header",
    "fixtures.plugins.target_claim",
    "fixtures.plugins.unmeasured",
    "fixtures.plugins.transfer",
    "fixtures.plugins.measured_hosts",
    "fixtures.plugins.topology",
    "fixtures.plugins.delivery",
    "fixtures.plugins.traffic",
    "reports.recorder",
]
