"""The hook through which plugins tell the recorder what was judged."""

from typing import Any

import pytest


@pytest.hookspec
def pytest_conformance_context(config: pytest.Config) -> dict[str, Any] | None:
    """Contribute to `results.json`; called once at the end of the session, on the controller only.

    The keys are the fields of `reports.results.model.Context`, the values plain builtins or any dataclass or
    struct with the same field names. Contributions are merged: lists are joined, mappings updated. An
    implementation marked `optionalhook=True` needs no import of this package and works without the recorder.
    """
