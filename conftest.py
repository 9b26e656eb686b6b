"""The suite's plugins; their options are in fixtures/plugins/options.py."""

pytest_plugins = [
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
    "fixtures.plugins.topology",
    "fixtures.plugins.traffic",
    "reports.recorder",
]
