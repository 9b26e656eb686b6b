"""Running the live suite in labs of their own, several at once, with measurements cut short."""

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import msgspec

from fixtures.faults.live import BrokenWire
from fixtures.faults.recorded import BrokenNetwork, SpecEdit, write_broken_spec
from fixtures.lab.plan.compiler import compile_lab
from probes.model.conformance.verdict import Verdict
from probes.model.spec import Spec
from probes.model.state import State
from probes.sources import load_state
from probes.sources.documents.spec import load_spec
from reports.results.model import RequirementResult, Results
from suites.selftest.lab.machine import lab_name, running_lab
from suites.selftest.spec.edit import BUNDLED, ROOT

STATE = f"dump:{ROOT / 'fixtures/states/gpu-cluster'}"
AT_ONCE = 4  # they mostly wait
DEADLINE_S = 120
SHORT = {
    "live.ping_count_max": 4000,
    "live.ping_interval_s": 0.01,
    "live.iperf3_streams": 4,
    "live.iperf3_duration_s": 2,
    "live.iperf3_omit_s": 1,
    "lab.rate_divisor": 1000,
}


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found, and what it printed."""

    exit_code: int
    requirements: dict[str, RequirementResult]
    output: str

    def those(self, verdict: Verdict) -> set[str]:
        """The IDs of the requirements with a verdict."""
        return {name for name, row in self.requirements.items() if row.verdict is verdict}

    def is_as_listed(self, broken: BrokenWire) -> bool:
        """Whether it found exactly what the fault fails and hides."""
        found = self.those(Verdict.NONCONFORMING), self.those(Verdict.UNOBSERVABLE)
        return found == (set(broken.fails), set(broken.unobservable))


class LiveRuns:
    """Runs by name; all are under way before the first is asked for."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._state = _recorded(
            load_spec(BUNDLED)
        )  # once: msgspec does not build its decoders in several threads
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._runs: dict[str, tuple[Future[RunResult], BrokenWire, tuple[str, ...]]] = {}
        self._again: dict[str, RunResult] = {}

    def start(self, name: str, broken: BrokenWire, *options: str) -> None:
        """Begin a run of the live suite in a lab with this fault."""
        lab = lab_name(f"wire{len(self._runs)}")
        run = self._pool.submit(self._run, self._scratch / name, lab, broken, options)
        self._runs[name] = run, broken, options

    def result(self, name: str) -> RunResult:
        """What a run found; when it is not what its fault lists, measured once more with the machine to itself.

        Four labs share two cores, and a virtual machine may stand still for a moment: that is no finding.
        """
        run, broken, options = self._runs[name]
        if run.result().is_as_listed(broken):
            return run.result()
        if name not in self._again:
            wait(others for others, _, _ in self._runs.values())
            scratch, lab = self._scratch / f"{name}-again", lab_name("again")
            self._again[name] = self._run(scratch, lab, broken, options)
        return self._again[name]

    def close(self) -> None:
        """Wait for the runs that have begun and forget the others."""
        self._pool.shutdown(cancel_futures=True)

    def _run(self, scratch: Path, name: str, broken: BrokenWire, options: tuple[str, ...]) -> RunResult:
        scratch.mkdir()
        edits = tuple(SpecEdit(path=path, value=value) for path, value in SHORT.items())
        network = BrokenNetwork(fault=broken.fault, fails=broken.fails, spec=edits)
        spec_path = write_broken_spec(network, BUNDLED, scratch / "spec.yaml")
        spec = load_spec(spec_path)
        with running_lab(compile_lab(self._state, spec), name) as lab:
            lab.add_fault(*broken.faults)
            target = ["--target", f"lab:{lab.name}", "--region-pair", broken.pair]
            return _measured(scratch, "--spec", str(spec_path), "--state", STATE, *target, *options)


def _recorded(spec: Spec) -> State:
    return load_state(STATE, regions=spec.aws_regions)


def _measured(scratch: Path, *options: str) -> RunResult:
    report = scratch / "report"
    command = [sys.executable, "-m", "pytest", "suites/live", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "--report", str(report), *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )
    results = report / "results.json"
    assert results.exists(), done.stdout + done.stderr
    rows = msgspec.json.decode(results.read_bytes(), type=Results).requirements
    return RunResult(
        exit_code=done.returncode, requirements={row.id: row for row in rows}, output=done.stdout
    )
