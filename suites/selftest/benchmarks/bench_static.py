"""The static suite on a Terraform plan, whole process, against checkov on the same file in the same run.

As a script it prints the table, of all sizes or of those named:
`.venv-bench/bin/python -m suites.selftest.benchmarks.bench_static 3 16`.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import yaml

from fixtures.build import Options, build_state, wide_spec
from fixtures.build.terraform import write_plan
from probes.sources.documents.spec import load_spec

ROOT = Path(__file__).resolve().parents[3]
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"
ROUNDS = {3: 5, 16: 3, 64: 1}
SHARES = {3: 1 / 4, 16: 1 / 10, 64: 1 / 50}
STARTS = 12
MOST_TIMES = 4.0
DRAWS_SHARE = 1 / 2  # of the time of an empty pytest
LIMIT_S = 900
"""
When the rival is stopped: its time is then at least this.
"""


class Timing(NamedTuple):
    """Medians of one size, in seconds; `stopped` says that the rival was not waited for."""

    regions: int
    ours_s: float
    rival_s: float
    stopped: bool

    @property
    def ratio(self) -> float:
        """Our time as a share of the rival's, at most."""
        return self.ours_s / self.rival_s


def timing(regions: int, folder: Path) -> Timing:
    """Both commands, in turns, so that a busy moment hits both."""
    spec, plan = _inputs(regions, folder)
    static = [sys.executable, "-m", "pytest", "suites/static", "-q", "-pno:cacheprovider", f"--spec={spec}"]
    own = [*static, f"--state=terraform:{plan}", f"--waivers={folder / 'waivers.yaml'}"]
    rival = [str(CHECKOV), "-f", str(plan), "--framework", "terraform_plan", "--quiet", "--compact"]
    _elapsed_s(own)  # both find their modules compiled: the rival's were, when it was installed
    runs = [(_elapsed_s(own), _elapsed_s(rival)) for _ in range(ROUNDS[regions])]
    ours, theirs = (statistics.median(column) for column in zip(*runs, strict=True))
    return Timing(regions, ours, theirs, theirs >= LIMIT_S)


def _inputs(regions: int, folder: Path) -> tuple[Path, Path]:
    spec = load_spec(ROOT / "fixtures" / "specs" / "gpu-cluster.yaml")
    if regions != len(spec.vpcs):
        spec = wide_spec(spec, regions)
    spec_path, plan_path = folder / f"spec-{regions}.yaml", folder / f"plan-{regions}.json"
    spec_path.write_text(yaml.safe_dump(msgspec.to_builtins(spec, enc_hook=str), sort_keys=False))
    (folder / "waivers.yaml").write_text("[]")
    write_plan(build_state(spec, Options(instances=2)), plan_path)
    return spec_path, plan_path


def _elapsed_s(command: list[str]) -> float:
    started = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=_shell(), capture_output=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return LIMIT_S
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr[-2000:]!r}")
    return time.perf_counter() - started


def _shell() -> dict[str, str]:
    """The environment of a user's shell, in which Python keeps what it has compiled."""
    return {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def words(found: Timing) -> str:
    """One line of the table."""
    than, most = (">", "<") if found.stopped else ("", "")
    return (
        f"{found.regions:3} Regions: {found.ours_s:6.2f} s, checkov {than}{found.rival_s:6.2f} s, "
        f"ratio {most}{found.ratio:.3f} (load {os.getloadavg()[0]:.1f})"
    )


@pytest.mark.parametrize("regions", ROUNDS)
def test_the_static_suite_takes_a_share_of_the_time_of_checkov(
    regions: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = timing(regions, tmp_path)
    with capsys.disabled():
        print(f"\n  {words(found)}", flush=True)  # noqa: T201  # a benchmark reports

    assert found.ratio <= SHARES[regions]


def against_nothing(folder: Path) -> tuple[float, float, float]:
    """Medians in seconds: pytest with one test that does nothing, the suite without draws, the whole suite."""
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-pno:cacheprovider"]
    empty = [*command, f"--rootdir={folder}", "-c", os.devnull, str(folder)]
    runs = [
        (
            _elapsed_s(empty),
            _elapsed_s([*command, "suites/static", "--draws=0"]),
            _elapsed_s([*command, "suites/static"]),
        )
        for _ in range(STARTS)
    ]
    nothing_s, without_draws_s, whole_s = map(statistics.median, zip(*runs[1:], strict=True))
    return nothing_s, without_draws_s, whole_s


def test_the_static_suite_takes_four_times_as_long_as_an_empty_pytest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing_s, without_draws_s, whole_s = against_nothing(tmp_path)
    with capsys.disabled():
        print(  # noqa: T201  # a benchmark reports
            f"\n  bundled network: {whole_s:.2f} s, {whole_s / nothing_s:.1f} times an empty pytest "
            f"({nothing_s:.2f} s); draws take {whole_s - without_draws_s:.2f} s (load {os.getloadavg()[0]:.1f})",
            flush=True,
        )

    assert whole_s <= MOST_TIMES * nothing_s
    assert whole_s - without_draws_s <= DRAWS_SHARE * nothing_s


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        for regions in map(int, sys.argv[1:] or ROUNDS):
            sys.stdout.write(words(timing(regions, Path(folder))) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
