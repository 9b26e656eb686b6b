"""A pytest plugin that judges a state which a selftest has made."""

import pickle
import sys
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where the state is."""
    parser.addoption("--pickled-state", type=Path, required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Leave nothing to read to the plugin that observes, which pytest has imported by now."""
    observing = sys.modules["fixtures.plugins.observed_state"]
    state = pickle.loads(session.config.getoption("--pickled-state").read_bytes())  # noqa: S301  # written by the test
    session.config.stash[observing.STATE] = state
