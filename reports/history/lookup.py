"""The runs that a command names."""

import re
from pathlib import Path

from probes.model.errors import InputError
from reports.history.snapshot import Snapshot, snapshot
from reports.history.store import latest
from reports.results.files import read_results

LAST = "@last"
_NUMBERED = re.compile(r"@([1-9][0-9]{0,5})")


def named_run(text: str, history: Path) -> Snapshot:
    """The run of a results.json; `@last` is the last one in the history, `@N` the Nth of the last ones.

    Raises InputError when there is no such run.
    """
    numbered = _NUMBERED.fullmatch("@1" if text == LAST else text)
    if not numbered:
        return snapshot(read_results(Path(text)))
    number = int(numbered[1])
    runs = latest(history, number)
    if len(runs) < number:
        raise InputError(f"{text}: {history} has {len(runs)} runs")
    return runs[-1]
