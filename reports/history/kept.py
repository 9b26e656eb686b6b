"""The baseline that is kept in a report folder: `python -m reports baseline set`."""

from pathlib import Path

from probes.model.errors import InputError
from reports.results.files import read_results, write_results
from reports.results.model import Results

KEPT = "baseline.json"


def keep_baseline(path: Path, directory: Path) -> Results:
    """Keep a results.json as the baseline of the folder's later runs.

    Raises InputError when it cannot be read or is no baseline, OSError when it cannot be written.
    """
    results = read_results(path)
    require_baseline(str(path), results)
    directory.mkdir(parents=True, exist_ok=True)
    write_results(results, directory / KEPT)
    return results


def require_baseline(name: str, results: Results) -> None:
    """Raise InputError unless the run judged all that it was asked for."""
    if results.interrupted or results.problems:
        why = "was interrupted" if results.interrupted else results.problems[0]
        raise InputError(f"{name}: that run is no baseline: {why}")
