"""A pytest plugin that judges a state which a selftest has made."""

import sys
from pathlib import Path

import pytest

from fixtures.lab.system import codec
from probes.model.state import State


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where the state is."""
    parser.addoption("--given-state", type=Path, required=True)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Leave nothing to read to the plugin that observes, which pytest has imported by now."""
    observing = sys.modules["fixtures.plugins.observed_state"]
    state = codec.decode(State, session.config.getoption("--given-state").read_bytes())
    session.config.stash[observing.STATE] = state
