"""
The suite's plugins; their options are in fixtures/options.py.
"""

pytest_plugins = [
    "fixtures.options",
    "fixtures.observing",
    "fixtures.claims",
    "fixtures.verdicts",
    "fixtures.grouping",
    "fixtures.waiving",
    "fixtures.network",
    "fixtures.header",
    "fixtures.drawing",
    "reports.recorder",
]
