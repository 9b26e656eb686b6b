"""Reading a Terraform plan, references resolved, against `json.loads` of the same file in the same run.

As a script it prints the table: `.venv-bench/bin/python -m suites.selftest.benchmarks.bench_terraform`.
"""

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from probes.sources.terraform import load_terraform
from suites.selftest.benchmarks.scaled_plan import scaled_plan

TURNS = 7
IN_A_TURN = {3: 41, 16: 9, 64: 3}
"""
How often each size is read before it is the other's turn: enough for a steady median, a few seconds each.
"""


class Reading(NamedTuple):
    """Medians of one size, in milliseconds."""

    regions: int
    size_bytes: int
    ours_ms: float
    json_ms: float

    @property
    def ratio(self) -> float:
        """Our cost as a share of the rival's."""
        return self.ours_ms / self.json_ms


def reading(regions: int, folder: Path) -> Reading:
    """Both ways of reading, in turns, so that a busy moment of the machine hits both."""
    path = folder / f"plan-{regions}.json"
    path.write_bytes(scaled_plan(regions))
    ours: list[float] = []
    rival: list[float] = []
    for _ in range(TURNS):
        ours += [_elapsed_ms(lambda: load_terraform(path)) for _ in range(IN_A_TURN[regions])]
        rival += [_elapsed_ms(lambda: json.loads(path.read_bytes())) for _ in range(IN_A_TURN[regions])]
    return Reading(regions, path.stat().st_size, statistics.median(ours), statistics.median(rival))


def _elapsed_ms(read: Callable[[], object]) -> float:
    started = time.perf_counter()
    kept = read()
    elapsed_ms = (time.perf_counter() - started) * 1000
    del kept
    return elapsed_ms


def words(found: Reading) -> str:
    """One line of the table."""
    return (
        f"{found.regions:3} Regions, {found.size_bytes / 1e6:5.1f} MB: {found.ours_ms:7.2f} ms, "
        f"json.loads {found.json_ms:7.2f} ms, ratio {found.ratio:.2f} (load {os.getloadavg()[0]:.1f})"
    )


@pytest.mark.parametrize("regions", IN_A_TURN)
def test_a_plan_is_read_no_slower_than_its_json(
    regions: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = reading(regions, tmp_path)
    with capsys.disabled():
        print(f"\n  {words(found)}", flush=True)  # noqa: T201  # a benchmark reports

    assert round(found.ratio, 1) <= 1.0


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        for regions in IN_A_TURN:
            sys.stdout.write(words(reading(regions, Path(folder))) + "\n")


if __name__ == "__main__":
    main()
