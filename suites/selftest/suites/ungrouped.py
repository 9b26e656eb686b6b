"""A pytest plugin that keeps one test for each Region, however many there are."""

import sys


def pytest_configure() -> None:
    """Change what pytest has imported by now, as it wants to import its plugins itself."""
    sys.modules["fixtures.plugins.grouping"].MANY_VPCS = sys.maxsize  # type: ignore[attr-defined]  # of any module
